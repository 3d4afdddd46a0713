using System.Text.Json;
using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Timeline;

/// <summary>Communications with their text.</summary>
internal sealed class CommunicationTimeline(ContactsDb db, BaseDataCache baseData, IUserDirectory users, ICurrentUser me) : IContactTimeline
{
    public IReadOnlyList<(string Kind, string Title)> Kinds { get; } = [("communication", "Communications")];

    public async Task<IReadOnlyList<TimelineItem>> LoadAsync(Guid contactId, DateTimeOffset? before, int take, CancellationToken ct)
    {
        if (!me.Can(ContactsPermissions.SeeCommunications)) return [];
        var lists = await baseData.GetAsync(ct);
        var rows = await db.Communications.AsNoTracking().Where(c => c.ContactId == contactId && (before == null || c.StartedAt < before))
            .OrderByDescending(c => c.StartedAt).Take(take).Select(c => new { c.Id, c.StartedAt, c.KindId, c.ResultId, c.Text, c.NextStep, c.UserId }).ToListAsync(ct);
        var names = await users.CardsAsync([.. rows.Where(r => r.UserId is not null).Select(r => r.UserId!.Value).Distinct()], ct);
        return [.. rows.Select(r => new TimelineItem(
            r.Id, r.StartedAt, "communication", "message",
            lists.Title(r.ResultId) is { } result ? $"{lists.Title(r.KindId)}: {result}" : lists.Title(r.KindId) ?? "",
            r.NextStep is null ? r.Text ?? "" : $"{r.Text}\n{Texts.Get("Next step")}: {r.NextStep}",
            r.UserId is { } u ? names.GetValueOrDefault(u)?.Name : null, $"/communications/{r.Id}"))];
    }
}

/// <summary>Follow-ups at the moment they came to their end.</summary>
internal sealed class FollowUpTimeline(ContactsDb db, BaseDataCache baseData, IUserDirectory users, ICurrentUser me) : IContactTimeline
{
    public IReadOnlyList<(string Kind, string Title)> Kinds { get; } = [("follow-up", "Follow-ups")];

    public async Task<IReadOnlyList<TimelineItem>> LoadAsync(Guid contactId, DateTimeOffset? before, int take, CancellationToken ct)
    {
        if (!me.Can(ContactsPermissions.SeeCommunications)) return [];
        var lists = await baseData.GetAsync(ct);
        var rows = await db.FollowUps.AsNoTracking().Where(f => f.ContactId == contactId && f.EndedAt != null && (before == null || f.EndedAt < before))
            .OrderByDescending(f => f.EndedAt).Take(take).Select(f => new { f.Id, f.EndedAt, f.KindId, f.State, f.Text, f.Reason, f.EndedBy }).ToListAsync(ct);
        var names = await users.CardsAsync([.. rows.Where(r => r.EndedBy is not null).Select(r => r.EndedBy!.Value).Distinct()], ct);
        return [.. rows.Select(r => new TimelineItem(
            r.Id, r.EndedAt!.Value, "follow-up", "calendar-event",
            Texts.Get(r.State == FollowUpState.Done ? "Follow-up done: {0}" : "Follow-up cancelled: {0}", lists.Title(r.KindId)),
            string.Join("\n", new[] { r.Text, r.Reason }.Where(t => t is not null)),
            r.EndedBy is { } u ? names.GetValueOrDefault(u)?.Name : null, $"/follow-ups/{r.Id}"))];
    }
}

/// <summary>Changes of the record and its parts, from the audit.</summary>
internal sealed class ChangeTimeline(ContactsDb db, BaseDataCache baseData, ICurrentUser me) : IContactTimeline
{
    private const int LongestShown = 40;
    private static readonly string[] s_own = ["contacts.Contact", "contacts.ContactPhone", "contacts.ContactEmail", "contacts.ContactAddress", "contacts.ContactPosition", "contacts.ContactRelation"];

    public IReadOnlyList<(string Kind, string Title)> Kinds { get; } = [("change", "Changes")];

    public async Task<IReadOnlyList<TimelineItem>> LoadAsync(Guid contactId, DateTimeOffset? before, int take, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        // The parts are audited one by one; one save is one line.
        var rows = await db.Set<AuditRow>().AsNoTracking()
            .Where(a => (a.EntityId == contactId || a.RootId == contactId) && s_own.Contains(a.Entity) && (before == null || a.At < before))
            .OrderByDescending(a => a.At).Take(take * 4).Select(a => new { a.Id, a.At, a.UserName, a.Command, a.Entity, a.Action, a.Changes }).ToListAsync(ct);
        return [.. rows.GroupBy(r => (r.At, r.UserName, r.Command)).Take(take).Select(save =>
        {
            var root = save.FirstOrDefault(r => r.Entity == "contacts.Contact");
            var fields = save.SelectMany(r => r.Entity switch
            {
                "contacts.ContactPhone" => [Texts.Get("Telephones")],
                "contacts.ContactEmail" => [Texts.Get("E-mails")],
                "contacts.ContactAddress" => [Texts.Get("Addresses")],
                "contacts.ContactPosition" => [Texts.Get("Positions")],
                "contacts.ContactRelation" => [Texts.Get("Relations")],
                _ => FieldsOf(r.Changes, lists, me.Access),
            }).Distinct();
            var (icon, title, text) = root?.Action switch
            {
                "A" => ("user-plus", Texts.Get("Contact added"), ""),
                "D" => ("trash", Texts.Get("Contact deleted"), ""),
                "R" => ("history", Texts.Get("Contact restored"), ""),
                _ => ("edit", Texts.Get("Contact changed"), string.Join(Texts.Get("List comma"), fields)),
            };
            return new TimelineItem(save.First().Id, save.Key.At, "change", icon, title, text, SystemActor.Shown(save.First().UserName), root is null ? null : $"/history/contacts.Contact/{contactId}?on={DateOnly.FromDateTime(save.Key.At.UtcDateTime):yyyy-MM-dd}");
        })];
    }

    // With what stood and stands there, where that is short; all of it stands in the history of the day.
    private static IEnumerable<string> FieldsOf(string? changes, BaseValues lists, UserAccess? access)
    {
        if (changes is null) return [];
        using var json = JsonDocument.Parse(changes);
        return [.. json.RootElement.EnumerateObject().Where(p => access is null || !access.Hides(ContactsRights.Contacts, p.Name)).Select(p => (Title: FieldTitles.Of(p.Name), p.Value)).Where(f => f.Title is not null).Select(f =>
            f.Value is { ValueKind: JsonValueKind.Array } pair && pair.GetArrayLength() == 2 && Short(pair[0]) is { } old && Short(pair[1]) is { } now && (old.Length > 0 || now.Length > 0)
                ? Texts.Get("{0}: {1} → {2}", Texts.Get(f.Title!), old.Length > 0 ? old : "–", now.Length > 0 ? now : "–")
                : Texts.Get(f.Title!))];

        // Null for what is too long or would need a question to be read.
        string? Short(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Null => "",
            JsonValueKind.String when value.TryGetGuid(out var id) => lists.Title(id),
            JsonValueKind.String when value.GetString() is { Length: <= LongestShown } text && !text.Contains('\n', StringComparison.Ordinal) && (text.Length == 0 || !char.IsAsciiLetter(text[0])) => PersianText.Digits(text),
            _ => null,
        };
    }
}
