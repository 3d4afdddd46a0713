using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Shared;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Tasks.Features.AddTask;

[Requires(TasksPermissions.Add)]
internal sealed class AddTaskPage(IUserDirectory users, IContactDirectory contacts) : PageBase
{
    /// <summary>The customer from whose page it comes; saving leads back there.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Contact { get; set; }

    [BindProperty]
    public AddTaskCommand Command { get; set; } = new();

    public TaskForm Form { get; private set; } = TaskForm.Empty;

    public async Task OnGetAsync()
    {
        if (!Me.ReadOnly(TasksRights.Tasks, "contactId")) Command.ContactId = Contact;
        if (Me.Id is { } me) Command.AssigneeIds = [me];
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync() => Send(Command, then: id =>
    {
        Toast("Task added.");
        return Redirect(Contact is { } c ? $"/contacts/{c}" : TaskPeople.Url(id));
    });

    protected override async Task LoadAsync() => Form = await TaskForm.LoadAsync(users, contacts, Command.ContactId, Command.RemindBefore, HttpContext.RequestAborted);
}
