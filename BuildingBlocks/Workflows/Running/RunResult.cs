namespace Crm.Workflows;

/// <summary>How far a burst may go, and what it needs to know of the place it runs at.</summary>
public sealed record InterpreterLimits
{
    /// <summary>The usual limits, UTC.</summary>
    public static InterpreterLimits Default { get; } = new();

    /// <summary>Activities that may run in one burst before it is stopped with an incident.</summary>
    public int MaxStepsPerBurst { get; init; } = 1_000;

    /// <summary>How far an expression may go.</summary>
    public ExpressionLimits Expressions { get; init; } = ExpressionLimits.Default;

    /// <summary>The zone in which Cron and the local parts of dates are meant.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>False leaves evaluated inputs out of the journal.</summary>
    public bool RecordInputs { get; init; } = true;
}

/// <summary>How far one expression may go.</summary>
public sealed record ExpressionLimits
{
    /// <summary>The usual limits.</summary>
    public static ExpressionLimits Default { get; } = new();

    /// <summary>Longest source, in characters.</summary>
    public int MaxSource { get; init; } = 20_000;

    /// <summary>Deepest nesting of the source.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Operations in one evaluation.</summary>
    public int MaxSteps { get; init; } = 50_000;

    /// <summary>Characters and list items that one evaluation may make, all together.</summary>
    public int MaxAllocation { get; init; } = 2_000_000;

    /// <summary>Longest text or list.</summary>
    public int MaxLength { get; init; } = 500_000;
}

/// <summary>What a burst gave.</summary>
/// <param name="State">The new state; the given one when nothing was applied.</param>
/// <param name="Effects">What is asked of the world, in order.</param>
/// <param name="Journal">New lines of history, in order.</param>
/// <param name="Applied">False when the stimulus no longer matched: nothing changed.</param>
/// <param name="IgnoredBecause">Why it was not applied, in English; null when it was.</param>
/// <param name="Steps">Activities run in this burst.</param>
public sealed record RunResult(WorkflowState State, IReadOnlyList<Effect> Effects, IReadOnlyList<JournalEntry> Journal, bool Applied, string? IgnoredBecause, int Steps);
