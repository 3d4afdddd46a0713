using Crm.Core;
using Crm.Tasks.Contracts;
using Crm.Web;

namespace Crm.Tasks.Features.Worklist;

/// <summary>The number in the top bar.</summary>
internal sealed class WorklistCount(IEnumerable<IWorklistSource> sources, ICurrentUser me, TimeProvider time) : IShellCount
{
    public string Key => "worklist";

    public async Task<int> CountAsync(CancellationToken ct)
    {
        if (me.Access is not { } user) return 0;
        var count = 0;
        foreach (var source in sources) count += (await source.CountAsync(user, time.GetUtcNow(), ct)).Open;
        return count;
    }
}
