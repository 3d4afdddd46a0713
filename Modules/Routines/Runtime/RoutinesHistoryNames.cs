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
    public async Task<IReadOnlyDictionary<HistoryValue, string>> NamesAsync(IReadOnlyCollection<HistoryValue> values, CancellationToken ct)
    {
        var names = new Dictionary<HistoryValue, string>();
        await DesignsAsync(values, names, ct);
        foreach (var value in values.Where(v => v.Property is "outcome" or "trigger" && v.Entity.StartsWith("routines.", StringComparison.Ordinal)))
        {
            // Ways on are words of whoever drew the routine; only those that the engine gives are ours.
            var word = value.Property == "trigger" ? triggers.FirstOrDefault(t => t.Type == value.Value)?.Title ?? value.Value : value.Value;
            if (Texts.Knows(word)) names[value] = Texts.Get(word);
        }

        // A line is called by its job, routine or form: parts by that of their whole. All in one question: a page of the history tells of every kind.
        var own = HistoryValue.Records(
            values, ["routines.Job", "routines.StageItem", "routines.RoutineDefinition", "routines.RoutineVersion", "routines.RoutineBinding", "routines.Form"],
            "jobId", "parentJobId", "routineId", "versionId", "latestVersionId", "publishedVersionId", "formId", "formVersionId");
        await HistoryValue.NameAsync(
            names, own,
            ids => db.Jobs.AsNoTracking().Where(j => ids.Contains(j.Id)).Select(j => new { j.Id, Name = j.Title, Number = 0 })
                .Concat(db.Set<RoutineDefinition>().IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(r => ids.Contains(r.Id)).Select(r => new { r.Id, r.Name, Number = 0 }))
                .Concat(db.Set<RoutineVersion>().AsNoTracking().Where(v => ids.Contains(v.Id)).Select(v => new { v.Id, Name = "", v.Number }))
                .Concat(db.Forms.IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(f => ids.Contains(f.Id)).Select(f => new { f.Id, f.Name, Number = 0 }))
                .Concat(db.Set<FormVersion>().AsNoTracking().Where(v => ids.Contains(v.Id)).Select(v => new { v.Id, Name = "", v.Number }))
                .AsAsyncEnumerable().Select(r => new NamedRecord(r.Id, r.Number > 0 ? Texts.Get("version {0}", PersianText.Number(r.Number)) : r.Name)), ct);
        return names;
    }

    // Filled forms and versions of forms by the form's name, a design by what it asks, an answer by the label of its field – where all forms that have such a field call it the same.
    private async Task DesignsAsync(IReadOnlyCollection<HistoryValue> values, Dictionary<HistoryValue, string> names, CancellationToken ct)
    {
        await HistoryValue.NameAsync(
            names, HistoryValue.Records(values, ["routines.FilledForm"]),
            ids => db.Set<FilledForm>().IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(f => ids.Contains(f.Id)).Select(f => new NamedRecord(f.Id, f.FormName)).AsAsyncEnumerable(), ct);
        await HistoryValue.NameAsync(
            names, HistoryValue.Records(values, ["routines.FormVersion"]),
            ids => db.Set<FormVersion>().AsNoTracking().Where(v => ids.Contains(v.Id))
                .Join(db.Forms.IgnoreQueryFilters([Filters.SoftDelete]), v => v.FormId, f => f.Id, (v, f) => new NamedRecord(v.Id, f.Name)).AsAsyncEnumerable(), ct);
        foreach (var value in values.Where(v => v.Entity == "routines.Form" && v.Property == "fieldsJson"))
        {
            if (Design(value.Value) is { } design) names[value] = Texts.List(design.Fields.Select(f => f.Label.Value));
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
