using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

internal delegate ScriptValue ScriptFunction(ScriptRun run, ScriptValue[] arguments);

internal delegate ScriptValue ScriptMethod(ScriptRun run, ScriptValue target, ScriptValue[] arguments);

internal sealed record ScriptObject(Dictionary<string, double> Constants, Dictionary<string, ScriptFunction> Functions);

/// <summary>All that a script can call. What is not here is refused when it is read. Nothing here reaches out of the values it is given.</summary>
internal static class ScriptLibrary
{
    // ---- functions

    public static readonly Dictionary<string, ScriptFunction> Functions = new(StringComparer.Ordinal)
    {
        ["getVariable"] = (run, a) => run.Scope.TryVariable(Text(run, a, 0), out var value) ? ScriptValue.From(value) : ScriptValue.Undefined,
        ["getInput"] = (run, a) => run.Scope.TryInput(Text(run, a, 0), out var value) ? ScriptValue.From(value) : ScriptValue.Undefined,
        ["getOutputFrom"] = (run, a) => ScriptValue.From(run.Scope.OutputFrom(Text(run, a, 0), a.Length > 1 && !a[1].IsNullish ? Text(run, a, 1) : null)),
        ["getLastResult"] = (run, _) => ScriptValue.From(run.Scope.LastResult),
        ["getCorrelationId"] = (run, _) => Nullable(run.Scope.CorrelationId),
        ["getWorkflowInstanceId"] = (run, _) => ScriptValue.Of(run.Scope.InstanceId),
        ["getWorkflowInstanceName"] = (run, _) => Nullable(run.Scope.InstanceName),
        ["getWorkflowDefinitionId"] = (run, _) => ScriptValue.Of(run.Scope.DefinitionId),
        ["getWorkflowDefinitionVersionId"] = (run, _) => ScriptValue.Of(run.Scope.DefinitionVersionId),
        ["getWorkflowDefinitionVersion"] = (run, _) => ScriptValue.Of(run.Scope.DefinitionVersion),
        ["isNullOrWhiteSpace"] = (_, a) => ScriptValue.Of(Arg(a, 0) is var v && (v.IsNullish || (v.Kind == ScriptKind.Text && string.IsNullOrWhiteSpace(v.Text)))),
        ["isNullOrEmpty"] = (_, a) => ScriptValue.Of(Arg(a, 0) is var v && (v.IsNullish || (v.Kind == ScriptKind.Text && v.Text.Length == 0))),
        ["toJson"] = (run, a) => Stringify(run, Arg(a, 0)),
        ["parseInt"] = (run, a) => ParseInt(run, a),
        ["parseFloat"] = (run, a) => ParseFloat(Text(run, a, 0)),
        ["isNaN"] = (run, a) => ScriptValue.Of(double.IsNaN(Number(run, a, 0))),
        ["isFinite"] = (run, a) => ScriptValue.Of(double.IsFinite(Number(run, a, 0))),
        ["Number"] = (run, a) => ScriptValue.Of(a.Length == 0 ? 0 : Number(run, a, 0)),
        ["String"] = (run, a) => ScriptValue.Of(a.Length == 0 ? "" : Text(run, a, 0)),
        ["Boolean"] = (_, a) => ScriptValue.Of(Arg(a, 0).Truthy),

        // Dates, for those who do not write JavaScript: every one takes a moment or a text of one.
        ["now"] = (run, _) => ScriptValue.Date(run.Scope.Now),
        ["today"] = (run, _) => ScriptValue.Date(StartOfDay(run, run.Scope.Now)),
        ["toDate"] = (run, a) => ToDate(run, Arg(a, 0)),
        ["addDays"] = (run, a) => Shift(run, a, (moment, n) => moment.AddDays(n)),
        ["addHours"] = (run, a) => Shift(run, a, (moment, n) => moment.AddHours(n)),
        ["addMinutes"] = (run, a) => Shift(run, a, (moment, n) => moment.AddMinutes(n)),
        ["addMonths"] = (run, a) => Shift(run, a, (moment, n) => moment.AddMonths((int)n)),
        ["addYears"] = (run, a) => Shift(run, a, (moment, n) => moment.AddYears((int)n)),
        ["daysBetween"] = (run, a) => ScriptValue.Of(Math.Floor((ToDate(run, Arg(a, 1)).Num - ToDate(run, Arg(a, 0)).Num) / 86_400_000)),
        ["hoursBetween"] = (run, a) => ScriptValue.Of((ToDate(run, Arg(a, 1)).Num - ToDate(run, Arg(a, 0)).Num) / 3_600_000),
        ["dayOfWeek"] = (run, a) => ScriptValue.Of((int)Local(run, ToDate(run, Arg(a, 0))).DayOfWeek),
        ["formatDate"] = (run, a) => FormatDate(run, ToDate(run, Arg(a, 0)), a.Length > 1 ? Text(run, a, 1) : "yyyy-MM-dd"),
    };

