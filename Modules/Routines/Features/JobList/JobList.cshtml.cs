using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.JobList;

internal sealed record JobRow(Guid Id, long Number, string Title, string RoutineName, Guid? ContactId, JobStatus Status, bool Paused, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, Guid[] AgentIds);

internal sealed record JobStageRow(Guid JobId, Guid Id, string Title, DateTimeOffset? DueAt, Guid[] UserIds, bool Nobody);

/// <summary>What a list of jobs is narrowed by.</summary>
internal sealed record JobFilter
{
    public string? Q { get; init; }

    /// <summary>running (default), late, mine, suspended, incident, nobody, ended, all.</summary>
    public string Show { get; init; } = "running";

    public Guid? Routine { get; init; }

    public Guid? Agent { get; init; }

    public Guid? Contact { get; init; }

    public string? Stage { get; init; }

    public IQueryable<Job> Narrow(RoutinesDb db, DateTimeOffset now, Guid? me)
    {
        var jobs = db.Jobs.AsNoTracking();
        jobs = Show switch
        {
            "all" => jobs,
            "ended" => jobs.Where(j => j.Status == JobStatus.Finished || j.Status == JobStatus.Cancelled),
            "suspended" => jobs.Where(j => j.Paused),
            "incident" => jobs.Where(j => db.Incidents.Any(i => i.JobId == j.Id && i.Status == IncidentStatus.Open)),
            "nobody" => jobs.Where(j => db.Stages.Any(s => s.JobId == j.Id && s.NobodySince != null)),
            "late" => jobs.Where(j => db.Stages.Any(s => s.JobId == j.Id && s.Status == StageStatus.Open && s.DueAt < now)),
            "mine" => jobs.Where(j => (j.Status == JobStatus.Running || j.Status == JobStatus.Faulted) && (j.AgentIds.Contains(me!.Value) || j.StartedBy == me)),
            _ => jobs.Where(j => j.Status == JobStatus.Running || j.Status == JobStatus.Faulted),
        };
        if (Routine is { } routine) jobs = jobs.Where(j => j.RoutineId == routine);
        if (Agent is { } agent) jobs = jobs.Where(j => j.AgentIds.Contains(agent));
        if (Contact is { } contact) jobs = jobs.Where(j => j.ContactId == contact);
        if (Stage is { Length: > 0 } stage) jobs = jobs.Where(j => db.Stages.Any(s => s.JobId == j.Id && s.Status == StageStatus.Open && s.Title == stage));
        if (Q is { Length: > 0 } q)
        {
            var folded = PersianText.Fold(q);
            jobs = long.TryParse(folded, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? jobs.Where(j => j.Number == number)
                : jobs.Where(j => db.Set<Crm.Data.SearchRow>().Any(r => r.Id == j.Id && EF.Functions.Like(r.Text, "%" + folded.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_") + "%")));
        }

        return jobs;
    }

    public static IQueryable<Job> After(IQueryable<Job> jobs, JsonObject? after) =>
        after is not null && DateTimeOffset.TryParse(after["at"]?.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && Guid.TryParse(after["id"]?.ToString(), out var id)
            ? jobs.Where(j => j.StartedAt < at || (j.StartedAt == at && j.Id < id)) : jobs;

    public static string Keys(DateTimeOffset at, Guid id) => Cursor.Encode(new JsonObject { ["at"] = at.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture), ["id"] = id.ToString() });
}

[Requires(RoutinesPermissions.SeeJobs)]
internal sealed class JobListPage(RoutinesDb db, IContactDirectory contacts, IUserDirectory users, TimeProvider time) : PageBase
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Show { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Routine { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Agent { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Contact { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Stage { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    public IReadOnlyList<JobRow> Rows { get; private set; } = [];

    public ILookup<Guid, JobStageRow> Stages { get; private set; } = null!;

    /// <summary>Jobs of the page with an open incident: other branches may go on meanwhile.</summary>
    public IReadOnlySet<Guid> Stopped { get; private set; } = new HashSet<Guid>();

    public IReadOnlyDictionary<Guid, ContactCard> Contacts { get; private set; } = new Dictionary<Guid, ContactCard>();

    public IReadOnlyDictionary<Guid, UserCard> Users { get; private set; } = new Dictionary<Guid, UserCard>();

    public IReadOnlyList<UserCard> Agents { get; private set; } = [];

    public IReadOnlyList<(Guid Id, string Name)> Routines { get; private set; } = [];

    public string? Next { get; private set; }

    public DateTimeOffset Now { get; } = time.GetUtcNow();

    public static IReadOnlyList<(string Key, string Title)> Shows { get; } = [("running", "Running"), ("mine", "Mine"), ("late", "Late"), ("incident", "With incidents"), ("nobody", "Nobody there to do it"), ("suspended", "Suspended"), ("ended", "Ended"), ("all", "All")];

    public string Showing => Shows.Any(s => s.Key == Show) ? Show! : "running";

    public async Task OnGetAsync()
    {
        var ct = HttpContext.RequestAborted;
        var filter = new JobFilter { Q = Q, Show = Showing, Routine = Routine, Agent = Agent, Contact = Contact, Stage = Stage };
        var rows = await JobFilter.After(filter.Narrow(db, Now, Me.Id), Cursor.Decode(After)).OrderByDescending(j => j.StartedAt).ThenByDescending(j => j.Id)
            .Select(j => new JobRow(j.Id, j.Number, j.Title, j.RoutineName, j.ContactId, j.Status, j.Paused, j.StartedAt, j.EndedAt, j.AgentIds)).Take(PageSize + 1).ToListAsync(ct);
        if (rows.Count > PageSize)
        {
            rows.RemoveAt(PageSize);
            Next = JobFilter.Keys(rows[^1].StartedAt, rows[^1].Id);
        }

        Rows = rows;
        var ids = rows.Select(r => r.Id).ToArray();
        Stages = (await db.Stages.AsNoTracking().Where(s => ids.Contains(s.JobId) && s.Status == StageStatus.Open).Select(s => new JobStageRow(s.JobId, s.Id, s.Title, s.DueAt, s.UserIds, s.NobodySince != null)).ToListAsync(ct)).ToLookup(s => s.JobId);
        Stopped = (await db.Incidents.AsNoTracking().Where(i => ids.Contains(i.JobId) && i.Status == IncidentStatus.Open).Select(i => i.JobId).ToListAsync(ct)).ToHashSet();
        Contacts = await contacts.CardsAsync([.. rows.Select(r => r.ContactId).Append(Contact).OfType<Guid>().Distinct()], ct);
        Users = await users.CardsAsync([.. rows.SelectMany(r => r.AgentIds).Concat(Stages.SelectMany(g => g).SelectMany(s => s.UserIds)).Distinct()], ct);
        Agents = await users.ActiveAsync(ct);
        Routines = [.. (await db.Set<RoutineDefinition>().AsNoTracking().OrderBy(r => r.Name).Select(r => new { r.Id, r.Name }).Take(200).ToListAsync(ct)).Select(r => (r.Id, r.Name))];
    }

    public string Names(IEnumerable<Guid> ids) => string.Join(T["List comma"], ids.Where(Users.ContainsKey).Select(i => Users[i].Name));
}
