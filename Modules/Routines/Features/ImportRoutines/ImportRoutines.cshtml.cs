using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Elsa;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Crm.Workflows;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.ImportRoutines;

[Requires(RoutinesPermissions.Design)]
internal sealed class ImportRoutinesPage(IServiceScopes scopes, RoutinesDb db, IActivityCatalog catalog) : PageBase
{
    [BindProperty]
    public IFormFile? Upload { get; set; }

    /// <summary>What came in and cannot run as it is, by routine: shown instead of going on.</summary>
    public IReadOnlyList<(string DefinitionId, string Name, IReadOnlyList<string> Findings)> Findings { get; private set; } = [];

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (Upload is null || Upload.Length == 0)
        {
            ModelState.AddModelError(nameof(Upload), T["Choose a file."]);
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return Page();
        }

        var count = 0;
        List<(string, string, IReadOnlyList<string>)> findings = [];
        try
        {
            await using var stream = Upload.OpenReadStream();
            foreach (var (_, json) in await RoutineFiles.ReadAsync(Upload.FileName, stream, HttpContext.RequestAborted))
            {
                var saved = await scopes.SendAsync(new ImportRoutineCommand(json), HttpContext.RequestAborted);
                count++;
                var view = await Elsa.Definitions.Views(db, true).SingleAsync(v => v.Id == saved.VersionId, HttpContext.RequestAborted);
                IReadOnlyList<string> found = [.. saved.Notes, .. RoutineQueries.Problems(WorkflowDefinition.Parse(view.Json), catalog).Where(p => p.Error).Select(p => p.Text)];
                if (found.Count > 0) findings.Add((view.DefinitionId, view.Name, found));
            }
        }
        catch (InvalidInput e)
        {
            // What came before in the same ZIP is in already: say so, or it looks as if nothing had happened.
            foreach (var (_, message, args) in e.Fields) ModelState.AddModelError(nameof(Upload), T.Get(message, args) + (count > 0 ? " " + T["{0} routines before it were taken.", count] : ""));
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return Page();
        }

        Toast("{0} routines imported as drafts.", count);
        if (findings.Count > 0)
        {
            Findings = findings;
            return Page();
        }

        return Redirect("/routines");
    }
}
