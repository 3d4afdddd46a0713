using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.RoutineList;

[Requires(RoutinesPermissions.See)]
internal sealed class RoutineListPage(RoutinesDb db, IRoutineUse use, IBaseDataDirectory baseData, IEnumerable<ITriggerDeclaration> triggers) : PageBase
{
    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Query { get; set; }

    public IReadOnlyList<RoutineRow> Rows { get; private set; } = [];

    public async Task OnGetAsync()
    {
        var routines = db.Set<RoutineDefinition>().AsNoTracking();
        if (!string.IsNullOrEmpty(Query)) routines = routines.Where(r => EF.Functions.ILike(r.Name, "%" + Query + "%") || EF.Functions.ILike(r.Description!, "%" + Query + "%"));
        var found = await routines.OrderBy(r => r.Name).Take(200)
            .Select(r => new { r.Id, r.DefinitionId, r.Name, r.Description, r.LatestVersionId, r.LatestNumber, r.PublishedVersionId, r.PublishedNumber, r.UpdatedAt }).ToListAsync(HttpContext.RequestAborted);
        var ids = found.Select(r => r.Id).ToArray();
        var running = await use.RunningAsync(ids, HttpContext.RequestAborted);
        var bindings = await RoutineQueries.BindingsAsync(db, baseData, triggers, ids, HttpContext.RequestAborted);
        // Incidents that somebody has to look at, and how many versions there are: two counts for all rows.
        var incidents = await db.Incidents.AsNoTracking().Where(i => i.Status == IncidentStatus.Open).Join(db.Jobs.Where(j => ids.Contains(j.RoutineId)), i => i.JobId, j => j.Id, (i, j) => j.RoutineId).GroupBy(r => r).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, HttpContext.RequestAborted);
        var versions = await db.Set<RoutineVersion>().AsNoTracking().Where(v => ids.Contains(v.RoutineId)).GroupBy(v => v.RoutineId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, HttpContext.RequestAborted);
        Rows = [.. found.Select(r => new RoutineRow(r.Id, r.DefinitionId, r.Name, r.Description, RoutineQueries.State(r.LatestVersionId, r.PublishedVersionId), r.LatestNumber, r.PublishedNumber, running.GetValueOrDefault(r.Id), incidents.GetValueOrDefault(r.Id), versions.GetValueOrDefault(r.Id), [.. bindings[r.Id]], r.UpdatedAt))];
    }
}

internal sealed record RoutineRow(Guid Id, string DefinitionId, string Name, string? Description, RoutineState State, int Latest, int? Published, int Running, int Incidents, int Versions, IReadOnlyList<BindingView> Bindings, DateTimeOffset UpdatedAt);
