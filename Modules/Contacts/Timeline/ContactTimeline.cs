using System.Globalization;
using System.Text.Json;
using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Npgsql;

namespace Crm.Contacts.Timeline;

/// <summary>
/// What Contacts itself knows of a contact's past, by one statement: communications with their text, follow-ups at the moment they came to their end, what staff wrote in reports they sent, scores of a supplier,
/// and changes of the record and its parts, from the audit.
/// </summary>
[BypassesSave("One statement in place of four; it reads only, and the policy stands in it as text.")]
internal sealed class ContactTimeline(NpgsqlDataSource source, BaseDataCache baseData, IUserDirectory users, ICustomFields custom, DateView dates, ICurrentUser me) : IContactTimeline
{
    private const int LongestShown = 40;
    private const int MostChanges = 2000;
    private static readonly string[] s_own = ["contacts.Contact", "contacts.ContactPhone", "contacts.ContactEmail", "contacts.ContactAddress", "contacts.ContactPosition", "contacts.ContactRelation"];

    public IReadOnlyList<(string Kind, string Title)> Kinds { get; } =
        [("communication", "Communications"), ("follow-up", "Follow-ups"), ("activity-report", "Activity reports"), .. me.Can(ContactsPermissions.SeeSuppliers) ? ((string, string)[])[("score", "Scores of suppliers")] : [], ("change", "Changes")];

    // Fields of the company's own, by what the audit calls them.
    private Dictionary<string, CustomField> _own = [];

    /// <summary>A row of the statement; what stands in the columns depends on its kind.</summary>
    private sealed record Row(string Kind, Guid Id, DateTimeOffset At, Guid? One, Guid? Two, string? State, string? Text, string? More, Guid? Who, string? WhoName, string? Entity);

