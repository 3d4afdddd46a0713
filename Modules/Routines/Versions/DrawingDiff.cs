using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Definitions;
using Crm.Workflows;

namespace Crm.Routines.Versions;

/// <summary>What is different.</summary>
internal enum ChangeKind
{
    Added,
    Removed,
    Changed,
}

/// <summary>A setting that is another now.</summary>
/// <param name="Title">As the form of the box calls it.</param>
/// <param name="Old">Before, as people read it; null for nothing.</param>
/// <param name="New">Now; null for nothing.</param>
internal sealed record SettingChange(string Title, string? Old, string? New);

/// <summary>Something that is different between two versions.</summary>
/// <param name="Kind">How.</param>
/// <param name="Icon">Of what kind it is.</param>
/// <param name="Text">A sentence in the language of the moment.</param>
/// <param name="Settings">What is set otherwise.</param>
internal sealed record DrawingChange(ChangeKind Kind, string Icon, string Text, IReadOnlyList<SettingChange> Settings);

/// <summary>All that is different between two versions, in words.</summary>
internal sealed record DrawingDifference(IReadOnlyList<DrawingChange> Routine, IReadOnlyList<DrawingChange> Boxes, IReadOnlyList<DrawingChange> Arrows)
{
    public bool IsEmpty => Routine.Count + Boxes.Count + Arrows.Count == 0;

    public int Count => Routine.Count + Boxes.Count + Arrows.Count;

    public IEnumerable<DrawingChange> All => Routine.Concat(Boxes).Concat(Arrows);
}

/// <summary>Tells the difference of two versions in words: boxes by their titles, settings by those of their form, chosen ids by names. Where boxes lie on the canvas is no difference.</summary>
internal sealed class DrawingDiff(RoutineCatalog catalog, SettingWords words)
{
    public async Task<DrawingDifference> OfAsync(WorkflowDefinition from, WorkflowDefinition to, CancellationToken ct)
    {
        var was = VersionPairs.Flatten(from);
        var now = VersionPairs.Flatten(to);
        var pairs = VersionPairs.Match(was, now, BoxTitles.Of);
        var byKey = now.ToDictionary(n => n.Key, StringComparer.Ordinal);
        words.Know("routines.stages", was.Concat(now).Select(b => (b.Activity.Id, BoxTitles.Of(b.Activity))));
        var boxes = new List<DrawingChange>();
        foreach (var box in now.Where(n => !pairs.Values.Contains(n.Key))) boxes.Add(new(ChangeKind.Added, "plus", In(box, "“{0}” is new ({1})", "“{0}” is new ({1}), inside “{2}”"), []));
        foreach (var box in was.Where(w => !pairs.ContainsKey(w.Key))) boxes.Add(new(ChangeKind.Removed, "minus", In(box, "“{0}” is gone ({1})", "“{0}” is gone ({1}), it was inside “{2}”"), []));
        foreach (var old in was)
            if (pairs.TryGetValue(old.Key, out var key) && await BoxAsync(old, byKey[key], pairs, ct) is { } change) boxes.Add(change);
        return new(Routine(from, to), boxes, Arrows(was, now, pairs));
    }

    private string In(DrawnActivity box, string alone, string inside) => box.Parent is null or { Parent: null }
        ? Texts.Get(alone, BoxTitles.Of(box.Activity), Kind(box.Activity)) : Texts.Get(inside, BoxTitles.Of(box.Activity), Kind(box.Activity), BoxTitles.Of(box.Parent.Activity));

    private string Kind(ActivityNode activity) => catalog.Find(activity.Type, activity.Version) is { } descriptor ? Texts.Get(descriptor.DisplayName) : activity.ShortType;

    // ---- the routine itself

