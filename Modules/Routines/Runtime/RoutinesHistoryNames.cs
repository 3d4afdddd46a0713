using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Runtime;

/// <summary>Jobs, routines, their versions and forms by name.</summary>
internal sealed class RoutinesHistoryNames(RoutinesDb db) : IHistoryNames
{
    private static readonly HashSet<string> s_own = new(StringComparer.Ordinal) { "jobId", "parentJobId", "routineId", "versionId", "latestVersionId", "publishedVersionId", "formId" };

    public async Task<IReadOnlyDictionary<HistoryValue, string>> NamesAsync(IReadOnlyCollection<HistoryValue> values, CancellationToken ct)
    {
        var asked = values.Where(v => v.Id is not null && s_own.Contains(v.Property)).ToLookup(v => v.Id!.Value);
        var names = new Dictionary<HistoryValue, string>();
        if (asked.Count == 0) return names;
        var ids = asked.Select(g => g.Key).ToArray();
        foreach (var j in await db.Jobs.AsNoTracking().Where(j => ids.Contains(j.Id)).Select(j => new { j.Id, j.Title }).ToListAsync(ct)) Add(j.Id, j.Title);
        foreach (var r in await db.Set<RoutineDefinition>().IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(r => ids.Contains(r.Id)).Select(r => new { r.Id, r.Name }).ToListAsync(ct)) Add(r.Id, r.Name);
        foreach (var v in await db.Set<RoutineVersion>().AsNoTracking().Where(v => ids.Contains(v.Id)).Select(v => new { v.Id, v.Number }).ToListAsync(ct))
            Add(v.Id, Texts.Get("version {0}", PersianText.Number(v.Number)));
        foreach (var f in await db.Forms.IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(f => ids.Contains(f.Id)).Select(f => new { f.Id, f.Name }).ToListAsync(ct)) Add(f.Id, f.Name);
        return names;

        void Add(Guid id, string name)
        {
            foreach (var value in asked[id]) names[value] = name;
        }
    }
}
