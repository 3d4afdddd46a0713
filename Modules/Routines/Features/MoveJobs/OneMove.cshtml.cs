using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Versions;
using Crm.Web;
using Crm.Workflows;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.MoveJobs;

internal sealed record MoveRow(Guid JobId, long Number, string Title, int FromNumber, MoveVerdict Verdict, MovedJobStatus Status, IReadOnlyList<string> Reasons);

/// <summary>A box at which jobs stand, with what can become of them.</summary>
internal sealed record MovePlaceRow(MovePlace Place, string Auto, IReadOnlyList<SelectListItem> Ways, string Chosen);

/// <summary>A move: its dry run and what is chosen, then how far it is, then what came of it and the way back.</summary>
[Requires(RoutinesPermissions.Move)]
internal sealed class OneMovePage(RoutinesDb db, IRoutineStore store, IBackgroundWork work, IUserDirectory users, DrawingDiff diff) : PageBase
{
    private const int Size = 50;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>moves, choice, stays, moved, left, undone, kept.</summary>
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Show { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? After { get; set; }

    [BindProperty]
    public ChooseMoveCommand Command { get; set; } = new();

    public VersionMove Move { get; private set; } = null!;

    public RoutineDefinition Routine { get; private set; } = null!;

    public string By { get; private set; } = "";

    public BackgroundState? Check { get; private set; }

    public BackgroundState? Run { get; private set; }

    public BackgroundState? Undo { get; private set; }

    public IReadOnlyDictionary<string, int> Counts { get; private set; } = new Dictionary<string, int>();

    public IReadOnlyList<MoveRow> Rows { get; private set; } = [];

    public Guid? Next { get; private set; }

    public IReadOnlyList<MovePlaceRow> Places { get; private set; } = [];

    public IReadOnlyList<(int From, DrawingDifference Difference)> Differences { get; private set; } = [];

    public bool IsLive => new[] { Check, Run, Undo }.Any(r => r is { IsOver: false });

    public bool IsBegun => Move.RunId is not null;

    public int Of(string show) => Counts.GetValueOrDefault(show);

    public static IReadOnlyList<(string Key, string Title, string Color, string Icon)> Tabs { get; } =
    [
        ("moves", "Moves", "green", "arrow-right"), ("choice", "Needs a choice", "orange", "help"), ("stays", "Stays", "gray", "player-pause"),
        ("moved", "Moved", "green", "check"), ("left", "Did not move", "orange", "alert-triangle"), ("undone", "Brought back", "blue", "arrow-back-up"), ("kept", "Not brought back", "orange", "alert-triangle"),
    ];

    public async Task OnGetAsync() => await LoadAsync();

    public Task<IActionResult> OnPostAsync()
    {
        Command.MoveId = Id;
        return Send(Command, then: () => Redirect($"/routines/moves/{Id}"));
    }

    public Task<IActionResult> OnPostBeginAsync()
    {
        ModelState.Clear();
        return Send(new BeginMoveCommand(Id), then: () => Redirect($"/routines/moves/{Id}"));
    }

    public Task<IActionResult> OnPostUndoAsync()
    {
        ModelState.Clear();
        return Send(new UndoMoveCommand(Id), then: () => Redirect($"/routines/moves/{Id}"));
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Move = await db.Set<VersionMove>().AsNoTracking().FirstOrDefaultAsync(m => m.Id == Id, ct) ?? throw new NotFound("move", Id);
        Routine = await db.Set<RoutineDefinition>().IgnoreQueryFilters([Crm.Data.Filters.SoftDelete]).AsNoTracking().FirstAsync(r => r.Id == Move.RoutineId, ct);
        By = Move.CreatedBy is { } by ? (await users.CardsAsync([by], ct)).GetValueOrDefault(by)?.Name ?? "" : "";
        Check = Move.CheckRunId is { } check ? await work.FindAsync(check, ct) : null;
        Run = Move.RunId is { } run ? await work.FindAsync(run, ct) : null;
        Undo = Move.UndoRunId is { } undo ? await work.FindAsync(undo, ct) : null;
        // Only jobs that the user may see are counted and listed.
        var rows = db.Set<MovedJob>().AsNoTracking().Where(m => m.MoveId == Id).Join(db.Jobs, m => m.JobId, j => j.Id, (m, j) => new { m.JobId, j.Number, j.Title, m.FromNumber, m.Verdict, m.Status, m.Reasons });
        var counts = await rows.GroupBy(r => new { r.Verdict, r.Status }).Select(g => new { g.Key.Verdict, g.Key.Status, Count = g.Count() }).ToListAsync(ct);
        Counts = counts.GroupBy(c => KeyOf(c.Verdict, c.Status)).ToDictionary(g => g.Key, g => g.Sum(c => c.Count));
        Show = Tabs.Any(t => t.Key == Show && Of(t.Key) > 0) ? Show : Tabs.Where(t => Of(t.Key) > 0).OrderByDescending(t => t.Key is "choice" or "left" or "kept").Select(t => t.Key).FirstOrDefault() ?? "moves";
        var some = Show switch
        {
            "moves" => rows.Where(r => r.Status == MovedJobStatus.Checked && r.Verdict == MoveVerdict.Moves),
            "choice" => rows.Where(r => r.Status == MovedJobStatus.Checked && r.Verdict == MoveVerdict.NeedsChoice),
            "stays" => rows.Where(r => r.Status == MovedJobStatus.Checked && r.Verdict == MoveVerdict.Stays),
            "moved" => rows.Where(r => r.Status == MovedJobStatus.Moved),
            "left" => rows.Where(r => r.Status == MovedJobStatus.Left),
            "undone" => rows.Where(r => r.Status == MovedJobStatus.Undone),
            _ => rows.Where(r => r.Status == MovedJobStatus.Kept),
        };
        if (After is { } after) some = some.Where(r => r.JobId > after);
        var page = await some.OrderBy(r => r.JobId).Take(Size + 1).ToListAsync(ct);
        Next = page.Count > Size ? page[Size - 1].JobId : null;
        Rows = [.. page.Take(Size).Select(r => new MoveRow(r.JobId, r.Number, r.Title, r.FromNumber, r.Verdict, r.Status, JobMover.Read(r.Reasons)))];
        // While it is under way the page looks again and again and shows neither.
        if (!IsLive && !IsBegun) await PlacesAsync(ct);
    }

    private static string KeyOf(MoveVerdict verdict, MovedJobStatus status) => status switch
    {
        MovedJobStatus.Moved => "moved",
        MovedJobStatus.Left => "left",
        MovedJobStatus.Undone => "undone",
        MovedJobStatus.Kept => "kept",
        _ => verdict switch { MoveVerdict.Moves => "moves", MoveVerdict.NeedsChoice => "choice", _ => "stays" },
    };

    private async Task PlacesAsync(CancellationToken ct)
    {
        var to = (await store.VersionAsync(Move.ToVersionId, ct)).Workflow;
        var choices = Move.Choices;
        var rows = new List<MovePlaceRow>();
        foreach (var place in Move.Places)
        {
            var from = (await store.VersionAsync(place.VersionId, ct)).Workflow;
            var pairs = VersionPairs.Match(VersionPairs.Flatten(from), VersionPairs.Flatten(to), BoxTitles.Of);
            // It can go to any box of the container that corresponds to its own.
            var container = from.Find(place.Key)?.Parent is { } around && pairs.GetValueOrDefault(around.Key) is { } key ? to.Find(key) : null;
            var auto = place.Auto is { } target && to.Find(target) is { } node ? node.Parent == container ? BoxTitles.Of(node.Activity) : "" : "";
            var ways = (container?.Children ?? []).Where(c => c.Type is not ("Elsa.Start" or "Elsa.FlowNode")).Select(c => new SelectListItem(BoxTitles.Of(c.Activity), MoveChoices.Prefix + c.Key)).ToList();
            rows.Add(new(place, auto, ways, choices.TryGetValue(place.Key, out var choice) ? MoveChoices.Write(choice) : ""));
        }

        Places = rows;
        var latest = await db.Set<RoutineVersion>().AsNoTracking().Where(v => v.Id == Move.ToVersionId).Select(v => v.Json).FirstAsync(ct);
        var froms = Move.Places.Select(p => p.VersionId).Distinct().Take(3).ToArray();
        var different = new List<(int, DrawingDifference)>();
        foreach (var v in await db.Set<RoutineVersion>().AsNoTracking().Where(v => froms.Contains(v.Id)).OrderByDescending(v => v.Number).Select(v => new { v.Number, v.Json }).ToListAsync(ct))
            different.Add((v.Number, await diff.OfAsync(WorkflowDefinition.Parse(v.Json), WorkflowDefinition.Parse(latest), ct)));
        Differences = different;
    }
}