    private static List<DrawingChange> Routine(WorkflowDefinition from, WorkflowDefinition to)
    {
        var changes = new List<DrawingChange>();
        if ((from.Name ?? "") != (to.Name ?? "")) changes.Add(new(ChangeKind.Changed, "pencil", Texts.Get("The routine “{0}” is called “{1}” now", from.Name, to.Name), []));
        if ((from.Description ?? "") != (to.Description ?? "")) changes.Add(new(ChangeKind.Changed, "pencil", Texts.Get("What it is for was written anew"), [new(Texts.Get("Description"), SettingWords.Filled(from.Description), SettingWords.Filled(to.Description))]));
        Named(from.Variables.Select(v => (v.Name, What: v.TypeName + (v.IsArray ? "[]" : ""), Value: v.Value)), to.Variables.Select(v => (v.Name, What: v.TypeName + (v.IsArray ? "[]" : ""), Value: v.Value)), "The variable “{0}” is new", "The variable “{0}” is gone", "The variable “{0}” changed");
        Named(from.Inputs.Select(v => (v.Name, What: v.TypeName, Value: (JsonNode?)null)), to.Inputs.Select(v => (v.Name, What: v.TypeName, Value: (JsonNode?)null)), "The input “{0}” is new", "The input “{0}” is gone", "The input “{0}” changed");
        Named(from.Outputs.Select(v => (v.Name, What: v.TypeName, Value: (JsonNode?)null)), to.Outputs.Select(v => (v.Name, What: v.TypeName, Value: (JsonNode?)null)), "The output “{0}” is new", "The output “{0}” is gone", "The output “{0}” changed");
        return changes;

        void Named(IEnumerable<(string Name, string What, JsonNode? Value)> was, IEnumerable<(string Name, string What, JsonNode? Value)> now, string added, string gone, string changed)
        {
            var old = was.GroupBy(v => v.Name).ToDictionary(g => g.Key, g => g.First());
            var next = now.GroupBy(v => v.Name).ToDictionary(g => g.Key, g => g.First());
            foreach (var v in next.Values.Where(v => !old.ContainsKey(v.Name))) changes.Add(new(ChangeKind.Added, "variable", Texts.Get(added, v.Name), []));
            foreach (var v in old.Values.Where(v => !next.ContainsKey(v.Name))) changes.Add(new(ChangeKind.Removed, "variable", Texts.Get(gone, v.Name), []));
            foreach (var v in old.Values)
            {
                if (!next.TryGetValue(v.Name, out var n)) continue;
                List<SettingChange> settings = [];
                if (v.What != n.What) settings.Add(new(Texts.Get("Kind of value"), v.What, n.What));
                if (SettingWords.Plain(v.Value) != SettingWords.Plain(n.Value)) settings.Add(new(Texts.Get("First value"), SettingWords.Plain(v.Value), SettingWords.Plain(n.Value)));
                if (settings.Count > 0) changes.Add(new(ChangeKind.Changed, "variable", Texts.Get(changed, v.Name), settings));
            }
        }
    }

    // ---- boxes

    private async Task<DrawingChange?> BoxAsync(DrawnActivity old, DrawnActivity box, IReadOnlyDictionary<string, string> pairs, CancellationToken ct)
    {
        var (was, now) = (BoxTitles.Of(old.Activity), BoxTitles.Of(box.Activity));
        var isRoot = box.Parent is null;
        var settings = await SettingsAsync(old.Activity, box.Activity, ct);
        // A new title is told by the sentence.
        if (was != now) settings.RemoveAll(s => s.Old == was && s.New == now);
        var moved = old.Parent is { } around && box.Parent is { } here && pairs.GetValueOrDefault(around.Key) != here.Key;
        if ((was == now || isRoot) && !moved && settings.Count == 0) return null;
        var text = (was != now && !isRoot, moved) switch
        {
            (true, true) => Texts.Get("“{0}” is called “{1}” now and stands inside “{2}” instead of “{3}”", was, now, Container(box.Parent!), Container(old.Parent!)),
            (true, false) => Texts.Get("“{0}” is called “{1}” now", was, now),
            (false, true) => Texts.Get("“{0}” stands inside “{1}” instead of “{2}”", now, Container(box.Parent!), Container(old.Parent!)),
            _ => isRoot ? Texts.Get("The drawing as a whole is set otherwise") : Texts.Get("“{0}” is set otherwise", now),
        };
        return new(ChangeKind.Changed, moved ? "arrows-left-right" : was != now ? "pencil" : "adjustments", text, settings);
    }

    private static string Container(DrawnActivity container) => container.Parent is null ? Texts.Get("the drawing itself") : BoxTitles.Of(container.Activity);

    private async Task<List<SettingChange>> SettingsAsync(ActivityNode old, ActivityNode now, CancellationToken ct)
    {
        var changes = new List<SettingChange>();
        var descriptor = catalog.Find(now.Type, now.Version);
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in descriptor?.Inputs ?? [])
        {
            told.Add(input.PropertyName);
            told.Add(input.Name);
            var was = Property(old, input);
            var next = Property(now, input);
            if (JsonNode.DeepEquals(SettingWords.Meaning(was, input), SettingWords.Meaning(next, input))) continue;
            var (before, after) = (await words.ShownAsync(was, now.Type, input, ct), await words.ShownAsync(next, now.Type, input, ct));
            if (before != after) changes.Add(new(Texts.Get(input.DisplayName), before, after));
        }