    public static readonly Dictionary<string, ScriptObject> Objects = new(StringComparer.Ordinal)
    {
        ["Math"] = new(new() { ["PI"] = Math.PI, ["E"] = Math.E }, new()
        {
            ["abs"] = One(Math.Abs), ["ceil"] = One(Math.Ceiling), ["floor"] = One(Math.Floor), ["trunc"] = One(Math.Truncate), ["sqrt"] = One(Math.Sqrt), ["log"] = One(Math.Log), ["log10"] = One(Math.Log10), ["exp"] = One(Math.Exp),
            ["sign"] = One(x => double.IsNaN(x) ? x : Math.Sign(x)),
            ["round"] = One(x => Math.Floor(x + 0.5)),
            ["pow"] = (run, a) => ScriptValue.Of(Math.Pow(Number(run, a, 0), Number(run, a, 1))),
            ["min"] = (run, a) => Fold(run, a, double.PositiveInfinity, Math.Min),
            ["max"] = (run, a) => Fold(run, a, double.NegativeInfinity, Math.Max),
        }),
        ["JSON"] = new([], new()
        {
            ["stringify"] = (run, a) => Stringify(run, Arg(a, 0)),
            ["parse"] = (run, a) => ParseJson(run, Text(run, a, 0)),
        }),
        ["Date"] = new([], new()
        {
            ["now"] = (run, _) => ScriptValue.Of(run.Scope.Now.ToUnixTimeMilliseconds()),
            ["parse"] = (run, a) => ScriptValue.Of(ToDate(run, Arg(a, 0)).Num),
        }),
        ["Object"] = new([], new()
        {
            ["keys"] = (run, a) => Pairs(run, Arg(a, 0), (name, _) => ScriptValue.Of(name)),
            ["values"] = (run, a) => Pairs(run, Arg(a, 0), (_, value) => value),
            ["entries"] = (run, a) => Pairs(run, Arg(a, 0), (name, value) => ScriptValue.Of([ScriptValue.Of(name), value])),
        }),
        ["Array"] = new([], new() { ["isArray"] = (_, a) => ScriptValue.Of(Arg(a, 0).Kind == ScriptKind.List) }),
        ["Number"] = new(new() { ["MAX_SAFE_INTEGER"] = 9007199254740991, ["MIN_SAFE_INTEGER"] = -9007199254740991 }, new()
        {
            ["isInteger"] = (_, a) => ScriptValue.Of(Arg(a, 0) is { Kind: ScriptKind.Number } v && v.Num == Math.Floor(v.Num) && double.IsFinite(v.Num)),
            ["isNaN"] = (_, a) => ScriptValue.Of(Arg(a, 0) is { Kind: ScriptKind.Number } v && double.IsNaN(v.Num)),
            ["isFinite"] = (_, a) => ScriptValue.Of(Arg(a, 0) is { Kind: ScriptKind.Number } v && double.IsFinite(v.Num)),
            ["parseInt"] = (run, a) => ParseInt(run, a),
            ["parseFloat"] = (run, a) => ParseFloat(Text(run, a, 0)),
        }),
    };

    public static ScriptFunction NewDate { get; } = (run, a) => a.Length switch
    {
        0 => ScriptValue.Date(run.Scope.Now),
        1 => ToDate(run, a[0]),
        _ => FromParts(run, a),
    };

    /// <summary>Elsa's getX(): a variable, else an input, else the output Y of the activity Z when X is YFromZ.</summary>
    public static ScriptFunction Accessor(string name) => (run, _) =>
    {
        foreach (var spelling in (ReadOnlySpan<string>)[name, ActivityDescriptor.Camel(name)])
        {
            if (run.Scope.TryVariable(spelling, out var variable)) return ScriptValue.From(variable);
            if (run.Scope.TryInput(spelling, out var input)) return ScriptValue.From(input);
        }
        var from = name.IndexOf("From", StringComparison.Ordinal);
        return from > 0 ? ScriptValue.From(run.Scope.OutputFrom(name[(from + 4)..], name[..from])) : ScriptValue.Undefined;
    };

    // ---- methods

