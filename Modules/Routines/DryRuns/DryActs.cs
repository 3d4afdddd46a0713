using Crm.Core;

namespace Crm.Routines.DryRuns;

/// <summary>Something that a job would have done to the world, had it been a real one.</summary>
/// <param name="At">When.</param>
/// <param name="ActivityId">The box that asked for it.</param>
internal abstract record DryAct(DateTimeOffset At, string ActivityId);

/// <summary>A message that would have gone out.</summary>
internal sealed record DryMessage(DateTimeOffset At, string ActivityId, string Template, string Channel, string Category, string To, string Subject, string Text, int Parts, string? Problem) : DryAct(At, ActivityId);

/// <summary>Work that would have been laid into somebody's hands.</summary>
internal sealed record DryTask(DateTimeOffset At, string ActivityId, string Title, IReadOnlyList<Guid> Users, Guid? Role, DateTimeOffset? Due) : DryAct(At, ActivityId);

/// <summary>Anything else that would have been done: a sentence and what was given with it.</summary>
internal sealed record DryDeed(DateTimeOffset At, string ActivityId, string Icon, string Title, IReadOnlyList<(string Label, string Value)> Facts) : DryAct(At, ActivityId);

/// <summary>What a dry job waits for and a person, a routine or the world would bring.</summary>
internal sealed record DryStand
{
    public required Guid ExecutionId { get; init; }

    public required string ActivityId { get; init; }

    public required string Title { get; init; }

    public required string Icon { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>The ways on.</summary>
    public IReadOnlyList<string> Outcomes { get; init; } = [];

    /// <summary>The form that is asked for; null for none.</summary>
    public FormDesign? Form { get; init; }

    /// <summary>By what it goes on when its time is over; null when it waits as long as it takes.</summary>
    public string? Timeout { get; init; }

    /// <summary>Nobody is there to do it.</summary>
    public bool Nobody => Stage is not null && Users.Count == 0 && Role is null;

    public IReadOnlyList<Guid> Users { get; init; } = [];

    public Guid? Role { get; init; }

    /// <summary>Planned working minutes.</summary>
    public int? Planned { get; init; }

    public DateTimeOffset? Due { get; init; }

    public Crm.Routines.Activities.StageInput? Stage { get; init; }
}
