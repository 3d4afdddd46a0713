using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Unicode;
using Crm.Messaging.Domain;
using HandlebarsDotNet;
using HandlebarsDotNet.ObjectDescriptors;

namespace Crm.Messaging.Templates;

/// <summary>A filled template.</summary>
internal sealed record Rendered(string Subject, string Body);

/// <summary>
/// Fills templates. Handlebars sees dictionaries, lists and texts only; members of anything else are hidden from it. Output and time are limited.
/// </summary>
internal sealed class TemplateRenderer
{
    public const int MaxSms = 1_600;
    public const int MaxMail = 200_000;
    private const int MaxKept = 500;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);
    private readonly IHandlebars _plain = Make(html: false);
    private readonly IHandlebars _html = Make(html: true);
    private readonly ConcurrentDictionary<(bool Html, string Text), HandlebarsTemplate<TextWriter, object, object>> _kept = new();

    /// <summary>What is wrong with the content, by field; nothing when it can be filled.</summary>
    /// <param name="content">Subject and body.</param>
    /// <param name="customs">Names of the contact's own fields that there are now; a text that is only filled asks for none, for what was taken away since stays empty.</param>
    public IEnumerable<(string Field, TemplateProblem Problem)> Check(TemplateContent content, IReadOnlyCollection<string> customs)
    {
        if (content.Channel == MessageChannel.Email && Problem(content.Subject ?? "", html: false, customs) is { } s) yield return (nameof(content.Subject), s);
        if (Problem(content.Body, content.Format == BodyFormat.Html, customs) is { } b) yield return (nameof(content.Body), b);
    }

    /// <summary>Fills subject and body.</summary>
    /// <exception cref="TemplateProblem">It can't be filled.</exception>
    public Rendered Render(TemplateContent content, IReadOnlyDictionary<string, object?> data)
    {
        var mail = content.Channel == MessageChannel.Email;
        var html = mail && content.Format == BodyFormat.Html;
        var body = Tidy(Fill(content.Body, data, html, mail ? MaxMail : MaxSms));
        // A subject is one line, whatever a field brings.
        var subject = mail ? Tidy(Fill(content.Subject ?? "", data, html: false, 900)).ReplaceLineEndings(" ").Trim() : "";
        return new(subject, body);
    }

    private TemplateProblem? Problem(string text, bool html, IReadOnlyCollection<string> customs)
    {
        try
        {
            Compile(text, html);
            return MergeFields.UnknownCustom(TemplateText.Read(text, MergeFields.IsField).Fields, customs);
        }
        catch (TemplateProblem e)
        {
            return e;
        }
    }

    private string Fill(string text, IReadOnlyDictionary<string, object?> data, bool html, int longest)
    {
        if (!text.Contains("{{", StringComparison.Ordinal)) return text.Length <= longest ? text : throw new TemplateProblem("The filled text is longer than {0} characters.", longest);
        var template = Compile(text, html);
        using var writer = new LimitedWriter(longest, s_longest);
        template(writer, data);
        return writer.ToString();
    }

    private HandlebarsTemplate<TextWriter, object, object> Compile(string text, bool html)
    {
        if (_kept.TryGetValue((html, text), out var known)) return known;
        var read = TemplateText.Read(text, MergeFields.IsField);
        try
        {
            using var reader = new StringReader(read.Source);
            var made = (html ? _html : _plain).Compile(reader);
            // Drafts of the preview pass through here too: what is not used any more must not stay for ever.
            if (_kept.Count >= MaxKept) _kept.Clear();
            return _kept[(html, text)] = made;
        }
        catch (HandlebarsException)
        {
            throw new TemplateProblem("The text can't be understood.");
        }
    }

    private static IHandlebars Make(bool html)
    {
        var configuration = new HandlebarsConfiguration { NoEscape = !html, TextEncoder = new Html() };
        configuration.ObjectDescriptorProviders.Add(new NothingInside());
        return Handlebars.Create(configuration);
    }

    private static string Tidy(string text)
    {
        var b = new StringBuilder(text.Length);
        foreach (var c in text.ReplaceLineEndings("\n"))
        {
            if (c == '\n' || c == '\t' || !char.IsControl(c)) b.Append(c);
        }

        return b.ToString().TrimEnd();
    }

    /// <summary>Texts, numbers and the like have no fields of their own.</summary>
    private sealed class NothingInside : IObjectDescriptorProvider
    {
        public bool TryGetDescriptor(Type type, out ObjectDescriptor value)
        {
            value = ObjectDescriptor.Empty;
            return !typeof(System.Collections.IDictionary).IsAssignableFrom(type) && type != typeof(MergeValues.TextList);
        }
    }

    private sealed class Html : ITextEncoder
    {
        // Persian letters stay letters: only what means something to HTML is written otherwise.
        private static readonly System.Text.Encodings.Web.HtmlEncoder s_encoder = System.Text.Encodings.Web.HtmlEncoder.Create(UnicodeRanges.All);

        public IFormatProvider FormatProvider => System.Globalization.CultureInfo.InvariantCulture;

        public void Encode(StringBuilder? text, TextWriter target) => Encode(text?.ToString(), target);

        public void Encode(string? text, TextWriter target)
        {
            if (!string.IsNullOrEmpty(text)) s_encoder.Encode(target, text);
        }

        public void Encode<T>(T? text, TextWriter target) where T : IEnumerator<char>
        {
            if (text is null) return;
            var b = new StringBuilder();
            while (text.MoveNext()) b.Append(text.Current);
            Encode(b.ToString(), target);
        }
    }

    private sealed class LimitedWriter(int longest, TimeSpan time) : StringWriter(System.Globalization.CultureInfo.InvariantCulture)
    {
        private readonly long _start = Stopwatch.GetTimestamp();

        public override void Write(char value)
        {
            Check(1);
            base.Write(value);
        }

        public override void Write(string? value)
        {
            Check(value?.Length ?? 0);
            base.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            Check(count);
            base.Write(buffer, index, count);
        }

        public override void Write(ReadOnlySpan<char> buffer)
        {
            Check(buffer.Length);
            base.Write(buffer);
        }

        private void Check(int more)
        {
            if (GetStringBuilder().Length + more > longest) throw new TemplateProblem("The filled text is longer than {0} characters.", longest);
            if (Stopwatch.GetElapsedTime(_start) > time) throw new TemplateProblem("Filling the text takes too long.");
        }
    }
}