    public async Task<IReadOnlyList<TimelineItem>> LoadAsync(TimelineWish wish, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        _own = (await custom.OfAsync(ContactRecords.RecordKey, ct)).Where(f => f.IsSeenBy(me)).ToDictionary(f => "custom." + f.Key, StringComparer.Ordinal);
        var spoken = me.Can(ContactsPermissions.SeeCommunications);
        List<string> parts = [];
        Dictionary<string, object> values = new(StringComparer.Ordinal) { ["contact"] = wish.ContactId };
        if (wish.Before is { } before) values["before"] = before.UtcDateTime;
        if (wish.From is { } from) values["from"] = from.UtcDateTime;
        if (wish.PersonId is { } person) values["person"] = person;
        if (wish.Pattern is { } pattern) values["text"] = pattern;
        if (spoken && wish.Wants("communication"))
        {
            var reach = RecordScope.Sql<Communication>(me, "m", prefix: "m");
            Take(reach);
            parts.Add($"""
                select 'communication', m.id, m.started_at, m.kind_id, {Said("resultId", "m.result_id", "uuid")}, null, {Said("text", "m.text")}, {Said("nextStep", "m.next_step")}, {Said("userId", "m.user_id", "uuid")}, null, null from contacts.communications m
                where m.contact_id = @contact and m.deleted_at is null and {reach.Text}{Narrow("m.started_at", Said("userId", "m.user_id", "uuid"), Said("text", "m.text"), Said("nextStep", "m.next_step"), Said("questions", "m.questions"))} order by m.started_at desc limit {wish.Take}
                """);
        }

        if (spoken && wish.Wants("follow-up"))
        {
            var reach = RecordScope.Sql<FollowUp>(me, "f", prefix: "f");
            Take(reach);
            parts.Add($"""
                select 'follow-up', f.id, f.ended_at, f.kind_id, null, f.state, {Planned("text", "f.text")}, {Planned("reason", "f.reason")}, f.ended_by, null, null from contacts.follow_ups f
                where f.contact_id = @contact and f.ended_at is not null and {reach.Text}{Narrow("f.ended_at", "f.ended_by", Planned("text", "f.text"), Planned("reason", "f.reason"))} order by f.ended_at desc limit {wish.Take}
                """);
        }

        if (spoken && wish.Wants("activity-report"))
        {
            var wall = me.SeesAllBranches ? "" : " and r.branch_id = any(@branches)";
            if (!me.SeesAllBranches) values["branches"] = me.VisibleBranches;
            parts.Add($"""
                select 'activity-report', l.id, l.at, r.id, null, null, l.title, l.text, r.author_id, null, null from contacts.activity_report_lines l join contacts.activity_reports r on r.id = l.report_id
                where l.contact_id = @contact and l.text is not null and r.state in ('Sent', 'Reviewed'){wall}{Narrow("l.at", "r.author_id", "l.title", "l.text")} order by l.at desc limit {wish.Take}
                """);
        }

        if (me.Can(ContactsPermissions.SeeSuppliers) && wish.Wants("score"))
        {
            parts.Add($"""
                select 'score', e.id, e.created_at, null, null, trim_scale(e.total)::text, e.note, null, e.scored_by, null, null from contacts.supplier_evaluations e
                where e.contact_id = @contact and e.deleted_at is null{Narrow("e.created_at", "e.scored_by", "e.note")} order by e.created_at desc limit {wish.Take}
                """);
        }

        // What a change says is put together here, and some of it is hidden from some: a text is looked for in what is shown.
        var changes = wish.Wants("change");
        if (changes && wish.Text is null) parts.Add(Changes(wish.Take * 4, wish.Before is not null));
        var rows = parts.Count == 0 ? [] : await ReadAsync(parts, values, ct);
        var names = await users.CardsAsync([.. rows.Select(r => r.Who).OfType<Guid>().Distinct()], ct);
        var review = me.Can(ContactsPermissions.ReviewActivityReports);
        List<TimelineItem> items = [.. rows.Where(r => r.Kind != "change").Select(r => Item(r, lists, r.Who is { } u ? names.GetValueOrDefault(u)?.Name : null, review)), .. Told(rows.Where(r => r.Kind == "change"), wish, lists).Take(wish.Take)];
        if (changes && wish.Text is not null) items.AddRange(await SearchedAsync(wish, values, lists, ct));
        return items;

        // What the roles hide of communications and follow-ups is neither shown nor found.
        string Said(string field, string column, string type = "text") => me.Hides(ContactsRights.Communications, field) ? "null::" + type : column;

        string Planned(string field, string column) => me.Hides(ContactsRights.FollowUps, field) ? "null::text" : column;

        string Narrow(string at, string who, params string[] texts) =>
            (wish.Before is null ? "" : $" and {at} < @before") + (wish.From is null ? "" : $" and {at} >= @from") + (wish.PersonId is null ? "" : $" and {who} = @person")
            + (wish.Pattern is null ? "" : $" and ({string.Join(" or ", texts.Select(t => $"platform.fold_fa({t}) like @text"))})");

        string Changes(int take, bool until) => $"""
            select 'change', a.id, a.at, null, null, a.action::text, a.changes::text, a.command, a.user_id, a.user_name, a.entity from platform.audit a
            where (a.entity_id = @contact or a.root_id = @contact) and a.entity = any(array['{string.Join("','", s_own)}'])
              {(until ? " and a.at < @before" : "")}{(wish.From is null ? "" : " and a.at >= @from")}{(wish.PersonId is null ? "" : " and a.user_id = @person")} order by a.at desc limit {take}
            """;

        void Take(RecordSql reach)
        {
            foreach (var (name, value) in reach.Parameters) values[name] = value;
        }

        async Task<List<TimelineItem>> SearchedAsync(TimelineWish asked, Dictionary<string, object> given, BaseValues known, CancellationToken stop)
        {
            List<TimelineItem> found = [];
            var folded = PersianText.Fold(asked.Text);
            var own = new Dictionary<string, object>(given, StringComparer.Ordinal);
            for (var read = 0; found.Count < asked.Take && read < MostChanges; read += 500)
            {
                var some = await ReadAsync([Changes(500, own.ContainsKey("before"))], own, stop);
                found.AddRange(Told(some, asked, known).Where(i => PersianText.Fold($"{i.Title} {i.Text}").Contains(folded, StringComparison.Ordinal)));
                if (some.Count < 500) break;
                own["before"] = some[^1].At.UtcDateTime;
            }

            return [.. found.Take(asked.Take)];
        }
    }

