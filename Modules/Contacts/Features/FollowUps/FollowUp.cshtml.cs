using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.FollowUps;

/// <summary>One follow-up: log the communication that does it, change it, put it off, call it off.</summary>
[Requires(ContactsPermissions.SeeCommunications)]
internal sealed class FollowUpPage(ContactsDb db, BaseDataCache baseData, IUserDirectory users, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public EditFollowUpCommand Command { get; set; } = new();

    [BindProperty]
    public EndFollowUpCommand End { get; set; } = new();

    public FollowUp Record { get; private set; } = null!;

    public BaseValues Lists { get; private set; } = new([]);

    public IReadOnlyList<SelectListItem> Kinds { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Users { get; private set; } = [];

    public string? Assignee { get; private set; }

    public bool Late => Record.State == FollowUpState.Open && Record.DueAt < time.GetUtcNow();

    public async Task OnGetAsync()
    {
        await LoadAsync();
        Command = EditFollowUpCommand.Of(Record);
        End = new() { DueAt = Dates.Moment(Dates.DayOf(time.GetUtcNow()).AddDays(1), new TimeOnly(9, 0)) };
    }

    [Requires(ContactsPermissions.PlanFollowUps)]
    public Task<IActionResult> OnPostAsync()
    {
        Ignore(nameof(End));
        Command = Command with { Id = Id };
        return Send(Command, then: () =>
        {
            Toast("Follow-up saved.");
            return Redirect($"/follow-ups/{Id}");
        });
    }

    [Requires(ContactsPermissions.PlanFollowUps)]
    public async Task<IActionResult> OnPostEndAsync()
    {
        Ignore(nameof(Command));
        End = End with { Id = Id };
        if (End.Step != FollowUpStep.Postpone) Ignore(nameof(End) + ".DueAt");
        var contact = await db.FollowUps.Where(f => f.Id == Id).Select(f => f.ContactId).SingleOrDefaultAsync();
        return await Send(End, then: () =>
        {
            Toast(End.Step switch { FollowUpStep.Done => "Follow-up done.", FollowUpStep.Postpone => "Follow-up postponed.", _ => "Follow-up cancelled." });
            return Redirect($"/contacts/{contact}");
        });
    }

    protected override async Task<object?> LoadNewerAsync()
    {
        db.ChangeTracker.Clear();
        return EditFollowUpCommand.Of(await FindAsync());
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Record = await FindAsync();
        Lists = await baseData.GetAsync(ct);
        Kinds = [.. Lists.Choices(BaseLists.CommunicationKind, Record.KindId).Select(v => new SelectListItem(v.Title, v.Id.ToString()))];
        var active = await users.ActiveAsync(ct);
        Users = [.. active.Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
        Assignee = (await users.CardsAsync([Record.AssigneeId], ct)).GetValueOrDefault(Record.AssigneeId)?.Name;
        if (HttpContext.Request.Query["handler"] == "End") Command = EditFollowUpCommand.Of(Record);
    }

    private async Task<FollowUp> FindAsync() =>
        await db.FollowUps.AsNoTracking().Include(f => f.Contact).SingleOrDefaultAsync(f => f.Id == Id, HttpContext.RequestAborted) ?? throw new NotFound(nameof(FollowUp), Id);
}
