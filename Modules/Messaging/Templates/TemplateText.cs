using System.Text;
using System.Text.RegularExpressions;
using Crm.Core;

namespace Crm.Messaging.Templates;

/// <summary>
/// The part of Handlebars that templates may use: fields, <c>if</c>, <c>unless</c>, <c>each</c>, <c>else</c> and comments. Everything else (helpers, partials,
/// raw output, white-space control) is refused by name when a template is saved, so nothing surprising can happen when it is filled. The text handed to Handlebars is
/// written anew from what was understood here.
/// </summary>
internal sealed partial class TemplateText
{
    public const int MaxLength = 100_000;
    private const int MaxTags = 500;
    private const int MaxDepth = 6;
    private const int MaxLoops = 2;

    private TemplateText(string source, IReadOnlyList<string> fields)
    {
        Source = source;
        Fields = fields;
    }

    /// <summary>For Handlebars.</summary>
    public string Source { get; }

    /// <summary>Paths that occur.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>Reads a text as a user wrote it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isField">Whether a path can ever have a value.</param>
    /// <exception cref="TemplateProblem">With a message for the author.</exception>
    public static TemplateText Read(string text, Func<string, bool> isField)
    {
        if (text.Length > MaxLength) throw new TemplateProblem("At most {0} characters.", MaxLength);
        var source = new StringBuilder(text.Length + 64);
        var fields = new List<string>();
        var open = new Stack<(string Word, bool Else)>();
        var at = 0;
        var tags = 0;
        while (true)
        {
            var start = text.IndexOf("{{", at, StringComparison.Ordinal);
            if (start < 0)
            {
                source.Append(text, at, text.Length - at);
                break;
            }

            // A backslash before the braces would mean «as it is» to Handlebars; a brace more would mean «unescaped».
            if (start > 0 && text[start - 1] == '\\') throw new TemplateProblem("A backslash can't stand before {0}.", "{{");
            var literal = text.AsSpan(at, start - at);
            source.Append(literal);
            if (text.AsSpan(start).StartsWith("{{{")) throw new TemplateProblem("Three braces are not allowed: fields are always written safely.");
            var isComment = text.AsSpan(start).StartsWith("{{!--");
            var end = text.IndexOf(isComment ? "--}}" : "}}", start + 2, StringComparison.Ordinal);
            if (end < 0) throw new TemplateProblem("The braces after “{0}” are not closed.", Excerpt(text[start..]));
            var inner = isComment ? "!" : text[(start + 2)..end].Trim();
            at = end + (isComment ? 4 : 2);
            if (at < text.Length && text[at] == '}') throw new TemplateProblem("Three braces are not allowed: fields are always written safely.");
            if (++tags > MaxTags) throw new TemplateProblem("At most {0} fields in one text.", MaxTags);
            if (inner.StartsWith('!')) continue;
            Tag(inner, source, fields, open, isField);
        }

        if (open.Count > 0) throw new TemplateProblem("“{0}” is not closed.", "{{#" + open.Peek().Word + "}}");
        return new(source.ToString(), fields);
    }

    private static void Tag(string inner, StringBuilder source, List<string> fields, Stack<(string Word, bool Else)> open, Func<string, bool> isField)
    {
        if (inner == "else")
        {
            if (!open.TryPop(out var block) || block.Else) throw new TemplateProblem("“{0}” stands outside of a condition.", "{{else}}");
            open.Push(block with { Else = true });
            source.Append("{{else}}");
            return;
        }

        if (inner.StartsWith('/'))
        {
            var word = inner[1..].Trim();
            if (!open.TryPop(out var block) || block.Word != word) throw new TemplateProblem("“{0}” closes what was not opened.", "{{/" + word + "}}");
            source.Append("{{/").Append(word).Append("}}");
            return;
        }

        if (BlockTag().Match(inner) is { Success: true } b)
        {
            var word = b.Groups[1].Value;
            var path = Path(b.Groups[2].Value, fields, open, isField);
            open.Push((word, false));
            if (open.Count > MaxDepth || open.Count(o => o.Word == "each") > MaxLoops) throw new TemplateProblem("Conditions and repetitions are nested too deeply.");
            source.Append("{{#").Append(word).Append(' ').Append(path).Append("}}");
            return;
        }

        if (!FieldTag().IsMatch(inner)) throw new TemplateProblem("“{0}” can't be used in a template.", Excerpt("{{" + inner + "}}"));
        source.Append("{{").Append(Path(inner, fields, open, isField)).Append("}}");
    }

    private static string Path(string path, List<string> fields, Stack<(string Word, bool Else)> open, Func<string, bool> isField)
    {
        var parts = path.Split('.');
        if (parts[0] is "this" or "@index")
        {
            if (!open.Any(o => o.Word == "each")) throw new TemplateProblem("“{0}” stands outside of a repetition.", path);
            return parts.Length == 1 ? path : "this." + string.Join('.', parts.Skip(1).Select(p => $"[{p}]"));
        }

        if (!isField(path)) throw MergeFields.NoField(path);
        fields.Add(path);
        // From the root, so that it means the same inside a repetition.
        return "@root." + string.Join('.', parts.Select(p => $"[{p}]"));
    }

    private static string Excerpt(string text) => text.Length > 40 ? text[..40] + "…" : text;

    [GeneratedRegex(@"^#(if|unless|each)\s+([\p{L}_][\p{L}\p{Nd}_]*(?:\.[\p{L}\p{Nd}_]+){0,6})$", RegexOptions.NonBacktracking)]
    private static partial Regex BlockTag();

    [GeneratedRegex(@"^(@index|[\p{L}_][\p{L}\p{Nd}_]*(?:\.[\p{L}\p{Nd}_]+){0,6})$", RegexOptions.NonBacktracking)]
    private static partial Regex FieldTag();
}

/// <summary>What is wrong with a template, for its author.</summary>
internal sealed class TemplateProblem(string message, params object?[] args) : CrmException(message, args);
