using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.JobTrace;
using Crm.Routines.Runtime;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.JobRail;

/// <summary>A way on: an outcome and what lies behind it.</summary>
/// <param name="Outcome">Name of the outcome.</param>
/// <param name="To">Titles of the boxes it leads to; empty when it leads to the end.</param>
/// <param name="Share">How often it was taken in like cases, in percent; null when there were too few.</param>
/// <param name="Cases">Of how many.</param>
internal sealed record RailStep(string Outcome, string To, int? Share, int Cases);

/// <summary>Something a job stands at or waits for.</summary>
internal sealed record RailStand
{
    public required string Icon { get; init; }

    public required string Title { get; init; }

    /// <summary>What it waits for, in the language of the moment.</summary>
    public string WaitsFor { get; init; } = "";

    public DateTimeOffset Since { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public bool Late { get; init; }

    public IReadOnlyList<string> Who { get; init; } = [];

    public Guid? StageId { get; init; }

    /// <summary>Whether the user may end it with a click here: his, and without form or files.</summary>
    public bool Quick { get; init; }

    public bool MayAct { get; init; }

    /// <summary>Nobody is there to do it.</summary>
    public bool Nobody { get; init; }

    /// <summary>Why its moment moved, the latest time.</summary>
    public string? Moved { get; init; }

    public IReadOnlyList<RailStep> Next { get; init; } = [];
}

/// <summary>A job with everything it stands at, side by side.</summary>
internal sealed record RailJob(Job Job, IReadOnlyList<RailStand> Stands, IReadOnlyList<JobIncident> Incidents, IReadOnlyList<string> Agents, int Done)
{
    public bool Late => Stands.Any(s => s.Late);
}

/// <summary>Names of those who do stages, with their deputies.</summary>
internal sealed record RailPeople(IReadOnlyDictionary<Guid, UserCard> Names, IReadOnlyDictionary<Guid, string> Roles, StandIn StandIn, IReadOnlyDictionary<(Guid Stage, Guid For), Guid> Deputies, IReadOnlyDictionary<Guid, string> Moves)
{
    public IReadOnlyList<string> Of(StageItem stage) =>
    [
        .. stage.UserIds.Where(Names.ContainsKey).Select(u => Deputies.TryGetValue((stage.Id, u), out var deputy) && Names.TryGetValue(deputy, out var stands) ? Texts.Get("{0} for {1}", stands.Name, Names[u].Name) : Names[u].Name),
        .. stage.TakenBy is null ? stage.RoleIds.Where(Roles.ContainsKey).Select(r => Roles[r]) : [],
    ];
}

/// <summary>Reads rails of several jobs in a constant number of questions.</summary>
internal sealed class JobRails(RoutinesDb db, JobVersions versions, IUserDirectory users, IOrganisation organisation, MyStandIn standIns, ICurrentUser me, TimeProvider time)
{
    public async Task<IReadOnlyList<RailJob>> OfAsync(IReadOnlyList<Job> jobs, CancellationToken ct)
    {
        if (jobs.Count == 0) return [];
        var ids = jobs.Select(j => j.Id).ToArray();
        var states = await db.Set<JobState>().AsNoTracking().Where(s => ids.Contains(s.JobId)).ToDictionaryAsync(s => s.JobId, s => WorkflowState.Parse(s.State), ct);
        var stages = (await db.Stages.AsNoTracking().Where(s => ids.Contains(s.JobId) && s.Status != StageStatus.Cancelled).ToListAsync(ct)).ToLookup(s => s.JobId);
        var incidents = (await db.Incidents.AsNoTracking().Where(i => ids.Contains(i.JobId) && i.Status == IncidentStatus.Open).OrderBy(i => i.At).ToListAsync(ct)).ToLookup(i => i.JobId);
        var names = new Dictionary<Guid, UserCard>(await users.CardsAsync([.. stages.SelectMany(g => g).SelectMany(s => s.UserIds).Concat(jobs.SelectMany(j => j.AgentIds)).Distinct()], ct));
        var roles = stages.SelectMany(g => g).Any(s => s is { Status: StageStatus.Open, TakenBy: null, RoleIds.Length: > 0 }) ? (await users.RolesAsync(ct)).ToDictionary(r => r.Id, r => r.Name) : [];
        var shares = await SharesAsync(jobs, stages, ct);
        var now = time.GetUtcNow();
        var open = stages.SelectMany(g => g).Where(s => s.Status == StageStatus.Open).ToList();
        var waits = await db.Set<WorkingWait>().AsNoTracking().Where(w => ids.Contains(w.JobId)).ToDictionaryAsync(w => w.Id, ct);
        var deputies = await DeputiesAsync(open, now, ct);
        foreach (var (id, card) in await users.CardsAsync([.. deputies.Values.Where(d => !names.ContainsKey(d)).Distinct()], ct)) names[id] = card;
        var people = new RailPeople(names, roles, await standIns.GetAsync(ct), deputies, await MovesAsync([.. open.Select(s => s.Id), .. waits.Keys], ct));
        var rails = new List<RailJob>();
        foreach (var job in jobs)
        {
            var version = await versions.OfAsync(job.VersionId, ct);
            var stands = new List<RailStand>();
            if (states.TryGetValue(job.Id, out var state) && !job.IsOver)
            {
                foreach (var stage in stages[job.Id].Where(s => s.Status == StageStatus.Open).OrderBy(s => s.OpenedAt)) stands.Add(OfStage(job, stage, version, people, shares, now));
                foreach (var mark in state.Bookmarks)
                {
                    // A stage just done keeps its mark until the next burst: nobody waits there any more.
                    if (stages[job.Id].Any(s => s.Id == mark.ExecutionId)) continue;
                    stands.Add(OfMark(mark, state, version, waits.GetValueOrDefault(mark.ExecutionId), people));
                }
            }

            rails.Add(new RailJob(job, stands, [.. incidents[job.Id]], [.. job.AgentIds.Where(names.ContainsKey).Select(a => names[a].Name)], stages[job.Id].Count(s => s.Status == StageStatus.Done)));
        }

        return rails;
    }

