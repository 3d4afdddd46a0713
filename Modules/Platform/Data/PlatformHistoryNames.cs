using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Contracts;

namespace Crm.Platform.Data;

/// <summary>Users, roles, branches, units, posts, rights, and the words of a user's settings.</summary>
internal sealed class PlatformHistoryNames(IUserDirectory users, IBranchDirectory branches, IOrganisation organisation, IEnumerable<IPermissionSource> rights, RecordTypes records) : IHistoryNames
{
    public async Task<IReadOnlyDictionary<HistoryValue, string>> NamesAsync(IReadOnlyCollection<HistoryValue> values, CancellationToken ct)
    {
        var names = new Dictionary<HistoryValue, string>();
        var ids = values.Where(v => v.Id is not null).ToLookup(v => v.Id!.Value);
        if (ids.Count > 0)
        {
            foreach (var role in await users.RolesAsync(ct)) Add(role.Id, role.Name);
            foreach (var unit in await organisation.UnitsAsync(ct)) Add(unit.Id, unit.Name);
            foreach (var post in await organisation.PostsAsync(ct)) Add(post.Id, post.Title);
            foreach (var branch in await branches.AllAsync(ct)) Add(branch.Id, branch.Name);
            foreach (var (id, card) in await users.CardsAsync([.. ids.Select(g => g.Key)], ct)) Add(id, card.Name);
        }

        var titles = rights.SelectMany(r => r.Permissions).DistinctBy(p => p.Key).ToDictionary(p => p.Key, p => p.Title, StringComparer.Ordinal);
        foreach (var value in values)
        {
            var word = (value.Property, value.Value) switch
            {
                ("theme", "dark") => "Dark colours",
                ("theme", "light") => "Light colours",
                ("theme", "auto") => "Colours of the device",
                ("language", "fa") => "Persian",
                ("language", "en") => "English",
                ("permissions" or "permission", var key) => titles.GetValueOrDefault(key),
                _ => null,
            };
            if (word is not null) names[value] = Core.Texts.Get(word);
            else if (value.Property is "scopes" && Line(value.Value) is var (permission, scope) && titles.TryGetValue(permission, out var right) && Enum.TryParse<Scopes>(scope, out var far)) names[value] = $"{Core.Texts.Get(right)}: {RightsWords.Of(far)}";
            else if (value.Property is "fields" && Line(value.Value) is var (field, rule) && Enum.TryParse<FieldRule>(rule, out var what) && RightsWords.Field(records, field) is { } title) names[value] = $"{title}: {RightsWords.Of(what)}";
        }

        return names;

        static (string Key, string Value)? Line(string text) => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (text[..at], text[(at + 1)..]) : null;

        void Add(Guid id, string name)
        {
            foreach (var value in ids[id]) names[value] = name;
        }
    }
}
