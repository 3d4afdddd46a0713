using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Crm.Workflows;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.JobSteering;

[Requires(RoutinesPermissions.Steer)]
internal sealed record SuspendJobCommand : ICommand
{
    public Guid JobId { get; set; }

    public string? Reason { get; set; }
}

internal sealed class SuspendJobValidator : AbstractValidator<SuspendJobCommand>
{
    public SuspendJobValidator()
    {
        RuleFor(c => c.JobId).NotEmpty();
        RuleFor(c => c.Reason).NotEmpty().MaximumLength(1000);
    }
}

internal sealed class SuspendJobHandler(RoutinesDb db, TimeProvider time) : IRequestHandler<SuspendJobCommand, Unit>
{
    public async Task<Unit> Handle(SuspendJobCommand command, CancellationToken cancellationToken)
    {
        var job = await Steering.LoadAsync(db, command.JobId, cancellationToken);
        job.Pause(command.Reason!.Trim());
        Steering.Tell(db, job, new PauseJob(), time);
        return Unit.Value;
    }
}

[Requires(RoutinesPermissions.Steer)]
internal sealed record ResumeJobCommand(Guid JobId) : ICommand;

internal sealed class ResumeJobValidator : AbstractValidator<ResumeJobCommand>
{
    public ResumeJobValidator() => RuleFor(c => c.JobId).NotEmpty();
}

internal sealed class ResumeJobHandler(RoutinesDb db, TimeProvider time) : IRequestHandler<ResumeJobCommand, Unit>
{
    public async Task<Unit> Handle(ResumeJobCommand command, CancellationToken cancellationToken)
    {
        var job = await Steering.LoadAsync(db, command.JobId, cancellationToken);
        job.Resume();
        Steering.Tell(db, job, new ResumeJob(), time);
        return Unit.Value;
    }
}

[Requires(RoutinesPermissions.End)]
internal sealed record EndJobCommand : ICommand
{
    public Guid JobId { get; set; }

    public string? Reason { get; set; }
}

internal sealed class EndJobValidator : AbstractValidator<EndJobCommand>
{
    public EndJobValidator()
    {
        RuleFor(c => c.JobId).NotEmpty();
        RuleFor(c => c.Reason).NotEmpty().MaximumLength(1000);
    }
}

internal sealed class EndJobHandler(RoutinesDb db, ICurrentUser user, TimeProvider time) : IRequestHandler<EndJobCommand, Unit>
{
    public async Task<Unit> Handle(EndJobCommand command, CancellationToken cancellationToken)
    {
        var job = await Steering.LoadAsync(db, command.JobId, cancellationToken);
        job.AskToEnd(command.Reason!.Trim(), user.Id);
        Steering.Tell(db, job, new Cancel(command.Reason.Trim()), time);
        return Unit.Value;
    }
}

[Requires(RoutinesPermissions.Steer)]
internal sealed record SetAgentsCommand : ICommand
{
    public Guid JobId { get; set; }

    public List<Guid> AgentIds { get; set; } = [];
}

internal sealed class SetAgentsValidator : AbstractValidator<SetAgentsCommand>
{
    public SetAgentsValidator()
    {
        RuleFor(c => c.JobId).NotEmpty();
        RuleFor(c => c.AgentIds).Must(a => a.Count <= 20).WithMessage("At most 20 agents.");
    }
}

internal sealed class SetAgentsHandler(RoutinesDb db, IUserDirectory users, INotifier notifier) : IRequestHandler<SetAgentsCommand, Unit>
{
    public async Task<Unit> Handle(SetAgentsCommand command, CancellationToken cancellationToken)
    {
        var job = await Steering.LoadAsync(db, command.JobId, cancellationToken);
        var cards = await users.CardsAsync(command.AgentIds, cancellationToken);
        if (command.AgentIds.Any(a => !job.AgentIds.Contains(a) && !(cards.TryGetValue(a, out var card) && card.Active))) throw new InvalidInput(nameof(command.AgentIds), "One of the agents is not there any more.");
        var added = command.AgentIds.Except(job.AgentIds).ToList();
        job.SetAgents(command.AgentIds);
        if (added.Count > 0) notifier.Notify(added, "You are an agent of job {0} now", [job.Title], $"/jobs/{job.Id}");
        return Unit.Value;
    }
}

internal static class Steering
{
    public static async Task<Job> LoadAsync(RoutinesDb db, Guid id, CancellationToken ct) => await db.Jobs.FirstOrDefaultAsync(j => j.Id == id, ct) ?? throw new NotFound("job", id);

    public static void Tell(RoutinesDb db, Job job, Stimulus stimulus, TimeProvider time) => db.Add(new QueuedStimulus { JobId = job.Id, At = time.GetUtcNow(), Body = StimulusText.Write(stimulus) });
}
