using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.LogCommunication;

[Requires(ContactsPermissions.AddCommunications)]
internal sealed class LogCommunicationPage(ContactsDb db, BaseDataCache baseData, IEnumerable<IContactJobs> jobs, IFileStore files, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public LogCommunicationCommand Command { get; set; } = new();

    /// <summary>Stage item and way on, as one choice of the form.</summary>
    [BindProperty]
    [Verbatim]
    public string? Stage { get; set; }

    [BindProperty]
    public List<IFormFile> Files { get; set; } = [];

    public string ContactName { get; private set; } = "";

    public BaseValues Lists { get; private set; } = new([]);

    public IReadOnlyList<ContactJob> Jobs { get; private set; } = [];

    public DateTimeOffset Now { get; } = time.GetUtcNow();

    public IReadOnlyList<SelectListItem> OpenFollowUps { get; private set; } = [];

    public IEnumerable<SelectListItem> JobItems => Jobs.Select(j => new SelectListItem($"{j.Routine} {T.Digits(j.Number)}", j.JobId.ToString()));

    public string? AddUrl(string list) => Me.Can(ContactsPermissions.ManageBaseData) ? "/contacts/settings/base-data/add?list=" + list : null;

    public CostRows CostRows => new(Lists, Me, "Command.Costs", Command.Costs);

    public IEnumerable<SelectListItem> Items(string list, Guid? chosen) => Lists.Choices(list, chosen).Select(v => new SelectListItem(v.Title, v.Id.ToString()));

    public async Task OnGetAsync(Guid? followUp, Guid? job)
    {
        await LoadAsync();
        var planned = followUp is { } f ? await db.FollowUps.AsNoTracking().SingleOrDefaultAsync(x => x.Id == f && x.ContactId == Id) : null;
        Command = new()
        {
            StartedAt = time.GetUtcNow(), FollowUpId = planned?.Id, JobId = Me.ReadOnly(ContactsRights.Communications, "jobId") ? null : job ?? planned?.JobId ?? (Jobs is [var only] ? only.JobId : null),
            KindId = planned?.KindId ?? Lists.Active(BaseLists.CommunicationKind).FirstOrDefault()?.Id ?? Guid.Empty,
        };
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var ct = HttpContext.RequestAborted;
        Command = Command with { ContactId = Id, NewId = Guid.CreateVersion7() };
        ContactJobStage? own = null;
        if (Stage?.Split('|', 2) is [var item, var outcome] && Guid.TryParse(item, out var stageItem))
        {
            var job = (await OpenJobsAsync(ct)).FirstOrDefault(j => j.Stages.Any(s => s.StageItemId == stageItem));
            var stage = job?.Stages.First(s => s.StageItemId == stageItem);
            Command = Command with { JobId = job?.JobId ?? Command.JobId };
            // What asks for more than a way on is ended on its own page, straight after this.
            if (stage is { OnOwnPage: true } && stage.Ways.Any(w => w.Name == outcome)) own = stage;
            else Command = Command with { StageItemId = stageItem, StageOutcome = outcome };
        }

        if (ModelState.IsValid) await KeepFilesAsync(Command.NewId.Value, ct);
        return await Send(Command, then: id =>
        {
            Toast(own is null ? "Communication logged." : "Communication logged. Now the stage.");
            return Redirect(own is null ? $"/contacts/{Id}" : QueryHelpers.AddQueryString(own.Url, new Dictionary<string, string?> { ["outcome"] = Stage!.Split('|', 2)[1], ["communication"] = id.ToString(), ["back"] = $"/contacts/{Id}" }));
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        ContactName = await db.Contacts.Where(c => c.Id == Id).Select(c => c.Name).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(Contact), Id);
        Lists = await baseData.GetAsync(ct);
        Jobs = await OpenJobsAsync(ct);
        var open = await db.FollowUps.AsNoTracking().Where(f => f.ContactId == Id && f.State == FollowUpState.Open).OrderBy(f => f.DueAt).Take(20).Select(f => new { f.Id, f.KindId, f.DueAt, f.Text }).ToListAsync(ct);
        var told = !Me.Hides(ContactsRights.FollowUps, "text");
        OpenFollowUps = [.. open.Select(f => new SelectListItem($"{Lists.Title(f.KindId)} · {Dates.DayAndTime(f.DueAt)} {(told ? f.Text : null)}", f.Id.ToString()))];
    }

    private async Task<IReadOnlyList<ContactJob>> OpenJobsAsync(CancellationToken ct)
    {
        List<ContactJob> open = [];
        foreach (var source in jobs) open.AddRange(await source.OpenAsync(Id, ct));
        return open;
    }

    private async Task KeepFilesAsync(Guid communication, CancellationToken ct)
    {
        // Only for a contact this user can see; the command asks again, but after the bytes.
        if (Files.Count == 0 || !await db.Contacts.AnyAsync(c => c.Id == Id, ct)) return;
        try
        {
            foreach (var file in Files.Take(20))
            {
                await using var content = file.OpenReadStream();
                await files.SaveAsync(CommunicationFiles.OwnerName, communication, ContactsPermissions.SeeCommunications, file.FileName, content, ct);
            }
        }
        catch (InvalidInput e)
        {
            foreach (var (_, message, args) in e.Fields) ModelState.AddModelError(nameof(Files), T.Get(message, args));
        }
    }
}
