using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Features.MoveJobs;
using Crm.Routines.Versions;
using Crm.Web;
using Crm.Workflows;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Api;

/// <summary><c>/api/v1/routines/{id}/diff</c> and <c>/moves</c>: what a version changes, and running jobs that go over to it.</summary>
internal sealed class MovesApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var routines = api.MapGroup("/routines").WithTags("Routines");
        routines.MapGet("/{id:guid}/diff", DiffAsync).Requires(RoutinesPermissions.See);
        routines.MapPost("/{id:guid}/moves", PlanAsync).Requires(RoutinesPermissions.Move).Takes(typeof(MoveBody)).Gives(typeof(MoveRecord), StatusCodes.Status201Created);
        routines.MapGet("/moves/{moveId:guid}", OneAsync).Requires(RoutinesPermissions.Move).Gives(typeof(MoveRecord));
        routines.MapPost("/moves/{moveId:guid}/begin", (Guid moveId, IMediator mediator, RoutinesDb db, CancellationToken ct) => DoAsync(moveId, new BeginMoveCommand(moveId), mediator, db, ct)).Requires(RoutinesPermissions.Move).Gives(typeof(MoveRecord));
        routines.MapPost("/moves/{moveId:guid}/undo", (Guid moveId, IMediator mediator, RoutinesDb db, CancellationToken ct) => DoAsync(moveId, new UndoMoveCommand(moveId), mediator, db, ct)).Requires(RoutinesPermissions.Move).Gives(typeof(MoveRecord));
    }

    private static async Task<IResult> DiffAsync(Guid id, int? from, int? to, RoutinesDb db, DrawingDiff diff, CancellationToken ct)
    {
        var routine = await db.Set<RoutineDefinition>().AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw new NotFound("routine", id);
        var target = to ?? routine.LatestNumber;
        var source = from ?? (routine.PublishedNumber is { } published && published != target ? published : target - 1);
        var texts = await db.Set<RoutineVersion>().AsNoTracking().Where(v => v.RoutineId == id && (v.Number == source || v.Number == target)).Select(v => new { v.Number, v.Json }).ToDictionaryAsync(v => v.Number, v => v.Json, ct);
        if (!texts.TryGetValue(source, out var old) || !texts.TryGetValue(target, out var now)) throw new NotFound("routine version", $"{source}…{target}");
        var difference = await diff.OfAsync(WorkflowDefinition.Parse(old), WorkflowDefinition.Parse(now), ct);
        return TypedResults.Ok(new DiffRecord(source, target, [.. difference.All.Select(c => new ChangeRecord(c.Kind.ToString().ToLowerInvariant(), c.Text, [.. c.Settings.Select(s => new SettingRecord(s.Title, s.Old, s.New))]))]));
    }

    private static async Task<IResult> PlanAsync(Guid id, MoveBody body, HttpContext context, IMediator mediator, RoutinesDb db, CancellationToken ct)
    {
        async Task<Guid?> Version(int? number) => number is not { } n ? null
            : await db.Set<RoutineVersion>().Where(v => v.RoutineId == id && v.Number == n).Select(v => (Guid?)v.Id).SingleOrDefaultAsync(ct) ?? throw new NotFound("routine version", n);
        var move = await mediator.Send(new PlanMoveCommand
        {
            RoutineId = id, ToVersionId = await Version(body.ToVersion), FromVersionId = await Version(body.FromVersion), Stage = body.Stage, Agent = body.AgentId, Jobs = body.JobIds ?? [], Choices = body.Choices ?? [],
        }, ct);
        context.Response.Headers.Location = $"/api/v1/routines/moves/{move}";
        return TypedResults.Json(await RecordAsync(move, db, ct), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> OneAsync(Guid moveId, RoutinesDb db, CancellationToken ct) => TypedResults.Ok(await RecordAsync(moveId, db, ct));

    private static async Task<IResult> DoAsync(Guid id, ICommand command, IMediator mediator, RoutinesDb db, CancellationToken ct)
    {
        await mediator.Send(command, ct);
        db.ChangeTracker.Clear();
        return TypedResults.Ok(await RecordAsync(id, db, ct));
    }

    private static async Task<MoveRecord> RecordAsync(Guid id, RoutinesDb db, CancellationToken ct)
    {
        var move = await db.Set<VersionMove>().AsNoTracking().FirstOrDefaultAsync(m => m.Id == id, ct) ?? throw new NotFound("move", id);
        var counts = await db.Set<MovedJob>().AsNoTracking().Where(m => m.MoveId == id).Join(db.Jobs, m => m.JobId, j => j.Id, (m, j) => m).GroupBy(m => new { m.Verdict, m.Status }).Select(g => new { g.Key.Verdict, g.Key.Status, Count = g.Count() }).ToListAsync(ct);
        int Checked(MoveVerdict verdict) => counts.Where(c => c.Status == MovedJobStatus.Checked && c.Verdict == verdict).Sum(c => c.Count);
        int With(MovedJobStatus status) => counts.Where(c => c.Status == status).Sum(c => c.Count);
        var state = move switch
        {
            { UndoneAt: not null } => "undone",
            { UndoRunId: not null } => "undoing",
            { MovedAt: not null } => "moved",
            { RunId: not null } => "moving",
            { CheckedAt: not null } => "checked",
            _ => "checking",
        };
        return new(move.Id, move.RoutineId, move.ToNumber, state, Checked(MoveVerdict.Moves), Checked(MoveVerdict.NeedsChoice), Checked(MoveVerdict.Stays), With(MovedJobStatus.Moved), With(MovedJobStatus.Left), With(MovedJobStatus.Undone), With(MovedJobStatus.Kept),
            [.. move.Places.Select(p => new MovePlaceRecord(p.Key, p.Title, p.Jobs, p.Auto))], move.CreatedAt);
    }
}

internal sealed record MoveBody(int? ToVersion, int? FromVersion, string? Stage, Guid? AgentId, List<Guid>? JobIds, Dictionary<string, string>? Choices);

internal sealed record MovePlaceRecord(string Activity, string Title, int Jobs, string? GoesTo);

internal sealed record MoveRecord(Guid Id, Guid RoutineId, int ToVersion, string State, int Moves, int NeedChoice, int Stay, int Moved, int Left, int Undone, int Kept, IReadOnlyList<MovePlaceRecord> Places, DateTimeOffset CreatedAt);

internal sealed record SettingRecord(string Title, string? Old, string? New);

internal sealed record ChangeRecord(string Kind, string Text, IReadOnlyList<SettingRecord> Settings);

internal sealed record DiffRecord(int From, int To, IReadOnlyList<ChangeRecord> Changes);
