using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>Says for whom a routine is and how it starts; with an id it changes that binding.</summary>
[Requires(RoutinesPermissions.Publish)]
internal sealed record SaveBindingCommand : ICommand<Guid>
{
    public Guid RoutineId { get; set; }

    public Guid? Id { get; set; }

    public RoutinePurpose Purpose { get; set; }

    public Guid? ContactTypeId { get; set; }

    public RoutineStart Start { get; set; }

    public string? Trigger { get; set; }

    /// <summary>Inputs of the trigger by name.</summary>
    public Dictionary<string, string?> Inputs { get; set; } = [];

    public string? Cron { get; set; }

    public bool Active { get; set; } = true;
}

internal sealed class SaveBindingValidator : AbstractValidator<SaveBindingCommand>
{
    public SaveBindingValidator(IEnumerable<ITriggerDeclaration> triggers)
    {
        var known = triggers.Select(t => t.Type).ToHashSet(StringComparer.Ordinal);
        RuleFor(c => c.RoutineId).NotEmpty();
        RuleFor(c => c.Purpose).IsInEnum();
        RuleFor(c => c.Start).IsInEnum();
        RuleFor(c => c.Trigger).Must(t => t is not null && known.Contains(t)).When(c => c.Start == RoutineStart.Trigger).WithMessage("Choose what starts it.");
        RuleFor(c => c.Cron).Must(BindingCron.IsValid).When(c => c.Start == RoutineStart.Schedule).WithMessage("This schedule can't be read. Five fields are expected: minute, hour, day, month, weekday; for example 0 8 * * 6 for Saturdays at eight.");
    }
}

/// <summary>Schedules of bindings: five fields, read by the engine's own rules, so that a drawn Cron and a bound one mean the same.</summary>
internal static class BindingCron
{
    public static bool IsValid(string? text) => text is { Length: > 0 and <= 120 } && text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length == 5 && Crm.Workflows.CronSchedule.TryParse(text, out _, out _);
}

internal sealed class SaveBindingHandler(RoutinesDb db, IEnumerable<IWhenPublished> listeners) : IRequestHandler<SaveBindingCommand, Guid>
{
    public async Task<Guid> Handle(SaveBindingCommand request, CancellationToken cancellationToken)
    {
        if (!await db.Set<RoutineDefinition>().AnyAsync(d => d.Id == request.RoutineId, cancellationToken)) throw new NotFound("routine", request.RoutineId);
        var binding = request.Id is { } id
            ? await db.Set<RoutineBinding>().SingleOrDefaultAsync(b => b.Id == id && b.RoutineId == request.RoutineId, cancellationToken) ?? throw new NotFound("binding", id)
            : db.Add(new RoutineBinding(request.RoutineId)).Entity;
        binding.Purpose = request.Purpose;
        binding.ContactTypeId = request.ContactTypeId;
        binding.Start = request.Start;
        binding.Active = request.Active;
        binding.Trigger = request.Start == RoutineStart.Trigger ? request.Trigger : null;
        binding.TriggerInputs = request.Start == RoutineStart.Trigger ? Text(request.Inputs) : null;
        binding.Cron = request.Start == RoutineStart.Schedule ? request.Cron?.Trim() : null;
        foreach (var listener in listeners) await listener.BindingsChangedAsync(request.RoutineId, cancellationToken);
        return binding.Id;
    }

    private static string? Text(Dictionary<string, string?> inputs)
    {
        JsonObject json = [];
        foreach (var (name, value) in inputs)
        {
            if (!string.IsNullOrWhiteSpace(value)) json[name] = value;
        }

        return json.Count == 0 ? null : json.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
