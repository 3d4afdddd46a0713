using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.DoStage;
using Crm.Routines.Features.JobTrace;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.StagePage;

/// <summary>Where a stage is done: customer, instructions, form, files, and a button for each way on.</summary>
[Requires(RoutinesPermissions.Work)]
internal sealed class StageItemPage(RoutinesDb db, IContactDirectory contacts, IUserDirectory users, IFileStore files, IEnumerable<IContactTimeline> timelines, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public FinishStageCommand Command { get; set; } = new();

    [BindProperty]
    public HandOverStageCommand HandOver { get; set; } = new();

    public StageItem Stage { get; private set; } = null!;

    public Job Job { get; private set; } = null!;

    public ContactCard? Contact { get; private set; }

    public LastSaid? LastSaid { get; private set; }

    public IReadOnlyList<string> Who { get; private set; } = [];

    public string? DoneBy { get; private set; }

    public bool Late => Stage.Status == StageStatus.Open && Stage.DueAt < time.GetUtcNow();

    public bool MayEnd { get; private set; }

    public bool MayHandOver { get; private set; }

    public bool MayTake { get; private set; }

    public IReadOnlyList<SelectListItem> Colleagues { get; private set; } = [];

    public IReadOnlyList<(string Asked, StoredFile? File)> Files { get; private set; } = [];

    public IReadOnlyList<(string Label, string Value)> Given { get; private set; } = [];

    public async Task OnGetAsync()
    {
        await LoadAsync();
        MarkOpened("Stage", Id, Stage.Title, $"/jobs/stages/{Id}");
    }

    // A form that lost its handler on the way can only have meant this.
    public Task<IActionResult> OnPostAsync(string? back) => OnPostFinishAsync(back);

    public Task<IActionResult> OnPostFinishAsync(string? back)
    {
        Command.StageId = Id;
        Only(nameof(Command));
        return Send(Command, then: () =>
        {
            Toast("Stage done.");
            return back is not null && Url.IsLocalUrl(back) ? Redirect(back) : Redirect("/worklist");
        });
    }

    public Task<IActionResult> OnPostTakeAsync()
    {
        Only("");
        return Send(new TakeStageCommand(Id), then: () => Redirect($"/jobs/stages/{Id}"));
    }

    public Task<IActionResult> OnPostHandOverAsync()
    {
        HandOver.StageId = Id;
        Only(nameof(HandOver));
        return Send(HandOver, then: () =>
        {
            Toast("Handed over.");
            return Redirect($"/jobs/stages/{Id}");
        });
    }

    public async Task<IActionResult> OnPostFileAsync(string asked, IFormFile? file)
    {
        Only("");
        if (file is null || file.Length == 0)
        {
            ModelState.AddModelError("", T["Choose a file first."]);
            await LoadAsync();
            return Page();
        }

        await using var content = file.OpenReadStream();
        return await Send(new AddStageFileCommand(Id, asked ?? "", file.FileName, content), then: _ => Redirect($"/jobs/stages/{Id}"));
    }

    /// <summary>What was typed for a field, or nothing yet.</summary>
    public string[] Typed(FormField field) => Command.Answers.TryGetValue(field.Name, out var values) ? [.. values.Where(v => !string.IsNullOrEmpty(v))] : [];

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        // What the failed command changed in memory is not what is saved.
        db.ChangeTracker.Clear();
        Stage = await db.Stages.AsNoTracking().FirstOrDefaultAsync(s => s.Id == Id, ct) ?? throw new NotFound("stage", Id);
        Job = await db.Jobs.AsNoTracking().FirstOrDefaultAsync(j => j.Id == Stage.JobId, ct) ?? throw new NotFound("job", Stage.JobId);
        Contact = Stage.ContactId is { } contact ? (await contacts.CardsAsync([contact], ct)).GetValueOrDefault(contact) : null;
        var active = await users.ActiveAsync(ct);
        var names = await users.CardsAsync([.. Stage.UserIds.Append(Stage.DoneBy ?? Guid.Empty)], ct);
        var roles = Stage is { TakenBy: null, RoleIds.Length: > 0 } ? (await users.RolesAsync(ct)).Where(r => Stage.RoleIds.Contains(r.Id)).Select(r => r.Name) : [];
        Who = [.. Stage.UserIds.Where(names.ContainsKey).Select(u => names[u].Name), .. roles];
        DoneBy = Stage.DoneBy is { } by ? names.GetValueOrDefault(by)?.Name : null;
        var open = Stage.Status == StageStatus.Open;
        MayEnd = open && Stage.MayEnd(Me, Job.StartedBy);
        MayHandOver = open && Me.Access is { } me && (Stage.IsWorkOf(me) || me.Can(RoutinesPermissions.SeeAllJobs));
        MayTake = MayHandOver && Stage.TakenBy != Me.Id && (Stage.RoleIds.Length > 0 || Stage.UserIds.Length > 1);
        var from = Stage.Setup.ChooseFrom;
        Colleagues = [.. active.Where(u => u.Id != Me.Id || Stage.ChoosePerson).Where(u => !Stage.ChoosePerson || from.Count == 0 || from.Contains(u.Id)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
        var laid = (await files.OfAsync(StageFiles.Owner, [Id], ct))[Id].ToDictionary(f => f.Id);
        var known = await db.Set<StageFile>().AsNoTracking().Where(f => f.StageItemId == Id).OrderBy(f => f.At).ToListAsync(ct);
        Files = [.. Stage.Setup.Files.Where(a => known.TrueForAll(k => k.Asked != a)).Select(a => (a, (StoredFile?)null)), .. known.Select(k => (k.Asked, laid.GetValueOrDefault(k.FileId)))];
        Given = Stage.AnswersJson is { } text && JsonNode.Parse(text) is JsonObject answers ? [.. Stage.Fields.Where(f => answers[f.Name] is not null).Select(f => (f.Label, Answers.Show(f, answers[f.Name]!)))] : [];
        if (Stage.ContactId is { } id)
        {
            foreach (var source in timelines.Where(t => t.Kinds.Any(k => k.Kind == "communication")))
            {
                if ((await source.LoadAsync(id, null, 5, ct)).FirstOrDefault(i => i.Kind == "communication") is { } last) LastSaid = new LastSaid(last.At, last.Title, last.Text, last.Who);
            }
        }
    }

    private void Only(string prefix)
    {
        foreach (var key in ModelState.Keys.Where(k => prefix.Length == 0 || !k.StartsWith(prefix, StringComparison.Ordinal)).ToList()) ModelState.Remove(key);
    }
}

/// <summary>What was said last with the customer.</summary>
internal sealed record LastSaid(DateTimeOffset At, string Title, string Text, string? Who);
