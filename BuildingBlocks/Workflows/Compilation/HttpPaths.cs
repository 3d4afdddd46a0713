namespace Crm.Workflows;

/// <summary>The addresses that HTTP endpoints answer to, as the definition writes them: parts with slashes between, a part in braces stands for any value.</summary>
public static class HttpPaths
{
    private const int Longest = 200;

    /// <summary>One spelling per address: no slash at the ends, lower case outside braces.</summary>
    public static string Normal(string path) => string.Join('/', Parts(path).Select(part => part.StartsWith('{') ? part : part.ToLowerInvariant()));

    /// <summary>Whether an endpoint can have it.</summary>
    public static bool IsValid(string path)
    {
        if (path.Length is 0 or > Longest) return false;
        var parts = Parts(path);
        if (parts.Length is 0 or > 12) return false;
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in parts)
        {
            if (part.StartsWith('{'))
            {
                if (!part.EndsWith('}') || part.Length < 3 || !part.AsSpan(1, part.Length - 2).ContainsOnlyLetters() || !names.Add(part)) return false;
            }
            else if (part is "." or ".." || part.AsSpan().ContainsAny("{}?#%\\ \t\r\n*")) return false;
        }
        return true;
    }

    /// <summary>The values of the parts in braces when the address fits; null when it does not.</summary>
    /// <param name="path">The endpoint's, in its normal spelling.</param>
    /// <param name="address">What was asked for.</param>
    public static IReadOnlyDictionary<string, string>? Match(string path, string address)
    {
        var (wanted, given) = (Parts(path), Parts(address));
        if (wanted.Length != given.Length) return null;
        Dictionary<string, string>? values = null;
        for (var i = 0; i < wanted.Length; i++)
            if (wanted[i].StartsWith('{')) (values ??= new(StringComparer.OrdinalIgnoreCase))[wanted[i][1..^1]] = given[i];
            else if (!string.Equals(wanted[i], given[i], StringComparison.OrdinalIgnoreCase)) return null;
        return values ?? (IReadOnlyDictionary<string, string>)System.Collections.Frozen.FrozenDictionary<string, string>.Empty;
    }

    private static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool ContainsOnlyLetters(this ReadOnlySpan<char> name)
    {
        foreach (var letter in name)
            if (!char.IsAsciiLetterOrDigit(letter) && letter != '_') return false;
        return true;
    }
}