    public static readonly Dictionary<string, ScriptMethod> Methods = new(StringComparer.Ordinal)
    {
        ["toString"] = (run, t, a) => ScriptValue.Of(t.ToText(run)),
        ["valueOf"] = (run, t, a) => t.Kind == ScriptKind.Date ? ScriptValue.Of(t.Num) : t,
        ["toLowerCase"] = (run, t, a) => ScriptValue.Of(Made(run, t, s => s.ToLowerInvariant())),
        ["toUpperCase"] = (run, t, a) => ScriptValue.Of(Made(run, t, s => s.ToUpperInvariant())),
        ["toLocaleLowerCase"] = (run, t, a) => ScriptValue.Of(Made(run, t, s => s.ToLowerInvariant())),
        ["toLocaleUpperCase"] = (run, t, a) => ScriptValue.Of(Made(run, t, s => s.ToUpperInvariant())),
        ["trim"] = (run, t, a) => ScriptValue.Of(Made(run, t, s => s.Trim())),
        ["trimStart"] = (run, t, a) => ScriptValue.Of(Made(run, t, s => s.TrimStart())),
        ["trimEnd"] = (run, t, a) => ScriptValue.Of(Made(run, t, s => s.TrimEnd())),
        ["startsWith"] = (run, t, a) => ScriptValue.Of(Self(run, t).AsSpan(Clamp(Number(run, a, 1, 0), Self(run, t).Length)).StartsWith(Text(run, a, 0), StringComparison.Ordinal)),
        ["endsWith"] = (run, t, a) => ScriptValue.Of(Self(run, t).EndsWith(Text(run, a, 0), StringComparison.Ordinal)),
        ["includes"] = (run, t, a) => t.Kind == ScriptKind.List ? ScriptValue.Of(IndexIn(run, t, Arg(a, 0)) >= 0) : ScriptValue.Of(IndexOf(run, Self(run, t), Text(run, a, 0), 0) >= 0),
        ["indexOf"] = (run, t, a) => t.Kind == ScriptKind.List ? ScriptValue.Of(IndexIn(run, t, Arg(a, 0))) : ScriptValue.Of(IndexOf(run, Self(run, t), Text(run, a, 0), Clamp(Number(run, a, 1, 0), Self(run, t).Length))),
        ["lastIndexOf"] = (run, t, a) => LastIndexOf(run, Self(run, t), Text(run, a, 0)),
        ["substring"] = (run, t, a) => Substring(run, Self(run, t), a),
        ["substr"] = (run, t, a) => Substr(run, Self(run, t), a),
        ["slice"] = (run, t, a) => Slice(run, t, a),
        ["charAt"] = (run, t, a) => Self(run, t) is var s && Number(run, a, 0, 0) is var i && i >= 0 && i < s.Length ? ScriptValue.Of(s[(int)i].ToString()) : ScriptValue.Of(""),
        ["charCodeAt"] = (run, t, a) => Self(run, t) is var s && Number(run, a, 0, 0) is var i && i >= 0 && i < s.Length ? ScriptValue.Of((double)s[(int)i]) : ScriptValue.Of(double.NaN),
        ["at"] = (run, t, a) => At(run, t, Number(run, a, 0, 0)),
        ["replace"] = (run, t, a) => Replace(run, Self(run, t), Text(run, a, 0), Text(run, a, 1), all: false),
        ["replaceAll"] = (run, t, a) => Replace(run, Self(run, t), Text(run, a, 0), Text(run, a, 1), all: true),
        ["split"] = (run, t, a) => Split(run, Self(run, t), Arg(a, 0), Number(run, a, 1, int.MaxValue)),
        ["padStart"] = (run, t, a) => Pad(run, Self(run, t), a, start: true),
        ["padEnd"] = (run, t, a) => Pad(run, Self(run, t), a, start: false),
        ["repeat"] = (run, t, a) => Repeat(run, Self(run, t), Number(run, a, 0, 0)),
        ["localeCompare"] = (run, t, a) => ScriptValue.Of(Math.Sign(string.CompareOrdinal(Self(run, t), Text(run, a, 0)))),
        ["concat"] = (run, t, a) => Concat(run, t, a),
        ["hasOwnProperty"] = (run, t, a) => ScriptValue.Of(t.Kind == ScriptKind.Record && Has(t, Text(run, a, 0))),

        ["toFixed"] = (run, t, a) => ScriptValue.Of(Fixed(run, t.ToNumber(run), Number(run, a, 0, 0), group: false)),
        ["toLocaleString"] = (run, t, a) => ScriptValue.Of(t.Kind == ScriptKind.Number ? t.Num.ToString("#,0.###", CultureInfo.InvariantCulture) : t.ToText(run)),

        ["join"] = (run, t, a) => Join(run, List(run, t), a.Length == 0 || a[0].IsNullish ? "," : Text(run, a, 0)),
        ["reverse"] = (run, t, a) => Copy(run, List(run, t), list => list.Reverse()),
        ["sort"] = (run, t, a) => Sort(run, List(run, t), a),
        ["flat"] = (run, t, a) => Flat(run, List(run, t)),
        ["map"] = (run, t, a) => Map(run, List(run, t), Function(run, a, 0)),
        ["filter"] = (run, t, a) => Filter(run, List(run, t), Function(run, a, 0)),
        ["some"] = (run, t, a) => ScriptValue.Of(FindIndex(run, List(run, t), Function(run, a, 0), true) >= 0),
        ["every"] = (run, t, a) => ScriptValue.Of(FindIndex(run, List(run, t), Function(run, a, 0), false) < 0),
        ["find"] = (run, t, a) => FindIndex(run, List(run, t), Function(run, a, 0), true) is >= 0 and var i ? t.Item(i) : ScriptValue.Undefined,
        ["findIndex"] = (run, t, a) => ScriptValue.Of(FindIndex(run, List(run, t), Function(run, a, 0), true)),
        ["reduce"] = (run, t, a) => Reduce(run, List(run, t), Function(run, a, 0), a),

        ["getTime"] = (run, t, a) => ScriptValue.Of(Moment(run, t)),
        ["getFullYear"] = Part(true, m => m.Year),
        ["getMonth"] = Part(true, m => m.Month - 1),
        ["getDate"] = Part(true, m => m.Day),
        ["getDay"] = Part(true, m => (int)m.DayOfWeek),
        ["getHours"] = Part(true, m => m.Hour),
        ["getMinutes"] = Part(true, m => m.Minute),
        ["getSeconds"] = Part(true, m => m.Second),
        ["getMilliseconds"] = Part(true, m => m.Millisecond),
        ["getUTCFullYear"] = Part(false, m => m.Year),
        ["getUTCMonth"] = Part(false, m => m.Month - 1),
        ["getUTCDate"] = Part(false, m => m.Day),
        ["getUTCDay"] = Part(false, m => (int)m.DayOfWeek),
        ["getUTCHours"] = Part(false, m => m.Hour),
        ["getUTCMinutes"] = Part(false, m => m.Minute),
        ["getUTCSeconds"] = Part(false, m => m.Second),
        ["toISOString"] = (run, t, a) => ScriptValue.Of(ScriptValue.Iso(Moment(run, t))),
        ["toJSON"] = (run, t, a) => ScriptValue.Of(ScriptValue.Iso(Moment(run, t))),
    };

