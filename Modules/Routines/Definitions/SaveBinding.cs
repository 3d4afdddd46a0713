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

    /// <summary>How the schedule is said; null where <see cref="Cron"/> stands alone, as by the API.</summary>
    public ScheduleBy? By { get; set; }

    /// <summary>A cron expression, or a calendar schedule as its text.</summary>
    public string? Cron { get; set; }

    /// <summary>Times of day, as 08:00, 14:30.</summary>
    public string? Times { get; set; }

    /// <summary>Days of the month, as 1, 15, L.</summary>
    public string? Days { get; set; }

    /// <summary>Numbers of months.</summary>
    public string? Months { get; set; }

    public List<string> Weekdays { get; set; } = [];

    public bool Active { get; set; } = true;

    /// <summary>The schedule as its text.</summary>
    internal string? Schedule => By is ScheduleBy.Jalali or ScheduleBy.Gregorian
        ? Crm.Workflows.CalendarSchedule.Compose(By == ScheduleBy.Jalali, Times, Days, Months, string.Join(',', Weekdays))
        : Cron?.Trim();
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
        RuleFor(c => c.By).IsInEnum();
        // Where nothing is chosen the form shows no field that an error about the schedule could stand at.
        RuleFor(c => c.By).NotNull().When(c => c.Start == RoutineStart.Schedule && string.IsNullOrWhiteSpace(c.Cron)).WithMessage("Choose how the schedule is said.");
        When(c => c.Start == RoutineStart.Schedule && c.By is (ScheduleBy.Jalali or ScheduleBy.Gregorian), () =>
        {
            RuleFor(c => c.Times).Must(t => Reads(t, null, null)).WithMessage("Write times like 08:00, 14:30.");
            RuleFor(c => c.Days).Must(d => Reads("0", d, null)).WithMessage("Write days like 1, 15, L; L is the last day of the month.");
            RuleFor(c => c.Months).Must(m => Reads("0", null, m)).WithMessage("Write months as numbers, like 1, 7-12.");
        });
        RuleFor(c => c.Cron).Must(Schedules.IsValid).When(c => c.Start == RoutineStart.Schedule && (c.By is ScheduleBy.Cron || (c.By is null && !string.IsNullOrWhiteSpace(c.Cron)))).WithMessage("This schedule can't be read. Five fields are expected: minute, hour, day, month, weekday; for example 0 8 * * 6 for Saturdays at eight.");
    }

    private static bool Reads(string? times, string? days, string? months) => Crm.Workflows.CalendarSchedule.Compose(true, times, days, months, null) is { Length: <= Schedules.Longest } text && Crm.Workflows.CalendarSchedule.TryParse(text, out _, out _);
}

/// <summary>How a schedule is said in the form of a binding.</summary>
internal enum ScheduleBy
{
    /// <summary>Days of the Jalali calendar.</summary>
    Jalali,

    /// <summary>Days of the Gregorian calendar.</summary>
    Gregorian,

    /// <summary>A cron expression.</summary>
    Cron,
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
        binding.Cron = request.Start == RoutineStart.Schedule ? request.Schedule : null;
        // Two that say the same would offer the routine twice, or start it twice for one thing that happened.
        var others = await db.Set<RoutineBinding>().AsNoTracking().Where(b => b.RoutineId == request.RoutineId && b.Id != binding.Id).ToListAsync(cancellationToken);
        if (others.Exists(b => b.Purpose == binding.Purpose && b.ContactTypeId == binding.ContactTypeId && b.Start == binding.Start && b.Trigger == binding.Trigger && b.Cron == binding.Cron && Alike(b.TriggerInputs, binding.TriggerInputs)))
            throw new InvalidInput(nameof(request.Start), "There is such a binding already.");
        foreach (var listener in listeners) await listener.BindingsChangedAsync(request.RoutineId, cancellationToken);
        return binding.Id;
    }

    private static bool Alike(string? one, string? other) => one == other || (one is not null && other is not null && JsonNode.DeepEquals(JsonNode.Parse(one), JsonNode.Parse(other)));

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
