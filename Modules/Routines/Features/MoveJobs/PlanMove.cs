using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Versions;
using Crm.Workflows;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.MoveJobs;

/// <summary>Plans a move of running jobs and has it tried dry.</summary>
[Requires(RoutinesPermissions.Move)]
internal sealed record PlanMoveCommand : ICommand<Guid>
{
    public Guid RoutineId { get; set; }

    /// <summary>Null for the published one.</summary>
    public Guid? ToVersionId { get; set; }

    public Guid? FromVersionId { get; set; }

    public string? Stage { get; set; }

    public Guid? Agent { get; set; }

    public List<Guid> Jobs { get; set; } = [];

    /// <summary>What becomes of jobs that stand at a box: <c>to:key</c>, <c>ends</c>, <c>stays</c>.</summary>
    public Dictionary<string, string> Choices { get; set; } = [];
}

internal sealed class PlanMoveValidator : AbstractValidator<PlanMoveCommand>
{
    public PlanMoveValidator()
    {
        RuleFor(c => c.RoutineId).NotEmpty();
        RuleFor(c => c.Stage).MaximumLength(300);
        RuleFor(c => c.Jobs).Must(j => j.Count <= 10_000).WithMessage("Too many values.");
        RuleFor(c => c.Choices).Must(c => c.Count <= 1_000).WithMessage("Too many values.");
    }
}

internal sealed class PlanMoveHandler(RoutinesDb db, IRoutineStore store, IBackgroundWork work) : IRequestHandler<PlanMoveCommand, Guid>
{
    public async Task<Guid> Handle(PlanMoveCommand request, CancellationToken cancellationToken)
    {
        var routine = await db.Set<RoutineDefinition>().FirstOrDefaultAsync(r => r.Id == request.RoutineId, cancellationToken) ?? throw new NotFound("routine", request.RoutineId);
        if ((request.ToVersionId ?? routine.PublishedVersionId) is not { } target) throw new InvalidInput(nameof(request.ToVersionId), "Nothing is published: choose the version.");
        var version = await db.Set<RoutineVersion>().FirstOrDefaultAsync(v => v.Id == target && v.RoutineId == routine.Id, cancellationToken) ?? throw new NotFound("routine version", target);
        if (!version.IsFrozen) throw new InvalidInput(nameof(request.ToVersionId), "Jobs move to versions that were published; publish the draft first.");
        var scope = new MoveScope { FromVersionId = request.FromVersionId, Stage = string.IsNullOrWhiteSpace(request.Stage) ? null : request.Stage.Trim(), Agent = request.Agent, Jobs = request.Jobs.Count == 0 ? null : [.. request.Jobs.Distinct()] };
        var move = new VersionMove(routine.Id, version.Id, version.Number, scope);
        move.Choose(MoveChoices.Read(request.Choices, (await store.VersionAsync(version.Id, cancellationToken)).Workflow));
        db.Add(move);
        move.Check(await work.StartAsync(CheckMoveRun.JobKey, new MoveArguments(move.Id), routine.Name, cancellationToken));
        return move.Id;
    }
}

/// <summary>Says where jobs go whose box the new version does not have, and has the move tried dry again.</summary>
[Requires(RoutinesPermissions.Move)]
internal sealed record ChooseMoveCommand : ICommand
{
    public Guid MoveId { get; set; }

    public Dictionary<string, string> Choices { get; set; } = [];
}

internal sealed class ChooseMoveValidator : AbstractValidator<ChooseMoveCommand>
{
    public ChooseMoveValidator()
    {
        RuleFor(c => c.MoveId).NotEmpty();
        RuleFor(c => c.Choices).Must(c => c.Count <= 1_000).WithMessage("Too many values.");
    }
}

internal sealed class ChooseMoveHandler(RoutinesDb db, IRoutineStore store, IBackgroundWork work) : IRequestHandler<ChooseMoveCommand, Unit>
{
    public async Task<Unit> Handle(ChooseMoveCommand request, CancellationToken cancellationToken)
    {
        var move = await Moves.LoadAsync(db, request.MoveId, cancellationToken);
        await Moves.RefuseUnderWayAsync(work, move.CheckRunId, cancellationToken);
        var to = await store.VersionAsync(move.ToVersionId, cancellationToken);
        move.Choose(MoveChoices.Read(request.Choices, to.Workflow));
        move.Check(await work.StartAsync(CheckMoveRun.JobKey, new MoveArguments(move.Id), to.Name, cancellationToken));
        return Unit.Value;
    }
}

