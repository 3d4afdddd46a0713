using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Crm.ArchitectureTests.Kit;

/// <summary>Finds string literals in C# and Razor sources: enough of their grammar to tell a literal from a comment and an argument from the next.</summary>
internal static partial class SourceText
{
    /// <summary>All string literals of a source, unescaped. Interpolated strings are no keys and are left out.</summary>
    public static IEnumerable<string> Literals(string source)
    {
        for (var i = 0; i < source.Length; i++)
        {
            if (SkipComment(source, ref i)) continue;
            if (source[i] == '\'' && CharLiteral(source, i) is { } end)
            {
                i = end;
                continue;
            }

            if (source[i] == '"' && Read(source, ref i) is { } literal) yield return literal;
        }
    }

    /// <summary>
    /// The literals in argument number <paramref name="index"/> of every call that starts with <paramref name="opening"/> (which ends with its bracket): all that can come out
    /// of a conditional or switch expression there.
    /// </summary>
    public static IEnumerable<string> Arguments(string source, Regex opening, int index)
    {
        foreach (Match match in opening.Matches(source))
        {
            var (depth, argument, start) = (0, 0, match.Index + match.Length);
            var from = start;
            for (var i = start; i < source.Length; i++)
            {
                if (SkipComment(source, ref i)) continue;
                var c = source[i];
                if (c == '\'' && CharLiteral(source, i) is { } end)
                {
                    i = end;
                    continue;
                }

                if (c == '"')
                {
                    Read(source, ref i);
                    continue;
                }

                if (c is '(' or '[' or '{') depth++;
                var closes = c is ')' or ']' or '}' && depth-- == 0;
                if (closes || (c == ',' && depth == 0))
                {
                    if (argument == index)
                    {
                        foreach (var literal in Keys(source[from..i])) yield return literal;
                        break;
                    }

                    argument++;
                    from = i + 1;
                }

                if (closes) break;
            }
        }
    }

    // In «x switch { "a" => T1, _ => "Text" }» and «x == "a" ? "b" : "c"» only what comes out is a key; a nested call has keys of its own.
    private static IEnumerable<string> Keys(string expression)
    {
        var kept = new StringBuilder();
        var literals = new List<(int At, string Text)>();
        for (var i = 0; i < expression.Length; i++)
        {
            if (SkipComment(expression, ref i)) continue;
            if (expression[i] == '\'' && CharLiteral(expression, i) is { } end)
            {
                i = end;
                continue;
            }

            if (expression[i] == '"')
            {
                var text = Read(expression, ref i);
                kept.Append('\u0001');
                if (text is not null) literals.Add((kept.Length - 1, text));
                continue;
            }

            kept.Append(expression[i]);
        }

        var plain = kept.ToString();
        foreach (var (at, text) in literals)
        {
            var before = plain[..at].TrimEnd();
            var after = plain[(at + 1)..].TrimStart();
            var compared = before.EndsWith("==", StringComparison.Ordinal) || before.EndsWith("!=", StringComparison.Ordinal) || before.EndsWith(" is", StringComparison.Ordinal) || before.EndsWith(" or", StringComparison.Ordinal)
                || after.StartsWith("=>", StringComparison.Ordinal) || after.StartsWith("or ", StringComparison.Ordinal) || after.StartsWith("==", StringComparison.Ordinal);
            var nested = Depth(plain, at) > 0 && !SwitchBrace(plain, at);
            if (!compared && !nested) yield return text;
        }
    }

    private static int Depth(string text, int at)
    {
        var depth = 0;
        for (var i = 0; i < at; i++)
        {
            if (text[i] is '(' or '[' or '{') depth++;
            if (text[i] is ')' or ']' or '}') depth--;
        }

        return depth;
    }

    private static bool SwitchBrace(string text, int at)
    {
        var brace = text[..at].LastIndexOf('{');
        return brace >= 0 && text[..brace].TrimEnd().EndsWith("switch", StringComparison.Ordinal) && Depth(text[(brace + 1)..], at - brace - 1) == 0;
    }

    private static bool SkipComment(string source, ref int i)
    {
        if (i + 1 >= source.Length) return false;
        if (source[i] == '/' && source[i + 1] == '/' && (i == 0 || source[i - 1] != ':'))
        {
            var end = source.IndexOf('\n', i);
            i = end < 0 ? source.Length : end;
            return true;
        }

        if ((source[i] == '/' || source[i] == '@') && source[i + 1] == '*')
        {
            var end = source.IndexOf(source[i] == '/' ? "*/" : "*@", i + 2, StringComparison.Ordinal);
            i = end < 0 ? source.Length : end + 1;
            return true;
        }

        return false;
    }

    private static int? CharLiteral(string source, int i)
    {
        var match = CharPattern().Match(source, i);
        return match.Success && match.Index == i ? i + match.Length - 1 : null;
    }

    // At a quote: gives the unescaped text and leaves i on the closing quote.
    private static string? Read(string source, ref int i)
    {
        var quotes = 0;
        while (i + quotes < source.Length && source[i + quotes] == '"') quotes++;
        var prefix = i > 0 ? source[i - 1] : ' ';
        var prefix2 = i > 1 ? source[i - 2] : ' ';
        var verbatim = prefix == '@' && prefix2 is not '=' || (prefix == '$' && prefix2 == '@');
        var interpolated = prefix == '$' || (prefix == '@' && prefix2 == '$');
        if (quotes >= 3)
        {
            var end = source.IndexOf(new string('"', quotes), i + quotes, StringComparison.Ordinal);
            var raw = end < 0 ? "" : source[(i + quotes)..end];
            i = end < 0 ? source.Length - 1 : end + quotes - 1;
            return interpolated ? null : raw.Trim();
        }

        var text = new StringBuilder();
        var at = i + 1;
        var holes = 0;
        for (; at < source.Length; at++)
        {
            var c = source[at];
            if (interpolated && c == '{') holes += at + 1 < source.Length && source[at + 1] == '{' && holes == 0 ? 0 : 1;
            if (interpolated && c == '}' && holes > 0) holes--;
            if (c == '"' && holes > 0)
            {
                // A literal inside a hole of an interpolated string.
                Read(source, ref at);
                continue;
            }

            if (c == '"')
            {
                if (!verbatim || at + 1 >= source.Length || source[at + 1] != '"') break;
                at++;
            }
            else if (c == '\\' && !verbatim && at + 1 < source.Length)
            {
                at++;
                c = source[at] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '0' => '\0',
                    'u' when at + 4 < source.Length && ushort.TryParse(source.AsSpan(at + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code) => Skip(ref at, 4, (char)code),
                    var other => other,
                };
            }
            else if (c == '\n' && !verbatim)
            {
                // No literal of ours: an apostrophe or quote of the markup.
                i = at;
                return null;
            }

            text.Append(c);
        }

        i = at;
        return interpolated ? null : text.ToString();
    }

    private static char Skip(ref int at, int by, char c)
    {
        at += by;
        return c;
    }

    [GeneratedRegex(@"\G'(\\.[^']{0,5}|[^'\\\n])'")]
    private static partial Regex CharPattern();
}
