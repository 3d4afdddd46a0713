using Crm.Core;
using Crm.Routines.Definitions;
using Crm.Routines.Features.JobTrace;
using Crm.Routines.Templates;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Routines.Features.NewRoutine;

[Requires(RoutinesPermissions.Design)]
internal sealed class NewRoutinePage(RoutineTemplates templates, TemplatePreviews previews) : PageBase
{
    [BindProperty]
    public CreateRoutineCommand Command { get; set; } = new();

    public IReadOnlyList<RoutineTemplate> Templates => templates.All;

    public TraceDrawing? Picture(RoutineTemplate template) => previews.Of(template);

    public void OnGet()
    {
    }

    public Task<IActionResult> OnPostAsync() => Send(Command, then: id => Redirect($"/routines/{id}/design"));
}
