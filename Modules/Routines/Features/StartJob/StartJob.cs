using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Definitions;
using Crm.Routines.Runtime;
using FluentValidation;
using MediatR;

namespace Crm.Routines.Features.StartJob;

[Requires(RoutinesPermissions.Start)]
[Crm.Data.Unique("ux_jobs_singleton_key", nameof(RoutineId), "This routine lets one job run at a time, and one is running.")]
internal sealed record StartJobCommand : ICommand<Guid>
{
    public Guid RoutineId { get; set; }

    public Guid? ContactId { get; set; }

    public string? Title { get; set; }

    public List<Guid> AgentIds { get; set; } = [];

    /// <summary>Values for the routine's inputs.</summary>
    public JsonObject? Input { get; set; }
}

internal sealed class StartJobValidator : AbstractValidator<StartJobCommand>
{
    public StartJobValidator()
    {
        RuleFor(c => c.RoutineId).NotEmpty();
        RuleFor(c => c.Title).MaximumLength(300);
        RuleFor(c => c.AgentIds).Must(a => a.Count <= 20).WithMessage("At most 20 agents.");
    }
}

internal sealed class StartJobHandler(JobStarter starter, IRoutineStore routines, IContactDirectory contacts, IUserDirectory users, ICurrentUser user, TimeProvider time) : IRequestHandler<StartJobCommand, Guid>
{
    public async Task<Guid> Handle(StartJobCommand command, CancellationToken cancellationToken)
    {
        var routine = await routines.PublishedAsync(command.RoutineId, cancellationToken) ?? throw new RuleBroken("routine.not-published", "This routine is not published.");
        if (command.ContactId is { } id && !(await contacts.CardsAsync([id], cancellationToken)).ContainsKey(id)) throw new NotFound("contact", id);
        var known = await users.CardsAsync(command.AgentIds, cancellationToken);
        if (command.AgentIds.Any(a => !known.TryGetValue(a, out var card) || !card.Active)) throw new InvalidInput(nameof(command.AgentIds), "One of the agents is not there any more.");
        var job = await starter.StartAsync(new NewJob
        {
            Routine = routine, ContactId = command.ContactId, Title = command.Title, StartedBy = user.Id, Agents = command.AgentIds, Input = command.Input, MustStart = true, At = time.GetUtcNow(),
        }, cancellationToken);
        return job!.Id;
    }
}
