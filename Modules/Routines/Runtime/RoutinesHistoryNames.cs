using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Runtime;

/// <summary>Jobs, routines, their versions and forms by name.</summary>
internal sealed class RoutinesHistoryNames(RoutinesDb db, IEnumerable<ITriggerDeclaration> triggers) : IHistoryNames
{
    private static readonly HashSet<string> s_own = new(StringComparer.Ordinal) { "jobId", "parentJobId", "routineId", "versionId", "latestVersionId", "publishedVersionId", "formId", "formVersionId" };

    // A line is called by its job, routine or form: parts by that of their whole.
    private static readonly string[] s_records = ["routines.Job", "routines.StageItem", "routines.RoutineDefinition", "routines.RoutineVersion", "routines.RoutineBinding", "routines.Form"];

    public async Task<IReadOnlyDictionary<HistoryValue, string>> NamesAsync(IReadOnlyCollection<HistoryValue> values, CancellationToken ct)
    {
        var asked = values.Where(v => v.Id is not null && (s_own.Contains(v.Property) || (v.Property == "id" && s_records.Contains(v.Entity)))).ToLookup(v => v.Id!.Value);
        var names = new Dictionary<HistoryValue, string>();
        await DesignsAsync(values, names, ct);
        foreach (var value in values.Where(v => v.Property is "outcome" or "trigger" && v.Entity.StartsWith("routines.", StringComparison.Ordinal)))
        {
            // Ways on are words of whoever drew the routine; only those that the engine gives are ours.
            var word = value.Property == "trigger" ? triggers.FirstOrDefault(t => t.Type == value.Value)?.Title ?? value.Value : value.Value;
            if (Texts.Knows(word)) names[value] = Texts.Get(word);
        }

        if (asked.Count == 0) return names;
        // Only the tables that something on the page is of.
        var formIds = asked.Where(g => g.Any(OfForm)).Select(g => g.Key).ToArray();
        var ids = asked.Where(g => g.Any(v => !OfForm(v))).Select(g => g.Key).ToArray();
        if (ids.Length > 0) await RoutinesAsync(ids, Add, ct);
        if (formIds.Length == 0) return names;
        foreach (var f in await db.Forms.IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(f => formIds.Contains(f.Id)).Select(f => new { f.Id, f.Name }).ToListAsync(ct)) Add(f.Id, f.Name);
        foreach (var v in await db.Set<FormVersion>().AsNoTracking().Where(v => formIds.Contains(v.Id)).Select(v => new { v.Id, v.Number }).ToListAsync(ct)) Add(v.Id, Texts.Get("version {0}", PersianText.Number(v.Number)));
        return names;

        static bool OfForm(HistoryValue value) => value.Entity == "routines.Form" && value.Property == "id" || value.Property is "formId" or "formVersionId";

        void Add(Guid id, string name)
        {
            foreach (var value in asked[id]) names[value] = name;
        }
    }

    private async Task RoutinesAsync(Guid[] ids, Action<Guid, string> add, CancellationToken ct)
    {
        foreach (var j in await db.Jobs.AsNoTracking().Where(j => ids.Contains(j.Id)).Select(j => new { j.Id, j.Title }).ToListAsync(ct)) add(j.Id, j.Title);
        foreach (var r in await db.Set<RoutineDefinition>().IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(r => ids.Contains(r.Id)).Select(r => new { r.Id, r.Name }).ToListAsync(ct)) add(r.Id, r.Name);
        foreach (var v in await db.Set<RoutineVersion>().AsNoTracking().Where(v => ids.Contains(v.Id)).Select(v => new { v.Id, v.Number }).ToListAsync(ct))
            add(v.Id, Texts.Get("version {0}", PersianText.Number(v.Number)));
    }

    // Filled forms and versions of forms by the form's name, a design by what it asks, an answer by the label of its field – where all forms that have such a field call it the same.
    private async Task DesignsAsync(IReadOnlyCollection<HistoryValue> values, Dictionary<HistoryValue, string> names, CancellationToken ct)
    {
        var filled = HistoryValue.Records(values, "routines.FilledForm");
        var versions = HistoryValue.Records(values, "routines.FormVersion");
        if (filled.Count > 0)
        {
            var ids = filled.Select(g => g.Key).ToArray();
            foreach (var f in await db.Set<FilledForm>().IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(f => ids.Contains(f.Id)).Select(f => new { f.Id, f.FormName }).ToListAsync(ct)) HistoryValue.Name(names, filled, f.Id, f.FormName);
        }

        if (versions.Count > 0)
        {
            var ids = versions.Select(g => g.Key).ToArray();
            foreach (var v in await db.Set<FormVersion>().AsNoTracking().Where(v => ids.Contains(v.Id)).Join(db.Forms.IgnoreQueryFilters([Filters.SoftDelete]), v => v.FormId, f => f.Id, (v, f) => new { v.Id, f.Name }).ToListAsync(ct)) HistoryValue.Name(names, versions, v.Id, v.Name);
        }

        foreach (var value in values.Where(v => v.Entity == "routines.Form" && v.Property == "fieldsJson"))
        {
            if (Design(value.Value) is { } design) names[value] = string.Join(Texts.Get("list separator"), design.Fields.Select(f => f.Label.Value));
        }

        var answers = values.Where(v => v.Property == "answersJson" && v.Value.Length > 0 && v.Value[0] is not ('{' or '[')).ToLookup(v => v.Value, StringComparer.Ordinal);
        if (answers.Count == 0) return;
        var labels = (await db.Forms.IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Select(f => f.FieldsJson).ToListAsync(ct)).Select(Design).OfType<FormDesign>().SelectMany(d => d.Fields)
            .SelectMany(f => (f.Columns ?? []).Append(f)).Where(f => f.Label.Value.Length > 0).ToLookup(f => f.Name, f => f.Label.Value, StringComparer.Ordinal);
        foreach (var word in answers)
        {
            if (labels[word.Key].Distinct().ToList() is not [var label]) continue;
            foreach (var value in word) names.TryAdd(value, label);
        }
    }

    private static FormDesign? Design(string json)
    {
        try
        {
            return FormDesign.Parse(json);
        }
        catch (InvalidInput)
        {
            return null;
        }
    }
}
