using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Workflows;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Elsa;

/// <summary>Jobs as Elsa's workflow instances: list, state, journal and the path on the drawing. Reading only; what changes a job is the runtime's business.</summary>
internal static class Instances
{
    public static void Map(RouteGroupBuilder api)
    {
        var see = new RequiresAttribute(RoutinesPermissions.SeeJobs);
        var i = api.MapGroup("/workflow-instances").WithMetadata(see);
        i.MapPost("", ListAsync);
        i.MapGet("/{id}", OneAsync);
        i.MapGet("/{id}/journal", (string id, HttpRequest request, RoutinesDb db, ICurrentUser me, CancellationToken ct) => JournalAsync(id, request, [], db, me, ct));
        i.MapPost("/{id}/journal", async (string id, HttpRequest request, RoutinesDb db, ICurrentUser me, CancellationToken ct) => await JournalAsync(id, request, await ElsaApi.BodyAsync(request), db, me, ct));
        i.MapGet("/{id}/execution-state", StateAsync);
        i.MapGet("/{id}/variables", VariablesAsync);
        i.MapGet("/{id}/export", ExportAsync);

        var a = api.MapGroup("/activity-executions").WithMetadata(see);
        a.MapPost("/report", ReportAsync);
        a.MapGet("/list", (HttpRequest request, RoutinesDb db, ICurrentUser me, CancellationToken ct) => ExecutionsAsync(request, true, db, me, ct));
        a.MapGet("/by-id", ByIdAsync);
        a.MapGet("/{id}/call-stack", () => ElsaApi.Json(new JsonObject { ["activityExecutionId"] = null, ["items"] = new JsonArray(), ["totalCount"] = 0 }));
        api.MapGet("/activity-execution-summaries/list", (HttpRequest request, RoutinesDb db, ICurrentUser me, CancellationToken ct) => ExecutionsAsync(request, false, db, me, ct)).WithMetadata(see);
        api.MapGet("/resilience/retries/{id}", () => ElsaApi.Json(new JsonObject { ["items"] = new JsonArray(), ["totalCount"] = 0 })).WithMetadata(see);
    }

    private sealed record JobView
    {
        public required Job Job { get; init; }

        public required string DefinitionId { get; init; }

        public required string VersionId { get; init; }

        public required int Incidents { get; init; }
    }

    private static IQueryable<JobView> Views(RoutinesDb db) =>
        from job in db.Set<Job>().AsNoTracking()
        join routine in db.Set<RoutineDefinition>().IgnoreQueryFilters(new[] { Crm.Data.Filters.SoftDelete }) on job.RoutineId equals routine.Id
        join version in db.Set<RoutineVersion>() on job.VersionId equals version.Id
        select new JobView { Job = job, DefinitionId = routine.DefinitionId, VersionId = version.VersionId, Incidents = db.Set<JobIncident>().Count(n => n.JobId == job.Id && n.Status == IncidentStatus.Open) };

    private static Guid Id(string? text) => Guid.TryParse(text, out var id) ? id : throw new NotFound("job", text);

    private static async Task<JobView> FindAsync(RoutinesDb db, string id, CancellationToken ct)
    {
        var job = Id(id);
        return await Views(db).SingleOrDefaultAsync(v => v.Job.Id == job, ct) ?? throw new NotFound("job", id);
    }