        // What no form of ours knows is told by its own name; places on the canvas, ids and what lies inside are not settings.
        var inside = old.Children.Select(c => c.Port).Concat(now.Children.Select(c => c.Port)).ToHashSet(StringComparer.Ordinal);
        foreach (var name in old.Json.Select(p => p.Key).Union(now.Json.Select(p => p.Key)))
        {
            if (told.Contains(name) || inside.Contains(name) || name is "id" or "nodeId" or "name" or "type" or "version" or "metadata" or "customProperties" or "connections" or "activities" or "start" or "variables" || (descriptor?.Outputs.Any(o => o.PropertyName == name) ?? false)) continue;
            if (!JsonNode.DeepEquals(old.Json[name], now.Json[name])) changes.Add(new(name, SettingWords.Plain(old.Json[name]), SettingWords.Plain(now.Json[name])));
        }

        if (old.MergeMode != now.MergeMode) changes.Add(new(Texts.Get("Several arrows that lead here"), Texts.Get(Merging(old.MergeMode)), Texts.Get(Merging(now.MergeMode))));
        if (old.CanStartWorkflow != now.CanStartWorkflow) changes.Add(new(Texts.Get("Starts the routine"), SettingWords.YesNo(old.CanStartWorkflow), SettingWords.YesNo(now.CanStartWorkflow)));
        return changes;
    }

    private static string Merging(MergeMode? mode) => mode switch
    {
        MergeMode.Merge => "Wait for all that lead forward",
        MergeMode.Converge => "Wait for all",
        MergeMode.Cascade => "Run for each",
        MergeMode.Race => "The first one wins",
        _ => "Go on unless one before is awaited",
    };

    private static JsonNode? Property(ActivityNode activity, InputDescriptor input) => activity.Json[input.PropertyName] ?? activity.Json[input.Name];

    // ---- arrows

    private static List<DrawingChange> Arrows(IReadOnlyList<DrawnActivity> was, IReadOnlyList<DrawnActivity> now, IReadOnlyDictionary<string, string> pairs)
    {
        var changes = new List<DrawingChange>();
        var old = All(was);
        var next = All(now);
        string? Renamed(DrawnActivity? box) => box is null ? null : pairs.GetValueOrDefault(box.Key);
        var kept = old.Select(a => (From: Renamed(a.From), a.Port, To: Renamed(a.To))).ToHashSet();
        var there = next.Select(a => (From: (string?)a.From.Key, a.Port, To: (string?)a.To.Key)).ToHashSet();
        foreach (var a in next.Where(a => !kept.Contains((a.From.Key, a.Port, a.To.Key)))) changes.Add(new(ChangeKind.Added, "arrow-right", Sentence(a, "From “{0}” by “{1}” it goes to “{2}” now", "From “{0}” it goes to “{1}” now"), []));
        // An arrow of a box that is gone went with it.
        foreach (var a in old.Where(a => Renamed(a.From) is { } from && Renamed(a.To) is { } to && !there.Contains((from, a.Port, to)))) changes.Add(new(ChangeKind.Removed, "arrow-right", Sentence(a, "From “{0}” by “{1}” it no longer goes to “{2}”", "From “{0}” it no longer goes to “{1}”"), []));
        return changes;

        static string Sentence((DrawnActivity From, string Port, DrawnActivity To) a, string by, string plain) =>
            a.Port == "Done" ? Texts.Get(plain, BoxTitles.Of(a.From.Activity), BoxTitles.Of(a.To.Activity)) : Texts.Get(by, BoxTitles.Of(a.From.Activity), Texts.Get(a.Port), BoxTitles.Of(a.To.Activity));

        static List<(DrawnActivity From, string Port, DrawnActivity To)> All(IReadOnlyList<DrawnActivity> boxes)
        {
            var found = new List<(DrawnActivity, string, DrawnActivity)>();
            foreach (var flow in boxes)
            {
                var inside = boxes.Where(b => b.Parent == flow).GroupBy(b => b.Activity.Id).ToDictionary(g => g.Key, g => g.First());
                foreach (var c in flow.Activity.Connections)
                    if (inside.TryGetValue(c.Source, out var from) && inside.TryGetValue(c.Target, out var to) && !found.Contains((from, c.SourcePort, to))) found.Add((from, c.SourcePort, to));
            }

            return found;
        }
    }
}
