namespace Crm.Workflows;

/// <summary>An activity of a drawing and where it stands in it.</summary>
/// <param name="Activity">The activity.</param>
/// <param name="Key">What states call it: its id, or its path when several share the id.</param>
/// <param name="Parent">The container around it; null for the root.</param>
/// <param name="Port">The property of the container that holds it.</param>
public sealed record DrawnActivity(ActivityNode Activity, string Key, DrawnActivity? Parent, string? Port);

/// <summary>Finds the activities of one version again in another: by id first, then by type and title.</summary>
public static class VersionPairs
{
    /// <summary>All activities of a drawing, containers before what is inside. Drafts with errors too.</summary>
    public static IReadOnlyList<DrawnActivity> Flatten(WorkflowDefinition definition)
    {
        var own = definition.Clone();
        own.AssignMissingIds();
        var all = new List<(ActivityNode Activity, int Parent, string? Port, string Path)>();
        void Walk(ActivityNode activity, int parent, string? port, string around)
        {
            var place = all.Count;
            var path = $"{around}:{activity.Id}";
            all.Add((activity, parent, port, path));
            foreach (var child in activity.Children) Walk(child.Activity, place, child.Port, path);
        }

        if (own.Root is { } root) Walk(root, -1, null, "Workflow1");
        var shared = all.GroupBy(a => a.Activity.Id, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        var drawn = new List<DrawnActivity>(all.Count);
        foreach (var (activity, parent, port, path) in all) drawn.Add(new DrawnActivity(activity, shared.Contains(activity.Id) ? path : activity.Id, parent < 0 ? null : drawn[parent], port));
        return drawn;
    }

    /// <summary>All activities of a compiled drawing, containers before what is inside.</summary>
    public static IReadOnlyList<DrawnActivity> Flatten(CompiledWorkflow workflow)
    {
        var drawn = new Dictionary<WorkflowNode, DrawnActivity>(ReferenceEqualityComparer.Instance);
        foreach (var node in workflow.Nodes) drawn[node] = new DrawnActivity(node.Activity, node.Key, node.Parent is { } parent ? drawn[parent] : null, node.Port);
        return [.. workflow.Nodes.Select(node => drawn[node])];
    }

    /// <summary>Keys of the new version by keys of the old one. An activity of which there is no sure counterpart is left out.</summary>
    /// <param name="from">The old version.</param>
    /// <param name="to">The new version.</param>
    /// <param name="title">What people call a box; the engine's own title when null.</param>
    public static IReadOnlyDictionary<string, string> Match(IReadOnlyList<DrawnActivity> from, IReadOnlyList<DrawnActivity> to, Func<ActivityNode, string>? title = null)
    {
        title ??= activity => activity.Title;
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        void Pair(DrawnActivity old, DrawnActivity now)
        {
            pairs[old.Key] = now.Key;
            taken.Add(now.Key);
        }

        if (from.Count == 0 || to.Count == 0) return pairs;
        // The outermost box is the drawing itself, whatever its id.
        if (from[0].Activity.Type == to[0].Activity.Type) Pair(from[0], to[0]);
        var byKey = to.ToDictionary(now => now.Key, StringComparer.Ordinal);
        foreach (var old in from)
            if (!pairs.ContainsKey(old.Key) && byKey.TryGetValue(old.Key, out var now) && !taken.Contains(now.Key) && now.Activity.Type == old.Activity.Type) Pair(old, now);
        // Drawn anew under another id: the same kind with the same title, in the same container first, then anywhere. Twice the same title says nothing.
        foreach (var anywhere in (ReadOnlySpan<bool>)[false, true])
        {
            (string, string, string?) Name(DrawnActivity drawn, bool old) =>
                (drawn.Activity.Type, title(drawn.Activity).Trim(), anywhere || drawn.Parent is null ? null : old ? pairs.GetValueOrDefault(drawn.Parent.Key) ?? "" : drawn.Parent.Key);
            var left = from.Where(old => !pairs.ContainsKey(old.Key)).ToLookup(old => Name(old, true));
            var right = to.Where(now => !taken.Contains(now.Key)).ToLookup(now => Name(now, false));
            foreach (var group in left)
                if (group.Key.Item2.Length > 0 && group.Count() == 1 && right[group.Key].ToArray() is [var only]) Pair(group.First(), only);
        }

        return pairs;
    }
}
