using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Elsa;
using Crm.Web;
using Crm.Workflows;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Api;

/// <summary><c>/api/v1/routines</c>: definitions for other systems. The drawing itself goes in and out in Elsa's format.</summary>
internal sealed class RoutinesApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var routines = api.MapGroup("/routines").WithTags("Routines");
        routines.MapGet("", ListAsync).Requires(RoutinesPermissions.See);
        routines.MapGet("/{id:guid}", OneAsync).Requires(RoutinesPermissions.See).Gives(typeof(RoutineRecord));
        routines.MapGet("/{id:guid}/definition", DefinitionAsync).Requires(RoutinesPermissions.See);
        routines.MapPost("", CreateAsync).Requires(RoutinesPermissions.Design).Gives(typeof(RoutineRecord), StatusCodes.Status201Created);
        routines.MapPost("/{id:guid}/publish", PublishAsync).Requires(RoutinesPermissions.Publish).Gives(typeof(RoutineRecord));
        routines.MapPost("/{id:guid}/retract", RetractAsync).Requires(RoutinesPermissions.Publish).Gives(typeof(RoutineRecord));
        routines.MapDelete("/{id:guid}", DeleteAsync).Requires(RoutinesPermissions.Design);
    }

    private static async Task<ApiPage<RoutineRecord>> ListAsync(ApiQuery query, RoutinesDb db, CancellationToken ct)
    {
        query.OnlyFilters();
        var (sort, descending) = query.Order("name", "createdAt");
        var rows = db.Set<RoutineDefinition>().AsNoTracking();
        if (query.Q is { Length: > 0 } q)
        {
            var like = LikePattern.Anywhere(q);
            rows = rows.Where(r => EF.Functions.ILike(r.Name, like));
        }

        var total = query.CountExact ? await rows.LongCountAsync(ct) : (long?)null;
        var last = query.AfterKey<Guid>("id");
        if (sort == "createdAt")
        {
            if (last is { } id) rows = descending ? rows.Where(r => r.Id < id) : rows.Where(r => r.Id > id);
            rows = descending ? rows.OrderByDescending(r => r.Id) : rows.OrderBy(r => r.Id);
        }
        else
        {
            var name = query.AfterText("name");
            if (last is { } id)
            {
                rows = descending
                    ? rows.Where(r => string.Compare(r.Name, name) < 0 || (r.Name == name && r.Id < id))
                    : rows.Where(r => string.Compare(r.Name, name) > 0 || (r.Name == name && r.Id > id));
            }

            rows = descending ? rows.OrderByDescending(r => r.Name).ThenByDescending(r => r.Id) : rows.OrderBy(r => r.Name).ThenBy(r => r.Id);
        }

        var found = await Records(rows.Take(query.Size + 1)).ToListAsync(ct);
        var more = found.Count > query.Size;
        if (more) found.RemoveAt(query.Size);
        return new(found, more ? Cursor.Encode(sort == "createdAt" ? new() { ["id"] = found[^1].Id } : new() { ["name"] = found[^1].Name, ["id"] = found[^1].Id }) : null, total);
    }

    private static async Task<IResult> OneAsync(Guid id, HttpContext context, RoutinesDb db, CancellationToken ct)
    {
        var record = await FindAsync(db, id, ct);
        return ApiExtensions.Record(context, record, record.Version);
    }

    private static async Task<IResult> DefinitionAsync(Guid id, string? version, RoutinesDb db, RoutineTravel travel, CancellationToken ct)
    {
        var routine = await FindAsync(db, id, ct);
        return Results.Text(await DefinitionJson.ForFileAsync(await Elsa.Definitions.FindAsync(db, routine.DefinitionId, version, ct), travel, ct), "application/json", System.Text.Encoding.UTF8);
    }

    /// <summary>The body is a definition in Elsa's format; it becomes a draft. An id that is known makes the next version of that routine.</summary>
    private static async Task<IResult> CreateAsync(HttpContext context, IMediator mediator, RoutinesDb db, CancellationToken ct)
    {
        if (!context.Request.HasJsonContentType()) throw new BadHttpRequestException("JSON is expected.", StatusCodes.Status415UnsupportedMediaType);
        var body = await ElsaApi.BodyAsync(context.Request, RoutineLimits.Json);
        var saved = await mediator.Send(new ImportRoutineCommand(WorkflowDefinition.Of(body).ToJson()), ct);
        var record = await FindAsync(db, saved.RoutineId, ct);
        return ApiExtensions.Created(context, $"/api/v1/routines/{record.Id}", record, record.Version);
    }

    private static async Task<IResult> PublishAsync(Guid id, HttpContext context, IMediator mediator, RoutinesDb db, CancellationToken ct)
    {
        await mediator.Send(new PublishRoutineCommand(id), ct);
        return await OneAsync(id, context, db, ct);
    }

    private static async Task<IResult> RetractAsync(Guid id, HttpContext context, IMediator mediator, RoutinesDb db, CancellationToken ct)
    {
        await mediator.Send(new RetractRoutineCommand(id), ct);
        return await OneAsync(id, context, db, ct);
    }

    private static async Task<IResult> DeleteAsync(Guid id, IMediator mediator, CancellationToken ct)
    {
        await mediator.Send(new DeleteRoutineCommand(id), ct);
        return Results.NoContent();
    }

    private static async Task<RoutineRecord> FindAsync(RoutinesDb db, Guid id, CancellationToken ct) =>
        await Records(db.Set<RoutineDefinition>().AsNoTracking().Where(r => r.Id == id)).SingleOrDefaultAsync(ct) ?? throw new NotFound("routine", id);

    private static IQueryable<RoutineRecord> Records(IQueryable<RoutineDefinition> rows) =>
        rows.Select(r => new RoutineRecord(r.Id, r.DefinitionId, r.Name, r.Description, r.LatestNumber, r.PublishedNumber, r.CreatedAt, r.UpdatedAt, r.Version));
}

/// <param name="Id">Ours.</param>
/// <param name="DefinitionId">Elsa's.</param>
/// <param name="Name">Name of the newest version.</param>
/// <param name="Description">What it is for.</param>
/// <param name="LatestVersion">Number of the newest version.</param>
/// <param name="PublishedVersion">Number of the version that new jobs take; null for none.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="UpdatedAt">UTC.</param>
/// <param name="Version">Version of the record (ETag).</param>
internal sealed record RoutineRecord(Guid Id, string DefinitionId, string Name, string? Description, int LatestVersion, int? PublishedVersion, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, uint Version);
