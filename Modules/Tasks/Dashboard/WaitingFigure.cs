using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Contracts;

namespace Crm.Tasks.Dashboard;

/// <summary>How much waits for me, whatever module it comes from.</summary>
internal sealed class WaitingFigure(IEnumerable<IWorklistSource> sources, ICurrentUser me, TimeProvider time) : IDashboardFigure
{
    public string Title => "Waiting for me";

    public int Order => 10;

    public string Permission => TasksPermissions.See;

    public async Task<DashboardFigure?> LoadAsync(CancellationToken ct)
    {
        if (me.Access is not { } user) return null;
        var (open, late) = (0, 0);
        foreach (var source in sources)
        {
            var count = await source.CountAsync(user, time.GetUtcNow(), ct);
            (open, late) = (open + count.Open, late + count.Late);
        }

        return new(open, "/worklist") { Late = late };
    }
}