    private static async Task<IResult> ListAsync(HttpRequest request, RoutinesDb db, CancellationToken ct)
    {
        var body = await ElsaApi.BodyAsync(request);
        var views = Views(db);
        List<string> definitions = [.. body["definitionIds"].Strings()];
        if (body["definitionId"].Text() is { Length: > 0 } definition) definitions.Add(definition);
        if (definitions.Count > 0) views = views.Where(v => definitions.Contains(v.DefinitionId));
        if (body["correlationId"].Text() is { Length: > 0 } correlation) views = views.Where(v => v.Job.CorrelationId == correlation);
        if (body["hasIncidents"].Flag() is { } with) views = views.Where(v => v.Incidents > 0 == with);
        var over = new[] { JobStatus.Finished, JobStatus.Cancelled, JobStatus.Faulted };
        var statuses = body["statuses"].Strings().Concat(body["status"].Text() is { } one ? [one] : []).ToList();
        if (statuses.Count > 0) views = views.Where(v => (over.Contains(v.Job.Status) && statuses.Contains("Finished")) || (!over.Contains(v.Job.Status) && statuses.Contains("Running")));
        var sub = body["subStatuses"].Strings().Concat(body["subStatus"].Text() is { } s ? [s] : []).Select(Status).OfType<JobStatus>().ToArray();
        if (sub.Length > 0) views = views.Where(v => sub.Contains(v.Job.Status));
        if (PersianText.Clean(body["searchTerm"].Text()) is { Length: > 0 } term)
        {
            var id = Guid.TryParse(term, out var uuid) ? uuid : Guid.Empty;
            _ = long.TryParse(term, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            views = views.Where(v => EF.Functions.ILike(v.Job.Title, "%" + term + "%") || v.Job.Id == id || v.Job.Number == number || v.DefinitionId == term || v.VersionId == term || v.Job.CorrelationId == term);
        }

        var total = await views.CountAsync(ct);
        var size = Math.Clamp(body["pageSize"].Number() ?? 50, 1, 500);
        var rows = await views.OrderByDescending(v => v.Job.StartedAt).ThenByDescending(v => v.Job.Id).Skip(Math.Clamp(body["page"].Number() ?? 0, 0, 100_000) * size).Take(size).ToListAsync(ct);
        return ElsaApi.Json(new JsonObject { ["items"] = new JsonArray([.. rows.Select(r => (JsonNode)Summary(r))]), ["totalCount"] = total });
    }

    private static JobStatus? Status(string name) => name switch
    {
        "Finished" => JobStatus.Finished,
        "Cancelled" => JobStatus.Cancelled,
        "Faulted" => JobStatus.Faulted,
        "Suspended" or "Executing" or "Pending" => JobStatus.Running,
        _ => null,
    };

    private static (string Status, string SubStatus) Words(JobStatus status) => status switch
    {
        JobStatus.Running => ("Running", "Suspended"),
        JobStatus.Faulted => ("Finished", "Faulted"),
        JobStatus.Finished => ("Finished", "Finished"),
        _ => ("Finished", "Cancelled"),
    };

    private static JsonObject Summary(JobView view)
    {
        var (status, sub) = Words(view.Job.Status);
        return new JsonObject
        {
            ["id"] = view.Job.Id.ToString("N"),
            ["definitionId"] = view.DefinitionId,
            ["definitionVersionId"] = view.VersionId,
            ["version"] = view.Job.VersionNumber,
            ["status"] = status,
            ["subStatus"] = sub,
            ["correlationId"] = view.Job.CorrelationId,
            ["name"] = view.Job.Title,
            ["incidentCount"] = view.Incidents,
            ["isSystem"] = false,
            ["createdAt"] = view.Job.StartedAt,
            ["updatedAt"] = view.Job.UpdatedAt,
            ["finishedAt"] = view.Job.EndedAt,
        };
    }

    // What boxes were given and gave is put together from anything of the customer, and no longer says of which field: who does not see all of them sees the steps without it.
    private static bool IsClosed(ICurrentUser me) => me.Access is { HiddenFields.Count: > 0 };

    private static JsonObject Entry(string text, bool closed)
    {
        var entry = JsonNode.Parse(text)!.AsObject();
        if (!closed) return entry;
        foreach (var told in (string[])["activityState", "payload", "message"]) entry.Remove(told);
        return entry;
    }

    private static async Task<WorkflowState?> LoadStateAsync(RoutinesDb db, Guid job, CancellationToken ct) =>
        await db.Set<JobState>().AsNoTracking().Where(s => s.JobId == job).Select(s => s.State).SingleOrDefaultAsync(ct) is { } bytes ? WorkflowState.Parse(Encoding.UTF8.GetString(bytes)) : null;

    private static async Task<IResult> OneAsync(string id, RoutinesDb db, ICurrentUser me, CancellationToken ct)
    {
        var view = await FindAsync(db, id, ct);
        return ElsaApi.Json(await InstanceAsync(view, db, me, ct));
    }

    private static async Task<JsonObject> InstanceAsync(JobView view, RoutinesDb db, ICurrentUser me, CancellationToken ct)
    {
        var json = Summary(view);
        var state = await LoadStateAsync(db, view.Job.Id, ct);
        var nodes = await NodesAsync(view, db, ct);
        var incidents = await db.Set<JobIncident>().AsNoTracking().Where(n => n.JobId == view.Job.Id && n.Status == IncidentStatus.Open).OrderBy(n => n.At).ToListAsync(ct);
        var closed = IsClosed(me);
        JsonObject Bag(IReadOnlyDictionary<string, JsonNode?>? values) => closed ? [] : new((values ?? new Dictionary<string, JsonNode?>()).Select(v => KeyValuePair.Create(v.Key, v.Value?.DeepClone())));
        json["workflowState"] = new JsonObject
        {
            ["id"] = json["id"].Text(),
            ["definitionId"] = view.DefinitionId,
            ["definitionVersionId"] = view.VersionId,
            ["definitionVersion"] = view.Job.VersionNumber,
            ["correlationId"] = view.Job.CorrelationId,
            ["name"] = view.Job.Title,
            ["status"] = json["status"].Text(),
            ["subStatus"] = json["subStatus"].Text(),
            ["bookmarks"] = new JsonArray([.. (state?.Bookmarks ?? []).Select(b => (JsonNode)new JsonObject
            {
                ["id"] = b.Id.ToString("N"), ["name"] = b.Name ?? b.Kind.ToString(), ["hash"] = "", ["payload"] = closed ? null : b.Payload?.DeepClone(),
                ["activityId"] = ActivityId(state!.Execution(b.ExecutionId)?.Activity), ["activityNodeId"] = NodeId(nodes, state.Execution(b.ExecutionId)?.Activity), ["activityInstanceId"] = b.ExecutionId.ToString("N"),
                ["createdAt"] = b.CreatedAt, ["autoBurn"] = true, ["metadata"] = new JsonObject(),
            })]),
            ["incidents"] = new JsonArray([.. incidents.Select(n => (JsonNode)new JsonObject
            {
                ["activityId"] = ActivityId(n.Activity), ["activityNodeId"] = NodeId(nodes, n.Activity), ["activityType"] = n.ActivityType ?? "", ["message"] = Texts.Get(n.Message, [.. n.Arguments]), ["timestamp"] = n.At, ["exception"] = null,
            })]),
            ["completionCallbacks"] = new JsonArray(),
            ["activityExecutionContexts"] = new JsonArray([.. (state?.Executions ?? []).Select(e => (JsonNode)new JsonObject
            {
                ["id"] = e.Id.ToString("N"), ["parentContextId"] = e.Parent?.ToString("N"), ["scheduledActivityNodeId"] = NodeId(nodes, e.Activity), ["ownerActivityNodeId"] = null, ["status"] = e.Status.ToString(), ["startedAt"] = e.StartedAt, ["properties"] = new JsonObject(),
            })]),
            ["input"] = Bag(state?.Input),
            ["output"] = Bag(state?.Output),
            ["properties"] = new JsonObject(),
            ["createdAt"] = view.Job.StartedAt,
            ["updatedAt"] = view.Job.UpdatedAt,
            ["finishedAt"] = view.Job.EndedAt,
        };
        return json;
    }

    /// <summary>Paths by the key that states and incidents use: the id, or the path itself where several share an id.</summary>
    private static async Task<Dictionary<string, string>> NodesAsync(JobView view, RoutinesDb db, CancellationToken ct)
    {
        var definition = WorkflowDefinition.Parse(await db.Set<RoutineVersion>().Where(v => v.Id == view.Job.VersionId).Select(v => v.Json).SingleAsync(ct));
        definition.AssignMissingIds();
        var nodes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var activity in definition.AllActivities()) nodes.TryAdd(activity.Id, activity.NodeId ?? activity.Id);
        return nodes;
    }

