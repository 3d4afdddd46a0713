using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.ArchitectureTests.Kit;
using Crm.Core;
using Crm.Data;

namespace Crm.ArchitectureTests.Rules;

/// <summary>14. Every text has its Persian: what is given to the localiser stands in a fa.json, nothing stands there in vain, and the files are sorted.</summary>
public sealed partial class Rule14_Texts
{
    private static readonly (Regex Opening, int Argument)[] s_calls =
    [
        (new(@"\bT\["), 0),
        (new(@"\bT\.Get\("), 0),
        (new(@"\bTexts\.Get\("), 0),
        (new(@"\bTexts\.In\("), 1),
        (new(@"\bnew InvalidInput\("), 1),
        (new(@"\bnew RuleBroken\("), 1),
        (new(@"\.WithMessage\("), 0),
        (new(@"(?<![\w.])Toast\("), 0),
        (new(@"\.Notify\("), 1),
        (new(@"\bActivityResult\.Wait\("), 0),
        (new(@"\bnew SearchEntry\("), 0),
        (new(@"\brun\.Result\("), 0),
        (new(@"\bWorkJson\.Text\("), 0),
        (new(@"(?<![\w.])MarkOpened\("), 0),
        (new(@"\bnew (?:Contacts\.Contracts\.)?ContactAction\("), 1),
    ];

    // Attributes of our tag helpers that are keys; «title» of other tags is shown as it is.
    private static readonly Dictionary<string, string[]> s_tags = new()
    {
        ["field"] = ["label", "hint", "empty"],
        ["panel"] = ["title", "action-text"],
        ["empty-state"] = ["title", "text", "action-text"],
        ["confirm-button"] = ["question"],
        ["lookup"] = ["label"],
    };

    [Fact]
    public void Every_text_in_the_sources_has_its_persian()
    {
        var known = Persian();
        Solution.Sources(".cs", ".cshtml", ".js").SelectMany(f => Used(Path.GetExtension(f), File.ReadAllText(f)).Select(k => (Key: k, File: Solution.Relative(f))))
            .Where(u => !known.ContainsKey(u.Key)).Select(u => $"{u.File}: {u.Key}").Distinct().NoneFound();
    }

    [Fact]
    public void Every_declared_title_has_its_persian()
    {
        var known = Persian();
        Rule13_Keys.All().SelectMany(Declared).Where(d => d.Key.Length > 0 && !known.ContainsKey(d.Key)).Select(d => $"{d.Where}: {d.Key}").Distinct().NoneFound();
    }

    [Fact]
    public void Every_field_and_state_in_the_history_has_its_persian()
    {
        var known = Persian();
        Audited().Where(d => !known.ContainsKey(d.Key)).Select(d => $"{d.Where}: {d.Key}").Distinct().NoneFound();
    }

    [Fact]
    public void Every_count_has_its_singular()
    {
        var english = Files("en").SelectMany(f => f.Texts.Keys).ToHashSet();
        Persian().Keys.Where(k => Counts(k) && !english.Contains(k + Texts.ForOne)).NoneFound();
        Files("en").SelectMany(f => f.Texts.Keys.Where(k => k.EndsWith(Texts.ForOne, StringComparison.Ordinal) && !Persian().ContainsKey(k[..^Texts.ForOne.Length])).Select(k => $"{f.Path}: {k}")).NoneFound();
    }

    [Fact]
    public void No_translation_stands_in_vain()
    {
        var literals = Solution.Sources(".cs", ".cshtml").SelectMany(f => SourceText.Literals(File.ReadAllText(f)).Concat(f.EndsWith(".cshtml", StringComparison.Ordinal) ? Attributes(File.ReadAllText(f)) : []))
            // In markup a literal stands between the quotes of an attribute, where only its call tells where it begins.
            .Concat(Solution.Sources(".cshtml", ".js").SelectMany(f => Used(Path.GetExtension(f), File.ReadAllText(f))))
            .Concat(Rule13_Keys.All().Where(t => typeof(Entity).IsAssignableFrom(t)).Select(t => Words(t.Name)))
            .Concat(Rule13_Keys.All().SelectMany(Declared).Select(d => d.Key))
            .Concat(Audited().Select(d => d.Key))
            .Concat(Rule13_Keys.All().Where(t => t.IsEnum).SelectMany(EnumTitles)).ToHashSet();
        Files("fa").SelectMany(f => f.Texts.Keys.Where(k => !literals.Contains(k)).Select(k => $"{f.Path}: {k}")).NoneFound();
    }

