using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;

namespace Crm.Routines.DryRuns;

/// <summary>Who would do a stage, without asking the database for each: users and roles are read once.</summary>
internal sealed class DryPeople
{
    private readonly Dictionary<Guid, string> _users;
    private readonly Dictionary<Guid, (string Name, Guid[] Users)> _roles;

    private DryPeople(Dictionary<Guid, string> users, Dictionary<Guid, (string Name, Guid[] Users)> roles) => (_users, _roles) = (users, roles);

    public static async Task<DryPeople> LoadAsync(IUserDirectory users, CancellationToken ct)
    {
        var active = (await users.ActiveAsync(ct)).ToDictionary(u => u.Id, u => u.Name);
        var roles = new Dictionary<Guid, (string, Guid[])>();
        foreach (var role in await users.RolesAsync(ct)) roles[role.Id] = (role.Name, [.. (await users.InRoleAsync(role.Id, ct)).Select(u => u.Id).Order()]);
        return new(active, roles);
    }

    public string Name(Guid user) => _users.GetValueOrDefault(user) ?? Texts.Get("Unknown");

    public string RoleName(Guid role) => _roles.TryGetValue(role, out var known) ? known.Name : Texts.Get("Unknown");

    public IReadOnlyList<Guid> InRole(Guid role) => _roles.TryGetValue(role, out var known) ? known.Users : [];

    /// <summary>Everybody whom a stage could be given to, as words: the names, or the role.</summary>
    public string Names(IReadOnlyList<Guid> users, Guid? role) => role is { } r ? RoleName(r) : string.Join(Texts.Get("List comma"), users.Select(Name));

    /// <summary>The persons, or the role, of a stage; nobody when there is none.</summary>
    public (IReadOnlyList<Guid> Users, Guid? Role) Choose(StageInput input, Guid? expert, Guid? starter, IReadOnlyList<Guid> agents, Func<string, Guid?> doerOf, Guid? last)
    {
        switch (input.Who)
        {
            case StageWho.Persons: return (Active(input.UserIds), null);
            case StageWho.Role: return input.RoleId is { } role && InRole(role).Count > 0 ? ([], role) : ([], null);
            case StageWho.Expert: return (Active(expert is { } e ? [e] : []), null);
            case StageWho.Agents: return (Active(agents), null);
            case StageWho.DoerOfStage: return (Active(doerOf(input.DoerOf) is { } did ? [did] : []), null);
            case StageWho.ChosenThen:
                // Whoever did the stage before chooses; the first of the list stands for the one chosen.
                if (input.UserIds.Count > 0) return (Active(input.UserIds), null);
                if (input.RoleId is { } from && InRole(from).Count > 0) return ([], from);
                return (Active((last ?? starter) is { } chooser ? [chooser] : agents), null);
            default: return (Active(starter is { } s ? [s] : agents.Count > 0 ? agents : expert is { } x ? [x] : []), null);
        }
    }

    private Guid[] Active(IEnumerable<Guid> wanted) => [.. wanted.Distinct().Where(_users.ContainsKey)];
}
