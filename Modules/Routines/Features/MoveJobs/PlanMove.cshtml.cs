using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.MoveJobs;

/// <summary>Which running jobs of a routine are to go to which version.</summary>
[Requires(RoutinesPermissions.Move)]
internal sealed class PlanMovePage(RoutinesDb db, IUserDirectory users) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string DefinitionId { get; set; } = "";

    /// <summary>Number of a version, from the list of versions.</summary>
    [BindProperty(SupportsGet = true)]
    public int? From { get; set; }

    /// <summary>Certain jobs, from a job's page or the list.</summary>
    [BindProperty(SupportsGet = true)]
    public List<Guid> Job { get; set; } = [];

    [BindProperty]
    public PlanMoveCommand Command { get; set; } = new();

    public RoutineDefinition Routine { get; private set; } = null!;

    public IReadOnlyList<SelectListItem> Targets { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Sources { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Stages { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Agents { get; private set; } = [];

    public IReadOnlyList<(Guid Id, string Title, int Version)> Chosen { get; private set; } = [];

    public async Task OnGetAsync()
    {
        await LoadAsync();
        Command.ToVersionId = Routine.PublishedVersionId;
        Command.FromVersionId = From is { } number ? Guid.TryParse(Sources.FirstOrDefault(s => s.Text.StartsWith(T["version {0}", PersianText.Number(number)], StringComparison.Ordinal))?.Value, out var id) ? id : null : null;
    }

    public async Task<IActionResult> OnPostAsync()
    {
        Command.RoutineId = await db.Set<RoutineDefinition>().Where(r => r.DefinitionId == DefinitionId).Select(r => (Guid?)r.Id).SingleOrDefaultAsync() ?? throw new NotFound("routine", DefinitionId);
        Job = [.. Command.Jobs];
        return await Send(Command, then: id => Redirect($"/routines/moves/{id}"));
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Routine = await db.Set<RoutineDefinition>().AsNoTracking().SingleOrDefaultAsync(r => r.DefinitionId == DefinitionId, ct) ?? throw new NotFound("routine", DefinitionId);
        if (Command.Jobs.Count == 0) Command.Jobs = [.. Job];
        var running = db.Jobs.Where(j => j.RoutineId == Routine.Id && (j.Status == JobStatus.Running || j.Status == JobStatus.Faulted));
        var counts = await running.GroupBy(j => j.VersionId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, ct);
        var versions = await db.Set<RoutineVersion>().AsNoTracking().Where(v => v.RoutineId == Routine.Id && v.PublishedAt != null).OrderByDescending(v => v.Number).Select(v => new { v.Id, v.Number }).ToListAsync(ct);
        Targets = [.. versions.Select(v => new SelectListItem(T["version {0}", PersianText.Number(v.Number)] + (v.Id == Routine.PublishedVersionId ? $" ({T["Published"]})" : ""), v.Id.ToString()))];
        string On(int number, int jobs) => T["version {0}", PersianText.Number(number)] + " (" + T["{0} jobs", jobs] + ")";
        Sources = [.. versions.Where(v => counts.ContainsKey(v.Id)).Select(v => new SelectListItem(On(v.Number, counts[v.Id]), v.Id.ToString()))];
        Stages = [.. (await db.Stages.Where(s => s.Status == StageStatus.Open && running.Any(j => j.Id == s.JobId)).Select(s => s.Title).Distinct().OrderBy(t => t).Take(200).ToListAsync(ct)).Select(t => new SelectListItem(t, t))];
        Agents = [.. (await users.ActiveAsync(ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
        var ids = Command.Jobs.Take(200).ToArray();
        Chosen = [.. (await db.Jobs.AsNoTracking().Where(j => ids.Contains(j.Id) && j.RoutineId == Routine.Id).Select(j => new { j.Id, j.Title, j.VersionNumber }).ToListAsync(ct)).Select(j => (j.Id, j.Title, j.VersionNumber))];
    }
}
