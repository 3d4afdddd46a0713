using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.JobSteering;
using Crm.Routines.Runtime;
using Crm.Workflows;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.ChangeJobs;

/// <summary>Suspends or resumes some jobs or gives them to other agents: what a list does in place and in bulk. Answers how many were changed.</summary>
[Requires(RoutinesPermissions.Steer)]
internal sealed record SteerJobsCommand(IReadOnlyCollection<Guid> Ids, string Field, IReadOnlyList<string> Values) : ICommand<int>;

internal sealed class SteerJobsValidator : AbstractValidator<SteerJobsCommand>
{
    public SteerJobsValidator()
    {
        RuleFor(c => c.Ids).Must(ManyJobs.Fit).WithMessage("Too many values.");
        RuleFor(c => c.Values).Must(v => v.Count <= 20).WithMessage("At most 20 agents.").When(c => c.Field == "agents");
        RuleFor(c => c.Values).Must(v => v is [{ Length: > 0 and <= 1000 }]).WithMessage("Say why.").When(c => c.Field == RecordVerb.Prefix + "suspend");
    }
}

internal sealed class SteerJobsHandler(RoutinesDb db, IUserDirectory users, INotifier notifier, TimeProvider time) : IRequestHandler<SteerJobsCommand, int>
{
    public async Task<int> Handle(SteerJobsCommand request, CancellationToken cancellationToken)
    {
        var change = await ReadAsync(request, cancellationToken);
        return (await ManyJobs.LoadAsync(db, request.Ids, cancellationToken)).Count(change);
    }

    private async Task<Func<Job, bool>> ReadAsync(SteerJobsCommand c, CancellationToken ct)
    {
        switch (c.Field)
        {
            case RecordVerb.Prefix + "suspend":
                return job =>
                {
                    job.Pause(c.Values[0]);
                    Steering.Tell(db, job, new PauseJob(), time);
                    return true;
                };
            case RecordVerb.Prefix + "resume":
                return job =>
                {
                    job.Resume();
                    Steering.Tell(db, job, new ResumeJob(), time);
                    return true;
                };
            case "agents":
                var agents = c.Values.Select(v => Guid.TryParse(v, out var id) ? id : throw new InvalidInput("value", "Choose one of the list.")).Distinct().ToArray();
                var cards = await users.CardsAsync(agents, ct);
                if (agents.Any(a => !(cards.TryGetValue(a, out var card) && card.Active))) throw new InvalidInput("value", "One of the agents is not there any more.");
                return job =>
                {
                    if (job.AgentIds.ToHashSet().SetEquals(agents)) return false;
                    notifier.Notify(agents.Except(job.AgentIds).ToList(), "You are an agent of job {0} now", [job.Title], $"/jobs/{job.Id}");
                    job.SetAgents(agents);
                    return true;
                };
            default: throw new NotFound("field", c.Field);
        }
    }
}

/// <summary>Ends some jobs. Answers how many.</summary>
[Requires(RoutinesPermissions.End)]
internal sealed record EndJobsCommand(IReadOnlyCollection<Guid> Ids, string? Reason) : ICommand<int>;

internal sealed class EndJobsValidator : AbstractValidator<EndJobsCommand>
{
    public EndJobsValidator()
    {
        RuleFor(c => c.Ids).Must(ManyJobs.Fit).WithMessage("Too many values.");
        RuleFor(c => c.Reason).NotEmpty().WithMessage("Say why.").MaximumLength(1000);
    }
}

internal sealed class EndJobsHandler(RoutinesDb db, ICurrentUser user, TimeProvider time) : IRequestHandler<EndJobsCommand, int>
{
    public async Task<int> Handle(EndJobsCommand request, CancellationToken cancellationToken)
    {
        var jobs = await ManyJobs.LoadAsync(db, request.Ids, cancellationToken);
        foreach (var job in jobs)
        {
            job.AskToEnd(request.Reason!, user.Id);
            Steering.Tell(db, job, new Cancel(request.Reason), time);
        }

        return jobs.Count;
    }
}

internal static class ManyJobs
{
    public static bool Fit(IReadOnlyCollection<Guid> ids) => ids.Count is > 0 and <= 500;

    public static async Task<List<Job>> LoadAsync(RoutinesDb db, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var chosen = ids.ToArray();
        return await db.Jobs.Where(j => chosen.Contains(j.Id)).OrderBy(j => j.Id).ToListAsync(ct);
    }
}
