using Crm.Core;
using Crm.Routines.Definitions;
using Crm.Routines.Elsa;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Routines.Features.ImportRoutines;

[Requires(RoutinesPermissions.Design)]
internal sealed class ImportRoutinesPage(IServiceScopes scopes) : PageBase
{
    [BindProperty]
    public IFormFile? Upload { get; set; }

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
        try
        {
            await using var stream = Upload.OpenReadStream();
            foreach (var (_, json) in await RoutineFiles.ReadAsync(Upload.FileName, stream, HttpContext.RequestAborted))
            {
                await scopes.SendAsync(new ImportRoutineCommand(json), HttpContext.RequestAborted);
                count++;
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
        return Redirect("/routines");
    }
}