    private async Task<List<Row>> ReadAsync(List<string> parts, Dictionary<string, object> values, CancellationToken ct)
    {
        var sql = parts.Count == 1 ? parts[0] : string.Join("\nunion all\n", parts.Select(p => $"({p})"));
        await using var command = source.CreateCommand(sql);
        foreach (var (name, value) in values.Where(v => sql.Contains("@" + v.Key, StringComparison.Ordinal))) command.Parameters.AddWithValue(name, value);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<Row>();
        while (await reader.ReadAsync(ct)) rows.Add(new(reader.GetString(0), reader.GetGuid(1), new(reader.GetDateTime(2), TimeSpan.Zero), Id(3), Id(4), Word(5), Word(6), Word(7), Id(8), Word(9), Word(10)));
        return rows;

        Guid? Id(int i) => reader.IsDBNull(i) ? null : reader.GetGuid(i);

        string? Word(int i) => reader.IsDBNull(i) ? null : reader.GetString(i);
    }

    private TimelineItem Item(Row r, BaseValues lists, string? who, bool review) => r.Kind switch
    {
        "communication" => new(r.Id, r.At, r.Kind, "message", lists.Title(r.Two) is { } result ? $"{lists.Title(r.One)}: {result}" : lists.Title(r.One) ?? "", r.More is null ? r.Text ?? "" : $"{r.Text}\n{Texts.Get("Next step")}: {r.More}", who, $"/communications/{r.Id}"),
        "follow-up" => new(r.Id, r.At, r.Kind, "calendar-event", Texts.Get(r.State == nameof(FollowUpState.Done) ? "Follow-up done: {0}" : "Follow-up cancelled: {0}", lists.Title(r.One)), string.Join("\n", new[] { r.Text, r.More }.Where(t => t is not null)), who, $"/follow-ups/{r.Id}"),
        "activity-report" => new(r.Id, r.At, r.Kind, "report", r.Text is { Length: > 0 } title ? Texts.Get("Activity report: {0}", title) : Texts.Get("Activity report"), r.More ?? "", who, review || r.Who == me.Id ? $"/activity-reports/{r.One}" : null),
        _ => new(r.Id, r.At, r.Kind, "star", Texts.Get("Scored: {0}", PersianText.Decimal(decimal.Parse(r.State!, CultureInfo.InvariantCulture))), r.Text ?? "", who, null),
    };

    // The parts are audited one by one; one save is one line.
    private IEnumerable<TimelineItem> Told(IEnumerable<Row> rows, TimelineWish wish, BaseValues lists) => rows.GroupBy(r => (r.At, r.WhoName, r.More)).Select(save =>
    {
        var root = save.FirstOrDefault(r => r.Entity == "contacts.Contact");
        var fields = save.SelectMany(r => r.Entity switch
        {
            "contacts.ContactPhone" => Part("phones", "Telephones"),
            "contacts.ContactEmail" => Part("emails", "E-mails"),
            "contacts.ContactAddress" => Part("addresses", "Addresses"),
            "contacts.ContactPosition" => Part("positions", "Positions"),
            "contacts.ContactRelation" => [Texts.Get("Relations")],
            _ => FieldsOf(r.Text, lists),
        }).Distinct();
        var (icon, title, text) = root?.State switch
        {
            "A" => ("user-plus", Texts.Get("Contact added"), ""),
            // A merge puts the other one into the bin; whoever reads it after the merge was undone must not think that somebody deleted it.
            "D" when Merged(root) => ("git-merge", Texts.Get("Merged into another contact"), ""),
            "R" when Merged(root) => ("history", Texts.Get("Merge undone"), ""),
            "D" => ("trash", Texts.Get("Contact deleted"), ""),
            "R" => ("history", Texts.Get("Contact restored"), ""),
            _ => ("edit", Texts.Get("Contact changed"), Texts.List(fields)),
        };
        return new TimelineItem(
            save.First().Id, save.Key.At, "change", icon, title, text, SystemActor.Shown(save.First().WhoName!), root is null ? null : $"/history/contacts.Contact/{wish.ContactId}?on={DateOnly.FromDateTime(save.Key.At.UtcDateTime):yyyy-MM-dd}");
    });

