using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Runtime;
using Crm.Web;
using Crm.Workflows;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.RoutineBindings;

[Requires(RoutinesPermissions.See)]
internal sealed class RoutineBindingsPage(RoutinesDb db, IBaseDataDirectory baseData, IEnumerable<ITriggerDeclaration> triggers, IEnumerable<IOptionSource> options, RuntimeOptions runtime, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string DefinitionId { get; set; } = "";

    [BindProperty(SupportsGet = true, Name = "binding")]
    public Guid? Binding { get; set; }

    [BindProperty]
    public SaveBindingCommand Command { get; set; } = new();

    public string Name { get; private set; } = "";

    public IReadOnlyList<BindingView> Bindings { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Types { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Triggers { get; private set; } = [];

    public static IReadOnlyList<SelectListItem> WeekdayItems => [.. ((string[])["Saturday", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]).Select(d => new SelectListItem(Texts.Get(d), d[..3].ToLowerInvariant()))];

    /// <summary>What narrows each trigger: shown for the chosen one.</summary>
    public IReadOnlyList<TriggerField> Fields { get; private set; } = [];

    public async Task OnGetAsync()
    {
        var routine = await LoadRoutineAsync();
        if (Binding is { } id)
        {
            var b = await db.Set<RoutineBinding>().AsNoTracking().SingleOrDefaultAsync(x => x.Id == id && x.RoutineId == routine, HttpContext.RequestAborted) ?? throw new NotFound("binding", id);
            Command = new SaveBindingCommand
            {
                Id = b.Id, RoutineId = routine, Purpose = b.Purpose, ContactTypeId = b.ContactTypeId, Start = b.Start, Trigger = b.Trigger, Cron = b.Cron, Active = b.Active,
                By = b.Cron is null ? null : !CalendarSchedule.IsMeant(b.Cron) ? ScheduleBy.Cron : b.Cron.StartsWith("jalali", StringComparison.OrdinalIgnoreCase) ? ScheduleBy.Jalali : ScheduleBy.Gregorian,
                Inputs = b.Inputs().ToDictionary(i => i.Key, i => i.Value?.ToString(), StringComparer.Ordinal),
            };
            if (CalendarSchedule.IsMeant(b.Cron))
            {
                Command.Times = Part(b.Cron!, "at");
                Command.Days = Part(b.Cron!, "day");
                Command.Months = Part(b.Cron!, "month");
                Command.Weekdays = [.. (Part(b.Cron!, "weekday") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)];
                Command.Cron = null;
            }
        }

        await LoadAsync();
    }

    /// <summary>The next five moments of what stands in the form.</summary>
    public IActionResult OnGetPreview(SaveBindingCommand command) => Partial("_Preview", command.Schedule is { } text && Schedules.IsValid(text)
        ? new SchedulePreview(Schedules.Words(text), Schedules.Next(text, time.GetUtcNow(), runtime.Zone, 5))
        : new SchedulePreview("", []));

    private static string? Part(string schedule, string key) => schedule.Split(' ').FirstOrDefault(p => p.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..];

    [Requires(RoutinesPermissions.Publish)]
    public async Task<IActionResult> OnPostAsync()
    {
        Command.RoutineId = await LoadRoutineAsync();
        Command.Id = Binding;
        return await Send(Command, then: _ =>
        {
            Toast("Binding saved.");
            return Redirect($"/routines/{DefinitionId}/bindings");
        });
    }

    [Requires(RoutinesPermissions.Publish)]
    public async Task<IActionResult> OnPostRemoveAsync(Guid id) => await Send(new RemoveBindingCommand(await LoadRoutineAsync(), id), then: () => Redirect($"/routines/{DefinitionId}/bindings"));

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        var routine = await LoadRoutineAsync();
        // Also behind a refused save: who chose another way of starting first has the schedule's fields only now.
        Command.By ??= Dates.Calendar == CalendarKind.Jalali ? ScheduleBy.Jalali : ScheduleBy.Gregorian;
        Bindings = [.. (await RoutineQueries.BindingsAsync(db, baseData, triggers, [routine], ct))[routine]];
        Types = [.. (await baseData.ListAsync("contact-type", ct)).Select(t => new SelectListItem(t.Title, t.Id.ToString()))];
        Triggers = [.. triggers.Select(t => new SelectListItem(T[t.Title], t.Type)).OrderBy(t => t.Text, StringComparer.CurrentCulture)];
        var sources = options.ToDictionary(o => o.Key, StringComparer.Ordinal);
        List<TriggerField> fields = [];
        foreach (var trigger in triggers)
        {
            foreach (var (property, input) in TriggerField.Of(trigger))
            {
                var choices = input.Options.Length > 0 && sources.TryGetValue(input.Options, out var source) ? (await source.LoadAsync(ct)).Where(c => c.Value.Length > 0).ToList() : [];
                fields.Add(new TriggerField(trigger.Type, property, T[input.Title], choices, Command.Inputs.GetValueOrDefault(property)));
            }
        }

        Fields = fields;
    }

    private async Task<Guid> LoadRoutineAsync()
    {
        var found = await db.Set<RoutineDefinition>().Where(r => r.DefinitionId == DefinitionId).Select(r => new { r.Id, r.Name }).SingleOrDefaultAsync(HttpContext.RequestAborted) ?? throw new NotFound("routine", DefinitionId);
        Name = found.Name;
        return found.Id;
    }
}

/// <summary>A schedule in words with its next moments; without words where it can't be read yet.</summary>
internal sealed record SchedulePreview(string Words, IReadOnlyList<DateTimeOffset> Moments);

internal sealed record TriggerField(string Trigger, string Name, string Title, IReadOnlyList<(string Value, string Text)> Choices, string? Value)
{
    public static IEnumerable<(string Name, InputAttribute Input)> Of(ITriggerDeclaration trigger) =>
        (trigger.InputType?.GetProperties() ?? []).Select(p => (p.Name, Input: (InputAttribute?)Attribute.GetCustomAttribute(p, typeof(InputAttribute)))).Where(p => p.Input is not null).Select(p => (char.ToLowerInvariant(p.Name[0]) + p.Name[1..], p.Input!));
}
