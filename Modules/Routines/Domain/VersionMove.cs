using System.Text.Json;
using Crm.Core;
using Crm.Routines.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Domain;

/// <summary>Which jobs of a routine are to move: those that fit all that is said.</summary>
internal sealed record MoveScope
{
    /// <summary>Jobs on this version; null for all that are on another than the target.</summary>
    public Guid? FromVersionId { get; init; }

    /// <summary>Jobs that stand at a stage of this title.</summary>
    public string? Stage { get; init; }

    /// <summary>Jobs of this agent.</summary>
    public Guid? Agent { get; init; }

    /// <summary>Certain jobs; null for all that fit.</summary>
    public IReadOnlyList<Guid>? Jobs { get; init; }
}

/// <summary>What a person chose for the jobs that stand at a box.</summary>
/// <param name="Fate">What becomes of them.</param>
/// <param name="To">Key of the box of the new version.</param>
internal sealed record MoveChoice(Crm.Workflows.PlaceFate Fate, string? To);

/// <summary>A box at which jobs stand, as the dry run found it.</summary>
/// <param name="Key">Key in the old version.</param>
/// <param name="Title">What people call it.</param>
/// <param name="VersionId">A version that has it.</param>
/// <param name="Jobs">How many jobs stand there.</param>
/// <param name="Auto">Key of its counterpart in the new version; null when there is no sure one.</param>
internal sealed record MovePlace(string Key, string Title, Guid VersionId, int Jobs, string? Auto);

/// <summary>A move of running jobs to another version: planned, tried dry, done, perhaps taken back. What became of each job stands in <see cref="MovedJob"/>, and in the job's own history.</summary>
[NotAudited]
internal sealed class VersionMove : Entity, IStamped, IVersioned
{
    private VersionMove()
    {
    }

    public VersionMove(Guid routineId, Guid toVersionId, int toNumber, MoveScope scope)
    {
        RoutineId = routineId;
        ToVersionId = toVersionId;
        ToNumber = toNumber;
        ScopeJson = JsonSerializer.Serialize(scope, StimulusText.Json);
    }

    public Guid RoutineId { get; private set; }

    public Guid ToVersionId { get; private set; }

    public int ToNumber { get; private set; }

    public string ScopeJson { get; private set; } = "{}";

    public string ChoicesJson { get; private set; } = "{}";

    /// <summary>Written by the dry run.</summary>
    public string PlacesJson { get; private set; } = "[]";

    public Guid? CheckRunId { get; private set; }

    public Guid? RunId { get; private set; }

    public Guid? UndoRunId { get; private set; }

    /// <summary>End of the dry run.</summary>
    public DateTimeOffset? CheckedAt { get; private set; }

    public DateTimeOffset? MovedAt { get; private set; }

    public DateTimeOffset? UndoneAt { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public MoveScope Scope => JsonSerializer.Deserialize<MoveScope>(ScopeJson, StimulusText.Json)!;

    public IReadOnlyDictionary<string, MoveChoice> Choices => JsonSerializer.Deserialize<Dictionary<string, MoveChoice>>(ChoicesJson, StimulusText.Json)!;

    public IReadOnlyList<MovePlace> Places => JsonSerializer.Deserialize<MovePlace[]>(PlacesJson, StimulusText.Json)!;

    public static string Write(IEnumerable<MovePlace> places) => JsonSerializer.Serialize(places, StimulusText.Json);

    public void Choose(IReadOnlyDictionary<string, MoveChoice> choices)
    {
        RefuseOnceBegun();
        ChoicesJson = JsonSerializer.Serialize(choices, StimulusText.Json);
    }

    /// <summary>It is tried dry (again).</summary>
    public void Check(Guid run)
    {
        RefuseOnceBegun();
        CheckRunId = run;
        CheckedAt = null;
    }

    public void Begin(Guid run)
    {
        if (CheckedAt is null) throw new RuleBroken("move.unchecked", "The dry run is not over yet.");
        if (MovedAt is not null) throw new RuleBroken("move.done", "These jobs were moved already.");
        RunId = run;
    }

    public void Undo(Guid run)
    {
        if (RunId is null) throw new RuleBroken("move.not-begun", "Nothing was moved yet.");
        if (UndoneAt is not null) throw new RuleBroken("move.undone", "This move was taken back already.");
        UndoRunId = run;
    }

    private void RefuseOnceBegun()
    {
        if (RunId is not null) throw new RuleBroken("move.begun", "The move has begun; plan another one for the jobs that stayed.");
    }
}

internal sealed class VersionMoveMapping : IEntityTypeConfiguration<VersionMove>
{
    public void Configure(EntityTypeBuilder<VersionMove> builder)
    {
        builder.ToTable("VersionMoves");
        builder.Property(m => m.ScopeJson).HasColumnName("Scope").HasColumnType("text");
        builder.Property(m => m.ChoicesJson).HasColumnName("Choices").HasColumnType("text");
        builder.Property(m => m.PlacesJson).HasColumnName("Places").HasColumnType("text");
        builder.Ignore(m => m.Scope).Ignore(m => m.Choices).Ignore(m => m.Places);
        builder.HasIndex(m => new { m.RoutineId, m.CreatedAt });
    }
}

/// <summary>How far a job of a move is.</summary>
internal enum MovedJobStatus
{
    /// <summary>Looked at by the dry run.</summary>
    Checked,

    Moved,

    /// <summary>It was to move and did not: it had gone on, or was over by then.</summary>
    Left,

    /// <summary>Moved and brought back.</summary>
    Undone,

    /// <summary>Moved, and not brought back because it had gone on since.</summary>
    Kept,
}

/// <summary>What became of a job in a move. Not an entity of the pipeline's save: written by the runs, thousands at a time.</summary>
internal sealed class MovedJob
{
    public Guid MoveId { get; init; }

    public Guid JobId { get; init; }

    public Guid FromVersionId { get; init; }

    public int FromNumber { get; init; }

    public Crm.Workflows.MoveVerdict Verdict { get; init; }

    /// <summary>Why it does not move, or did not: key and arguments as JSON, so that it is read in the language of the moment.</summary>
    public string? Reasons { get; init; }

    public MovedJobStatus Status { get; init; }

    /// <summary>The state before the move: the way back.</summary>
    public byte[]? State { get; init; }

    /// <summary>Last line of the journal after the move; when there is a later one, the job has gone on.</summary>
    public long? Sequence { get; init; }

    /// <summary>Open stages as they were.</summary>
    public string? Stages { get; init; }
}

internal sealed class MovedJobMapping : IEntityTypeConfiguration<MovedJob>
{
    public void Configure(EntityTypeBuilder<MovedJob> builder)
    {
        builder.ToTable("MovedJobs");
        builder.HasKey(m => new { m.MoveId, m.JobId });
        builder.Property(m => m.Reasons).HasColumnType("text");
        builder.Property(m => m.Stages).HasColumnType("text");
        builder.Property(m => m.State).HasColumnType("bytea");
        builder.HasIndex(m => m.JobId);
    }
}
