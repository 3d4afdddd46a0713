using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Versions;
using Crm.Web;
using Crm.Workflows;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.CompareVersions;

/// <summary>What is different between two versions, in words.</summary>
[Requires(RoutinesPermissions.See)]
internal sealed class CompareVersionsPage(RoutinesDb db, DrawingDiff diff) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string DefinitionId { get; set; } = "";

    [BindProperty(SupportsGet = true)]
    public int? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public int? To { get; set; }

    public RoutineDefinition Routine { get; private set; } = null!;

    public IReadOnlyList<SelectListItem> Versions { get; private set; } = [];

    public DrawingDifference? Difference { get; private set; }

    public async Task OnGetAsync() => await LoadAsync();

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Routine = await db.Set<RoutineDefinition>().AsNoTracking().SingleOrDefaultAsync(r => r.DefinitionId == DefinitionId, ct) ?? throw new NotFound("routine", DefinitionId);
        var rows = await db.Set<RoutineVersion>().AsNoTracking().Where(v => v.RoutineId == Routine.Id).OrderByDescending(v => v.Number).Select(v => new { v.Number, v.PublishedAt }).ToListAsync(ct);
        Versions = [.. rows.Select(r => new SelectListItem(T["version {0}", PersianText.Number(r.Number)] + (r.PublishedAt is null ? $" ({T["Draft"]})" : r.Number == Routine.PublishedNumber ? $" ({T["Published"]})" : ""), r.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)))];
        // What publishing would change, else what the newest version changed.
        To ??= Routine.LatestNumber;
        From ??= Routine.PublishedNumber is { } published && published != To ? published : rows.Select(r => (int?)r.Number).FirstOrDefault(n => n < To);
        if (From is not { } from || To is not { } to) return;
        var texts = await db.Set<RoutineVersion>().AsNoTracking().Where(v => v.RoutineId == Routine.Id && (v.Number == from || v.Number == to)).Select(v => new { v.Number, v.Json }).ToDictionaryAsync(v => v.Number, v => v.Json, ct);
        if (!texts.TryGetValue(from, out var old) || !texts.TryGetValue(to, out var now)) throw new NotFound("routine version", $"{from}…{to}");
        Difference = await diff.OfAsync(WorkflowDefinition.Parse(old), WorkflowDefinition.Parse(now), ct);
    }
}