    [Fact]
    public void The_files_are_sorted_and_hold_each_key_once() => Files("fa").Concat(Files("en")).SelectMany(f => Disorder(f.Path, File.ReadAllLines(Path.Combine(Solution.Root, f.Path)))).NoneFound();

    [Fact]
    public void One_key_has_one_translation() => Files("fa").SelectMany(f => f.Texts.Select(t => (t.Key, t.Value, f.Path))).GroupBy(t => t.Key)
        .Where(g => g.Select(t => t.Value).Distinct().Count() > 1).Select(g => string.Join(" / ", g.Select(t => $"{t.Path}: {t.Key} = {t.Value}"))).NoneFound();

    [Fact]
    public void Translations_keep_the_placeholders() => Files("fa").SelectMany(f => f.Texts.Where(t => !Placeholders(t.Key).SetEquals(Placeholders(t.Value))).Select(t => $"{f.Path}: {t.Key}")).NoneFound();

    [Fact]
    public void Persian_is_written_with_persian_letters() => Files("fa").SelectMany(f => f.Texts.Where(t => "يكى".Any(c => t.Value.Contains(c) && !t.Key.Contains(c)) || string.IsNullOrWhiteSpace(t.Value)).Select(t => $"{f.Path}: {t.Key}")).NoneFound();

    [Fact]
    public void It_bites()
    {
        Used(".cs", """throw new RuleBroken("x.y", late ? "One is late." : "None.", n); // T["not this"]""").Should().BeEquivalentTo("One is late.", "None.");
        Used(".cs", """T[kind switch { "a" => "First", 'b' => "Second", _ => other }] + T["Third {0}", Names("no key")] + T[$"Not {x}"]""").Should().BeEquivalentTo("First", "Second", "Third {0}");
        Used(".cs", """RuleFor(c => c.X).NotEmpty().WithMessage("Give it."); notifier.Notify(Users(a, b), "Told: {0}", [x], "/y")""").Should().BeEquivalentTo("Give it.", "Told: {0}");
        Used(".cshtml", """<field for="Command.X" label="Name" hint="@(a ? "Long" : "Short")" /><input title="Raw"><panel title="@Model.Title">@T["In a view"]</panel>@* T["gone"] *@""").Should().BeEquivalentTo("Name", "Long", "Short", "In a view");
        Used(".js", """toast('info', t('Saved.'))""").Should().Equal("Saved.");
        Disorder("f", ["{", "  \"B\": \"b\",", "  \"A\": \"a\",", "  \"A\": \"a\"", "}"]).Should().HaveCount(2);
        Declared(typeof(Violators.Rule14.TitledActivity)).Concat(Declared(typeof(Violators.Rule14.UntranslatedInput))).Select(d => d.Key).Should().Contain(["A title nobody translated", "An input nobody translated", "Sideways"]);
        Counts("{0} days late").Should().BeTrue();
        Counts("{0} is missing").Should().BeFalse();
        Placeholders("{0} of {Max}").SetEquals(Placeholders("{Max} از {0}")).Should().BeTrue();
    }

    internal static IEnumerable<string> Used(string extension, string text)
    {
        if (extension == ".js") return ScriptCalls().Matches(text).Select(m => Regex.Unescape(m.Groups[2].Value));
        var calls = s_calls.SelectMany(c => SourceText.Arguments(WithoutRazorComments(text), c.Opening, c.Argument));
        return extension == ".cshtml" ? calls.Concat(Attributes(text)) : WithoutComments(text, calls);
    }