    private static bool Merged(Row row) => row.Text?.Contains("\"mergedIntoId\"", StringComparison.Ordinal) == true;

    private IEnumerable<string> Part(string field, string title) => me.Hides(ContactsRights.Contacts, field) ? [] : [Texts.Get(title)];

    // With what stood and stands there, where that is short; all of it stands in the history of the day.
    private IEnumerable<string> FieldsOf(string? changes, BaseValues lists)
    {
        if (changes is null) return [];
        using var json = JsonDocument.Parse(changes);
        return [.. json.RootElement.EnumerateObject().Where(p => !ClosedInHistory.Hides(p.Name, me))
            .Select(p => (Title: TitleOf(p.Name), p.Value, Told: ClosedInHistory.Tells(p.Name, me), Own: _own.GetValueOrDefault(p.Name))).Where(f => f.Title is not null).Select(f =>
                f.Told && f.Value is { ValueKind: JsonValueKind.Array } pair && pair.GetArrayLength() == 2 && Short(pair[0], f.Own) is { } old && Short(pair[1], f.Own) is { } now && (old.Length > 0 || now.Length > 0)
                    ? Texts.Get("{0}: {1} → {2}", f.Title!, old.Length > 0 ? old : "–", now.Length > 0 ? now : "–")
                    : f.Title!)];

        string? TitleOf(string name) => _own.TryGetValue(name, out var own) ? own.Title : FieldTitles.Of(name) is { } title ? Texts.Get(title) : null;

        // Null for what is too long or would need a question to be read.
        string? Short(JsonElement value, CustomField? own) => value.ValueKind switch
        {
            JsonValueKind.Null => "",
            _ when own is { Kind: FieldType.LongText or FieldType.Record or FieldType.File } => null,
            _ when own is not null => CustomValues.Shown(own, System.Text.Json.Nodes.JsonNode.Parse(value.GetRawText()), dates) is { Length: <= LongestShown } shown ? shown : null,
            JsonValueKind.String when value.TryGetGuid(out var id) => lists.Title(id),
            JsonValueKind.String when value.GetString() is { Length: <= LongestShown } text && !text.Contains('\n', StringComparison.Ordinal) && (text.Length == 0 || !char.IsAsciiLetter(text[0])) => PersianText.Digits(text),
            _ => null,
        };
    }
}

/// <summary>What the audit's names of fields are to rights: a property may be a field under another name (<c>roleIds</c> are the roles), or a sensitive fact.</summary>
internal static class ClosedInHistory
{
    private static readonly HashSet<string> s_sensitive = new(StringComparer.Ordinal) { "marriedOn", "maritalStatusId", "religionId" };

    public static bool Hides(string property, ICurrentUser me) => me.Hides(ContactsRights.Contacts, property switch { "roleIds" => "roles", "groupIds" => "groups", _ => property });

    /// <summary>Whether the values are told, not only that it changed.</summary>
    public static bool Tells(string property, ICurrentUser me) => !s_sensitive.Contains(property) || me.Can(ContactsPermissions.SeeSensitive);
}
