using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Contracts;

namespace Crm.Tasks.Dashboard;

internal sealed record TodayModel(IReadOnlyList<WorklistItem> Items, int Open, int Late, DateTimeOffset Now, bool MayAdd);

/// <summary>What waits for me today, whatever module it comes from.</summary>
internal sealed class TodayBlock(IEnumerable<IWorklistSource> sources, ICurrentUser me, DateView dates, TimeProvider time) : IDashboardBlock
{
    private const int Most = 8;

    public string Key => "tasks.today";

    public string Title => "Today's work";

    public string Icon => "checklist";

    public int Order => 10;

    public bool Wide => false;

    public string? Permission => null;

    public string? Url => "/worklist";

    public string? Live => "worklist";

    public TimeSpan Keep => TimeSpan.Zero;

    public async Task<object?> LoadAsync(CancellationToken ct)
    {
        if (me.Access is not { } user) return null;
        var now = time.GetUtcNow();
        var evening = dates.Moment(dates.DayOf(now).AddDays(1), TimeOnly.MinValue);
        List<WorklistItem> items = [];
        var (open, late) = (0, 0);
        foreach (var source in sources)
        {
            items.AddRange(await source.LoadAsync(user, Most, ct));
            var count = await source.CountAsync(user, now, ct);
            (open, late) = (open + count.Open, late + count.Late);
        }

        return new TodayModel([.. items.Where(i => i.DueAt is { } due && due < evening).OrderBy(i => i.DueAt).ThenBy(i => i.Since).Take(Most)], open, late, now, me.Can(TasksPermissions.Add));
    }
}
