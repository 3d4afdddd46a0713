using Crm.Platform.Contracts;

namespace Crm.Platform.Organising;

internal sealed record ChartUnit(Guid Id, string Name, Guid? ParentId, Guid? HeadId, IReadOnlyList<Guid> MemberIds);

internal sealed record ChartPost(Guid Id, string Title, Guid UnitId, Guid? ReportsToId, bool Leads);

internal sealed record ChartHolder(Guid PostId, Guid UserId, DateOnly From, DateOnly? Until)
{
    public bool On(DateOnly day) => From <= day && (Until is null || day <= Until);
}

internal sealed record ChartLeave(Guid UserId, DateOnly From, DateOnly Until, Guid DeputyId, Guid? PostId)
{
    public bool On(DateOnly day) => From <= day && day <= Until;
}

/// <summary>The organisation chart as a pure function of its data: holders, heads, superiors and deputies on a day.</summary>
internal sealed class OrgChart
{
    // Deputies of deputies: longer chains than this are a mistake, not an organisation.
    private const int MostDeputies = 8;

    private readonly Dictionary<Guid, ChartUnit> _units;
    private readonly Dictionary<Guid, ChartPost> _posts;
    private readonly ILookup<Guid, ChartHolder> _holders;
    private readonly ILookup<Guid, ChartHolder> _held;
    private readonly ILookup<Guid, ChartLeave> _leaves;
    private readonly IReadOnlyDictionary<Guid, IReadOnlyList<Guid>> _active;

    /// <param name="units">All units.</param>
    /// <param name="posts">All posts.</param>
    /// <param name="holders">All holders, past and to come.</param>
    /// <param name="leaves">Leaves that are not over.</param>
    /// <param name="active">Active users with their roles.</param>
    public OrgChart(IEnumerable<ChartUnit> units, IEnumerable<ChartPost> posts, IReadOnlyList<ChartHolder> holders, IEnumerable<ChartLeave> leaves, IReadOnlyDictionary<Guid, IReadOnlyList<Guid>> active)
    {
        _units = units.ToDictionary(u => u.Id);
        _posts = posts.ToDictionary(p => p.Id);
        _holders = holders.ToLookup(h => h.PostId);
        _held = holders.ToLookup(h => h.UserId);
        _leaves = leaves.ToLookup(l => l.UserId);
        _active = active;
    }

    public IEnumerable<ChartUnit> Units => _units.Values;

    public IEnumerable<ChartPost> Posts => _posts.Values;

    public IReadOnlyList<Guid> Holders(Guid post, DateOnly day) => [.. _holders[post].Where(h => h.On(day) && _active.ContainsKey(h.UserId)).OrderBy(h => h.From).Select(h => h.UserId).Distinct()];

    public IReadOnlyList<Guid> HeadsOfUnit(Guid unit, DateOnly day)
    {
        if (!_units.TryGetValue(unit, out var found)) return [];
        Guid[] leading = [.. _posts.Values.Where(p => p.UnitId == unit && p.Leads).OrderBy(p => p.Title, StringComparer.Ordinal).SelectMany(p => Holders(p.Id, day)).Distinct()];
        if (leading.Length > 0) return leading;
        return found.HeadId is { } head && _active.ContainsKey(head) ? [head] : [];
    }

    /// <summary>The units that somebody belongs to, through a post, as a member or as the head.</summary>
    public IReadOnlyList<Guid> UnitsOf(Guid user, DateOnly day) =>
    [
        .. _held[user].Where(h => h.On(day) && _posts.ContainsKey(h.PostId)).Select(h => _posts[h.PostId].UnitId)
            .Concat(_units.Values.Where(u => u.HeadId == user || u.MemberIds.Contains(user)).OrderBy(u => u.Name, StringComparer.Ordinal).Select(u => u.Id)).Distinct(),
    ];

    public IReadOnlyList<Guid> HeadsOf(Guid user, DateOnly day) => [.. UnitsOf(user, day).SelectMany(u => HeadsOfUnit(u, day)).Distinct()];

