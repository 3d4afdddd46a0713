using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Shared;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Features.EditTask;

[Requires(TasksPermissions.See)]
internal sealed class EditTaskPage(TasksDb db, IUserDirectory users, IContactDirectory contacts) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public EditTaskCommand Command { get; set; } = new();

    /// <summary>Values of custom fields that stand in the task.</summary>
    public string? CustomNow { get; private set; }

    public TaskForm Form { get; private set; } = TaskForm.Empty;

    public async Task OnGetAsync()
    {
        Command = await FormAsync();
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command.Id = Id;
        return Send(Command, then: id =>
        {
            Toast("Task saved.");
            return Redirect(TaskPeople.Url(id));
        });
    }

    protected override async Task LoadAsync()
    {
        Form = await TaskForm.LoadAsync(users, contacts, Command.ContactId, Command.RemindBefore, HttpContext.RequestAborted);
        CustomNow ??= await db.Visible().Where(t => t.Id == Id).Select(t => t.Custom).FirstOrDefaultAsync(HttpContext.RequestAborted);
    }

    protected override async Task<object?> LoadNewerAsync()
    {
        // The command that failed left its changes in this scope's context: the record is read afresh beside them.
        db.ChangeTracker.Clear();
        return await FormAsync();
    }

    private async Task<EditTaskCommand> FormAsync()
    {
        var t = await db.ToChangeAsync(Id, HttpContext.RequestAborted);
        CustomNow = t.Custom;
        return EditTaskCommand.Of(t);
    }
}
