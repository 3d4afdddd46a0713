using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Domain;
using Crm.Routines.DryRuns;
using Crm.Routines.Versions;
using Crm.Web;
using Crm.Workflows;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Crm.Routines.Features.TestRoutine;

/// <summary>
/// A test run of the newest version, draft or not, on a chosen customer: step by step, with everything that would be sent and opened, and nothing of it done. The page keeps the clicks and plays
/// them again; nothing is stored.
/// </summary>
[Requires(RoutinesPermissions.Design)]
internal sealed class TestRoutinePage(DryWorlds worlds, IContactDirectory contacts, IFormSheets forms, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string DefinitionId { get; set; } = "";

    [BindProperty(SupportsGet = true)]
    public Guid? Contact { get; set; }

    /// <summary>The trigger it starts by; empty for by hand.</summary>
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Trigger { get; set; }

    /// <summary>Moment of the start, in ticks: the same through all clicks.</summary>
    [BindProperty]
    [Verbatim]
    public string? At { get; set; }

    /// <summary>The clicks so far.</summary>
    [BindProperty]
    [Verbatim]
    public string? Log { get; set; }

    /// <summary>The click: kind, target, outcome.</summary>
    [BindProperty]
    [Verbatim]
    public string? Act { get; set; }

    [BindProperty]
    public TestAnswers Command { get; set; } = new();

    public DryDrawing Drawing { get; private set; } = null!;

    public DryWorld World { get; private set; } = null!;

    public ContactCard? Customer { get; private set; }

    public DryReplay? Replay { get; private set; }

    public IReadOnlyList<SelectListItem> Triggers { get; private set; } = [];

    public string? Problem { get; private set; }

    /// <summary>The stage whose form came back with errors.</summary>
    public Guid? Wrong { get; private set; }

    public async Task OnGetAsync() => await LoadAsync();

    /// <summary>Begins, or takes a click.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        await LoadAsync();
        if (Problem is not null) return Page();
        var start = long.TryParse(At, System.Globalization.CultureInfo.InvariantCulture, out var ticks) && ticks > 0 && ticks < DateTime.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : time.GetUtcNow();
        At = start.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var clicks = DryReplay.Read(Log);
        var ct = HttpContext.RequestAborted;
        // Ids inside are derived from this one: the same start gives the same ids again.
        var of = await worlds.CaseAsync(Drawing, Keys.Of(Drawing.VersionId, $"test:{At}"), Contact, Me.Id, ct);
        if (of is null)
        {
            ModelState.AddModelError(nameof(Contact), T["Choose a customer."]);
            return Page();
        }

        if (Act == "back" && clicks.Count > 0) clicks.RemoveAt(clicks.Count - 1);
        Replay = await DryReplay.PlayAsync(World, of, start, Trigger, clicks, ct);
        if (Act is { Length: > 0 } act && act != "back" && await ClickAsync(act, ct) is { } click && clicks.Count < DryReplay.MostClicks)
        {
            clicks.Add(click);
            await Replay.GoOnAsync(click, ct);
        }

        foreach (var stand in Replay.Job.Stands)
            if (stand.Form is { } design) Sheets[stand.ExecutionId] = await SheetAsync(stand, design, Replay.Job, ct);
        Log = DryReplay.Write(clicks);
        ModelState.Remove(nameof(Log));
        ModelState.Remove(nameof(At));
        return Page();
    }

    private async Task<DryClick?> ClickAsync(string act, CancellationToken ct)
    {
        var parts = act.Split('|', 3);
        var (kind, target, outcome) = (parts[0], parts.ElementAtOrDefault(1), parts.ElementAtOrDefault(2));
        if (kind != "finish") return new(kind, target, outcome);
        if (Replay!.Job.Stands.Find(s => s.ExecutionId.ToString("N") == target) is not { } stand) return null;
        if (stand.Form is not { } design) return new(kind, target, outcome);
        var sheet = await SheetAsync(stand, design, Replay.Job, ct);
        var problems = new FormProblems();
        var answers = sheet.Read(Command.Answers, _ => null, problems);
        await forms.CheckLinksAsync(sheet, answers, problems, ct);
        foreach (var (field, message, args) in problems.All) ModelState.AddModelError($"Command.Answers[{field}]", T[message, args]);
        if (problems.All.Count > 0)
        {
            Wrong = stand.ExecutionId;
            return null;
        }

        return new(kind, target, outcome, answers.Count == 0 ? null : answers);
    }

    // Files are not laid in for a try, so the form is shown without them.
    private Task<FormSheet> SheetAsync(DryStand stand, FormDesign design, DryJob job, CancellationToken ct)
    {
        var without = design with { Sections = [.. design.Sections.Select(s => s with { Fields = [.. s.Fields.Where(f => f.Kind is not (FieldKind.Files or FieldKind.Picture or FieldKind.Signature))] })] };
        var data = job.Data;
        return forms.OpenAsync(without, job.Case.ContactId is { } id && stand.Form is not null ? new FormSubject("contacts", id, false) : null, data, ct);
    }

    /// <summary>Forms of what the job stands at.</summary>
    public Dictionary<Guid, FormSheet> Sheets { get; } = [];

    public IReadOnlyDictionary<string, string[]>? Typed(DryStand stand) => Wrong == stand.ExecutionId ? Command.Answers : null;

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        try
        {
            Drawing = await worlds.LatestAsync(DefinitionId, ct);
        }
        catch (RuleBroken e)
        {
            Problem = e.Localized;
            return;
        }

        World = await worlds.OfAsync(Drawing, ct);
        Customer = Contact is { } id ? (await contacts.CardsAsync([id], ct)).GetValueOrDefault(id) : null;
        Triggers = [new SelectListItem(T["By hand"], ""), .. Drawing.Workflow.Triggers.Select(t => new SelectListItem(Drawing.Workflow.Find(t.ActivityId) is { } node ? BoxTitles.Of(node.Activity) : t.Type, t.ActivityId))];
    }
}

/// <summary>Answers of a stage's form, named as on the page of a real stage.</summary>
internal sealed class TestAnswers
{
    public Dictionary<string, string[]> Answers { get; set; } = [];
}
