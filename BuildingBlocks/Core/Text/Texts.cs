using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Crm.Core;

/// <summary>
/// All texts of the application. The key is the English sentence; <c>Localization/fa.json</c> embedded in an assembly translates it.
/// English differs from its key only where <c>Localization/en.json</c> says so; a key with <c>|1</c> behind it stands there for the count of one: <c>"{0} days late|1": "{0} day late"</c>.
/// Persian has one form for every count. Loaded once at start, then read-only.
/// </summary>
public static class Texts
{
    private static FrozenDictionary<string, string> s_fa = FrozenDictionary<string, string>.Empty;
    private static FrozenDictionary<string, string> s_en = FrozenDictionary<string, string>.Empty;
    private static readonly ConcurrentDictionary<string, byte> s_missing = new();

    /// <summary>What stands behind a key in <c>en.json</c> for the count of one.</summary>
    public const string ForOne = "|1";

    /// <summary>Keys asked for in Persian that no file translates; a test keeps this empty.</summary>
    public static IReadOnlyCollection<string> Missing => (IReadOnlyCollection<string>)s_missing.Keys;

    /// <summary>Language of the moment: <c>fa</c> or <c>en</c>.</summary>
    public static string Language => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "fa" ? "fa" : "en";

    /// <summary>Whether the moment's language is Persian.</summary>
    public static bool IsPersian => Language == "fa";

    /// <summary>Reads the embedded files of the assemblies. The same key may stand in two modules only with the same translation.</summary>
    /// <exception cref="InvalidOperationException">Two files translate one key differently.</exception>
    public static void Load(IEnumerable<Assembly> assemblies)
    {
        var list = assemblies.ToList();
        s_fa = Read(list, "fa");
        s_en = Read(list, "en");
    }

    /// <summary>Whether some file translates the key; for words that data brings, such as names of fields in the history.</summary>
    public static bool Knows(string key) => s_fa.ContainsKey(key);

    /// <summary>The text in the language of the moment, with <c>{0}</c> filled.</summary>
    public static string Get(string key, params object?[] args) => In(Language, key, args);

    /// <summary>Words one after another, parted as the language of the moment parts them.</summary>
    public static string List(IEnumerable<string?> words) => string.Join(Get("List comma"), words);

    /// <summary>The text in a given language, for a message to somebody else.</summary>
    public static string In(string language, string key, params object?[] args)
    {
        string? text;
        if (language == "fa")
        {
            if (!s_fa.TryGetValue(key, out text))
            {
                if (s_fa.Count > 0) s_missing.TryAdd(key, 0);
                text = key;
            }
        }
        else if (!(IsOne(args) && s_en.TryGetValue(key + ForOne, out text)) && !s_en.TryGetValue(key, out text))
        {
            text = key;
        }

        return args.Length == 0 ? text : string.Format(CultureInfo.InvariantCulture, text, args);
    }

    // Pages hand over numbers with the digits of the language, so one may come as a word.
    private static bool IsOne(object?[] args) => args.Length > 0 && args[0] is 1 or 1L or "1";

    private static FrozenDictionary<string, string> Read(List<Assembly> assemblies, string language)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var assembly in assemblies)
        {
            foreach (var name in assembly.GetManifestResourceNames().Where(n => n.EndsWith($".Localization.{language}.json", StringComparison.Ordinal)))
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                foreach (var (key, text) in JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!)
                {
                    if (all.TryGetValue(key, out var other) && other != text)
                        throw new InvalidOperationException($"“{key}” is translated as “{other}” and, in {assembly.GetName().Name}, as “{text}”.");
                    all[key] = text;
                }
            }
        }

        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
