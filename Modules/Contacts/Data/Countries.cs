using System.Collections.Frozen;
using Crm.Core;

namespace Crm.Contacts.Data;

/// <summary>The countries of ISO 3166-1 with their names in both languages (from the Unicode CLDR, by way of Node's Intl).</summary>
internal static class Countries
{
    public const string Home = "IR";

    private static readonly FrozenDictionary<string, (string Fa, string En)> s_names = FirstLists.Rows("countries.csv").ToFrozenDictionary(r => r[0], r => (r[1], r[2]), StringComparer.OrdinalIgnoreCase);

    public static bool Exists(string? code) => code is not null && s_names.ContainsKey(code);

    public static string? Title(string? code) => code is not null && s_names.TryGetValue(code, out var n) ? Texts.IsPersian ? n.Fa : n.En : null;

    /// <summary>Iran first, the others by name in the language of the moment.</summary>
    public static IEnumerable<(string Code, string Title)> All =>
        s_names.Select(n => (Code: n.Key, Title: Texts.IsPersian ? n.Value.Fa : n.Value.En)).OrderByDescending(n => n.Code == Home).ThenBy(n => PersianText.Fold(n.Title), StringComparer.Ordinal);

    public static IEnumerable<(string Code, string Fa, string En)> Both => s_names.Select(n => (n.Key, n.Value.Fa, n.Value.En)).OrderBy(n => n.Key, StringComparer.Ordinal);
}