    private static string? ActivityId(string? key) => key is null ? null : key[(key.LastIndexOf(':') + 1)..];

    private static string? NodeId(Dictionary<string, string> nodes, string? key) => key is null ? null : nodes.GetValueOrDefault(key, key);

    private static async Task<IResult> StateAsync(string id, RoutinesDb db, CancellationToken ct)
    {
        var view = await FindAsync(db, id, ct);
        var (status, sub) = Words(view.Job.Status);
        return ElsaApi.Json(new JsonObject { ["status"] = status, ["subStatus"] = sub, ["workflowSubStatus"] = sub, ["updatedAt"] = view.Job.UpdatedAt });
    }

    private static async Task<IResult> VariablesAsync(string id, RoutinesDb db, ICurrentUser me, CancellationToken ct)
    {
        var view = await FindAsync(db, id, ct);
        var state = await LoadStateAsync(db, view.Job.Id, ct);
        var definition = WorkflowDefinition.Parse(await db.Set<RoutineVersion>().Where(v => v.Id == view.Job.VersionId).Select(v => v.Json).SingleAsync(ct));
        var ids = definition.Variables.GroupBy(v => v.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().Id, StringComparer.Ordinal);
        return ElsaApi.List((state?.Variables ?? []).Select(v => (JsonNode)new JsonObject { ["id"] = ids.GetValueOrDefault(v.Key) is { Length: > 0 } known ? known : v.Key, ["name"] = v.Key, ["value"] = IsClosed(me) ? null : v.Value?.DeepClone() }));
    }

