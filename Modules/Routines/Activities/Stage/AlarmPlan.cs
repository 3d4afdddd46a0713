using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;

namespace Crm.Routines.Activities;

/// <summary>When the alarms of a stage come, by the working time of its branch.</summary>
internal sealed class AlarmPlan(IWorkingTime workingTime)
{
    /// <summary>Adds the alarms of a stage that opens; <paramref name="atDue"/> is what happens when it is due.</summary>
    public async Task AddAsync(RoutinesDb db, StageItem item, AlarmKind atDue, CancellationToken ct)
    {
        foreach (var (kind, at) in await OfAsync(item, atDue, ct))
        {
            if (kind != AlarmKind.Before || at > item.OpenedAt) db.Add(new StageAlarm { Id = Keys.Of(item.Id, "alarm:" + kind), StageItemId = item.Id, Kind = kind, DueAt = at });
        }
    }

    /// <summary>All alarms that the stage asks for, with their moments.</summary>
    public async Task<IReadOnlyList<(AlarmKind Kind, DateTimeOffset At)>> OfAsync(StageItem item, AlarmKind atDue, CancellationToken ct)
    {
        if (item.DueAt is not { } due) return [];
        var setup = item.Setup;
        List<(AlarmKind, DateTimeOffset)> all = [(atDue, due)];
        if (setup.AlarmBeforeMinutes is { } before) all.Add((AlarmKind.Before, await workingTime.SubtractAsync(due, TimeSpan.FromMinutes(before), item.BranchId, ct)));
        if (setup.AlarmAfterMinutes is { } after) all.Add((AlarmKind.After, await workingTime.AddAsync(due, TimeSpan.FromMinutes(after), item.BranchId, ct)));
        return all;
    }
}
