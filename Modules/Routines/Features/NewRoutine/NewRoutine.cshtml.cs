using Crm.Core;
using Crm.Routines.Definitions;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Routines.Features.NewRoutine;

[Requires(RoutinesPermissions.Design)]
internal sealed class NewRoutinePage : PageBase
{
    [BindProperty]
    public CreateRoutineCommand Command { get; set; } = new();

    public void OnGet()
    {
    }

    public Task<IActionResult> OnPostAsync() => Send(Command, then: id => Redirect($"/routines/{id}/design"));
}