    private static async Task<IResult> ExportAsync(string id, RoutinesDb db, ICurrentUser me, CancellationToken ct)
    {
        var view = await FindAsync(db, id, ct);
        var json = await InstanceAsync(view, db, me, ct);
        return Results.File(Encoding.UTF8.GetBytes(new JsonObject { ["workflowState"] = json["workflowState"]!.DeepClone() }.ToJsonString()), "application/json", $"workflow-instance-{id}.json");
    }

    private static async Task<IResult> JournalAsync(string id, HttpRequest request, JsonObject body, RoutinesDb db, ICurrentUser me, CancellationToken ct)
    {
        var job = (await FindAsync(db, id, ct)).Job.Id;
        var rows = db.Set<JournalRow>().AsNoTracking().Where(j => j.JobId == job);
        var filter = body["filter"] as JsonObject ?? [];
        if (filter["activityId"].Text() is { Length: > 0 } one) rows = rows.Where(j => j.ActivityId == one);
        var ids = filter["activityIds"].Strings().Concat(filter["activityNodeIds"].Strings().Select(n => ActivityId(n)!)).ToArray();
        if (ids.Length > 0) rows = rows.Where(j => ids.Contains(j.ActivityId));
        var events = filter["eventNames"].Strings().Select(e => Enum.TryParse<JournalEvent>(e, out var known) ? known : (JournalEvent?)null).OfType<JournalEvent>().ToArray();
        if (events.Length > 0) rows = rows.Where(j => events.Contains(j.Event));
        else if (filter["eventNames"].Strings().Count > 0) rows = rows.Where(j => false);

        var total = await rows.LongCountAsync(ct);
        var skip = body["skip"].Number() ?? Int(request, "skip") ?? (Int(request, "page") ?? 0) * (Int(request, "pageSize") ?? 0);
        var take = Math.Clamp(body["take"].Number() ?? Int(request, "take") ?? Int(request, "pageSize") ?? 500, 1, 1000);
        var found = await rows.OrderBy(j => j.Seq).Skip(Math.Max(0, skip)).Take(take).Select(j => new { j.Seq, j.Entry }).ToListAsync(ct);
        return ElsaApi.Json(new JsonObject { ["items"] = new JsonArray([.. found.Select(r => (JsonNode)Line(job, r.Seq, r.Entry, IsClosed(me)))]), ["totalCount"] = total });
    }