    /// <summary>What people call a box: its label in the drawing, a stage's own title, else its name.</summary>
    public static string TitleOf(WorkflowNode node) => Versions.BoxTitles.Of(node.Activity);

    private static IReadOnlyList<string> Targets(WorkflowNode node, string outcome, JobVersion version) =>
        [.. (node.Parent?.Activity.Connections ?? []).Where(c => c.Source == node.Id && c.SourcePort == outcome).Select(c => version.Routine.Workflow.Find(c.Target)).OfType<WorkflowNode>().Select(TitleOf)];

    private RailStand OfStage(Job job, StageItem stage, JobVersion version, RailPeople people, Dictionary<(Guid, string), (string Outcome, int Count)[]> shares, DateTimeOffset now)
    {
        var setup = stage.Setup;
        var mayEnd = stage.MayEnd(me, job.StartedBy, people.StandIn);
        var node = version.Routine.Workflow.Find(stage.ActivityId);
        var known = shares.GetValueOrDefault((job.RoutineId, stage.ActivityId)) ?? [];
        var cases = known.Sum(k => k.Count);
        var steps = setup.Outcomes.Select(o => new RailStep(o, node is null ? "" : Texts.List(Targets(node, o, version)), cases < 5 ? null : (int)Math.Round(100.0 * known.FirstOrDefault(k => k.Outcome == o).Count / cases), cases));
        return new RailStand
        {
            Icon = stage.IsApproval ? "checks" : "user-check", Title = stage.Title, Since = stage.OpenedAt, DueAt = stage.DueAt, Late = stage.DueAt < now, StageId = stage.Id,
            WaitsFor = Texts.Get(stage.NobodySince is not null ? "Nobody is there to do it" : stage.ChoosePerson ? "Waits until somebody is chosen" : stage.IsApproval ? "Waits for agreement" : "Waits to be done"), Nobody = stage.NobodySince is not null,
            Who = people.Of(stage), Moved = people.Moves.GetValueOrDefault(stage.Id),
            MayAct = mayEnd, Quick = mayEnd && !job.Paused && stage.FieldsJson == "[]" && setup.Files.Count == 0 && !stage.ChoosePerson && !stage.IsApproval,
            Next = [.. steps],
        };
    }

