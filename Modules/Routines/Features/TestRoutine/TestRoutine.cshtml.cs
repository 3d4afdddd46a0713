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
internal sealed class TestRoutinePage(DryWorlds worlds, IContactDirectory contacts, TimeProvider time) : PageBase
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
        else if (Act is { Length: > 0 } act && act != "back")
        {
            Replay = await DryReplay.PlayAsync(World, of, start, Trigger, clicks, ct);
            if (Click(act) is { } click && clicks.Count < DryReplay.MostClicks) clicks.Add(click);
        }

        Replay = await DryReplay.PlayAsync(World, of, start, Trigger, clicks, ct);
        Log = DryReplay.Write(clicks);
        ModelState.Remove(nameof(Log));
        ModelState.Remove(nameof(At));
        return Page();
    }

    private DryClick? Click(string act)
    {
        var parts = act.Split('|', 3);
        var (kind, target, outcome) = (parts[0], parts.ElementAtOrDefault(1), parts.ElementAtOrDefault(2));
        if (kind != "finish") return new(kind, target, outcome);
        if (Replay!.Job.Stands.Find(s => s.ExecutionId.ToString("N") == target) is not { } stand) return null;
        var problems = new List<(string Field, string Message, object?[] Args)>();
        JsonObject answers = FormFields.Read(stand.Fields, Command.Answers, Me.Access?.Calendar ?? CalendarKind.Jalali, problems);
        foreach (var (field, message, args) in problems) ModelState.AddModelError($"Command.Answers[{field}]", T[message, args]);
        if (problems.Count > 0)
        {
            Wrong = stand.ExecutionId;
            return null;
        }

        return new(kind, target, outcome, answers.Count == 0 ? null : answers);
    }

    public string[] Typed(DryStand stand, FormField field) => Wrong == stand.ExecutionId && Command.Answers.TryGetValue(field.Name, out var typed) ? typed : [];

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
