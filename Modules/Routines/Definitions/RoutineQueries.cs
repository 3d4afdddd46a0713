using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>How a routine stands, in a word.</summary>
internal enum RoutineState
{
    /// <summary>Nothing published yet, or any more.</summary>
    Draft,

    /// <summary>New jobs take the newest version.</summary>
    Published,

    /// <summary>New jobs take an older version; a newer draft waits.</summary>
    PublishedWithDraft,
}

/// <summary>A binding as people read it.</summary>
internal sealed record BindingView(Guid Id, RoutinePurpose Purpose, string? ContactType, RoutineStart Start, string? Trigger, string? Cron, bool Active)
{
    /// <summary>How it starts, in the language of the moment.</summary>
    public string How => Start switch
    {
        RoutineStart.Trigger => Trigger ?? "",
        RoutineStart.Schedule => Schedules.Words(Cron ?? ""),
        _ => Texts.Get("By hand"),
    };
}

/// <summary>Reads that several pages share.</summary>
internal static class RoutineQueries
{
    public static RoutineState State(Guid latest, Guid? published) => published is null ? RoutineState.Draft : published == latest ? RoutineState.Published : RoutineState.PublishedWithDraft;

    public static async Task<ILookup<Guid, BindingView>> BindingsAsync(RoutinesDb db, IBaseDataDirectory baseData, IEnumerable<ITriggerDeclaration> triggers, IReadOnlyCollection<Guid> routines, CancellationToken ct)
    {
        var rows = await db.Set<RoutineBinding>().AsNoTracking().Where(b => routines.Contains(b.RoutineId)).OrderBy(b => b.CreatedAt).ToListAsync(ct);
        if (rows.Count == 0) return rows.ToLookup(r => r.RoutineId, r => View(r, [], []));
        var types = (await baseData.ListAsync("contact-type", ct)).ToDictionary(t => t.Id, t => t.Title);
        var titles = triggers.ToDictionary(t => t.Type, t => t.Title, StringComparer.Ordinal);
        return rows.ToLookup(r => r.RoutineId, r => View(r, types, titles));
    }

    private static BindingView View(RoutineBinding b, Dictionary<Guid, string> types, Dictionary<string, string> titles) => new(
        b.Id, b.Purpose, b.ContactTypeId is { } type ? types.GetValueOrDefault(type) : null, b.Start, b.Trigger is { } t ? titles.TryGetValue(t, out var title) ? Texts.Get(title) : t : null, b.Cron, b.Active);

    /// <summary>What the validator finds in a drawing, errors first.</summary>
    public static IReadOnlyList<RoutineProblem> Problems(WorkflowDefinition definition, IActivityCatalog catalog)
    {
        var boxes = definition.AllActivities().Where(a => a.Id is { Length: > 0 }).DistinctBy(a => a.Id).ToDictionary(a => a.Id, StringComparer.Ordinal);
        return
        [
            .. WorkflowValidator.Validate(definition, catalog).OrderByDescending(m => m.Severity).Select(m => Problem(m, m.ActivityId is { } id ? boxes.GetValueOrDefault(id) : null, catalog)),
            .. PeopleCheck.Find(definition).Select(p => new RoutineProblem(false, p.Text, p.ActivityId, Texts.Get(p.Input))),
        ];
    }

    /// <summary>The same, and the fields that it asks for and nobody has.</summary>
    public static async Task<IReadOnlyList<RoutineProblem>> ProblemsAsync(string json, IActivityCatalog catalog, FieldCheck fields, CancellationToken ct)
    {
        var definition = WorkflowDefinition.Parse(json);
        return [.. Problems(definition, catalog), .. await fields.FindAsync(definition, catalog, ct)];
    }

    private static RoutineProblem Problem(ValidationMessage m, ActivityNode? box, IActivityCatalog catalog)
    {
        var input = box is not null && m.PropertyName is { } name && catalog.Find(box.Type)?.Input(name) is { } descriptor ? Texts.Get(descriptor.DisplayName) : m.PropertyName;
        var source = m.Position is not null && m.PropertyName is { } property && box?.Json[property] is System.Text.Json.Nodes.JsonObject o && o["expression"]?["value"] is System.Text.Json.Nodes.JsonValue v && v.TryGetValue(out string? text) ? text : null;
        return new(m.Severity == ValidationSeverity.Error, Publishing.Sentence(m), box?.Id, input) { Source = source, At = source is null ? 0 : Math.Clamp(m.Position!.Value, 0, source.Length) };
    }
}

/// <summary>A finding about a drawing, with its place.</summary>
/// <param name="Error">Keeps from publishing.</param>
/// <param name="Text">What is wrong, in the language of the moment.</param>
/// <param name="ActivityId">The box; null for the whole drawing.</param>
/// <param name="Input">The box's input, as people know it; null when none is meant.</param>
internal sealed record RoutineProblem(bool Error, string Text, string? ActivityId, string? Input)
{
    private const int Around = 40;

    /// <summary>The expression that is meant; null when none is.</summary>
    public string? Source { get; init; }

    /// <summary>Where in it.</summary>
    public int At { get; init; }

    /// <summary>What stands before the place, the sign at the place, what stands behind it: short enough for a line.</summary>
    public (string Before, string Here, string After) Excerpt
    {
        get
        {
            if (Source is null) return ("", "", "");
            var (from, until) = (Math.Max(0, At - Around), Math.Min(Source.Length, At + 1 + Around));
            return ((from > 0 ? "…" : "") + Source[from..At], At < Source.Length ? Source[At].ToString() : "", At < Source.Length ? Source[(At + 1)..until] + (until < Source.Length ? "…" : "") : "");
        }
    }
}
