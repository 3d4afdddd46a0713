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
    public static IReadOnlyList<(bool Error, string Text)> Problems(string json, IActivityCatalog catalog) =>
        [.. WorkflowValidator.Validate(WorkflowDefinition.Parse(json), catalog).OrderByDescending(m => m.Severity).Select(m => (m.Severity == ValidationSeverity.Error, Publishing.Sentence(m)))];
}
