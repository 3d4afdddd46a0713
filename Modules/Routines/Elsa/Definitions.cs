using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Features.StartJob;
using Crm.Workflows;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Elsa;

/// <summary>Definitions: list, open, save, publish and what else the editor does.</summary>
internal static class Definitions
{
    public static void Map(RouteGroupBuilder api)
    {
        var see = new RequiresAttribute(RoutinesPermissions.See);
        var design = new RequiresAttribute(RoutinesPermissions.Design);
        var publish = new RequiresAttribute(RoutinesPermissions.Publish);
        var d = api.MapGroup("/workflow-definitions");
        d.MapGet("", ListAsync).WithMetadata(see);
        d.MapGet("/by-definition-id/{definitionId}", ByDefinitionIdAsync).WithMetadata(see);
        d.MapGet("/by-id/{id}", ByIdAsync).WithMetadata(see);
        d.MapGet("/many-by-id", ManyAsync).WithMetadata(see);
        d.MapGet("/query/count", async (RoutinesDb db, CancellationToken ct) => ElsaApi.Json(new JsonObject { ["count"] = await db.Set<RoutineDefinition>().CountAsync(ct) })).WithMetadata(see);
        d.MapGet("/validation/is-name-unique", IsNameUniqueAsync).WithMetadata(see);
        d.MapGet("/subgraph/{id}", SubgraphAsync).WithMetadata(see);
        d.MapGet("/subgraph/segments/{id}", SegmentsAsync).WithMetadata(see);
        d.MapGet("/{definitionId}/consumers", ConsumersAsync).WithMetadata(see);
        d.MapPost("", SaveAsync).WithMetadata(design);
        d.MapPost("/{definitionId}/publish", PublishAsync).WithMetadata(publish);
        d.MapPost("/{definitionId}/retract", RetractAsync).WithMetadata(publish);
        d.MapPost("/{definitionId}/revert/{version:int}", RevertAsync).WithMetadata(design);
        d.MapPost("/{definitionId}/update-references", () => ElsaApi.Json(new JsonObject { ["affectedWorkflows"] = new JsonArray() })).WithMetadata(design);
        var start = new RequiresAttribute(RoutinesPermissions.Start);
        d.MapPost("/{definitionId}/execute", ExecuteAsync).WithMetadata(start);
        d.MapPost("/{definitionId}/dispatch", ExecuteAsync).WithMetadata(start);
        d.MapDelete("/{definitionId}", DeleteAsync).WithMetadata(design);
        api.MapDelete("/workflow-definition-versions/{id}", DeleteVersionAsync).WithMetadata(design);

        var bulk = api.MapGroup("/bulk-actions");
        bulk.MapPost("/publish/workflow-definitions/by-definition-ids", BulkPublishAsync).WithMetadata(publish);
        bulk.MapPost("/retract/workflow-definitions/by-definition-ids", BulkRetractAsync).WithMetadata(publish);
        bulk.MapPost("/delete/workflow-definitions/by-definition-id", BulkDeleteAsync).WithMetadata(design);
        bulk.MapPost("/delete/workflow-definitions/by-definition-ids", BulkDeleteAsync).WithMetadata(design);
        bulk.MapPost("/delete/workflow-definitions/by-id", BulkDeleteVersionsAsync).WithMetadata(design);
    }

