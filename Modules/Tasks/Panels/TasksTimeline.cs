using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Crm.Tasks.Shared;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Panels;

/// <summary>Tasks in the customer's time line: when they were opened and how they ended.</summary>
internal sealed class TasksTimeline(TasksDb db, TasksOfContact known, ICurrentUser me, IUserDirectory users) : IContactTimeline
{
    private static readonly TaskEntryKind[] s_told = [TaskEntryKind.Opened, TaskEntryKind.Done, TaskEntryKind.Cancelled, TaskEntryKind.Reopened];

    public IReadOnlyList<(string Kind, string Title)> Kinds => [("task", "Tasks")];

    public async Task<IReadOnlyList<TimelineItem>> LoadAsync(TimelineWish wish, CancellationToken ct)
    {
        if (!me.Can(TasksPermissions.See) || !wish.Wants("task") || me.Hides(TasksRights.Tasks, "contactId") || !await known.AnyAsync(wish.ContactId, ct)) return [];
        // The notes of done and cancelled tasks are those of their end; others have none here.
        var notes = !me.Hides(TasksRights.Tasks, "endNote");
        var (before, since, person, text) = (wish.Before, wish.From, wish.PersonId, wish.Pattern);
        var rows = await (
            from t in db.Visible()
            where t.ContactId == wish.ContactId
            from e in t.Entries
            where s_told.Contains(e.Kind) && (before == null || e.At < before) && (since == null || e.At >= since) && (person == null || e.ByUserId == person)
                && (text == null || EF.Functions.Like(ModuleDb.Fold(t.Title)!, text) || (notes && EF.Functions.Like(ModuleDb.Fold(e.Note)!, text)))
            orderby e.At descending, e.Id descending
            select new { e.Id, e.At, e.Kind, e.Note, e.ByUserId, TaskId = t.Id, t.Title }).Take(wish.Take).ToListAsync(ct);
        var names = await users.CardsAsync([.. rows.Select(r => r.ByUserId).OfType<Guid>().Distinct()], ct);
        return [.. rows.Select(r => new TimelineItem(r.Id, r.At, "task", Icon(r.Kind), Texts.Get(Sentence(r.Kind), r.Title), notes ? r.Note ?? "" : "",
            r.ByUserId is { } by && names.TryGetValue(by, out var card) ? card.Name : null, TaskPeople.Url(r.TaskId)))];
    }

    private static string Icon(TaskEntryKind kind) => kind switch { TaskEntryKind.Done => "circle-check", TaskEntryKind.Cancelled => "ban", TaskEntryKind.Reopened => "rotate", _ => "subtask" };

    private static string Sentence(TaskEntryKind kind) => kind switch
    {
        TaskEntryKind.Done => "Task done: {0}",
        TaskEntryKind.Cancelled => "Task cancelled: {0}",
        TaskEntryKind.Reopened => "Task reopened: {0}",
        _ => "Task opened: {0}",
    };
}
