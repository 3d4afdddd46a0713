using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.DryRuns;
using Crm.Routines.Simulating;
using Crm.Web;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.Simulate;

internal sealed class WeightDraft
{
    public string Activity { get; set; } = "";

    public string Outcome { get; set; } = "";

    public int? Weight { get; set; }
}

/// <summary>Runs the newest version dry over customers of the past, in the background.</summary>
[Requires(RoutinesPermissions.Design)]
internal sealed record StartSimulationCommand : ICommand<Guid>
{
    public string DefinitionId { get; set; } = "";

    public SimulationCustomers Customers { get; set; }

    public Guid? TypeId { get; set; }

    public int Count { get; set; } = 200;

    public DateOnly? From { get; set; }

    public DateOnly? To { get; set; }

    public int Days { get; set; } = 90;

    public long Seed { get; set; } = 1;

    public decimal Hours { get; set; } = 8;

    [Rials]
    public long SmsCost { get; set; }

    [Rials]
    public long MailCost { get; set; }

    public bool History { get; set; } = true;

    public List<WeightDraft> Weights { get; set; } = [];
}

internal sealed class StartSimulationValidator : AbstractValidator<StartSimulationCommand>
{
    public StartSimulationValidator()
    {
        RuleFor(c => c.DefinitionId).NotEmpty();
        RuleFor(c => c.Customers).IsInEnum();
        RuleFor(c => c.Count).InclusiveBetween(1, 5_000);
        RuleFor(c => c.From).NotNull();
        RuleFor(c => c.To).NotNull();
        RuleFor(c => c.To).Must((c, to) => to is null || c.From is null || (to >= c.From && to.Value.DayNumber - c.From.Value.DayNumber <= 1_100)).WithMessage("The period ends before it begins, or is longer than three years.");
        RuleFor(c => c.Days).InclusiveBetween(1, 730);
        RuleFor(c => c.Hours).InclusiveBetween(0.1m, 2_000);
        RuleFor(c => c.SmsCost).InclusiveBetween(0, 1_000_000_000);
        RuleFor(c => c.MailCost).InclusiveBetween(0, 1_000_000_000);
        RuleFor(c => c.Weights).Must(w => w.Count <= 2_000).WithMessage("Too many values.");
        RuleForEach(c => c.Weights).ChildRules(w => w.RuleFor(x => x.Weight).InclusiveBetween(0, 1_000_000).When(x => x.Weight is not null));
    }
}

internal sealed class StartSimulationHandler(RoutinesDb db, DryWorlds worlds, IBackgroundWork work) : IRequestHandler<StartSimulationCommand, Guid>
{
    public async Task<Guid> Handle(StartSimulationCommand request, CancellationToken cancellationToken)
    {
        // Refused with its errors when it can't run.
        var drawing = await worlds.LatestAsync(request.DefinitionId, cancellationToken);
        var simulation = new Simulation(drawing.RoutineId, drawing.VersionId, drawing.Number, request.DefinitionId, new SimulationSettings
        {
            Customers = request.Customers, TypeId = request.Customers == SimulationCustomers.All ? request.TypeId : null, Count = request.Count, From = request.From!.Value, To = request.To!.Value, Days = request.Days, Seed = request.Seed,
            Hours = request.Hours, SmsCost = request.SmsCost, MailCost = request.MailCost, History = request.History,
            Weights = [.. request.Weights.Where(w => w.Weight is not null && w.Activity.Length > 0).Select(w => new OutcomeWeight(w.Activity, w.Outcome, w.Weight!.Value))],
        });
        db.Add(simulation);
        simulation.RunId = await work.StartAsync(SimulationRun.JobKey, new SimulationArguments(simulation.Id), await db.Set<RoutineDefinition>().Where(r => r.Id == drawing.RoutineId).Select(r => r.Name).FirstAsync(cancellationToken), cancellationToken);
        return simulation.Id;
    }
}
