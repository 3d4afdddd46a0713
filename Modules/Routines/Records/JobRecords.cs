using System.Globalization;
using Crm.Core;
using Crm.Routines.Domain;

namespace Crm.Routines.Records;

/// <summary>Jobs, for lists, filters, exports, views and what is done to many of them.</summary>
internal sealed class JobRecords : IRecordType
{
    public const string RecordKey = "jobs";

    private const string OpenStages = "from routines.stage_items s where s.job_id = t.id and s.status = 'Open'";

    // Persons, and roles as long as nobody of them took it.
    private const string Hands = "(case when s.taken_by is null then s.user_ids || s.role_ids else s.user_ids end)";

    private const string HasIncident = "exists (select 1 from routines.incidents i where i.job_id = t.id and i.status = 'Open')";

    private const string IsOn = "t.status in ('Running', 'Faulted')";

    public string Key => RecordKey;

    public string Title => "Jobs";

    public string Count => "{0} jobs";

    public Type Entity => typeof(Job);

    public string Url => "/jobs";

    public string Table => "routines.jobs";

    public string Icon => "route";

    public string Purpose => "A job is one run of a routine for a customer. It starts from the customer's page or by itself.";

    public string? SearchHint => "Title, routine or number";

    public string? AddUrl => "/jobs/new";

    public string? AddPermission => RoutinesPermissions.Start;

    public string AddText => "Start a job";

    public string See => RoutinesPermissions.SeeJobs;

    public string? Change => RoutinesPermissions.Steer;

    public string? Export => RoutinesPermissions.ExportJobs;

    public bool HasBin => false;

    public string Tie => "id";

    public string Sort => "-startedAt";

    public string? Period => "startedAt";

    public RecordAbove? Above { get; } = new("Customer's page", "/contacts", "t.contact_id", "contacts.see");

    public IReadOnlyList<RecordVerb> Verbs { get; } =
    [
        new("suspend", "Suspend", "player-pause", RoutinesPermissions.Steer) { Question = "Suspend the chosen jobs? What happens to them is kept until they are resumed.", Asks = "Reason" },
        new("resume", "Resume", "player-play", RoutinesPermissions.Steer) { RowSql = $"t.paused and {IsOn}" },
        new("retry", "Try again", "refresh", RoutinesPermissions.Incidents) { RowSql = HasIncident },
        new("end", "End", "flag-off", RoutinesPermissions.End) { Question = "End the chosen jobs? This can't be taken back.", Asks = "Reason" },
    ];

    public IReadOnlyList<RecordChoice> Choices => All;

    /// <summary>Which jobs: the words of the list's address and of the API's filter.</summary>
    public static IReadOnlyList<RecordChoice> All { get; } =
    [
        new("show", "Show", "running",
        [
            new("running", "Running", (sql, _) => sql.Add($" and {IsOn}")),
            new("mine", "Mine", (sql, at) => Mine(sql, at.User)),
            new("late", "Late", (sql, at) => sql.Add($" and exists (select 1 {OpenStages} and s.due_at < ").Value(at.Now.UtcDateTime).Add(")")),
            new("incident", "With incidents", (sql, _) => sql.Add($" and {HasIncident}")),
            new("nobody", "Nobody there to do it", (sql, _) => sql.Add($" and exists (select 1 {OpenStages} and s.nobody_since is not null)")),
            new("suspended", "Suspended", (sql, _) => sql.Add($" and t.paused and {IsOn}")),
            new("ended", "Ended", (sql, _) => sql.Add(" and t.status in ('Finished', 'Cancelled')")),
            new("all", "All"),
        ]),
    ];

    private static readonly IReadOnlyList<ListField> s_persian = FieldsOf("، "), s_english = FieldsOf(", ");

    // The stages of a job are one text, joined as the language of who reads joins words.
    public IReadOnlyList<ListField> Fields => Texts.IsPersian ? s_persian : s_english;

