using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Features.JobTrace;
using Crm.Routines.Runtime;
using Crm.Routines.Versions;
using Crm.Workflows;

namespace Crm.Routines.DryRuns;

/// <summary>A click in a test run.</summary>
/// <param name="Kind">finish, time, event, resume, retry, pass.</param>
/// <param name="Target">Execution, event, bookmark or incident.</param>
/// <param name="Outcome">The way on.</param>
/// <param name="Answers">What was typed into the form.</param>
internal sealed record DryClick(string Kind, string? Target = null, string? Outcome = null, JsonObject? Answers = null);

/// <summary>A box that ran.</summary>
internal sealed record DryStep(string ActivityId, string Title, string Type, BoxState State, string? Outcome, string? Message);

/// <summary>A value that is another after a click.</summary>
internal sealed record DryChange(string Path, string? Old, string? New);

/// <summary>What followed from one click, or from the start.</summary>
internal sealed record DryMove(string Title, DateTimeOffset At, IReadOnlyList<DryStep> Steps, IReadOnlyList<DryAct> Acts, IReadOnlyList<DryChange> Changes);

/// <summary>Plays a test run from its start, click by click. The engine is deterministic, so the clicks are all that a page has to keep between two requests.</summary>
internal sealed class DryReplay
{
    public const int MostClicks = 200;

    private readonly HashSet<Guid> _late = [];

    private readonly DryWorld _world;

    private DryReplay(DryJob job, DryWorld world) => (Job, _world) = (job, world);

    public DryJob Job { get; }

    public List<DryMove> Moves { get; } = [];

    /// <summary>Clicks that no longer fit, because the drawing was changed meanwhile.</summary>
    public int Unfitting { get; private set; }

    /// <summary>Until when time can pass before something happens by itself.</summary>
    public DateTimeOffset? Until => new[] { Job.NextTimer?.DueAt }.Concat(Job.Stands.Where(s => s.Due > Job.Now && !_late.Contains(s.ExecutionId)).Select(s => s.Due)).Where(d => d is not null).Min();

    public static List<DryClick> Read(string? log)
    {
        if (string.IsNullOrEmpty(log)) return [];
        try
        {
            return (JsonSerializer.Deserialize<List<DryClick>>(log, StimulusText.Json) ?? []).Take(MostClicks).ToList();
        }
        catch (JsonException)
        {
            return [];
        }
    }

    public static string Write(IEnumerable<DryClick> clicks) => JsonSerializer.Serialize(clicks, StimulusText.Json);

    public static async Task<DryReplay> PlayAsync(DryWorld world, DryCase of, DateTimeOffset start, string? trigger, IReadOnlyList<DryClick> clicks, CancellationToken ct)
    {
        var replay = new DryReplay(new DryJob(world, of, start), world);
        await replay.TakeAsync(Texts.Get("The job starts"), async () =>
        {
            await replay.Job.GiveAsync(new Start(null, trigger, null, trigger is null ? null : new JsonObject()), ct);
            return true;
        });
        foreach (var click in clicks) await replay.GoOnAsync(click, ct);
        return replay;
    }

    /// <summary>One more click.</summary>
    public async Task GoOnAsync(DryClick click, CancellationToken ct)
    {
        if (!await ClickAsync(click, _world, ct)) Unfitting++;
    }

    private async Task<bool> ClickAsync(DryClick click, DryWorld world, CancellationToken ct)
    {
        switch (click.Kind)
        {
            case "finish" when Job.Stands.Find(s => s.ExecutionId.ToString("N") == click.Target) is { } stand && stand.Outcomes.Contains(click.Outcome):
                return await TakeAsync(Texts.Get("“{0}” ends: {1}", stand.Title, Texts.Get(click.Outcome!)), async () =>
                {
                    var by = stand.Users.Count > 0 ? stand.Users[0] : stand.Role is { } role && world.People.InRole(role) is [var first, ..] ? first : Job.Case.Starter;
                    await Job.FinishAsync(stand, click.Outcome!, click.Answers ?? [], by, ct);
                    return true;
                });
            case "time" when Until is { } until:
                return await TakeAsync(Texts.Get("Time passes"), async () =>
                {
                    Job.Now = until;
                    foreach (var late in Job.Stands.Where(s => s.Due <= until && _late.Add(s.ExecutionId)).ToList())
                    {
                        if (late.Timeout is { } timeout) await Job.FinishAsync(late, timeout, [], null, ct);
                        else await Job.TellLateAsync(late, ct);
                    }

                    if (Job.NextTimer is { DueAt: { } due } timer && due <= until) await Job.GiveAsync(new TimerDue(timer.Id), ct);
                    return true;
                });
            case "event" when click.Target is { Length: > 0 } name:
                return await TakeAsync(Texts.Get("The event “{0}” happens", name), () => Job.GiveAsync(new EventReceived(name), ct));
            case "resume" when Guid.TryParse(click.Target, out var bookmark):
                return await TakeAsync(Texts.Get("What it waits for happens"), () => Job.GiveAsync(new BookmarkResumed(bookmark, new JsonObject()), ct));
            case "retry" when Guid.TryParse(click.Target, out var again):
                return await TakeAsync(Texts.Get("It is tried again"), () => Job.GiveAsync(new Retry(again), ct));
            case "pass" when Guid.TryParse(click.Target, out var incident):
                return await TakeAsync(Texts.Get("It goes on without the step"), () => Job.GiveAsync(new GoOn(incident, click.Outcome is { Length: > 0 } way ? [way] : []), ct));
            default:
                return false;
        }
    }

