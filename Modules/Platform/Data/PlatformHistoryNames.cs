using System.Text.Json;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Contracts;
using Crm.Platform.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Data;

/// <summary>Users, roles, branches, units, posts, rights, what administrators set up, and the words of a user's settings.</summary>
internal sealed class PlatformHistoryNames(PlatformDb db, IEnumerable<IRecordType> lists, IUserDirectory users, IBranchDirectory branches, IOrganisation organisation, IEnumerable<IPermissionSource> rights, RecordTypes records) : IHistoryNames
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

        await RecordsAsync(db.ListViews, "platform.ListView", v => v.Name);
        await RecordsAsync(db.CustomFields, "platform.FieldDefinition", f => f.ToField().Title);
        await RecordsAsync(db.Snippets, "platform.Snippet", s => s.Title);
        await RecordsAsync(db.SpecialDays, "platform.SpecialDay", d => d.Title);
        await RecordsAsync(db.Closures, "platform.Closure", c => c.Title);
        await RecordsAsync(db.Files, "platform.FileRecord", f => f.Name);
        await RecordsAsync(db.ApiTokens, "platform.ApiToken", t => t.Label);
        await RecordsAsync(db.Settings, "platform.Setting", s => SettingTitles.Of(s.Key));
        var leaves = HistoryValue.Records(values, ["platform.Leave"]);
        if (leaves.Count > 0)
        {
            var away = leaves.Select(g => g.Key).ToArray();
            var whose = await db.Leaves.IgnoreQueryFilters([Filters.Branch]).AsNoTracking().Where(l => away.Contains(l.Id)).Select(l => new { l.Id, l.UserId }).ToListAsync(ct);
            var people = await users.CardsAsync([.. whose.Select(l => l.UserId).Distinct()], ct);
            foreach (var l in whose) HistoryValue.Name(names, leaves, l.Id, people.GetValueOrDefault(l.UserId)?.Name);
        }

        var shapes = values.Where(v => v.Entity == "platform.FieldDefinition").ToList();
        var fields = shapes.Exists(v => v.Property == "shownWhenField") ? await db.CustomFields.AsNoTracking().ToListAsync(ct) : [];
        var roles = shapes.Exists(v => v.Property == "layouts") ? (await users.RolesAsync(ct)).ToDictionary(r => r.Id, r => r.Name) : [];
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
                ("record" or "linksTo", var key) => lists.FirstOrDefault(l => l.Key == key)?.Title,
                ("key", var key) when value.Entity == "platform.Setting" => SettingTitles.Key(key),
                ("value", "twoFactorForAll") => "Demand two-factor sign-in of everybody",
                ("value", "twoFactorRoles") => "Demand it of these roles",
                _ => null,
            };
            if (word is not null) names[value] = Core.Texts.Get(word);
            else if (value.Entity == "platform.FieldDefinition" && value.Property == "options" && Read<List<CustomOption>>(value.Value) is { } options) names[value] = Core.Texts.List(options.Select(o => o.Title));
            else if (value.Entity == "platform.FieldDefinition" && value.Property == "layouts" && Read<Dictionary<Guid, FieldPlace>>(value.Value) is { } places) names[value] = Core.Texts.List(places.Select(p => $"{roles.GetValueOrDefault(p.Key, Core.Texts.Get("unknown record"))}: {Place(p.Value)}"));
            else if (value.Property == "shownWhenField" && fields.FirstOrDefault(f => f.Key == value.Value) is { } shown) names[value] = shown.ToField().Title;
            else if (value.Property is "scopes" && Line(value.Value) is var (permission, scope) && titles.TryGetValue(permission, out var right) && Enum.TryParse<Scopes>(scope, out var far)) names[value] = $"{Core.Texts.Get(right)}: {RightsWords.Of(far)}";
            else if (value.Property is "fields" && Line(value.Value) is var (field, rule) && Enum.TryParse<FieldRule>(rule, out var what) && RightsWords.Field(records, field) is { } title) names[value] = $"{title}: {RightsWords.Of(what)}";
        }

        return names;

        Task RecordsAsync<T>(IQueryable<T> set, string entity, Func<T, string?> title) where T : Entity => HistoryValue.NameAsync(
            names, HistoryValue.Records(values, [entity]), ids => set.AsNoTracking().Where(r => ids.Contains(r.Id)).AsAsyncEnumerable().Select(r => new NamedRecord(r.Id, title(r))), ct);

        static string Place(FieldPlace place) => RightsWords.Of(place.Rule) + (place.Required ? $" ({Core.Texts.Get("Required")})" : "");

        static TValue? Read<TValue>(string json) where TValue : class
        {
            try
            {
                return JsonSerializer.Deserialize<TValue>(json, JsonSerializerOptions.Web);
            }
            catch (JsonException)
            {
                return null;
            }
        }

        static (string Key, string Value)? Line(string text) => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (text[..at], text[(at + 1)..]) : null;

        void Add(Guid id, string name)
        {
            foreach (var value in ids[id]) names[value] = name;
        }
    }
}

/// <summary>What settings are called where people read of their changes.</summary>
internal static class SettingTitles
{
    public static string? Key(string key) => key switch
    {
        Access.SignInRules.Key => "Rules of signing in",
        Jobs.BinRules.Key => "Recycle bin",
        _ => null,
    };

    public static string? Of(string key) => Key(key) is { } title ? Core.Texts.Get(title) : null;
}
