using System.Collections.Frozen;
using Crm.Core;

namespace Crm.Contacts.Data;

/// <summary>A group as pages show it.</summary>
internal sealed record GroupNode(Guid Id, Guid? ParentId, string Persian, string? English, int Order, bool Active, Guid? MergedIntoId, uint Version)
{
    /// <summary>Title in the language of the moment.</summary>
    public string Title => Texts.IsPersian ? Persian : English ?? Persian;
}

/// <summary>A group at its place in the tree.</summary>
/// <param name="Group">The group.</param>
/// <param name="Depth">0 at the top.</param>
/// <param name="Offered">Whether drop-downs offer it: it and all it lies in are in use.</param>
internal sealed record GroupPlace(GroupNode Group, int Depth, bool Offered);

/// <summary>All groups at one moment. Whoever asks for a group that was merged is given the one it became.</summary>
internal sealed class GroupTree
{
    /// <summary>Between the titles of a path; it turns round with the direction of the text.</summary>
    public const string Separator = " › ";

    private readonly FrozenDictionary<Guid, GroupNode> _all;
    private readonly ILookup<Guid, GroupNode> _children;
    private readonly ILookup<Guid, GroupNode> _merged;

    public GroupTree(IReadOnlyCollection<GroupNode> groups)
    {
        _all = groups.ToFrozenDictionary(g => g.Id);
        _children = groups.Where(g => g.MergedIntoId is null).OrderBy(g => g.Order).ThenBy(g => g.Persian, StringComparer.Ordinal).ToLookup(g => g.ParentId ?? Guid.Empty);
        _merged = groups.Where(g => g.MergedIntoId is not null).ToLookup(g => g.MergedIntoId!.Value);
    }

    public bool IsEmpty => !_children[Guid.Empty].Any();

    public GroupNode? Find(Guid? id)
    {
        var found = id is { } i ? _all.GetValueOrDefault(i) : null;
        while (found?.MergedIntoId is { } into) found = _all.GetValueOrDefault(into);
        return found;
    }

    /// <summary>The groups themselves, in place of those that were merged into them; each once.</summary>
    public List<Guid> Present(IEnumerable<Guid>? ids) => ids is null ? [] : [.. ids.Select(i => Find(i)?.Id ?? i).Distinct()];

    public IEnumerable<GroupNode> Children(Guid? of) => _children[of ?? Guid.Empty];

    /// <summary>Title with those of the groups it lies in: «صنعتی › نساجی».</summary>
    public string? Path(Guid? id)
    {
        if (Find(id) is not { } at) return null;
        List<string> titles = [];
        for (var g = at; g is not null; g = Find(g.ParentId)) titles.Insert(0, g.Title);
        return string.Join(Separator, titles);
    }

    /// <summary>The group and everything under it, with what was merged into them: what contacts of the group may carry.</summary>
    public Guid[] Under(Guid id)
    {
        if (Find(id) is not { } at) return [id];
        List<Guid> ids = [];
        Add(at.Id);
        return [.. ids];

        void Add(Guid g)
        {
            ids.Add(g);
            foreach (var merged in _merged[g]) Add(merged.Id);
            foreach (var child in _children[g]) Add(child.Id);
        }
    }

    /// <summary>The whole tree in the order one reads it.</summary>
    public IEnumerable<GroupPlace> InOrder()
    {
        return Walk(null, 0, true);

        IEnumerable<GroupPlace> Walk(Guid? parent, int depth, bool offered)
        {
            foreach (var g in Children(parent))
            {
                var here = offered && g.Active;
                yield return new(g, depth, here);
                foreach (var below in Walk(g.Id, depth + 1, here)) yield return below;
            }
        }
    }

    /// <summary>What a drop-down offers: groups in use, and those chosen already.</summary>
    public IEnumerable<GroupNode> Choices(IReadOnlyCollection<Guid> chosen) => InOrder().Where(p => p.Offered || chosen.Contains(p.Group.Id)).Select(p => p.Group);
}
