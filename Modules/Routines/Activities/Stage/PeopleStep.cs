using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Activities;

/// <summary>Inputs of a box that lays something into worklists: who, and how long it may take.</summary>
internal interface IAsksPeople
{
    string Instructions { get; }

    StageWho Who { get; }

    IReadOnlyList<Guid> UserIds { get; }

    Guid? RoleId { get; }

    Guid? PostId { get; }

    Guid? UnitId { get; }

    string DoerOf { get; }

    decimal? Hours { get; }

    StageWanted Wanted => new() { Who = Who, UserIds = UserIds, RoleId = RoleId, PostId = PostId, UnitId = UnitId, OfStage = DoerOf.Trim() };

    /// <summary>Planned working time in minutes; null when none was given.</summary>
    int? PlannedMinutes => Minutes(Hours);

    /// <summary>Working hours as they were typed; nothing that no calendar reaches.</summary>
    static int? Minutes(decimal? hours) => hours is > 0 and <= 20_000 ? (int)(hours.Value * 60) : null;
}

/// <summary>What boxes that lay an item into worklists have in common: its opening and its taking back.</summary>
internal abstract class PeopleStep<TInput>(RoutinesDb db, IWorkingTime workingTime) : Activity<TInput> where TInput : class, IAsksPeople, new()
{
    protected RoutinesDb Db => db;

    public override async Task CancelAsync(ActivityContext context, CancellationToken ct)
    {
        if (await db.Stages.FirstOrDefaultAsync(s => s.Id == context.ExecutionId, ct) is not { } item) return;
        item.TakeBack(context.Now);
        db.RemoveRange(await db.Set<StageAlarm>().Where(a => a.StageItemId == item.Id).ToListAsync(ct));
    }

    /// <summary>The title as it fits into a worklist; empty is refused by who asks.</summary>
    protected static string Fit(string title)
    {
        var text = title.Trim();
        return text.Length > 300 ? text[..300] : text;
    }

    /// <summary>The item, planned by the branch's working time, in nobody's hands yet.</summary>
    protected async Task<StageItem> OpenAsync(TInput input, string title, ActivityContext context, FormVersion? form, CancellationToken ct)
    {
        // The box in the drawing that this execution stands for: the journal wrote it when the step began.
        var box = await db.Set<JournalRow>().Where(j => j.JobId == context.JobId && j.ExecutionId == context.ExecutionId).OrderBy(j => j.Seq).Select(j => j.ActivityId).FirstOrDefaultAsync(ct) ?? "";
        var planned = input.PlannedMinutes;
        var item = new StageItem(context.ExecutionId, context.JobId, context.BranchId, context.ContactId, box, title)
        {
            Instructions = string.IsNullOrWhiteSpace(input.Instructions) ? null : input.Instructions.Trim(), OpenedAt = context.Now, PlannedMinutes = planned, FormId = form?.FormId, FieldsJson = form?.DesignJson ?? "[]",
        };
        item.PlanFor(planned is { } minutes ? await workingTime.AddAsync(context.Now, TimeSpan.FromMinutes(minutes), item.BranchId, ct) : null);
        return item;
    }
}
