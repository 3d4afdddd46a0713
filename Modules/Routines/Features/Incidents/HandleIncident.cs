using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.JobSteering;
using Crm.Workflows;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.Incidents;

/// <summary>Tries again what incidents stopped; those handled meanwhile are passed over.</summary>
[Requires(RoutinesPermissions.Incidents)]
internal sealed record RetryIncidentsCommand : ICommand<int>
{
    public List<Guid> Ids { get; set; } = [];

    /// <summary>Jobs whose open incidents are meant, all of them.</summary>
    public List<Guid> JobIds { get; set; } = [];
}

internal sealed class RetryIncidentsValidator : AbstractValidator<RetryIncidentsCommand>
{
    public RetryIncidentsValidator() => RuleFor(c => c.Ids).Must((c, ids) => ids.Count + c.JobIds.Count is > 0 and <= 500).WithMessage("Choose between 1 and 500 incidents.");
}

internal sealed class RetryIncidentsHandler(RoutinesDb db, ICurrentUser user, TimeProvider time) : IRequestHandler<RetryIncidentsCommand, int>
{
    public async Task<int> Handle(RetryIncidentsCommand command, CancellationToken cancellationToken)
    {
        var incidents = await db.Incidents.Where(i => (command.Ids.Contains(i.Id) || command.JobIds.Contains(i.JobId)) && i.Status == IncidentStatus.Open).OrderBy(i => i.At).ToListAsync(cancellationToken);
        var jobs = incidents.Select(i => i.JobId).ToHashSet();
        foreach (var incident in incidents)
        {
            incident.Status = IncidentStatus.Retried;
            incident.HandledAt = time.GetUtcNow();
            incident.HandledBy = user.Id;
            db.Add(new QueuedStimulus { JobId = incident.JobId, At = time.GetUtcNow(), Body = Runtime.StimulusText.Write(new Retry(incident.Id)) });
        }

        // What the runtime itself could not take in was put aside; it comes back with the retry.
        foreach (var stimulus in await db.Set<QueuedStimulus>().Where(q => jobs.Contains(q.JobId) && !q.Ready && q.Error != null).ToListAsync(cancellationToken))
        {
            stimulus.Ready = true;
            stimulus.Attempts = 0;
            stimulus.Error = null;
        }

        return incidents.Count;
    }
}

/// <summary>Lets a job go on without the step that failed, by an outcome that a person chooses.</summary>
[Requires(RoutinesPermissions.Incidents)]
internal sealed record PassIncidentCommand : ICommand
{
    public Guid Id { get; set; }

    public string? Outcome { get; set; }
}

internal sealed class PassIncidentValidator : AbstractValidator<PassIncidentCommand>
{
    public PassIncidentValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.Outcome).MaximumLength(200);
    }
}

internal sealed class PassIncidentHandler(RoutinesDb db, ICurrentUser user, TimeProvider time) : IRequestHandler<PassIncidentCommand, Unit>
{
    public async Task<Unit> Handle(PassIncidentCommand command, CancellationToken cancellationToken)
    {
        var incident = await db.Incidents.FirstOrDefaultAsync(i => i.Id == command.Id, cancellationToken) ?? throw new NotFound("incident", command.Id);
        if (incident.Status != IncidentStatus.Open) throw new RuleBroken("incident.handled", "This incident was handled already.");
        incident.Status = IncidentStatus.Passed;
        incident.HandledAt = time.GetUtcNow();
        incident.HandledBy = user.Id;
        db.Add(new QueuedStimulus { JobId = incident.JobId, At = time.GetUtcNow(), Body = Runtime.StimulusText.Write(new GoOn(incident.Id, string.IsNullOrWhiteSpace(command.Outcome) ? [] : [command.Outcome.Trim()])) });
        return Unit.Value;
    }
}