    // ---- arguments

    private static ScriptValue Arg(ScriptValue[] a, int index) => index < a.Length ? a[index] : ScriptValue.Undefined;

    private static string Text(ScriptRun run, ScriptValue[] a, int index) => Arg(a, index).ToText(run);

    private static double Number(ScriptRun run, ScriptValue[] a, int index) => Arg(a, index).ToNumber(run);

    private static double Number(ScriptRun run, ScriptValue[] a, int index, double missing)
    {
        var value = Arg(a, index);
        if (value.Kind == ScriptKind.Undefined) return missing;
        var number = value.ToNumber(run);
        return double.IsNaN(number) ? 0 : Math.Truncate(number);
    }

    private static Lambda Function(ScriptRun run, ScriptValue[] a, int index) => Arg(a, index) is { Kind: ScriptKind.Lambda } value ? (Lambda)value.Ref! : throw run.Fail("A function like x => x.name is expected here");

    private static ScriptValue List(ScriptRun run, in ScriptValue value) => value.Kind == ScriptKind.List ? value : throw run.Fail("Only a list can do this");

    private static string Self(ScriptRun run, in ScriptValue value)
    {
        if (value.Kind is ScriptKind.Text) return value.Text;
        if (value.Kind is ScriptKind.Number or ScriptKind.Bool or ScriptKind.Date) return value.ToText(run);
        throw run.Fail("Only a text can do this");
    }

    private static double Moment(ScriptRun run, in ScriptValue value) => value.Kind == ScriptKind.Date ? value.Num : throw run.Fail("Only a date can do this");

    private static ScriptValue Nullable(string? text) => text is null ? ScriptValue.Null : ScriptValue.Of(text);

    private static int Clamp(double place, int length) => place <= 0 ? 0 : place >= length ? length : (int)place;

    private static int Relative(double place, int length) => place < 0 ? Clamp(length + place, length) : Clamp(place, length);

    // ---- numbers

    private static ScriptFunction One(Func<double, double> function) => (run, a) => ScriptValue.Of(function(Number(run, a, 0)));

    private static ScriptValue Fold(ScriptRun run, ScriptValue[] a, double from, Func<double, double, double> function)
    {
        foreach (var value in a) from = function(from, value.ToNumber(run));
        return ScriptValue.Of(from);
    }