    /// <summary>Which versions Elsa's words mean.</summary>
    public static IQueryable<VersionView> Of(IQueryable<VersionView> views, string? versionOptions) => versionOptions switch
    {
        null or "" or "Latest" => views.Where(v => v.IsLatest),
        "Published" => views.Where(v => v.IsPublished),
        "LatestOrPublished" => views.Where(v => v.IsLatest || v.IsPublished),
        "LatestAndPublished" => views.Where(v => v.IsLatest && v.IsPublished),
        "Draft" => views.Where(v => v.IsLatest && !v.IsPublished),
        "AllVersions" => views,
        _ when int.TryParse(versionOptions, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => views.Where(v => v.Number == number),
        _ => throw new InvalidInput("versionOptions", "This value can't be taken."),
    };

    public static IQueryable<VersionView> Views(RoutinesDb db, bool withJson) => DefinitionJson.Views(db.Set<RoutineDefinition>().AsNoTracking(), db.Set<RoutineVersion>().AsNoTracking(), withJson);

    /// <summary>The version that Elsa's words mean, the newest when they mean several.</summary>
    public static async Task<VersionView> FindAsync(RoutinesDb db, string definitionId, string? versionOptions, CancellationToken ct) =>
        await Of(Views(db, true).Where(v => v.DefinitionId == definitionId), versionOptions).OrderByDescending(v => v.Number).FirstOrDefaultAsync(ct) ?? throw new NotFound("routine", definitionId);

    public static async Task<Guid> RoutineAsync(RoutinesDb db, string definitionId, CancellationToken ct) =>
        await db.Set<RoutineDefinition>().Where(d => d.DefinitionId == definitionId).Select(d => (Guid?)d.Id).SingleOrDefaultAsync(ct) ?? throw new NotFound("routine", definitionId);

    private static async Task<IResult> ListAsync(HttpRequest request, RoutinesDb db, ICurrentUser user, CancellationToken ct)
    {
        var q = request.Query;
        var views = Of(Views(db, false), q["versionOptions"].ToString() is { Length: > 0 } v ? v : "Latest");
        if (PersianText.Clean(q["searchTerm"]) is { Length: > 0 } term) views = views.Where(w => EF.Functions.ILike(w.Name, "%" + term + "%") || EF.Functions.ILike(w.Description!, "%" + term + "%") || w.DefinitionId == term || w.VersionId == term);
        var ids = q["definitionIds"].OfType<string>().SelectMany(s => s.Split(',', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        if (ids.Length > 0) views = views.Where(w => ids.Contains(w.DefinitionId));
        if (q["isSystem"] == "true") views = views.Where(w => false);

        var total = await views.CountAsync(ct);
        var down = !string.Equals(q["orderDirection"], "Ascending", StringComparison.OrdinalIgnoreCase);
        views = (q["orderBy"].ToString().ToLowerInvariant(), down) switch
        {
            ("name", true) => views.OrderByDescending(w => w.Name).ThenByDescending(w => w.Number),
            ("name", false) => views.OrderBy(w => w.Name).ThenByDescending(w => w.Number),
            (_, true) => views.OrderByDescending(w => w.CreatedAt).ThenByDescending(w => w.Number),
            _ => views.OrderBy(w => w.CreatedAt).ThenBy(w => w.Number),
        };
        if (int.TryParse(q["pageSize"], NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0)
        {
            _ = int.TryParse(q["page"], NumberStyles.None, CultureInfo.InvariantCulture, out var page);
            size = Math.Min(size, 500);
            views = views.Skip(Math.Min(page, 100_000) * size).Take(size);
        }
        else
        {
            views = views.Take(500);
        }

        var may = user.Can(RoutinesPermissions.Design);
        var items = (await views.ToListAsync(ct)).Select(w => (JsonNode)DefinitionJson.Summary(w, may));
        JsonArray links = user.Can(RoutinesPermissions.Publish)
            ? [new JsonObject { ["href"] = "/bulk-actions/publish/workflow-definitions/by-definition-ids", ["rel"] = "bulk-publish", ["method"] = "POST" }]
            : [];
        return ElsaApi.Json(new JsonObject { ["items"] = new JsonArray([.. items]), ["totalCount"] = total, ["links"] = links });
    }

    private static async Task<IResult> ByDefinitionIdAsync(string definitionId, string? versionOptions, RoutinesDb db, ICurrentUser user, CancellationToken ct) =>
        ElsaApi.Json(DefinitionJson.ForStudio(await FindAsync(db, definitionId, versionOptions, ct), user.Can(RoutinesPermissions.Design)));

    private static async Task<IResult> ByIdAsync(string id, RoutinesDb db, ICurrentUser user, CancellationToken ct) =>
        ElsaApi.Json(DefinitionJson.ForStudio(await ViewAsync(db, id, ct), user.Can(RoutinesPermissions.Design)));

    private static async Task<VersionView> ViewAsync(RoutinesDb db, string id, CancellationToken ct) =>
        await DefinitionJson.Views(db.Set<RoutineDefinition>().IgnoreQueryFilters().AsNoTracking(), db.Set<RoutineVersion>().AsNoTracking(), true).SingleOrDefaultAsync(v => v.VersionId == id, ct) ?? throw new NotFound("routine version", id);

    private static async Task<IResult> ManyAsync(HttpRequest request, RoutinesDb db, ICurrentUser user, CancellationToken ct)
    {
        var ids = request.Query["ids"].OfType<string>().SelectMany(s => s.Split(',', StringSplitOptions.RemoveEmptyEntries)).Take(200).ToArray();
        var may = user.Can(RoutinesPermissions.Design);
        return ElsaApi.List((await Views(db, true).Where(v => ids.Contains(v.VersionId)).ToListAsync(ct)).Select(v => (JsonNode)DefinitionJson.ForStudio(v, may)));
    }

    private static async Task<IResult> IsNameUniqueAsync(string name, string? definitionId, RoutinesDb db, CancellationToken ct)
    {
        var clean = PersianText.Clean(name) ?? "";
        return ElsaApi.Json(new JsonObject { ["isUnique"] = !await db.Set<RoutineDefinition>().AnyAsync(d => d.Name == clean && d.DefinitionId != definitionId, ct) });
    }

    private static async Task<IResult> SaveAsync(HttpRequest request, RoutinesDb db, IMediator mediator, ICurrentUser user, CancellationToken ct)
    {
        var body = await ElsaApi.BodyAsync(request, RoutineLimits.Json);
        if (body["model"] is not JsonObject model) throw new InvalidInput("model", "This value can't be taken.");
        var saved = await mediator.Send(new SaveDraftCommand(model, body["publish"].Flag() ?? false), ct);
        return await AnswerAsync(db, saved.VersionId, saved.AlreadyPublished, user, ct);
    }

    private static async Task<IResult> PublishAsync(string definitionId, RoutinesDb db, IMediator mediator, ICurrentUser user, CancellationToken ct)
    {
        var already = await mediator.Send(new PublishRoutineCommand(await RoutineAsync(db, definitionId, ct)), ct);
        var view = await FindAsync(db, definitionId, "Published", ct);
        return await AnswerAsync(db, view.Id, already, user, ct);
    }

    private static async Task<IResult> AnswerAsync(RoutinesDb db, Guid versionId, bool already, ICurrentUser user, CancellationToken ct)
    {
        var view = await Views(db, true).SingleAsync(v => v.Id == versionId, ct);
        return ElsaApi.Json(new JsonObject { ["workflowDefinition"] = DefinitionJson.ForStudio(view, user.Can(RoutinesPermissions.Design)), ["alreadyPublished"] = already, ["consumingWorkflowCount"] = 0 });
    }

    private static async Task<IResult> RetractAsync(string definitionId, RoutinesDb db, IMediator mediator, ICurrentUser user, CancellationToken ct)
    {
        await mediator.Send(new RetractRoutineCommand(await RoutineAsync(db, definitionId, ct)), ct);
        return ElsaApi.Json(DefinitionJson.ForStudio(await FindAsync(db, definitionId, "Latest", ct), user.Can(RoutinesPermissions.Design)));
    }

    private static async Task<IResult> RevertAsync(string definitionId, int version, RoutinesDb db, IMediator mediator, CancellationToken ct)
    {
        var id = await mediator.Send(new RevertRoutineCommand(await RoutineAsync(db, definitionId, ct), version), ct);
        return ElsaApi.Json(DefinitionJson.Summary(await Views(db, false).SingleAsync(v => v.Id == id, ct), true));
    }

    private static async Task<IResult> DeleteAsync(string definitionId, RoutinesDb db, IMediator mediator, CancellationToken ct)
    {
        await mediator.Send(new DeleteRoutineCommand(await RoutineAsync(db, definitionId, ct)), ct);
        return Results.NoContent();
    }

    private static async Task<IResult> DeleteVersionAsync(string id, RoutinesDb db, IMediator mediator, CancellationToken ct)
    {
        await mediator.Send(new DeleteVersionCommand((await ViewAsync(db, id, ct)).Id), ct);
        return Results.NoContent();
    }

    /// <summary>
    /// Starts a job of the published version. Elsa's execute waits for the first burst; ours queues it and the runtime takes it at once, so both answer with the job that will run.
    /// </summary>
    private static async Task<IResult> ExecuteAsync(string definitionId, HttpContext context, RoutinesDb db, IMediator mediator, CancellationToken ct)
    {
        var body = await ElsaApi.BodyAsync(context.Request);
        var contact = (body["input"] as JsonObject)?["contactId"].Text() is { } text && Guid.TryParse(text, out var id) ? id : (Guid?)null;
        var job = await mediator.Send(new StartJobCommand { RoutineId = await RoutineAsync(db, definitionId, ct), ContactId = contact, Input = (body["input"] as JsonObject)?.DeepClone() as JsonObject }, ct);
        context.Response.Headers["x-elsa-workflow-instance-id"] = job.ToString("N");
        context.Response.Headers["x-elsa-workflow-cannot-start"] = "False";
        return ElsaApi.Json(new JsonObject { ["workflowInstanceId"] = job.ToString("N"), ["workflowState"] = new JsonObject { ["id"] = job.ToString("N") }, ["cannotStart"] = false });
    }

    /// <summary>Routines whose newest drawing starts this one by a fixed id.</summary>
    private static async Task<IResult> ConsumersAsync(string definitionId, RoutinesDb db, CancellationToken ct)
    {
        var like = LikePattern.Anywhere(definitionId);
        var candidates = await Views(db, true).Where(v => v.IsLatest && v.DefinitionId != definitionId && EF.Functions.Like(v.Json, like)).ToListAsync(ct);
        var consumers = candidates.Where(c => WorkflowDefinition.Parse(c.Json).AllActivities().Any(a =>
            a.Json["workflowDefinitionId"].Text() == definitionId || ((a.Json["workflowDefinitionId"] as JsonObject)?["expression"] as JsonObject)?["value"].Text() == definitionId));
        return ElsaApi.Json(new JsonObject { ["consumingWorkflowDefinitionIds"] = new JsonArray([.. consumers.Select(c => (JsonNode)JsonValue.Create(c.DefinitionId))]) });
    }

    private static async Task<IResult> SubgraphAsync(string id, string? parentNodeId, RoutinesDb db, CancellationToken ct)
    {
        var definition = WorkflowDefinition.Parse((await ViewAsync(db, id, ct)).Json);
        definition.AssignMissingIds();
        if (definition.Root is not { } root) return Results.NotFound();
        if (string.IsNullOrEmpty(parentNodeId))
        {
            var workflow = new JsonObject { ["type"] = "Elsa.Workflow", ["version"] = 1, ["id"] = "Workflow1", ["nodeId"] = "Workflow1", ["root"] = root.Json.DeepClone() };
            return ElsaApi.Json(new JsonObject { ["activity"] = workflow, ["port"] = null, ["nodeId"] = "Workflow1", ["parents"] = new JsonArray(), ["children"] = new JsonArray(Node(root, "Root")) });
        }

        return definition.AllActivities().FirstOrDefault(a => a.NodeId == parentNodeId) is { } found ? ElsaApi.Json(Node(found, null)) : Results.NotFound();
    }

    private static JsonObject Node(ActivityNode activity, string? port) => new()
    {
        ["activity"] = activity.Json.DeepClone(),
        ["port"] = port,
        ["nodeId"] = activity.NodeId,
        ["parents"] = new JsonArray(),
        ["children"] = new JsonArray([.. activity.Children.Select(c => (JsonNode)Node(c.Activity, c.Port))]),
    };

    /// <summary>The way from the root down to an activity, for the viewer's bread crumbs.</summary>
    private static async Task<IResult> SegmentsAsync(string id, string? childNodeId, RoutinesDb db, CancellationToken ct)
    {
        var definition = WorkflowDefinition.Parse((await ViewAsync(db, id, ct)).Json);
        definition.AssignMissingIds();
        if (definition.Root is not { } root || Path(root, "Root", childNodeId) is not { } path) return Results.NotFound();
        var containers = path.Take(path.Count - 1).ToList();
        var at = containers.FindLastIndex(p => p.Activity.Type is "Elsa.Flowchart" or "Elsa.Sequence");
        var container = at >= 0 ? containers[at] : path[0];
        return ElsaApi.Json(new JsonObject
        {
            ["childNode"] = Node(path[^1].Activity, path[^1].Port),
            ["container"] = Node(container.Activity, container.Port),
            ["pathSegments"] = new JsonArray([.. containers.Take(Math.Max(0, at)).Select((p, i) => (JsonNode)new JsonObject
            {
                ["activityNodeId"] = p.Activity.NodeId, ["activityId"] = p.Activity.Id, ["activityType"] = p.Activity.Type, ["portName"] = path[i + 1].Port,
            })]),
        });
    }

    private static List<(ActivityNode Activity, string Port)>? Path(ActivityNode from, string port, string? nodeId)
    {
        if (from.NodeId == nodeId) return [(from, port)];
        foreach (var child in from.Children)
        {
            if (Path(child.Activity, child.Port, nodeId) is { } rest) return [(from, port), .. rest];
        }

        return null;
    }

    private static async Task<IResult> BulkPublishAsync(HttpRequest request, RoutinesDb db, IServiceScopes scopes, CancellationToken ct)
    {
        JsonArray published = [], already = [], missing = [];
        List<(string, string, object?[])> problems = [];
        foreach (var id in (await ElsaApi.BodyAsync(request))["definitionIds"].Strings())
        {
            try
            {
                var was = await scopes.SendAsync(new PublishRoutineCommand(await RoutineAsync(db, id, ct)), ct);
                (was ? already : published).Add(id);
            }
            catch (NotFound)
            {
                missing.Add(id);
            }
            catch (InvalidInput e)
            {
                problems.AddRange(e.Fields);
            }
        }

        if (problems.Count > 0) throw new InvalidInput(problems);
        return ElsaApi.Json(new JsonObject { ["published"] = published, ["alreadyPublished"] = already, ["notFound"] = missing, ["skipped"] = new JsonArray(), ["updatedConsumers"] = new JsonArray() });
    }

    private static async Task<IResult> BulkRetractAsync(HttpRequest request, RoutinesDb db, IServiceScopes scopes, CancellationToken ct)
    {
        JsonArray retracted = [], already = [], missing = [];
        foreach (var id in (await ElsaApi.BodyAsync(request))["definitionIds"].Strings())
        {
            try
            {
                (await scopes.SendAsync(new RetractRoutineCommand(await RoutineAsync(db, id, ct)), ct) ? already : retracted).Add(id);
            }
            catch (NotFound)
            {
                missing.Add(id);
            }
        }

        return ElsaApi.Json(new JsonObject { ["retracted"] = retracted, ["alreadyRetracted"] = already, ["notFound"] = missing, ["skipped"] = new JsonArray() });
    }

    private static async Task<IResult> BulkDeleteAsync(HttpRequest request, RoutinesDb db, IServiceScopes scopes, CancellationToken ct)
    {
        var deleted = 0;
        foreach (var id in (await ElsaApi.BodyAsync(request))["definitionIds"].Strings())
        {
            await scopes.SendAsync(new DeleteRoutineCommand(await RoutineAsync(db, id, ct)), ct);
            deleted++;
        }

        return ElsaApi.Json(new JsonObject { ["deleted"] = deleted });
    }

    private static async Task<IResult> BulkDeleteVersionsAsync(HttpRequest request, RoutinesDb db, IServiceScopes scopes, CancellationToken ct)
    {
        var deleted = 0;
        foreach (var id in (await ElsaApi.BodyAsync(request))["ids"].Strings())
        {
            await scopes.SendAsync(new DeleteVersionCommand((await ViewAsync(db, id, ct)).Id), ct);
            deleted++;
        }

        return ElsaApi.Json(new JsonObject { ["deleted"] = deleted });
    }
}
