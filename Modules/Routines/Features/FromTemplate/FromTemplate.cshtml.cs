using Crm.Core;
using Crm.Routines.Definitions;
using Crm.Routines.Features.JobTrace;
using Crm.Routines.Templates;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Routines.Features.FromTemplate;

/// <summary>One template: what it does, its drawing and what comes with it.</summary>
[Requires(RoutinesPermissions.Design)]
internal sealed class FromTemplatePage(RoutineTemplates templates, TemplatePreviews previews, IEnumerable<ITriggerDeclaration> triggers) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string Key { get; set; } = "";

    [BindProperty]
    public CreateFromTemplateCommand Command { get; set; } = new();

    public RoutineTemplate Template => templates.Find(Key) ?? throw new NotFound("template", Key);

    public TraceDrawing? Picture => previews.Of(Template);

    public string Starts => Template.Start == RoutineStart.Trigger && triggers.FirstOrDefault(t => t.Type == Template.Trigger) is { } trigger ? $"{T[trigger.Title]}: {T[trigger.Description]}" : T["By hand, from the customer’s page."];

    public void OnGet() => Command.Name = Template.Name.Here;

    public Task<IActionResult> OnPostAsync()
    {
        Command.Template = Template.Key;
        return Send(Command, then: id =>
        {
            Toast("The routine is drawn. Look at it, change what you like, and publish it.");
            return Redirect($"/routines/{id}");
        });
    }
}