    private static ScriptValue ParseInt(ScriptRun run, ScriptValue[] a)
    {
        var text = Text(run, a, 0).AsSpan().TrimStart();
        var negative = text.Length > 0 && text[0] == '-';
        if (text.Length > 0 && text[0] is '-' or '+') text = text[1..];
        double value = 0;
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits])) value = (value * 10) + (text[digits++] - '0');
        return ScriptValue.Of(digits == 0 ? double.NaN : negative ? -value : value);
    }

    private static ScriptValue ParseFloat(string source)
    {
        var text = source.AsSpan().TrimStart();
        var length = 0;
        var dot = false;
        while (length < text.Length && (char.IsAsciiDigit(text[length]) || (length == 0 && text[length] is '-' or '+') || (!dot && text[length] == '.')))
            dot |= text[length++] == '.';
        return ScriptValue.Of(double.TryParse(text[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN);
    }

    internal static string Fixed(ScriptRun run, double number, double digits, bool group)
    {
        if (digits is < 0 or > 20) throw run.Fail("The number of digits must be between 0 and 20");
        if (!double.IsFinite(number) || Math.Abs(number) >= 1e21) return ScriptValue.Format(number);
        var rounded = Math.Abs(number) < 7e27 ? (object)decimal.Round((decimal)number, Math.Min((int)digits, 15), MidpointRounding.AwayFromZero) : number;
        return string.Format(CultureInfo.InvariantCulture, (group ? "{0:N" : "{0:F") + ((int)digits).ToString(CultureInfo.InvariantCulture) + "}", rounded);
    }

    // ---- texts

    private static string Made(ScriptRun run, in ScriptValue target, Func<string, string> make)
    {
        var text = Self(run, target);
        run.Work(text.Length);
        run.WillMake(text.Length);
        return make(text);
    }

    private static int IndexOf(ScriptRun run, string text, string part, int from)
    {
        run.Work(text.Length + ((long)text.Length * part.Length / 256));
        return text.IndexOf(part, from, StringComparison.Ordinal);
    }

    private static ScriptValue LastIndexOf(ScriptRun run, string text, string part)
    {
        run.Work(text.Length + ((long)text.Length * part.Length / 256));
        return ScriptValue.Of(text.LastIndexOf(part, StringComparison.Ordinal));
    }

    private static ScriptValue Cut(ScriptRun run, string text, int from, int to)
    {
        if (to <= from) return ScriptValue.Of("");
        run.WillMake(to - from);
        return ScriptValue.Of(text[from..to]);
    }

    private static ScriptValue Substring(ScriptRun run, string text, ScriptValue[] a)
    {
        var (from, to) = (Clamp(Number(run, a, 0, 0), text.Length), Clamp(Number(run, a, 1, text.Length), text.Length));
        return from <= to ? Cut(run, text, from, to) : Cut(run, text, to, from);
    }

    private static ScriptValue Substr(ScriptRun run, string text, ScriptValue[] a)
    {
        var from = Relative(Number(run, a, 0, 0), text.Length);
        return Cut(run, text, from, from + Clamp(Number(run, a, 1, text.Length), text.Length - from));
    }

    private static ScriptValue Slice(ScriptRun run, ScriptValue target, ScriptValue[] a)
    {
        if (target.Kind != ScriptKind.List)
        {
            var text = Self(run, target);
            return Cut(run, text, Relative(Number(run, a, 0, 0), text.Length), Relative(Number(run, a, 1, text.Length), text.Length));
        }
        var count = target.ListCount;
        var (from, to) = (Relative(Number(run, a, 0, 0), count), Relative(Number(run, a, 1, count), count));
        var list = new List<ScriptValue>();
        for (var i = from; i < to; i++) Add(run, list, target.Item(i));
        return ScriptValue.Of(list);
    }

    private static ScriptValue At(ScriptRun run, ScriptValue target, double place)
    {
        if (target.Kind == ScriptKind.List) return place < 0 ? target.Item((int)Math.Max(int.MinValue, target.ListCount + place)) : target.Item((int)Math.Min(int.MaxValue, place));
        var text = Self(run, target);
        if (place < 0) place += text.Length;
        return place >= 0 && place < text.Length ? ScriptValue.Of(text[(int)place].ToString()) : ScriptValue.Undefined;
    }

    private static ScriptValue Replace(ScriptRun run, string text, string part, string with, bool all)
    {
        var at = IndexOf(run, text, part, 0);
        if (at < 0) return ScriptValue.Of(text);
        if (!all || part.Length == 0)
        {
            run.WillMake((long)text.Length - part.Length + with.Length);
            return ScriptValue.Of(string.Concat(text.AsSpan(0, at), with, text.AsSpan(at + part.Length)));
        }
        var builder = new StringBuilder();
        var from = 0;
        while (at >= 0)
        {
            run.Step();
            builder.Append(text, from, at - from).Append(with);
            run.CheckLength(builder.Length);
            from = at + part.Length;
            at = text.IndexOf(part, from, StringComparison.Ordinal);
        }
        builder.Append(text, from, text.Length - from);
        return ScriptValue.Of(run.Made(builder.ToString()));
    }

    private static ScriptValue Split(ScriptRun run, string text, ScriptValue separator, double most)
    {
        var list = new List<ScriptValue>();
        if (separator.Kind == ScriptKind.Undefined)
        {
            Add(run, list, ScriptValue.Of(text));
            return ScriptValue.Of(list);
        }
        var mark = separator.ToText(run);
        run.Work(text.Length + ((long)text.Length * mark.Length / 256));
        run.WillMake(text.Length);
        if (mark.Length == 0)
        {
            foreach (var c in text)
            {
                if (list.Count >= most) break;
                Add(run, list, ScriptValue.Of(c.ToString()));
            }
            return ScriptValue.Of(list);
        }
        var from = 0;
        while (list.Count < most)
        {
            var at = text.IndexOf(mark, from, StringComparison.Ordinal);
            Add(run, list, ScriptValue.Of(at < 0 ? text[from..] : text[from..at]));
            if (at < 0) break;
            from = at + mark.Length;
        }
        return ScriptValue.Of(list);
    }

    private static ScriptValue Pad(ScriptRun run, string text, ScriptValue[] a, bool start)
    {
        var width = Number(run, a, 0, 0);
        var filler = a.Length > 1 ? Text(run, a, 1) : " ";
        if (width <= text.Length || filler.Length == 0) return ScriptValue.Of(text);
        run.WillMake(width > int.MaxValue ? int.MaxValue : (long)width);
        var builder = new StringBuilder((int)width);
        while (builder.Length < (int)width - text.Length) builder.Append(filler);
        builder.Length = (int)width - text.Length;
        return ScriptValue.Of(start ? builder.Append(text).ToString() : text + builder);
    }

    private static ScriptValue Repeat(ScriptRun run, string text, double times)
    {
        if (times is < 0 or > int.MaxValue) throw run.Fail("The expression makes too much text or too long lists");
        run.WillMake((long)(text.Length * times));
        return ScriptValue.Of(new StringBuilder().Insert(0, text, (int)times).ToString());
    }

    private static ScriptValue Concat(ScriptRun run, ScriptValue target, ScriptValue[] a)
    {
        if (target.Kind == ScriptKind.List)
        {
            var list = new List<ScriptValue>();
            for (int i = 0, n = target.ListCount; i < n; i++) Add(run, list, target.Item(i));
            foreach (var value in a)
                if (value.Kind == ScriptKind.List)
                    for (int i = 0, n = value.ListCount; i < n; i++) Add(run, list, value.Item(i));
                else Add(run, list, value);
            return ScriptValue.Of(list);
        }
        var text = Self(run, target);
        foreach (var value in a)
        {
            var more = value.ToText(run);
            run.WillMake((long)text.Length + more.Length);
            text += more;
        }
        return ScriptValue.Of(text);
    }

    // ---- lists

    private static void Add(ScriptRun run, List<ScriptValue> list, in ScriptValue value)
    {
        run.Step();
        run.Charge(2);
        list.Add(value);
    }

    private static int IndexIn(ScriptRun run, in ScriptValue list, in ScriptValue wanted)
    {
        for (int i = 0, n = list.ListCount; i < n; i++)
        {
            run.Step();
            if (ScriptValue.StrictEquals(list.Item(i), wanted, run)) return i;
        }
        return -1;
    }

    private static ScriptValue Join(ScriptRun run, ScriptValue list, string separator)
    {
        var builder = new StringBuilder();
        for (int i = 0, n = list.ListCount; i < n; i++)
        {
            run.Step();
            if (i > 0) builder.Append(separator);
            var item = list.Item(i);
            if (!item.IsNullish) builder.Append(item.ToText(run));
            run.CheckLength(builder.Length);
        }
        return ScriptValue.Of(run.Made(builder.ToString()));
    }

    private static ScriptValue Copy(ScriptRun run, ScriptValue source, Action<List<ScriptValue>> change)
    {
        var list = new List<ScriptValue>(Math.Min(source.ListCount, 1024));
        for (int i = 0, n = source.ListCount; i < n; i++) Add(run, list, source.Item(i));
        change(list);
        return ScriptValue.Of(list);
    }

    private static ScriptValue Sort(ScriptRun run, ScriptValue source, ScriptValue[] a)
    {
        var by = a.Length > 0 && !a[0].IsNullish ? Function(run, a, 0) : null;
        return Copy(run, source, list =>
        {
            // A stable merge sort of our own: List.Sort may call a contradicting comparer without end in sight, and is not stable.
            var items = list.ToArray();
            var spare = new ScriptValue[items.Length];
            for (var width = 1; width < items.Length; width *= 2)
            {
                for (var low = 0; low < items.Length; low += 2 * width)
                {
                    int middle = Math.Min(low + width, items.Length), high = Math.Min(low + (2 * width), items.Length), i = low, j = middle;
                    for (var k = low; k < high; k++)
                    {
                        run.Step();
                        spare[k] = i < middle && (j >= high || Compare(items[i], items[j]) <= 0) ? items[i++] : items[j++];
                    }
                }
                (items, spare) = (spare, items);
            }
            list.Clear();
            list.AddRange(items);
        });

        double Compare(in ScriptValue x, in ScriptValue y)
        {
            if (by is not null) return by.Invoke(run, x, y).ToNumber(run) is var order && double.IsNaN(order) ? 0 : order;
            var (first, second) = (x.ToText(run), y.ToText(run));
            run.Work(Math.Min(first.Length, second.Length));
            return string.CompareOrdinal(first, second);
        }
    }

    private static ScriptValue Flat(ScriptRun run, ScriptValue source)
    {
        var list = new List<ScriptValue>();
        for (int i = 0, n = source.ListCount; i < n; i++)
        {
            var item = source.Item(i);
            if (item.Kind == ScriptKind.List)
                for (int j = 0, m = item.ListCount; j < m; j++) Add(run, list, item.Item(j));
            else Add(run, list, item);
        }
        return ScriptValue.Of(list);
    }

    private static ScriptValue Map(ScriptRun run, ScriptValue source, Lambda function)
    {
        var list = new List<ScriptValue>();
        for (int i = 0, n = source.ListCount; i < n; i++) Add(run, list, function.Invoke(run, source.Item(i), ScriptValue.Of(i)));
        return ScriptValue.Of(list);
    }

    private static ScriptValue Filter(ScriptRun run, ScriptValue source, Lambda function)
    {
        var list = new List<ScriptValue>();
        for (int i = 0, n = source.ListCount; i < n; i++)
        {
            var item = source.Item(i);
            if (function.Invoke(run, item, ScriptValue.Of(i)).Truthy) Add(run, list, item);
        }
        return ScriptValue.Of(list);
    }

    private static int FindIndex(ScriptRun run, ScriptValue source, Lambda function, bool wanted)
    {
        for (int i = 0, n = source.ListCount; i < n; i++)
            if (function.Invoke(run, source.Item(i), ScriptValue.Of(i)).Truthy == wanted) return i;
        return -1;
    }

    private static ScriptValue Reduce(ScriptRun run, ScriptValue source, Lambda function, ScriptValue[] a)
    {
        var from = 0;
        ScriptValue value;
        if (a.Length > 1) value = a[1];
        else if (source.ListCount == 0) throw run.Fail("An empty list has nothing to start from");
        else value = source.Item(from++);
        for (int i = from, n = source.ListCount; i < n; i++) value = function.Invoke(run, value, source.Item(i));
        return value;
    }

    private static ScriptValue Pairs(ScriptRun run, ScriptValue value, Func<string, ScriptValue, ScriptValue> make)
    {
        if (value.Kind != ScriptKind.Record) throw run.Fail("Only a record can do this");
        var list = new List<ScriptValue>();
        foreach (var (name, item) in value.Properties()) Add(run, list, make(name, item));
        return ScriptValue.Of(list);
    }

    private static bool Has(in ScriptValue record, string name) => record.Ref is Dictionary<string, ScriptValue> made ? made.ContainsKey(name) : ((JsonObject)record.Ref!).ContainsKey(name);

    // ---- JSON

    private static ScriptValue Stringify(ScriptRun run, ScriptValue value)
    {
        if (value.Kind is ScriptKind.Undefined or ScriptKind.Lambda) return ScriptValue.Undefined;
        return ScriptValue.Of(run.Made(value.ToNode(run).Compact()));
    }

    private static ScriptValue ParseJson(ScriptRun run, string text)
    {
        run.Work(text.Length);
        run.Charge(text.Length);
        try
        {
            return ScriptValue.From(JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 32 }));
        }
        catch (JsonException)
        {
            throw run.Fail("The text is no JSON");
        }
    }

    // ---- dates

    internal static ScriptValue ToDate(ScriptRun run, ScriptValue value)
    {
        switch (value.Kind)
        {
            case ScriptKind.Date: return value;
            case ScriptKind.Number when value.Num is > -6.2e13 and < 2.53e14: return ScriptValue.Date(value.Num);
            case ScriptKind.Text when Moments.TryParse(value.Text, run.Scope.TimeZone, out var moment): return ScriptValue.Date(moment);
            default: throw run.Fail("{0} is not a date", value.Kind == ScriptKind.Text && value.Text.Length > 40 ? "The text" : value.ToText(run));
        }
    }

    private static DateTimeOffset Local(ScriptRun run, in ScriptValue date) => TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds((long)Moment(run, date)), run.Scope.TimeZone);

    private static DateTimeOffset StartOfDay(ScriptRun run, DateTimeOffset moment) => Moments.InZone(TimeZoneInfo.ConvertTime(moment, run.Scope.TimeZone).Date, run.Scope.TimeZone);

    private static ScriptMethod Part(bool local, Func<DateTimeOffset, double> part) => (run, target, _) =>
        ScriptValue.Of(part(local ? Local(run, target) : DateTimeOffset.FromUnixTimeMilliseconds((long)Moment(run, target))));

    private static ScriptValue Shift(ScriptRun run, ScriptValue[] a, Func<DateTime, double, DateTime> shift)
    {
        var by = Number(run, a, 1);
        if (double.IsNaN(by) || Math.Abs(by) > 1e9) throw run.Fail("{0} is not a number of days, hours, minutes, months or years", Text(run, a, 1));
        // By the wall clock of the zone, so that a day stays a day where summer time begins.
        var local = Local(run, ToDate(run, Arg(a, 0))).DateTime;
        try
        {
            return ScriptValue.Date(Moments.InZone(shift(local, by), run.Scope.TimeZone));
        }
        catch (ArgumentOutOfRangeException)
        {
            throw run.Fail("The date is out of range");
        }
    }

    private static ScriptValue FromParts(ScriptRun run, ScriptValue[] a)
    {
        try
        {
            var day = new DateTime((int)Number(run, a, 0, 0), 1, 1).AddMonths((int)Number(run, a, 1, 0)).AddDays(Number(run, a, 2, 1) - 1)
                .AddHours(Number(run, a, 3, 0)).AddMinutes(Number(run, a, 4, 0)).AddSeconds(Number(run, a, 5, 0)).AddMilliseconds(Number(run, a, 6, 0));
            return ScriptValue.Date(Moments.InZone(day, run.Scope.TimeZone));
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw run.Fail("The date is out of range");
        }
    }

    internal static ScriptValue FormatDate(ScriptRun run, ScriptValue date, string format)
    {
        if (format.Length > 100) throw run.Fail("The format is too long");
        try
        {
            return ScriptValue.Of(run.Made(Local(run, date).ToString(format, CultureInfo.InvariantCulture)));
        }
        catch (FormatException)
        {
            throw run.Fail("{0} is not a format of a date", format);
        }
    }
}

