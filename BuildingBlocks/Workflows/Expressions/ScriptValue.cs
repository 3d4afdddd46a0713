using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

internal enum ScriptKind : byte { Undefined, Null, Bool, Number, Text, Date, List, Record, Lambda }

/// <summary>
/// A value in a script. Lists and records are either made by the script (List of values, Dictionary) or JSON of the
/// outside, looked into only as far as asked. A number from outside keeps its JSON, so that it comes out as it went in.
/// </summary>
internal readonly struct ScriptValue
{
    public readonly ScriptKind Kind;
    public readonly double Num;
    public readonly object? Ref;

    private ScriptValue(ScriptKind kind, double num, object? reference)
    {
        Kind = kind;
        Num = num;
        Ref = reference;
    }

    public static readonly ScriptValue Undefined = new(ScriptKind.Undefined, 0, null);
    public static readonly ScriptValue Null = new(ScriptKind.Null, 0, null);
    public static readonly ScriptValue True = new(ScriptKind.Bool, 1, null);
    public static readonly ScriptValue False = new(ScriptKind.Bool, 0, null);
    public static ScriptValue Of(bool value) => value ? True : False;
    public static ScriptValue Of(double value) => new(ScriptKind.Number, value, null);
    public static ScriptValue Of(string value) => new(ScriptKind.Text, 0, value);
    public static ScriptValue Of(List<ScriptValue> value) => new(ScriptKind.List, 0, value);
    public static ScriptValue Of(Dictionary<string, ScriptValue> value) => new(ScriptKind.Record, 0, value);
    public static ScriptValue Of(Lambda value) => new(ScriptKind.Lambda, 0, value);
    public static ScriptValue Date(double milliseconds) => new(ScriptKind.Date, milliseconds, null);
    public static ScriptValue Date(DateTimeOffset moment) => new(ScriptKind.Date, moment.ToUnixTimeMilliseconds(), null);

    public bool IsNullish => Kind is ScriptKind.Undefined or ScriptKind.Null;
    public string Text => (string)Ref!;

    public static ScriptValue From(JsonNode? node)
    {
        switch (node)
        {
            case null: return Null;
            case JsonObject or JsonArray: return new(node is JsonArray ? ScriptKind.List : ScriptKind.Record, 0, node);
        }
        var value = node.AsValue();
        switch (value.GetValueKind())
        {
            case JsonValueKind.True: return True;
            case JsonValueKind.False: return False;
            case JsonValueKind.Number:
                if (value.TryGetValue(out double number)) return new(ScriptKind.Number, number, value);
                return new(ScriptKind.Number, double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture), value);
            case JsonValueKind.Null or JsonValueKind.Undefined: return Null;
            default:
                return Of(value.TryGetValue(out string? text) ? text : value.ToString());
        }
    }

    public bool Truthy => Kind switch
    {
        ScriptKind.Undefined or ScriptKind.Null => false,
        ScriptKind.Bool => Num != 0,
        ScriptKind.Number => Num != 0 && !double.IsNaN(Num),
        ScriptKind.Text => Text.Length > 0,
        _ => true,
    };

    public int ListCount => Ref is List<ScriptValue> list ? list.Count : ((JsonArray)Ref!).Count;

    public ScriptValue Item(int index)
    {
        if (Ref is List<ScriptValue> list) return (uint)index < (uint)list.Count ? list[index] : Undefined;
        var array = (JsonArray)Ref!;
        return (uint)index < (uint)array.Count ? From(array[index]) : Undefined;
    }

    public ScriptValue Property(string name)
    {
        if (Ref is Dictionary<string, ScriptValue> record) return record.TryGetValue(name, out var value) ? value : Undefined;
        return ((JsonObject)Ref!).TryGetPropertyValue(name, out var node) ? From(node) : Undefined;
    }

    public IEnumerable<KeyValuePair<string, ScriptValue>> Properties() => Ref is Dictionary<string, ScriptValue> record
        ? record
        : ((JsonObject)Ref!).Select(pair => KeyValuePair.Create(pair.Key, From(pair.Value)));

    public double ToNumber(ScriptRun run) => Kind switch
    {
        ScriptKind.Undefined => double.NaN,
        ScriptKind.Null => 0,
        ScriptKind.Bool or ScriptKind.Number or ScriptKind.Date => Num,
        ScriptKind.Text => ParseNumber(Text),
        ScriptKind.List or ScriptKind.Record => ParseNumber(ToText(run)),
        _ => double.NaN,
    };

    public static double ParseNumber(string text)
    {
        var trimmed = text.AsSpan().Trim();
        if (trimmed.Length == 0) return 0;
        return double.TryParse(trimmed, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;
    }

    public string ToText(ScriptRun run, int depth = 0)
    {
        switch (Kind)
        {
            case ScriptKind.Undefined: return "undefined";
            case ScriptKind.Null: return "null";
            case ScriptKind.Bool: return Num != 0 ? "true" : "false";
            case ScriptKind.Number: return Format(Num);
            case ScriptKind.Text: return Text;
            case ScriptKind.Date: return Iso(Num);
            case ScriptKind.Record: return "[object Object]";
            case ScriptKind.List:
                if (depth > 32) throw run.Fail("The value is nested too deep");
                var builder = new StringBuilder();
                for (int i = 0, n = ListCount; i < n; i++)
                {
                    if (i > 0) builder.Append(',');
                    var item = Item(i);
                    if (!item.IsNullish) builder.Append(item.ToText(run, depth + 1));
                    run.Step();
                    run.CheckLength(builder.Length);
                }
                return run.Made(builder.ToString());
            default: return "function";
        }
    }

    public static string Format(double number)
    {
        if (number == Math.Floor(number) && Math.Abs(number) < 1e15) return ((long)number).ToString(CultureInfo.InvariantCulture);
        if (double.IsNaN(number)) return "NaN";
        if (double.IsInfinity(number)) return number > 0 ? "Infinity" : "-Infinity";
        var size = Math.Abs(number);
        if (size is >= 1e-6 and < 1e21)
        {
            var text = number.ToString("R", CultureInfo.InvariantCulture);
            return text.Contains('E') ? ((decimal)number).ToString(CultureInfo.InvariantCulture) : text;
        }
        // JavaScript writes 1e+21 where .NET writes 1E+21.
        return number.ToString("R", CultureInfo.InvariantCulture).Replace("E+0", "e+", StringComparison.Ordinal).Replace("E-0", "e-", StringComparison.Ordinal).Replace("E", "e", StringComparison.Ordinal);
    }

    public static string Iso(double milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The value as JSON; what the script made is counted again, since one list may hang in many places.</summary>
    public JsonNode? ToNode(ScriptRun run, int depth = 0)
    {
        switch (Kind)
        {
            case ScriptKind.Undefined or ScriptKind.Null or ScriptKind.Lambda: return null;
            case ScriptKind.Bool: return JsonValue.Create(Num != 0);
            case ScriptKind.Number:
                if (Ref is JsonNode original) return original;
                if (Num == Math.Floor(Num) && Math.Abs(Num) < 9e15) return JsonValue.Create((long)Num);
                return double.IsFinite(Num) ? JsonValue.Create(Num) : null;
            case ScriptKind.Text: return JsonValue.Create(Text);
            case ScriptKind.Date: return JsonValue.Create(Iso(Num));
        }
        if (Ref is JsonNode node) return node;
        if (depth > 32) throw run.Fail("The value is nested too deep");
        if (Ref is List<ScriptValue> list)
        {
            var array = new JsonArray();
            foreach (var item in list)
            {
                run.Charge(item.Kind == ScriptKind.Text ? item.Text.Length + 8 : 8);
                array.Add(item.ToNode(run, depth + 1).Detached());
            }
            return array;
        }
        var obj = new JsonObject();
        foreach (var (name, value) in (Dictionary<string, ScriptValue>)Ref!)
        {
            if (value.Kind is ScriptKind.Undefined or ScriptKind.Lambda) continue;
            run.Charge(name.Length + (value.Kind == ScriptKind.Text ? value.Text.Length + 8 : 8));
            obj[name] = value.ToNode(run, depth + 1).Detached();
        }
        return obj;
    }

    public static bool StrictEquals(in ScriptValue a, in ScriptValue b, ScriptRun run)
    {
        if (a.Kind != b.Kind) return false;
        switch (a.Kind)
        {
            case ScriptKind.Undefined or ScriptKind.Null: return true;
            case ScriptKind.Bool or ScriptKind.Number: return a.Num == b.Num;
            // Two Date objects are never the same one in JavaScript; for conditions of people the moment is what counts.
            case ScriptKind.Date: return a.Num == b.Num;
            case ScriptKind.Text:
                run.Work(Math.Min(a.Text.Length, b.Text.Length));
                return string.Equals(a.Text, b.Text, StringComparison.Ordinal);
            default: return ReferenceEquals(a.Ref, b.Ref);
        }
    }

    public static bool LooseEquals(in ScriptValue a, in ScriptValue b, ScriptRun run)
    {
        if (a.Kind == b.Kind) return StrictEquals(a, b, run);
        if (a.IsNullish || b.IsNullish) return a.IsNullish && b.IsNullish;
        if (a.Kind is ScriptKind.List or ScriptKind.Record or ScriptKind.Date && b.Kind is ScriptKind.Text) return string.Equals(a.ToText(run), b.Text, StringComparison.Ordinal);
        if (b.Kind is ScriptKind.List or ScriptKind.Record or ScriptKind.Date && a.Kind is ScriptKind.Text) return string.Equals(b.ToText(run), a.Text, StringComparison.Ordinal);
        return a.ToNumber(run) == b.ToNumber(run);
    }
}

/// <summary>A script did what it may not, or something that has no result.</summary>
internal sealed class ScriptException(string message, IReadOnlyList<string> arguments, int position) : Exception(Messages.Fill(message, arguments))
{
    public string Template => message;
    public IReadOnlyList<string> Arguments => arguments;
    public int Position => position;
}

/// <summary>What a script can see.</summary>
internal interface IScriptScope
{
    bool TryVariable(string name, out JsonNode? value);
    bool TryInput(string name, out JsonNode? value);
    bool TryData(string name, out JsonNode? value);
    JsonNode? OutputFrom(string activity, string? output);
    JsonNode? LastResult { get; }
    string? CorrelationId { get; }
    string InstanceId { get; }
    string? InstanceName { get; }
    string DefinitionId { get; }
    string DefinitionVersionId { get; }
    int DefinitionVersion { get; }
    DateTimeOffset Now { get; }
    TimeZoneInfo TimeZone { get; }
}

/// <summary>One evaluation: its budget, its locals, what it sees.</summary>
internal sealed class ScriptRun(IScriptScope scope, ExpressionLimits limits, int slots)
{
    private int steps = limits.MaxSteps;
    private int allocation = limits.MaxAllocation;
    public readonly IScriptScope Scope = scope;
    public readonly ScriptValue[] Slots = slots == 0 ? [] : new ScriptValue[slots];
    public int Position;

    public void Step()
    {
        if (--steps < 0) throw Fail("The expression takes too many steps");
    }

    /// <summary>Counts work on long texts as steps.</summary>
    public void Work(long characters)
    {
        var cost = characters / 16;
        if (cost > steps) throw Fail("The expression takes too many steps");
        steps -= (int)cost;
    }

    public void Charge(int size)
    {
        if (size > allocation) throw Fail("The expression makes too much text or too long lists");
        allocation -= size;
    }

    public void CheckLength(int length)
    {
        if (length > limits.MaxLength) throw Fail("The expression makes too much text or too long lists");
    }

    public string Made(string text)
    {
        CheckLength(text.Length);
        Charge(text.Length);
        return text;
    }

    /// <summary>To be asked before a text of this length is made.</summary>
    public void WillMake(long length)
    {
        if (length > limits.MaxLength) throw Fail("The expression makes too much text or too long lists");
        Charge((int)length);
    }

    public ScriptException Fail(string message, params string[] arguments) => new(message, arguments, Position);
}