    private static int? Int(HttpRequest request, string name) => int.TryParse(request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : null;

    private static JsonObject Line(Guid job, long seq, string entry, bool closed)
    {
        var line = Entry(entry, closed);
        line["id"] = string.Create(CultureInfo.InvariantCulture, $"{job:N}-{seq}");
        line["nodeId"] = line["activityNodeId"].Text();
        line["source"] = null;
        if (line["outcomes"] is JsonArray outcomes)
        {
            var payload = line["payload"]?.DeepClone() as JsonObject ?? (line["payload"] is { } other ? new JsonObject { ["Value"] = other.DeepClone() } : []);
            payload["Outcomes"] = outcomes.DeepClone();
            line["payload"] = payload;
        }

        return line;
    }

    /// <summary>How often each box was entered and left: Studio draws it on the boxes.</summary>
    private static async Task<IResult> ReportAsync(HttpRequest request, RoutinesDb db, CancellationToken ct)
    {
        var body = await ElsaApi.BodyAsync(request);
        var job = (await FindAsync(db, body["workflowInstanceId"].Text() ?? "", ct)).Job.Id;
        var counts = await db.Set<JournalRow>().AsNoTracking().Where(j => j.JobId == job).GroupBy(j => new { j.ActivityId, j.Event }).Select(g => new { g.Key.ActivityId, g.Key.Event, Count = g.LongCount() }).ToListAsync(ct);
        var open = (await LoadStateAsync(db, job, ct))?.Executions ?? [];
        JsonArray stats = [];
        foreach (var nodeId in body["activityNodeIds"].Strings())
        {
            var id = ActivityId(nodeId)!;
            long Of(JournalEvent e) => counts.Where(c => (c.ActivityId == id || c.ActivityId == nodeId) && c.Event == e).Sum(c => c.Count);
            var mine = open.Where(e => e.Activity == id || e.Activity == nodeId).ToList();
            var started = Of(JournalEvent.Started);
            var completed = Of(JournalEvent.Completed);
            var faults = mine.Count(e => e.Status == ActivityStatus.Faulted);
            stats.Add(new JsonObject
            {
                ["activityId"] = id,
                ["activityNodeId"] = nodeId,
                ["startedCount"] = started,
                ["completedCount"] = completed,
                ["uncompletedCount"] = Math.Max(0, started - completed - Of(JournalEvent.Canceled)),
                ["isBlocked"] = mine.Any(e => e.Status == ActivityStatus.Running),
                ["isFaulted"] = faults > 0,
                ["aggregateFaultCount"] = faults,
                ["metadata"] = new JsonObject(),
            });
        }

        return ElsaApi.Json(new JsonObject { ["stats"] = stats });
    }

    private static async Task<IResult> ExecutionsAsync(HttpRequest request, bool full, RoutinesDb db, ICurrentUser me, CancellationToken ct)
    {
        var job = (await FindAsync(db, request.Query["workflowInstanceId"].ToString(), ct)).Job.Id;
        var id = ActivityId(request.Query["activityNodeId"].ToString())!;
        var rows = await db.Set<JournalRow>().AsNoTracking().Where(j => j.JobId == job && (id == "" || j.ActivityId == id)).OrderBy(j => j.Seq).Take(2000).Select(j => new { j.ExecutionId, j.Entry }).ToListAsync(ct);
        var items = rows.GroupBy(r => r.ExecutionId).Select(g => Execution(job, g.Key, g.Select(r => Entry(r.Entry, IsClosed(me))).ToList(), full));
        if (bool.TryParse(request.Query["completed"], out var completed)) items = items.Where(i => i["completedAt"] is not null == completed);
        return ElsaApi.List(items);
    }

    private static async Task<IResult> ByIdAsync(HttpRequest request, RoutinesDb db, ICurrentUser me, CancellationToken ct)
    {
        var execution = Id(request.Query["id"]);
        var rows = await db.Set<JournalRow>().AsNoTracking().Where(j => j.ExecutionId == execution).OrderBy(j => j.JobId).ThenBy(j => j.Seq).Take(200).Select(j => new { j.JobId, j.Entry }).ToListAsync(ct);
        if (rows.Count == 0) throw new NotFound("execution", execution);
        await FindAsync(db, rows[0].JobId.ToString(), ct);
        return ElsaApi.Json(Execution(rows[0].JobId, execution, [.. rows.Select(r => Entry(r.Entry, IsClosed(me)))], true));
    }

    private static JsonObject Execution(Guid job, Guid id, List<JsonObject> lines, bool full)
    {
        var first = lines[0];
        var last = lines[^1];
        var done = lines.LastOrDefault(l => l["eventName"].Text() is "Completed" or "Canceled");
        var status = last["eventName"].Text() switch { "Completed" => "Completed", "Canceled" => "Canceled", "Faulted" => "Faulted", _ => "Running" };
        var json = new JsonObject
        {
            ["id"] = id.ToString("N"),
            ["workflowInstanceId"] = job.ToString("N"),
            ["activityId"] = first["activityId"].Text(),
            ["activityNodeId"] = first["activityNodeId"].Text(),
            ["activityType"] = first["activityType"].Text(),
            ["activityTypeVersion"] = first["activityTypeVersion"]?.DeepClone(),
            ["activityName"] = first["activityName"].Text(),
            ["startedAt"] = first["timestamp"].Text(),
            ["completedAt"] = done?["timestamp"].Text(),
            ["hasBookmarks"] = last["eventName"].Text() == "Suspended",
            ["status"] = status,
            ["aggregateFaultCount"] = lines.Count(l => l["eventName"].Text() == "Faulted"),
            ["metadata"] = new JsonObject(),
        };
        if (!full) return json;
        json["activityState"] = lines.LastOrDefault(l => l["activityState"] is JsonObject)?["activityState"]?.DeepClone() ?? new JsonObject();
        json["payload"] = done?["outcomes"] is { } outcomes ? new JsonObject { ["Outcomes"] = outcomes.DeepClone() } : new JsonObject();
        json["outputs"] = done?["payload"]?.DeepClone() as JsonObject ?? [];
        json["properties"] = new JsonObject();
        json["exception"] = status == "Faulted" ? new JsonObject { ["type"] = "", ["message"] = last["message"].Text(), ["stackTrace"] = null } : null;
        return json;
    }
}
