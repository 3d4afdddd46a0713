using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.EditCommunication;

/// <summary>A communication: read by whoever sees communications, changed by whoever may.</summary>
[Requires(ContactsPermissions.SeeCommunications)]
internal sealed class EditCommunicationPage(ContactsDb db, BaseDataCache baseData, IEnumerable<IContactJobs> jobs, IFileStore files, IUserDirectory users) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public EditCommunicationCommand Command { get; set; } = new();

    public Communication Record { get; private set; } = null!;

    public BaseValues Lists { get; private set; } = new([]);

    public IReadOnlyList<StoredFile> Files { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Jobs { get; private set; } = [];

    public string? Who { get; private set; }

    public string? JobTitle { get; private set; }

    public CostRows CostRows => new(Lists, Me, "Command.Costs", Command.Costs);

    public IEnumerable<SelectListItem> Items(string list, Guid? chosen) => Lists.Choices(list, chosen).Select(v => new SelectListItem(v.Title, v.Id.ToString()));

    /// <summary>Whether the user's roles hide a field of communications.</summary>
    public bool Hides(string field) => Me.Hides(ContactsRights.Communications, field);

    public async Task OnGetAsync()
    {
        await LoadAsync();
        Command = EditCommunicationCommand.Of(Record);
    }

    [Requires(ContactsPermissions.ChangeCommunications)]
    public async Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Id = Id };
        return await Send(Command, then: () =>
        {
            Toast("Communication saved.");
            return Redirect($"/communications/{Id}");
        });
    }

    [Requires(ContactsPermissions.DeleteCommunications)]
    public async Task<IActionResult> OnPostDeleteAsync()
    {
        var contact = await db.Communications.Where(c => c.Id == Id).Select(c => c.ContactId).SingleOrDefaultAsync();
        return await Send(new DeleteCommunicationCommand(Id), then: () =>
        {
            ToastDeleted("Communication moved to the recycle bin.", Id, $"/communications/{Id}");
            return Redirect($"/contacts/{contact}");
        });
    }

    protected override async Task<object?> LoadNewerAsync()
    {
        db.ChangeTracker.Clear();
        return EditCommunicationCommand.Of(await FindAsync());
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Record = await FindAsync();
        Lists = await baseData.GetAsync(ct);
        Files = [.. (await files.OfAsync(CommunicationFiles.OwnerName, [Id], ct))[Id]];
        Who = Record.UserId is { } user ? (await users.CardsAsync([user], ct)).GetValueOrDefault(user)?.Name : null;
        List<SelectListItem> choices = [];
        foreach (var source in jobs)
        {
            if (Record.JobId is { } job && (await source.TitlesAsync([job], ct)).TryGetValue(job, out var title))
            {
                JobTitle = title;
                choices.Add(new(title, job.ToString()));
            }

            choices.AddRange((await source.OpenAsync(Record.ContactId, ct)).Where(j => j.JobId != Record.JobId).Select(j => new SelectListItem($"{j.Routine} #{T.Digits(j.Number)}", j.JobId.ToString())));
        }

        Jobs = choices;
    }

    private async Task<Communication> FindAsync() =>
        await db.Communications.AsNoTracking().Include(c => c.Contact).Include(c => c.Costs).SingleOrDefaultAsync(c => c.Id == Id, HttpContext.RequestAborted) ?? throw new NotFound(nameof(Communication), Id);
}
