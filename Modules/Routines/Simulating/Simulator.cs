using Crm.Core;
using Crm.Routines.Domain;
using Crm.Routines.DryRuns;
using Crm.Routines.Versions;
using Crm.Workflows;

namespace Crm.Routines.Simulating;

/// <summary>
/// Runs a drawing dry over customers on a virtual clock and counts. Each job has dice of its own, made from the seed and its place, so that what happens to one depends on no other. Deterministic:
/// no clock, no random of its own, no order that a dictionary chose.
/// </summary>
internal sealed class Simulator(DryWorld world, SimulationSettings settings, StageHistory history, TimeZoneInfo zone)
{
    private const int MostSteps = 1_000;
    private const int ShownContacts = 5;

    private readonly Dictionary<(string Channel, string Category, string Template), (int Count, int Parts, int Failed)> _messages = [];
    private readonly Dictionary<Guid, (int Tasks, int Late)> _people = [];
    private readonly SortedDictionary<DateOnly, SortedDictionary<Guid, int>> _days = [];
    private readonly Dictionary<string, Counted> _stages = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Activity, string Reason, string Args), (int Count, List<Guid> Contacts, IReadOnlyList<string> Said)> _stuck = [];
    private readonly HashSet<Guid> _nobody = [];
    private readonly HashSet<string> _reached = new(StringComparer.Ordinal);
    private readonly HashSet<(string, string, string)> _followed = [];
    private readonly List<long> _lasted = [];
    private int _jobs, _finished, _ended, _running, _missing, _stuckJobs;

    private sealed class Counted
    {
        public required string Title { get; init; }

        public int Entered, Done, Late, Cases;

        public long Minutes;

        public SimulationSource Source;

        public SortedDictionary<string, int> Outcomes { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>What is to become of something that a job stands at.</summary>
    private sealed record Planned(DryStand Stand, DateTimeOffset At, string Outcome, Guid? Doer, bool Late);

    public void Missing() => _missing++;

    public async Task RunAsync(DryCase of, DateTimeOffset start, int place, CancellationToken ct)
    {
        var dice = Dice.Of(settings.Seed, $"job:{place}");
        var until = start.AddDays(settings.Days);
        var job = new DryJob(world, of, start);
        await job.GiveAsync(new Start(), ct);
        var planned = new Dictionary<Guid, Planned>();
        var acts = 0;
        var over = false;
        for (var step = 0; step < MostSteps && !job.State.IsOver; step++)
        {
            foreach (var gone in planned.Keys.Where(id => !job.Stands.Exists(s => s.ExecutionId == id)).ToList()) planned.Remove(gone);
            foreach (var stand in job.Stands)
                if (!planned.ContainsKey(stand.ExecutionId) && !Waits(stand)) planned[stand.ExecutionId] = await PlanAsync(stand, of, job.Now, dice, ct);
            acts = Take(job, acts, planned, dice);
            var stage = planned.Values.OrderBy(p => p.At).ThenBy(p => p.Stand.ExecutionId).FirstOrDefault();
            var late = planned.Values.Where(p => p.Stand.Due < p.At && !p.Late).OrderBy(p => p.Stand.Due).ThenBy(p => p.Stand.ExecutionId).FirstOrDefault();
            var timer = job.NextTimer;
            var next = new[] { stage?.At, late?.Stand.Due, timer?.DueAt }.Where(m => m is not null).Min();
            if (next is not { } moment) break;
            if (moment > until)
            {
                over = true;
                break;
            }

            if (moment > job.Now) job.Now = moment;
            if (late?.Stand.Due == moment)
            {
                planned[late.Stand.ExecutionId] = late with { Late = true };
                Of(late.Stand).Late++;
                if (late.Doer is { } slow) _people[slow] = _people.GetValueOrDefault(slow) with { Late = _people.GetValueOrDefault(slow).Late + 1 };
                await job.TellLateAsync(late.Stand, ct);
            }
            else if (stage?.At == moment)
            {
                var counted = Of(stage.Stand);
                counted.Done++;
                counted.Minutes += (long)(await world.WorkingTime.BetweenAsync(stage.Stand.Since, moment, ct)).TotalMinutes;
                counted.Outcomes[stage.Outcome] = counted.Outcomes.GetValueOrDefault(stage.Outcome) + 1;
                planned.Remove(stage.Stand.ExecutionId);
                await job.FinishAsync(stage.Stand, stage.Outcome, [], stage.Doer, ct);
            }
            else await job.GiveAsync(new TimerDue(timer!.Id), ct);
        }

        Take(job, acts, planned, dice);
        Count(job, start, over);
    }

    private Counted Of(DryStand stand) => _stages.TryGetValue(stand.ActivityId, out var known) ? known : _stages[stand.ActivityId] = new() { Title = Title(stand.ActivityId) };

    // A stage without hands stands until somebody gives it to one: in a simulation, for ever.
    private bool Waits(DryStand stand)
    {
        if (!stand.Nobody) return false;
        if (_nobody.Add(stand.ExecutionId)) Of(stand).Entered++;
        return true;
    }

    private async Task<Planned> PlanAsync(DryStand stand, DryCase of, DateTimeOffset now, Dice dice, CancellationToken ct)
    {
        var counted = Of(stand);
        counted.Entered++;
        var known = settings.History && stand.Stage is not null ? history.Of(stand.ActivityId, stand.Title, stand.Outcomes) : [];
        var weights = settings.Weights.Where(w => w.Activity == stand.ActivityId && stand.Outcomes.Contains(w.Outcome)).ToList();
        var like = known.Count > 0 ? dice.Pick(known) : null;
        // Around the planned time; what nobody planned takes as long as the owner said.
        var minutes = like?.Minutes ?? (long)(Math.Max(1, stand.Planned ?? (int)(settings.Hours * 60)) * (50 + dice.Below(101)) / 100.0);
        var outcome = weights.Any(w => w.Weight > 0) ? dice.Pick([.. stand.Outcomes.Select(o => (o, weights.Find(w => w.Outcome == o)?.Weight ?? 0))])
            : like?.Outcome ?? (stand.Stage is null ? stand.Outcomes[0] : dice.Pick(stand.Outcomes));
        counted.Source = weights.Any(w => w.Weight > 0) ? SimulationSource.Weighted : like is not null ? SimulationSource.History : SimulationSource.Planned;
        counted.Cases = known.Count;
        var hands = stand.Role is { } role ? world.People.InRole(role) : stand.Users;
        Guid? doer = hands.Count > 0 ? dice.Pick(hands) : null;
        var at = await world.WorkingTime.AddAsync(now, TimeSpan.FromMinutes(minutes), of.BranchId, ct);
        return stand.Timeout is { } timeout && stand.Due is { } due && due < at ? new(stand, due, timeout, doer, true) : new(stand, at, outcome, doer, false);
    }

    /// <summary>Counts what a job would have done since last time. A role's work is counted for the one who the dice gave it to.</summary>
    private int Take(DryJob job, int from, Dictionary<Guid, Planned> planned, Dice dice)
    {
        for (; from < job.Acts.Count; from++)
        {
            switch (job.Acts[from])
            {
                case DryMessage m:
                    var key = (m.Channel, m.Category, m.Template);
                    var sum = _messages.GetValueOrDefault(key);
                    _messages[key] = (sum.Count + 1, sum.Parts + m.Parts, sum.Failed + (m.Problem is null ? 0 : 1));
                    break;
                case DryTask t:
                    var doer = planned.Values.FirstOrDefault(p => p.Stand.ActivityId == t.ActivityId && p.Stand.Since == t.At)?.Doer ?? t.Users.Cast<Guid?>().FirstOrDefault() ?? (t.Role is { } role && world.People.InRole(role) is { Count: > 0 } members ? dice.Pick(members) : null);
                    var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(t.At, zone).DateTime);
                    if (!_days.TryGetValue(day, out var people)) _days[day] = people = [];
                    var who = doer ?? Guid.Empty;
                    people[who] = people.GetValueOrDefault(who) + 1;
                    _people[who] = _people.GetValueOrDefault(who) with { Tasks = _people.GetValueOrDefault(who).Tasks + 1 };
                    break;
            }
        }

        return from;
    }

    private void Count(DryJob job, DateTimeOffset start, bool over)
    {
        _jobs++;
        foreach (var line in job.Journal)
        {
            _reached.Add(line.ActivityId);
            foreach (var arrow in line.Followed ?? []) _followed.Add((line.ActivityId, arrow.Port, arrow.Target));
        }

        if (job.State.IsOver)
        {
            if (job.State.SubStatus == WorkflowSubStatus.Finished) _finished++;
            else _ended++;
            _lasted.Add((long)((job.State.FinishedAt ?? job.Now) - start).TotalMinutes);
            return;
        }

        if (over && job.State.Incidents.Count == 0 && !job.Stands.Exists(s => s.Nobody))
        {
            _running++;
            return;
        }

        _stuckJobs++;
        foreach (var (activity, reason, args) in Reasons(job))
        {
            var key = (activity, reason, string.Join('\u001f', args));
            var known = _stuck.TryGetValue(key, out var found) ? found : (0, [], args);
            if (job.Case.ContactId is { } contact && known.Item2.Count < ShownContacts) known.Item2.Add(contact);
            _stuck[key] = (known.Item1 + 1, known.Item2, args);
        }
    }

    private static IEnumerable<(string Activity, string Reason, IReadOnlyList<string> Args)> Reasons(DryJob job)
    {
        foreach (var incident in job.State.Incidents) yield return (incident.Activity ?? "", DryTexts.KeyOf(incident), DryTexts.ArgsOf(incident));
        foreach (var stand in job.Stands.Where(s => s.Nobody)) yield return (stand.ActivityId, "Nobody is there to do “{0}”", [stand.Title]);
        if (job.State.Incidents.Count > 0 || job.Stands.Exists(s => s.Nobody)) yield break;
        foreach (var mark in job.State.Bookmarks.Where(b => b.DueAt is null))
        {
            var activity = job.State.Execution(mark.ExecutionId)?.Activity ?? "";
            if (mark.Kind == BookmarkKind.Event) yield return (activity, "Waits for the event “{0}”", [mark.Name ?? ""]);
            else yield return (activity, "Waits for something to happen", []);
        }
    }

    public SimulationReport Report()
    {
        _lasted.Sort();
        long At(int hundredths) => _lasted.Count == 0 ? 0 : _lasted[Math.Min(_lasted.Count - 1, _lasted.Count * hundredths / 100)];
        var nodes = world.Workflow.Nodes.Where(n => n.Children.Count == 0).ToList();
        return new()
        {
            Jobs = _jobs, Finished = _finished, Ended = _ended, Running = _running, StuckJobs = _stuckJobs, Missing = _missing, MedianMinutes = At(50), SlowMinutes = At(90),
            Messages = [.. _messages.OrderBy(m => m.Key.Channel, StringComparer.Ordinal).ThenBy(m => m.Key.Category, StringComparer.Ordinal).ThenBy(m => m.Key.Template, StringComparer.Ordinal)
                .Select(m => new SimulatedMessages(m.Key.Channel, m.Key.Category, m.Key.Template, m.Value.Count, m.Value.Parts, m.Key.Channel switch { "sms" => m.Value.Parts * settings.SmsCost, "email" => m.Value.Count * settings.MailCost, _ => 0 }, m.Value.Failed))],
            People = [.. _people.OrderByDescending(p => p.Value.Tasks).ThenBy(p => p.Key).Select(p => new SimulatedPerson(p.Key, p.Value.Tasks, p.Value.Late, _days.Values.Max(d => d.GetValueOrDefault(p.Key)), _days.Values.Count(d => d.ContainsKey(p.Key))))],
            Days = [.. _days.Select(d => new SimulatedDay(d.Key, d.Value.Values.Sum(), d.Value))],
            Stages = [.. world.Workflow.Nodes.Where(n => _stages.ContainsKey(n.Key)).Select(n => (n.Key, S: _stages[n.Key])).Select(x => new SimulatedStage(x.Key, x.S.Title, x.S.Entered, x.S.Done, x.S.Late, x.S.Done == 0 ? 0 : x.S.Minutes / x.S.Done, x.S.Source, x.S.Cases, [.. x.S.Outcomes.Select(o => new SimulatedOutcome(o.Key, o.Value))]))],
            Stuck = [.. _stuck.OrderByDescending(s => s.Value.Count).ThenBy(s => s.Key.Activity, StringComparer.Ordinal).ThenBy(s => s.Key.Reason, StringComparer.Ordinal).ThenBy(s => s.Key.Args, StringComparer.Ordinal)
                .Select(s => new SimulatedStuck(s.Key.Activity, Title(s.Key.Activity), s.Key.Reason, s.Value.Said, s.Value.Count, s.Value.Contacts))],
            DeadBoxes = [.. nodes.Where(n => !_reached.Contains(n.Id)).Select(n => new SimulatedDead(BoxTitles.Of(n.Activity), null, null))],
            DeadArrows = [.. world.Workflow.Nodes.SelectMany(flow => flow.Activity.Connections.Where(c => _reached.Contains(c.Source) && !_followed.Contains((c.Source, c.SourcePort, c.Target))).Select(c => new SimulatedDead(Title(c.Source), c.SourcePort, Title(c.Target))))],
        };
    }

    private string Title(string key) => world.Workflow.Find(key) is { } node ? BoxTitles.Of(node.Activity) : key;
}