    public IReadOnlyList<Guid> SuperiorsOf(Guid user, DateOnly day)
    {
        var held = _held[user].Where(h => h.On(day) && _posts.ContainsKey(h.PostId)).Select(h => h.PostId).Distinct().ToList();
        var found = held.SelectMany(p => SuperiorsOfPost(p, day, user)).Distinct().ToList();
        // Somebody without a post, or whose posts lead nowhere, answers to whoever leads where he belongs.
        return found.Count > 0 ? found : [.. UnitsOf(user, day).SelectMany(u => LeadersFrom(u, day, user)).Distinct()];
    }

    public IReadOnlyList<Guid> SuperiorsOfPost(Guid post, DateOnly day, Guid? but = null)
    {
        if (!_posts.TryGetValue(post, out var found)) return [];
        var seen = new HashSet<Guid> { post };
        for (var above = found.ReportsToId; above is { } id && seen.Add(id) && _posts.TryGetValue(id, out var next); above = next.ReportsToId)
        {
            Guid[] holders = [.. Holders(id, day).Where(u => u != but)];
            if (holders.Length > 0) return holders;
        }

        return LeadersFrom(found.UnitId, day, but, post);
    }

    // The nearest unit, from this one up, that somebody else leads. The leading post of a unit does not answer to itself.
    private IReadOnlyList<Guid> LeadersFrom(Guid unit, DateOnly day, Guid? but, Guid? butPost = null)
    {
        var seen = new HashSet<Guid>();
        for (Guid? at = unit; at is { } id && seen.Add(id) && _units.TryGetValue(id, out var found); at = found.ParentId)
        {
            if (butPost is { } p && _posts[p] is { Leads: true } own && own.UnitId == id) continue;
            Guid[] heads = [.. HeadsOfUnit(id, day).Where(h => h != but)];
            if (heads.Length > 0) return heads;
        }

        return [];
    }

    /// <summary>Who does somebody's work on a day; himself when he is there, or when nobody of the chain of deputies is.</summary>
    public Guid DoesWorkOf(Guid user, Guid? post, DateOnly day)
    {
        var seen = new HashSet<Guid> { user };
        var now = user;
        for (var i = 0; i < MostDeputies; i++)
        {
            if (LeaveOf(now, now == user ? post : null, day) is not { } leave) return _active.ContainsKey(now) ? now : user;
            if (!seen.Add(leave.DeputyId) || !_active.ContainsKey(leave.DeputyId)) return user;
            now = leave.DeputyId;
        }

        return user;
    }

    public IReadOnlyList<Hand> AfterDeputies(IEnumerable<Guid> users, Guid? post, DateOnly day)
    {
        List<Hand> hands = [];
        foreach (var user in users.Distinct().Where(_active.ContainsKey))
        {
            var does = DoesWorkOf(user, post, day);
            if (hands.TrueForAll(h => h.UserId != does)) hands.Add(new(does, does == user ? null : user));
        }

        return hands;
    }

    public StandIn StandInOf(Guid user, DateOnly day)
    {
        List<Guid> whole = [];
        List<PostStandIn> posts = [];
        foreach (var group in _leaves)
        {
            if (group.Key == user || !group.Any(l => l.On(day))) continue;
            // Who has left altogether is still stood in for: his work is somebody's.
            if (DoesWorkOf(group.Key, null, day) == user) whole.Add(group.Key);
            foreach (var post in group.Where(l => l.On(day)).Select(l => l.PostId).OfType<Guid>().Distinct())
            {
                if (DoesWorkOf(group.Key, post, day) == user) posts.Add(new(group.Key, post));
            }
        }

        return whole.Count == 0 && posts.Count == 0 ? StandIn.Nobody : new(whole, posts, [.. whole.SelectMany(w => _active.GetValueOrDefault(w) ?? []).Distinct()]);
    }

    // The leave of the post itself goes before the one of the whole work; of several the one that began last.
    private ChartLeave? LeaveOf(Guid user, Guid? post, DateOnly day) =>
        _leaves[user].Where(l => l.On(day) && (l.PostId is null || l.PostId == post)).OrderByDescending(l => l.PostId is not null).ThenByDescending(l => l.From).FirstOrDefault();
}
