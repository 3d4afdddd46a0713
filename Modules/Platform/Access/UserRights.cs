using Crm.Core;

namespace Crm.Platform.Access;

/// <summary>What one role gives.</summary>
internal sealed record RoleRights(string Name, bool IsAdministrator, HashSet<string> Permissions, Dictionary<string, Scopes> Scopes, Dictionary<string, FieldRule> Fields)
{
    /// <summary>How far the role lets its holder go with a permission; nowhere without it.</summary>
    public Scopes Reaches(string permission) => IsAdministrator ? Core.Scopes.Branch : Permissions.Contains(permission) ? Scopes.GetValueOrDefault(permission, Core.Scopes.Branch) : Core.Scopes.None;
}

/// <summary>
/// Several roles together. The scopes of all roles that give a permission count, so the widest wins. A field is hidden only where every role that lets its holder see the records hides it, and read-only
/// where every role that lets him change them forbids it: one role more never takes something away.
/// </summary>
internal sealed record UserRights(IReadOnlyDictionary<(string, Operation), Scopes> Scopes, IReadOnlySet<string> Hidden, IReadOnlySet<string> ReadOnly)
{
    public static UserRights Of(IReadOnlyList<RoleRights> roles, IReadOnlyList<RecordRights> records)
    {
        var scopes = new Dictionary<(string, Operation), Scopes>();
        var hidden = new HashSet<string>(StringComparer.Ordinal);
        var readOnly = new HashSet<string>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            foreach (var (operation, permission) in record.Permissions)
            {
                var all = roles.Aggregate(Core.Scopes.None, (sum, role) => sum | role.Reaches(permission));
                if (all != Core.Scopes.None) scopes[(record.Key, operation)] = all;
            }

            if (record.Fields.Count == 0) continue;
            var see = record.Sees ?? record.Permissions.GetValueOrDefault(Operation.See);
            var seers = roles.Where(r => see is not null && r.Reaches(see) != Core.Scopes.None).ToList();
            var writers = roles.Where(r => (record.Sees is { } own && r.Reaches(own) != Core.Scopes.None) || record.Permissions.Any(p => p.Key is Operation.Add or Operation.Change && r.Reaches(p.Value) != Core.Scopes.None)).ToList();
            foreach (var field in record.Fields)
            {
                var name = $"{record.Key}.{field.Name}";
                if (field.Hideable && seers.Count > 0 && seers.TrueForAll(r => Rule(r, name) == FieldRule.Hidden)) hidden.Add(name);
                if (hidden.Contains(name) || (writers.Count > 0 && writers.TrueForAll(r => Rule(r, name) != FieldRule.Open))) readOnly.Add(name);
            }
        }

        return new(scopes, hidden, readOnly);
    }

    private static FieldRule Rule(RoleRights role, string field) => role.IsAdministrator ? FieldRule.Open : role.Fields.GetValueOrDefault(field, FieldRule.Open);
}
