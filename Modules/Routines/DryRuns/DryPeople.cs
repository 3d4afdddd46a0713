using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;
using Crm.Routines.Domain;

namespace Crm.Routines.DryRuns;

/// <summary>Who would do a stage, as <see cref="StagePeople"/> finds them; users and roles are read once, and who did an earlier stage is what the dry job knows.</summary>
internal sealed class DryPeople
{
    private readonly Dictionary<Guid, string> _users;
    private readonly Dictionary<Guid, (string Name, Guid[] Users)> _roles;
    private readonly IOrganisation _organisation;

    private DryPeople(Dictionary<Guid, string> users, Dictionary<Guid, (string Name, Guid[] Users)> roles, IOrganisation organisation) => (_users, _roles, _organisation) = (users, roles, organisation);

    public static async Task<DryPeople> LoadAsync(IUserDirectory users, IOrganisation organisation, CancellationToken ct)
    {
        var active = (await users.ActiveAsync(ct)).ToDictionary(u => u.Id, u => u.Name);
        var roles = new Dictionary<Guid, (string, Guid[])>();
        foreach (var role in await users.RolesAsync(ct)) roles[role.Id] = (role.Name, [.. (await users.InRoleAsync(role.Id, ct)).Select(u => u.Id).Order()]);
        return new(active, roles, organisation);
    }

    public string Name(Guid user) => _users.GetValueOrDefault(user) ?? Texts.Get("Unknown");

    public string RoleName(Guid role) => _roles.TryGetValue(role, out var known) ? known.Name : Texts.Get("Unknown");

    public IReadOnlyList<Guid> InRole(Guid role) => _roles.TryGetValue(role, out var known) ? known.Users : [];

    /// <summary>Everybody whom a stage could be given to, as words: the names, or the role.</summary>
    public string Names(IReadOnlyList<Guid> users, Guid? role) => role is { } r ? RoleName(r) : Texts.List(users.Select(Name));

    /// <summary>The persons, or the role, of a stage; nobody when there is none.</summary>
    public async Task<(IReadOnlyList<Guid> Users, Guid? Role)> ChooseAsync(StageWanted wanted, DryCase of, IReadOnlyList<Guid> agents, Func<string, Guid?> doerOf, DateTimeOffset now, CancellationToken ct)
    {
        Guid[] starter = of.Starter is { } s ? [s] : agents.Count > 0 ? [.. agents] : of.Expert is { } x ? [x] : [];
        Guid[] expert = of.Expert is { } e ? [e] : [];
        Guid[] doer = doerOf(wanted.OfStage) is { } did ? [did] : [];
        switch (wanted.Who)
        {
            case StageWho.Role: return wanted.RoleId is { } role && InRole(role).Count > 0 ? ([], role) : ([], null);
            case StageWho.Expert: return Active(expert);
            case StageWho.Starter: return Active(starter);
            case StageWho.Agents: return Active(agents);
            case StageWho.DoerOfStage: return Active(doer);
            case StageWho.ChosenThen:
                // Whoever did the stage before chooses: the first of the list stands for the one chosen.
                if (wanted.UserIds.Count > 0) return Active(wanted.UserIds);
                if (wanted.RoleId is { } from && InRole(from).Count > 0) return ([], from);
                return Active(doer.Length > 0 ? doer : starter);
            case StageWho.Post: return Active(wanted.PostId is { } post ? await _organisation.HoldersAsync(post, now, ct) : []);
            case StageWho.HeadOfUnit: return Active(wanted.UnitId is { } unit ? await _organisation.HeadsOfUnitAsync(unit, now, ct) : []);
            case StageWho.SuperiorOfDoer: return await EachAsync(doer, _organisation.SuperiorsOfAsync, now, ct);
            case StageWho.SuperiorOfExpert: return await EachAsync(expert, _organisation.SuperiorsOfAsync, now, ct);
            case StageWho.SuperiorOfStarter: return await EachAsync(starter, _organisation.SuperiorsOfAsync, now, ct);
            case StageWho.HeadOfDoersUnit: return await EachAsync(doer, _organisation.HeadsOfAsync, now, ct);
            case StageWho.HeadOfExpertsUnit: return await EachAsync(expert, _organisation.HeadsOfAsync, now, ct);
            default: return Active(wanted.UserIds);
        }
    }

    private async Task<(IReadOnlyList<Guid> Users, Guid? Role)> EachAsync(IEnumerable<Guid> people, Func<Guid, DateTimeOffset, CancellationToken, Task<IReadOnlyList<Guid>>> ask, DateTimeOffset now, CancellationToken ct)
    {
        List<Guid> found = [];
        foreach (var person in people) found.AddRange(await ask(person, now, ct));
        return Active(found);
    }

    private (IReadOnlyList<Guid> Users, Guid? Role) Active(IEnumerable<Guid> wanted) => ([.. wanted.Distinct().Where(_users.ContainsKey)], null);
}