    private async Task<bool> TakeAsync(string title, Func<Task<bool>> act)
    {
        var (lines, acts, before) = (Job.Journal.Count, Job.Acts.Count, Leaves(Job.Data));
        var fits = await act();
        if (!fits) return false;
        var after = Leaves(Job.Data);
        var changes = before.Keys.Union(after.Keys).Where(k => before.GetValueOrDefault(k) != after.GetValueOrDefault(k)).Order(StringComparer.Ordinal).Select(k => new DryChange(k, before.GetValueOrDefault(k), after.GetValueOrDefault(k))).ToList();
        Moves.Add(new(title, Job.Now, Steps(Job.Journal.Skip(lines)), [.. Job.Acts.Skip(acts)], changes));
        return true;
    }

    private List<DryStep> Steps(IEnumerable<JournalEntry> lines)
    {
        var steps = new Dictionary<Guid, DryStep>();
        foreach (var line in lines)
        {
            if (Workflow.Find(line.ActivityId) is not { } node || node.Children.Count > 0) continue;
            var was = steps.GetValueOrDefault(line.ActivityInstanceId) ?? new DryStep(node.Id, BoxTitles.Of(node.Activity), node.Type, BoxState.Here, null, null);
            steps[line.ActivityInstanceId] = line.Event switch
            {
                JournalEvent.Completed => was with { State = BoxState.Done, Outcome = line.Outcomes is { Count: > 0 } o ? Texts.List(o.Select(x => Texts.Get(x))) : null, Message = node.Type == "Elsa.WriteLine" ? line.ActivityState?["text"]?.ToString() : was.Message },
                JournalEvent.Faulted => was with { State = BoxState.Failed, Message = line.Message },
                JournalEvent.Canceled => was with { State = BoxState.TakenBack },
                _ => was with { State = BoxState.Here },
            };
        }

        return [.. steps.Values];
    }

    private CompiledWorkflow Workflow => _workflow ??= Job.Workflow;

    private CompiledWorkflow? _workflow;

    /// <summary>The drawing with the path taken so far.</summary>
    public TraceDrawing? Drawing()
    {
        var steps = new Dictionary<Guid, (string, BoxState)>();
        var followed = new HashSet<(string, string, string)>();
        foreach (var line in Job.Journal)
        {
            if (Workflow.Find(line.ActivityId) is not { } node) continue;
            steps[line.ActivityInstanceId] = (node.Id, line.Event switch { JournalEvent.Completed => BoxState.Done, JournalEvent.Faulted => BoxState.Failed, JournalEvent.Canceled => BoxState.TakenBack, _ => BoxState.Here });
            foreach (var arrow in line.Followed ?? []) followed.Add((node.Id, arrow.Port, arrow.Target));
        }

        return JobTraces.Draw(Workflow.Root, steps.Values, followed);
    }

    /// <summary>What the job knows, by the names that conditions and texts use; ids say nothing to people.</summary>
    public IReadOnlyList<(string Name, string Value, DateTimeOffset? Moment)> Data() =>
        [.. Leaves(Job.Data).Select(l => (l.Key, Value: Readable(l.Value))).Where(l => l.Value.Length > 0).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => (l.Key, l.Value, Moment(l.Value)))];

    private static string Readable(string leaf)
    {
        var texts = leaf.StartsWith('[') && JsonNode.Parse(leaf) is JsonArray list ? list.Select(i => i?.ToString() ?? "") : [leaf.Trim('"')];
        return Texts.List(texts.Where(t => t.Length > 0 && !Guid.TryParse(t, out _)));
    }

    private static DateTimeOffset? Moment(string text) =>
        text.Length >= 19 && text[10] == 'T' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    private static Dictionary<string, string> Leaves(JsonObject data)
    {
        var leaves = new Dictionary<string, string>(StringComparer.Ordinal);
        void Walk(JsonNode? node, string path, int depth)
        {
            if (node is JsonObject obj && depth < 6)
                foreach (var (name, value) in obj) Walk(value, path.Length == 0 ? name : $"{path}.{name}", depth + 1);
            else if (node is not null) leaves[path] = node is JsonValue v && v.TryGetValue(out string? text) ? text : node.ToJsonString(StimulusText.Json);
        }

        Walk(data, "", 0);
        return leaves;
    }
}