/// <summary>Moments and spans from texts, the invariant way.</summary>
internal static class Moments
{
    public static bool TryParse(string text, TimeZoneInfo zone, out DateTimeOffset moment)
    {
        moment = default;
        if (text.Length is 0 or > 64) return false;
        // A text with an offset means that moment; a bare date means midnight UTC, as in JavaScript; a bare date and time means the zone.
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind | DateTimeStyles.AllowWhiteSpaces, out var parsed)) return false;
        if (parsed.Kind == DateTimeKind.Unspecified)
        {
            moment = text.AsSpan().Trim().Length <= 10 && parsed.TimeOfDay == TimeSpan.Zero ? new DateTimeOffset(parsed, TimeSpan.Zero) : InZone(parsed, zone);
            return true;
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out moment);
    }

    /// <summary>The moment of a wall clock in a zone; one that summer time skips is taken an hour later.</summary>
    public static DateTimeOffset InZone(DateTime local, TimeZoneInfo zone)
    {
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        if (zone.IsInvalidTime(local)) local = local.AddHours(1);
        return new DateTimeOffset(local, zone.GetUtcOffset(local));
    }

    /// <summary>A span as .NET writes it (<c>1.02:03:04</c>) or as ISO 8601 does (<c>P1DT2H</c>).</summary>
    public static bool TryParseSpan(string text, out TimeSpan span)
    {
        text = text.Trim();
        if (text.StartsWith('P') || text.StartsWith("-P", StringComparison.Ordinal))
            try
            {
                span = System.Xml.XmlConvert.ToTimeSpan(text);
                return true;
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                span = default;
                return false;
            }
        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out span);
    }
}