/// <summary>Moves the jobs that the dry run let through, in the background.</summary>
[Requires(RoutinesPermissions.Move)]
internal sealed record BeginMoveCommand(Guid MoveId) : ICommand;

internal sealed class BeginMoveValidator : AbstractValidator<BeginMoveCommand>
{
    public BeginMoveValidator() => RuleFor(c => c.MoveId).NotEmpty();
}

internal sealed class BeginMoveHandler(RoutinesDb db, IRoutineStore store, IBackgroundWork work) : IRequestHandler<BeginMoveCommand, Unit>
{
    public async Task<Unit> Handle(BeginMoveCommand request, CancellationToken cancellationToken)
    {
        var move = await Moves.LoadAsync(db, request.MoveId, cancellationToken);
        await Moves.RefuseUnderWayAsync(work, move.RunId, cancellationToken);
        move.Begin(await work.StartAsync(MoveJobsRun.JobKey, new MoveArguments(move.Id), (await store.VersionAsync(move.ToVersionId, cancellationToken)).Name, cancellationToken));
        return Unit.Value;
    }
}

/// <summary>Brings back the jobs that have not gone on since, in the background.</summary>
[Requires(RoutinesPermissions.Move)]
internal sealed record UndoMoveCommand(Guid MoveId) : ICommand;

internal sealed class UndoMoveValidator : AbstractValidator<UndoMoveCommand>
{
    public UndoMoveValidator() => RuleFor(c => c.MoveId).NotEmpty();
}

internal sealed class UndoMoveHandler(RoutinesDb db, IRoutineStore store, IBackgroundWork work) : IRequestHandler<UndoMoveCommand, Unit>
{
    public async Task<Unit> Handle(UndoMoveCommand request, CancellationToken cancellationToken)
    {
        var move = await Moves.LoadAsync(db, request.MoveId, cancellationToken);
        foreach (var run in new[] { move.RunId, move.UndoRunId }) await Moves.RefuseUnderWayAsync(work, run, cancellationToken);
        move.Undo(await work.StartAsync(UndoMoveRun.JobKey, new MoveArguments(move.Id), (await store.VersionAsync(move.ToVersionId, cancellationToken)).Name, cancellationToken));
        return Unit.Value;
    }
}

internal static class Moves
{
    public static async Task<VersionMove> LoadAsync(RoutinesDb db, Guid id, CancellationToken ct) => await db.Set<VersionMove>().FirstOrDefaultAsync(m => m.Id == id, ct) ?? throw new NotFound("move", id);

    public static async Task RefuseUnderWayAsync(IBackgroundWork work, Guid? run, CancellationToken ct)
    {
        if (run is { } id && await work.FindAsync(id, ct) is { IsOver: false }) throw new RuleBroken("move.running", "This move is under way.");
    }
}

/// <summary>Choices as forms and the API write them.</summary>
internal static class MoveChoices
{
    public const string Ends = "ends";
    public const string Stays = "stays";
    public const string Prefix = "to:";

    public static Dictionary<string, MoveChoice> Read(IReadOnlyDictionary<string, string> given, CompiledWorkflow to)
    {
        var choices = new Dictionary<string, MoveChoice>(StringComparer.Ordinal);
        foreach (var (key, value) in given)
        {
            if (string.IsNullOrEmpty(value)) continue;
            choices[key] = value switch
            {
                Ends => new(PlaceFate.Ends, null),
                Stays => new(PlaceFate.Stays, null),
                _ when value.StartsWith(Prefix, StringComparison.Ordinal) && to.Find(value[Prefix.Length..]) is { Parent: not null } node => new(PlaceFate.Goes, node.Key),
                _ => throw new InvalidInput($"Choices[{key}]", "Choose one of the list."),
            };
        }

        return choices;
    }

    public static string Write(MoveChoice choice) => choice.Fate switch { PlaceFate.Ends => Ends, PlaceFate.Stays => Stays, _ => Prefix + choice.To };
}
