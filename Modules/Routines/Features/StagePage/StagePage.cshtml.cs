using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.DoStage;
using Crm.Routines.Features.Forms;
using Crm.Routines.Features.JobTrace;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.StagePage;

/// <summary>Where a stage is done: customer, instructions, form, files, and a button for each way on.</summary>
[Requires(RoutinesPermissions.Work)]
internal sealed class StageItemPage(RoutinesDb db, StageAccess access, IContactDirectory contacts, IUserDirectory users, IOrganisation organisation, MyStandIn standIns, IFileStore files, StageForms forms, Answers shown, IEnumerable<IContactTimeline> timelines, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public FinishStageCommand Command { get; set; } = new();

    [BindProperty]
    public HandOverStageCommand HandOver { get; set; } = new();

    [BindProperty]
    public AssignStageCommand Assign { get; set; } = new();

    /// <summary>The way on that stands chosen, for whoever comes from the form of a communication.</summary>
    [BindProperty(SupportsGet = true, Name = "outcome")]
    [Verbatim]
    public string? Way { get; set; }

    /// <summary>The communication that the stage is done in.</summary>
    [BindProperty(SupportsGet = true, Name = "communication")]
    public Guid? Communication { get; set; }

    /// <summary>Where to when it is done; the worklist without one.</summary>
    [BindProperty(SupportsGet = true, Name = "back")]
    [Verbatim]
    public string? Back { get; set; }

    public StageItem Stage { get; private set; } = null!;

    public Job Job { get; private set; } = null!;

    public ContactCard? Contact { get; private set; }

    public LastSaid? LastSaid { get; private set; }

    public IReadOnlyList<string> Who { get; private set; } = [];

    public string? DoneBy { get; private set; }

    public bool Late => Stage.Status == StageStatus.Open && Stage.DueAt < time.GetUtcNow();

    public bool MayEnd { get; private set; }

    public bool MayHandOver { get; private set; }

    public bool MayAssign { get; private set; }

    /// <summary>Whom the user would do it for.</summary>
    public string? For { get; private set; }

    /// <summary>What happened to it so far.</summary>
    public IReadOnlyList<(DateTimeOffset At, string Text)> Events { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Everybody { get; private set; } = [];

    public bool MayTake { get; private set; }

    public IReadOnlyList<SelectListItem> Colleagues { get; private set; } = [];

    public IReadOnlyList<(string Asked, StoredFile? File)> Files { get; private set; } = [];

    public IReadOnlyList<ShownAnswer> Given { get; private set; } = [];

    /// <summary>What was said in that communication.</summary>
    public LastSaid? Said { get; private set; }

    /// <summary>The ways on, the chosen one first.</summary>
    public IReadOnlyList<string> Ways { get; private set; } = [];

    /// <summary>Whether the first of <see cref="Ways"/> was chosen in the communication.</summary>
    public bool WayChosen => Way is not null && Ways is [var first, ..] && first == Way;

    /// <summary>Files that are asked for and still missing, with the name of their field in the form.</summary>
    public IEnumerable<(string Asked, string Field)> MissingFiles => Stage.Setup.Files.Select((f, i) => (f, $"asked.{i}")).Where(f => Files.Any(x => x.Asked == f.f && x.File is null));

    /// <summary>This page with what it was opened with, for a form of it.</summary>
    public string Here(string? handler = null)
    {
        var query = new Dictionary<string, string?> { ["handler"] = handler, ["outcome"] = Way, ["communication"] = Communication?.ToString(), ["back"] = Back };
        return QueryHelpers.AddQueryString($"/jobs/stages/{Id}", query.Where(q => q.Value is not null).ToDictionary());
    }

    public async Task OnGetAsync()
    {
        await LoadAsync();
        MarkOpened("Stage", Id, Stage.Title, $"/jobs/stages/{Id}");
    }

    // A form that lost its handler on the way can only have meant this.
    public Task<IActionResult> OnPostAsync() => OnPostFinishAsync();

    public async Task<IActionResult> OnPostFinishAsync()
    {
        Command.StageId = Id;
        Command.CommunicationId = Communication;
        Only(nameof(Command));
        // Files first: they are kept whatever is still missing in the form, so nobody has to choose them twice.
        if (await KeepFilesAsync() is { } refused) return refused;
        await KeepAnswersAsync();
        return await Send(Command, then: () =>
        {
            Toast("Stage done.");
            return Back is not null && Url.IsLocalUrl(Back) ? Redirect(Back) : Redirect("/worklist");
        });
    }

    public Task<IActionResult> OnPostTakeAsync()
    {
        Only("");
        return Send(new TakeStageCommand(Id), then: () => Redirect(Here()));
    }

    public Task<IActionResult> OnPostHandOverAsync()
    {
        HandOver.StageId = Id;
        Only(nameof(HandOver));
        return Send(HandOver, then: () =>
        {
            Toast("Handed over.");
            return Redirect(Here());
        });
    }

    [Requires(RoutinesPermissions.Steer)]
    public Task<IActionResult> OnPostAssignAsync()
    {
        Assign.StageId = Id;
        Only(nameof(Assign));
        return Send(Assign, then: () =>
        {
            Toast("The stage was given.");
            return Redirect(Here());
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
        return await Send(new AddStageFileCommand(Id, asked ?? "", file.FileName, content), then: _ => Redirect(Here()));
    }

    /// <summary>The form as it is filled; null where there is nothing to fill any more, or nothing was asked.</summary>
    public FormSheet? Sheet { get; private set; }

    /// <summary>What was typed, where the form comes back; null for a fresh one.</summary>
    public IReadOnlyDictionary<string, string[]>? Typed => HttpMethods.IsPost(Request.Method) && Command.Answers.Count > 0 ? Command.Answers : null;

    /// <summary>What somebody had typed for a stage that another finished meanwhile.</summary>
    public IReadOnlyList<(string Label, string Value)> Lost { get; private set; } = [];

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        // What the failed command changed in memory is not what is saved.
        db.ChangeTracker.Clear();
        (Stage, Job) = await access.LoadAsync(Id, ct, tracked: false);
        Contact = Stage.ContactId is { } contact ? (await contacts.CardsAsync([contact], ct)).GetValueOrDefault(contact) : null;
        var active = await users.ActiveAsync(ct);
        var now = time.GetUtcNow();
        var standIn = await standIns.GetAsync(ct);
        var events = await db.Set<StageEvent>().AsNoTracking().Where(e => e.StageItemId == Id).OrderBy(e => e.At).ThenBy(e => e.Id).ToListAsync(ct);
        var hands = new Dictionary<Guid, Guid>();
        foreach (var user in Stage.UserIds)
            if (await organisation.AfterDeputiesAsync([user], Stage.PostId, now, ct) is [{ ForId: { } absent } hand]) hands[absent] = hand.UserId;
        var names = await users.CardsAsync([.. Stage.UserIds.Concat(hands.Values).Concat(Stage.Votes.SelectMany(v => new[] { v.UserId, v.By })).Concat(events.SelectMany(e => e.UserIds.Append(e.By ?? Guid.Empty))).Append(Stage.DoneBy ?? Guid.Empty).Append(Stage.DoneFor ?? Guid.Empty).Distinct()], ct);
        var roles = Stage is { TakenBy: null, RoleIds.Length: > 0 } ? (await users.RolesAsync(ct)).Where(r => Stage.RoleIds.Contains(r.Id)).Select(r => r.Name) : [];
        Who = [.. Stage.UserIds.Where(names.ContainsKey).Select(u => hands.TryGetValue(u, out var deputy) && names.TryGetValue(deputy, out var stands) ? T["{0} for {1}", stands.Name, names[u].Name] : names[u].Name), .. roles];
        var doneFor = Stage.DoneFor is { } whom ? names.GetValueOrDefault(whom)?.Name : null;
        DoneBy = Stage.DoneBy is { } by ? names.GetValueOrDefault(by)?.Name is { } did && doneFor is not null ? T["{0} for {1}", did, doneFor] : names.GetValueOrDefault(by)?.Name : null;
        Events = [.. events.Select(e => (e.At, StageEvents.Sentence(e, Dates, names))).Concat(Stage.Votes.Select(v => (v.At, ApprovalWords.Sentence(v, names)))).OrderBy(e => e.At)];
        var open = Stage.Status == StageStatus.Open;
        MayEnd = open && Stage.MayEnd(Me, Job.StartedBy, standIn);
        MayHandOver = open && !Stage.IsApproval && Me.Access is { } me && (Stage.IsWorkOf(me, standIn) || me.Can(RoutinesPermissions.SeeAllJobs));
        MayAssign = open && Me.Can(RoutinesPermissions.Steer);
        For = open && Me.Id is { } own && Stage.IsFor(own, standIn) is { } away ? names.GetValueOrDefault(away)?.Name : null;
        MayTake = MayHandOver && Stage.TakenBy != Me.Id && (Stage.RoleIds.Length > 0 || Stage.UserIds.Length > 1);
        var from = Stage.Setup.ChooseFrom;
        Colleagues = [.. active.Where(u => u.Id != Me.Id || Stage.ChoosePerson).Where(u => !Stage.ChoosePerson || from.Count == 0 || from.Contains(u.Id)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
        var laid = (await files.OfAsync(StageFiles.Owner, [Id], ct))[Id].ToDictionary(f => f.Id);
        var known = await db.Set<StageFile>().AsNoTracking().Where(f => f.StageItemId == Id).OrderBy(f => f.At).ToListAsync(ct);
        Everybody = MayAssign ? [.. active.Where(u => !Stage.ChoosePerson || from.Count == 0 || from.Contains(u.Id)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))] : [];
        if (Assign.UserIds.Count == 0) Assign.UserIds = [.. Stage.UserIds];
        Files = [.. Stage.Setup.Files.Where(a => known.TrueForAll(k => k.Asked != a)).Select(a => (a, (StoredFile?)null)), .. known.Select(k => (k.Asked, laid.GetValueOrDefault(k.FileId)))];
        Ways = [.. Stage.Setup.Outcomes.OrderByDescending(o => o == Way)];
        var subject = Stage.ContactId is { } whose ? new FormSubject("contacts", whose, false) : null;
        Given = Stage.AnswersJson is { } text && JsonNode.Parse(text) is JsonObject answers ? await shown.ShowAsync(Stage.Design, answers, subject, ct) : [];
        if (open && MayEnd && !Stage.Design.IsEmpty) Sheet = await forms.OfStageAsync(Stage, Job, ct);
        if (!open) Lost = [.. Stage.Fields.Select(f => (f.Label.Value, Texts.List(Command.Answers.Where(a => a.Key == f.Name || a.Key.StartsWith(f.Name + ".", StringComparison.Ordinal)).SelectMany(a => a.Value).Where(v => !string.IsNullOrWhiteSpace(v))))).Where(l => l.Item2.Length > 0)];
        if (Stage.ContactId is { } id)
        {
            foreach (var source in timelines.Where(t => t.Kinds.Any(k => k.Kind == "communication")))
            {
                var said = (await source.LoadAsync(new TimelineWish(id, 20) { Kind = "communication" }, ct)).Where(i => i.Kind == "communication").ToList();
                if (said.FirstOrDefault() is { } last) LastSaid = new LastSaid(last.At, last.Title, last.Text, last.Who, last.Url);
                if (said.FirstOrDefault(i => i.Id == Communication) is { } one) Said = new LastSaid(one.At, one.Title, one.Text, one.Who, one.Url);
            }
        }
    }

    // Files, pictures and signatures of the form itself.
    private async Task KeepAnswersAsync()
    {
        var (stage, job) = await access.LoadAsync(Id, HttpContext.RequestAborted, tracked: false);
        if (stage.Status != StageStatus.Open || !stage.Fields.Any(f => f.Kind is FieldKind.Files or FieldKind.Picture or FieldKind.Signature)) return;
        var sheet = await forms.OfStageAsync(stage, job, HttpContext.RequestAborted);
        await FormUploads.TakeAsync(Request, sheet, Command.Answers, "Command.Answers", ModelState, (name, content) => Mediator.Send(new KeepFormFileCommand(Id, name, content), HttpContext.RequestAborted));
        db.ChangeTracker.Clear();
    }

    private async Task<IActionResult?> KeepFilesAsync()
    {
        if (!Request.HasFormContentType || Request.Form.Files.Count == 0) return null;
        var (stage, _) = await access.LoadAsync(Id, HttpContext.RequestAborted, tracked: false);
        for (var i = 0; i < stage.Setup.Files.Count; i++)
        {
            if (Request.Form.Files[$"asked.{i}"] is not { Length: > 0 } file) continue;
            await using var content = file.OpenReadStream();
            var sent = await Send(new AddStageFileCommand(Id, stage.Setup.Files[i], file.FileName, content), then: _ => new EmptyResult());
            if (sent is not EmptyResult) return sent;
            db.ChangeTracker.Clear();
        }

        return null;
    }
}

/// <summary>What was said last with the customer.</summary>
internal sealed record LastSaid(DateTimeOffset At, string Title, string Text, string? Who, string? Url);