    private static IReadOnlyList<ListField> FieldsOf(string comma) =>
    [
        new("id", "Id", FieldType.Text, FieldStore.Uuid, "t.id") { Listed = false, Filterable = false },
        new("title", "Job", FieldType.Text, FieldStore.Text, "t.title") { Main = true, Shown = true, SubSql = "t.routine_name", IconSql = "'route'" },
        new("contact", "Customer", FieldType.Record, FieldStore.Uuid, "t.contact_id") { Options = "records/contacts", NameOf = "contacts", NameUrl = "/contacts", Shown = true },
        new("standsAt", "Stands at", FieldType.Text, FieldStore.Text, $"(select string_agg(s.title, '{comma}' order by s.opened_at, s.id) {OpenStages})")
        {
            Shown = true, MarkSql = $"case when {HasIncident} then 'red:Incident' when t.paused and {IsOn} then 'orange:Suspended' when exists (select 1 {OpenStages} and s.nobody_since is not null) then 'red:Nobody there' when t.status = 'Finished' then 'green:Finished' when t.status = 'Cancelled' then 'gray:Ended' when not exists (select 1 {OpenStages}) then 'gray:Waiting' end",
        },
        // What the filter panel asks: one of the titles that jobs stand at just now.
        new("stage", "Stands at", FieldType.Choice, FieldStore.Text, "null::text") { Options = "routines.stages", Listed = false, Offered = false, Quick = true, AnyOf = $"exists (select 1 {OpenStages} and s.title = any({{0}}))" },
        new("dueAt", "Due", FieldType.Moment, FieldStore.Moment, $"(select min(s.due_at) {OpenStages})") { Shown = true, MarkSql = $"case when (select min(s.due_at) {OpenStages}) < {{now}} then 'red:Late' end" },
        new("doers", "Who does it", FieldType.Choices, FieldStore.UuidArray, $"(select array_agg(distinct u) from routines.stage_items s, unnest({Hands}) u where s.job_id = t.id and s.status = 'Open')")
        {
            Options = "routines.hands", Shown = true, AnyOf = $"exists (select 1 {OpenStages} and {Hands} && {{0}})",
        },
        new("agents", "Agents", FieldType.Choices, FieldStore.UuidArray, "nullif(t.agent_ids, '{}')") { Options = "users", Editable = true, AnyOf = "t.agent_ids && {0}" },
        new("agent", "Agent", FieldType.Choice, FieldStore.Uuid, "null::uuid") { Options = "users", Listed = false, Offered = false, Quick = true, AnyOf = "t.agent_ids && {0}" },
        new("routine", "Routine", FieldType.Choice, FieldStore.Uuid, "t.routine_id") { Options = "routines", Quick = true },
        new("version", "Version", FieldType.Number, FieldStore.Int, "t.version_number"),
        new("state", "State", FieldType.Choice, FieldStore.Text, $"case when t.status in ('Finished', 'Cancelled') then t.status when {HasIncident} then 'Incident' when t.paused then 'Suspended' else 'Running' end")
        {
            Members = [("Running", "Running"), ("Suspended", "Suspended"), ("Incident", "Incident"), ("Finished", "Finished"), ("Cancelled", "Ended")],
            Colors = new Dictionary<string, string> { ["Running"] = "blue", ["Suspended"] = "orange", ["Incident"] = "red", ["Finished"] = "green", ["Cancelled"] = "gray" },
        },
        new("startedAt", "Started", FieldType.Moment, FieldStore.Moment, "t.started_at") { Shown = true, Sortable = true },
        new("startedBy", "Started by", FieldType.Choice, FieldStore.Uuid, "t.started_by") { Options = "users" },
        new("endedAt", "Ended at", FieldType.Moment, FieldStore.Moment, "t.ended_at"),
        new("endedBy", "Ended by", FieldType.Choice, FieldStore.Uuid, "t.ended_by") { Options = "users" },
        new("reason", "Reason", FieldType.Text, FieldStore.Text, "coalesce(t.ended_because, t.paused_because)"),
        new("branch", "Branch", FieldType.Choice, FieldStore.Uuid, "t.branch_id") { Options = "branches", Quick = true },
        new("number", "Number", FieldType.Number, FieldStore.Long, "t.number") { Shown = true },
    ];

    public void Search(SqlText sql, string text, ICurrentUser user)
    {
        var folded = PersianText.Fold(text);
        if (folded.Length == 0) return;
        if (long.TryParse(folded.TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            sql.Add(" and t.number = ").Value(number);
            return;
        }

        var like = LikePattern.Anywhere(folded);
        // The plumbing's own search table, which every module writes with its records.
        sql.Add(" and t.id in (select r.id from platform.search r where r.type = 'Job' and r.text like ").Value(like).Add(")");
    }

    /// <summary>What runs and concerns this user: as agent, as who started it.</summary>
    private static void Mine(SqlText sql, ICurrentUser user)
    {
        var me = sql.Parameter(user.Id ?? Guid.Empty);
        sql.Add($" and {IsOn} and (t.agent_ids @> array[{me}::uuid] or t.started_by = {me})");
    }
}