    // Who stands in for those who are away, by stage.
    private async Task<Dictionary<(Guid Stage, Guid For), Guid>> DeputiesAsync(List<StageItem> open, DateTimeOffset now, CancellationToken ct)
    {
        var found = new Dictionary<(Guid, Guid), Guid>();
        foreach (var stage in open)
        {
            // One by one: a deputy who is asked himself stands there for both.
            foreach (var user in stage.UserIds)
                if (await organisation.AfterDeputiesAsync([user], stage.PostId, now, ct) is [{ ForId: { } away } hand]) found[(stage.Id, away)] = hand.UserId;
        }

        return found;
    }

    private async Task<Dictionary<Guid, string>> MovesAsync(Guid[] ids, CancellationToken ct)
    {
        if (ids.Length == 0) return [];
        var moves = await db.Set<StageEvent>().AsNoTracking().Where(e => ids.Contains(e.StageItemId) && e.Kind == StageEventKind.DueMoved).OrderBy(e => e.At).ThenBy(e => e.Id).ToListAsync(ct);
        return moves.GroupBy(e => e.StageItemId).ToDictionary(g => g.Key, g => StageEvents.Sentence(g.Last(), DateView.Of(me.Access), new Dictionary<Guid, UserCard>()));
    }

    private static RailStand OfMark(Bookmark mark, WorkflowState state, JobVersion version, WorkingWait? wait, RailPeople people)
    {
        var node = state.Execution(mark.ExecutionId) is { } execution ? version.Routine.Workflow.Find(execution.Activity) : null;
        var title = node is null ? "" : TitleOf(node);
        var (icon, text) = mark.Kind switch
        {
            BookmarkKind.Timer => ("clock", Texts.Get("Waits for its moment")),
            BookmarkKind.Event => ("bolt", Texts.Get("Waits for the event “{0}”", mark.Name)),
            BookmarkKind.Task => ("checklist", Texts.Get("Waits for the task “{0}”", mark.Name)),
            BookmarkKind.Child => ("subtask", Texts.Get("Waits for a job it started")),
            _ when mark.Payload is JsonObject payload && payload["waitsFor"]?.ToString() is { Length: > 0 } key => ("hourglass", Texts.Get(key, payload["argument"]?.ToString())),
            _ => ("bolt", Texts.Get("Waits for something to happen")),
        };
        return new RailStand { Icon = icon, Title = title, WaitsFor = text, Since = mark.CreatedAt, DueAt = wait?.DueAt ?? mark.DueAt, Moved = wait is null ? null : people.Moves.GetValueOrDefault(wait.Id) };
    }

    // How those before went on from here: over the newest five hundred of each stage.
    [Crm.Data.BypassesSave("One question for all stages on the page, over the newest cases only.")]
    private async Task<Dictionary<(Guid, string), (string Outcome, int Count)[]>> SharesAsync(IReadOnlyList<Job> jobs, ILookup<Guid, StageItem> stages, CancellationToken ct)
    {
        var open = jobs.SelectMany(j => stages[j.Id].Where(s => s.Status == StageStatus.Open).Select(s => (j.RoutineId, s.ActivityId))).Distinct().ToList();
        if (open.Count == 0) return [];
        Guid[] routines = [.. open.Select(o => o.RoutineId)];
        string[] activities = [.. open.Select(o => o.ActivityId)];
        var rows = await db.Database.SqlQuery<ShareRow>($"""
            select u.routine as "Routine", u.activity as "Activity", d.outcome as "Outcome", count(*)::int as "Count"
            from unnest({routines}, {activities}) u (routine, activity)
            cross join lateral (select s.outcome from routines.stage_items s join routines.jobs j on j.id = s.job_id
              where s.activity_id = u.activity and s.status = 'Done' and j.routine_id = u.routine order by s.done_at desc limit 500) d
            group by 1, 2, 3
            """).ToListAsync(ct);
        return rows.GroupBy(r => (r.Routine, r.Activity)).ToDictionary(g => g.Key, g => g.Select(r => (r.Outcome, r.Count)).ToArray());
    }

    private sealed record ShareRow(Guid Routine, string Activity, string Outcome, int Count);
}