    // Calls in comments are found by the pattern all the same: what a comment says need not be translated.
    private static IEnumerable<string> WithoutComments(string text, IEnumerable<string> found)
    {
        var real = SourceText.Literals(text).ToHashSet();
        return found.Where(real.Contains);
    }

    private static string WithoutRazorComments(string text) => RazorComments().Replace(text, "");

    private static IEnumerable<string> Attributes(string text)
    {
        foreach (Match tag in Tags().Matches(WithoutRazorComments(text)))
        {
            foreach (var attribute in s_tags[tag.Groups[1].Value])
            {
                if (Regex.Match(tag.Value, $@"\s{attribute}=(?:""(@\((?:[^""()]|""[^""]*""|\((?:[^""()]|""[^""]*"")*\))*\))""|""([^""]*)"")") is not { Success: true } m) continue;
                if (m.Groups[1].Success)
                {
                    foreach (var literal in SourceText.Arguments("T[" + m.Groups[1].Value[2..^1] + "]", s_calls[0].Opening, 0)) yield return literal;
                }
                else if (m.Groups[2].Value is var value && value.Length > 0 && !value.StartsWith('@'))
                {
                    yield return System.Net.WebUtility.HtmlDecode(value);
                }
            }
        }
    }

    /// <summary>Titles that a class declares for the designer, the menus and the pages.</summary>
    internal static IEnumerable<(string Key, string Where)> Declared(Type type)
    {
        var where = type.Name;
        if (type.GetCustomAttribute<ActivityAttribute>() is { } activity) yield return (activity.Title, where);
        if (type.GetCustomAttribute<ActivityAttribute>() is { } a)
        {
            yield return (a.Description, where);
            yield return (a.Category, where);
        }

        foreach (var unique in type.GetCustomAttributes<UniqueAttribute>()) yield return (unique.Message, where);
        foreach (var input in type.GetProperties().Select(p => p.GetCustomAttribute<InputAttribute>()).OfType<InputAttribute>())
        {
            yield return (input.Title, where);
            yield return (input.Description, where);
            yield return (input.Category, where);
        }

        if (type is not { IsClass: true, IsAbstract: false } || type.ContainsGenericParameters) yield break;
        if (typeof(IPermissionSource).IsAssignableFrom(type))
        {
            foreach (var p in ((IPermissionSource)Activator.CreateInstance(type)!).Permissions) yield return (p.Title, where);
        }

        if (typeof(IRecordRightsSource).IsAssignableFrom(type))
        {
            foreach (var record in ((IRecordRightsSource)Activator.CreateInstance(type)!).Records)
            {
                yield return (record.Title, where);
                yield return (record.Own, where);
                foreach (var field in record.Fields) yield return (field.Title, where);
            }
        }

        if (typeof(IMenuSource).IsAssignableFrom(type) && type.GetConstructor(Type.EmptyTypes) is not null)
        {
            foreach (var item in ((IMenuSource)Activator.CreateInstance(type)!).Items)
            {
                yield return (item.Title, where);
                yield return (item.Group, where);
            }
        }

        if (Rule13_Keys.IsActivity(type))
        {
            foreach (var outcome in Rule13_Keys.Blank<IActivity>(type).Outcomes) yield return (outcome.Name, where);
        }

        // Contributions with a title of their own: panels, worklist sources, triggers.
        foreach (var contract in type.GetInterfaces().Where(i => i.GetCustomAttribute<ContributionAttribute>() is not null))
        {
            foreach (var property in contract.GetProperties().Where(p => p.PropertyType == typeof(string) && p.Name is "Title" or "Description"))
                yield return (Read(type, property), where);
        }

        // Labels of a form's fields, where the command gives them itself.
        foreach (var display in type.GetProperties().Select(p => p.GetCustomAttribute<DisplayAttribute>()?.Name).OfType<string>()) yield return (display, where);

        // A form shows the members of an enum by their names as words.
        if (typeof(MediatR.IBaseRequest).IsAssignableFrom(type) || type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ICommand<>)))
        {
            foreach (var e in type.GetProperties().Select(p => Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType).Where(t => t.IsEnum && t.Assembly.GetName().Name!.StartsWith("Crm.", StringComparison.Ordinal)))
            {
                foreach (var title in EnumTitles(e)) yield return (title, where);
            }
        }
    }

    private static string Read(Type type, PropertyInfo property)
    {
        try
        {
            return property.GetValue(Rule13_Keys.Blank<object>(type)) as string ?? "";
        }
        catch (TargetInvocationException e) when (e.InnerException is NullReferenceException)
        {
            // A title that is worked out from something injected is no literal.
            return "";
        }
    }

    private static IEnumerable<string> EnumTitles(Type type) => Enum.GetNames(type).Select(n => Crm.Web.EnumTitles.Key(type, n));

    /// <summary>What the history shows of the entities: titles of their fields, members of their enums.</summary>
    private static IEnumerable<(string Key, string Where)> Audited()
    {
        foreach (var type in Rule13_Keys.All().Select(t => t.Assembly).Distinct().SelectMany(AuditedTypes.Of).Where(t => t.Namespace?.Contains("ArchitectureTests", StringComparison.Ordinal) != true))
        {
            yield return (AuditedTypes.Words(type.Name), type.Name);
            foreach (var field in AuditedTypes.Fields(type))
            {
                yield return (AuditedTypes.Title(field), type.Name);
                if ((Nullable.GetUnderlyingType(field.PropertyType) ?? field.PropertyType) is not { IsEnum: true } e) continue;
                foreach (var title in EnumTitles(e)) yield return (title, type.Name);
            }
        }
    }

    // «{0} days late»: a plural behind the number; verbs and units end in s as well, and a limit is never one.
    private static bool Counts(string key) => CountPattern().IsMatch(key);

    // What the history calls a record: its class as words.
    private static string Words(string name) => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? " " + char.ToLowerInvariant(c) : c.ToString()));

    private static HashSet<string> Placeholders(string text) => [.. PlaceholderPattern().Matches(text).Select(m => m.Value)];

    private static Dictionary<string, string> Persian()
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (_, texts) in Files("fa"))
        {
            foreach (var (key, value) in texts) all[key] = value;
        }

        return all;
    }

    private static IEnumerable<(string Path, Dictionary<string, string> Texts)> Files(string language) => Solution.Sources($"{language}.json").Where(f => Path.GetFileName(Path.GetDirectoryName(f)) == "Localization")
        .Select(f => (Solution.Relative(f), JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(f))!));

    private static IEnumerable<string> Disorder(string path, string[] lines)
    {
        string? before = null;
        foreach (var line in lines.Where(l => l.TrimStart().StartsWith('"')))
        {
            var key = JsonSerializer.Deserialize<string>(KeyPattern().Match(line).Groups[1].Value)!;
            if (before is not null && string.CompareOrdinal(before, key) >= 0) yield return $"{path}: {key} stands after {before}.";
            before = key;
        }
    }

    [GeneratedRegex(@"\bt\(\s*(['""`])((?:\\.|(?!\1).)*)\1")]
    private static partial Regex ScriptCalls();

    [GeneratedRegex(@"@\*.*?\*@", RegexOptions.Singleline)]
    private static partial Regex RazorComments();

    [GeneratedRegex(@"<(field|panel|empty-state|confirm-button|lookup)\b(?:[^>""]|""(?:@\((?:[^""()]|""[^""]*""|\((?:[^""()]|""[^""]*"")*\))*\)|[^""])*"")*>", RegexOptions.Singleline)]
    private static partial Regex Tags();

    [GeneratedRegex(@"(?<!(?:at most|at least|than) )\{0\} (?!(?:is|ms|has|was|waits|takes|uses|needs|starts|leads)\b)[a-z]{2,}s\b", RegexOptions.IgnoreCase)]
    private static partial Regex CountPattern();

    [GeneratedRegex(@"\{[A-Za-z0-9]+(?::[^}]*)?\}")]
    private static partial Regex PlaceholderPattern();

    [GeneratedRegex("^\\s*(\"(?:\\\\.|[^\"\\\\])*\")\\s*:")]
    private static partial Regex KeyPattern();
}
