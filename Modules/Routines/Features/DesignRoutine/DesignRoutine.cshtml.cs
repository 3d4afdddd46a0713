using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Features.Studio;
using Crm.Web;
using Crm.Workflows;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.DesignRoutine;

/// <summary>Elsa Studio in a frame, with what belongs to us around it.</summary>
[Requires(RoutinesPermissions.See)]
internal sealed class DesignRoutinePage(RoutinesDb db, IActivityCatalog catalog, StudioFiles files, ConditionFields conditions, FieldCheck fields) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string DefinitionId { get; set; } = "";

    public string Name { get; private set; } = "";

    public RoutineState State { get; private set; }

    public int Latest { get; private set; }

    public int? Published { get; private set; }

    public IReadOnlyList<RoutineProblem> Problems { get; private set; } = [];

    public bool HasStudio => files.ArePresent;

    public async Task OnGetAsync()
    {
        await LoadAsync();
        MarkOpened("Routine", _id, Name, $"/routines/{DefinitionId}");
    }

    /// <summary>State and problems after a save in the frame.</summary>
    public async Task<IActionResult> OnGetStateAsync()
    {
        await LoadAsync();
        return Partial("_DesignState", this);
    }

    /// <summary>What conditions of this drawing can ask, for the builder in the frame.</summary>
    public async Task<IActionResult> OnGetFieldsAsync()
    {
        var json = await db.Set<RoutineDefinition>().AsNoTracking().Where(r => r.DefinitionId == DefinitionId).Join(db.Set<RoutineVersion>(), r => r.LatestVersionId, v => v.Id, (r, v) => v.Json).SingleOrDefaultAsync(HttpContext.RequestAborted) ?? throw new NotFound("routine", DefinitionId);
        return Content((await conditions.OfAsync(WorkflowDefinition.Parse(json), HttpContext.RequestAborted)).ToJsonString(FormDesign.Json), "application/json");
    }

    private Guid _id;

    protected override async Task LoadAsync()
    {
        var found = await db.Set<RoutineDefinition>().AsNoTracking().Where(r => r.DefinitionId == DefinitionId)
            .Join(db.Set<RoutineVersion>(), r => r.LatestVersionId, v => v.Id, (r, v) => new { r.Id, r.Name, r.LatestVersionId, r.LatestNumber, r.PublishedVersionId, r.PublishedNumber, v.Json })
            .SingleOrDefaultAsync(HttpContext.RequestAborted) ?? throw new NotFound("routine", DefinitionId);
        (_id, Name, Latest, Published) = (found.Id, found.Name, found.LatestNumber, found.PublishedNumber);
        State = RoutineQueries.State(found.LatestVersionId, found.PublishedVersionId);
        Problems = await RoutineQueries.ProblemsAsync(found.Json, catalog, fields, HttpContext.RequestAborted);
    }
}
