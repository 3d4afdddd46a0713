using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>
/// Text with places to fill: <c>{{ customer.name | default: "dear customer" }}</c>. Only paths and a few filters; what Liquid and
/// Handlebars can besides (tags, helpers, blocks) is refused with its place. A place with no value stays empty.
/// </summary>
internal sealed class TextTemplate
{
    private readonly string[] texts;
    private readonly Place[] places;

    private sealed record Place(ScriptNode Value, (string Name, ScriptNode[] Arguments)[] Filters, int Position);

    private static readonly HashSet<string> Filters = new(StringComparer.Ordinal) { "default", "upcase", "downcase", "capitalize", "strip", "date", "number", "round", "truncate", "append", "prepend", "replace", "remove", "size", "first", "last", "join", "escape", "raw", "json" };

    private TextTemplate(string[] texts, Place[] places, IReadOnlyList<(string, string, int)> names)
    {
        this.texts = texts;
        this.places = places;
        Names = names;
    }

    /// <summary>Names it asks for, as <see cref="Script.Names"/>.</summary>
    public IReadOnlyList<(string Kind, string Name, int Position)> Names { get; }

    /// <exception cref="ScriptException">It is not in the subset; the position says where.</exception>
    public static TextTemplate Parse(string source, ExpressionLimits? given = null)
    {
        var limits = given ?? ExpressionLimits.Default;
        if (source.Length > limits.MaxSource) throw new ScriptException("The expression is longer than {0} characters", [limits.MaxSource.ToString(CultureInfo.InvariantCulture)], 0);
        var (texts, places, names) = (new List<string>(), new List<Place>(), new List<(string, string, int)>());
        var from = 0;
        while (true)
        {
            var open = source.IndexOf('{', from);
            while (open >= 0 && (open + 1 >= source.Length || source[open + 1] is not ('{' or '%'))) open = source.IndexOf('{', open + 1);
            if (open < 0)
            {
                texts.Add(source[from..]);
                return new TextTemplate([.. texts], [.. places], names);
            }
            if (source[open + 1] == '%') throw new ScriptException("{0} cannot be used in a text: only places like {{ customer.name }}", ["{% %}"], open);
            texts.Add(source[from..open]);
            var braces = open + 2 < source.Length && source[open + 2] == '{' ? 3 : 2;
            var close = source.IndexOf(new string('}', braces), open, StringComparison.Ordinal);
            if (close < 0) throw new ScriptException("A place is not closed: {0} is missing", [new string('}', braces)], open);
            var reader = new Reader(source, open + braces, close, names);
            places.Add(reader.Read());
            from = close + braces;
        }
    }

    public JsonNode? Evaluate(IScriptScope scope, ExpressionLimits limits)
    {
        var run = new ScriptRun(scope, limits, 0);
        var builder = new StringBuilder(texts[0]);
        for (var i = 0; i < places.Length; i++)
        {
            run.Step();
            run.Position = places[i].Position;
            builder.Append(Show(run, Value(run, places[i]))).Append(texts[i + 1]);
            run.CheckLength(builder.Length);
        }
        return JsonValue.Create(run.Made(builder.ToString()));
    }

    private static ScriptValue Value(ScriptRun run, Place place)
    {
        var value = place.Value.Eval(run);
        foreach (var (name, arguments) in place.Filters)
        {
            run.Step();
            var a = arguments.Length == 0 ? [] : new ScriptValue[arguments.Length];
            for (var i = 0; i < a.Length; i++) a[i] = arguments[i].Eval(run);
            string First() => a.Length > 0 ? Show(run, a[0]) : "";
            value = name switch
            {
                "default" => value.IsNullish || (value.Kind == ScriptKind.Text && value.Text.Length == 0) ? (a.Length > 0 ? a[0] : ScriptValue.Of("")) : value,
                "upcase" => ScriptValue.Of(run.Made(Show(run, value).ToUpperInvariant())),
                "downcase" => ScriptValue.Of(run.Made(Show(run, value).ToLowerInvariant())),
                "capitalize" => ScriptValue.Of(Show(run, value) is { Length: > 0 } text ? run.Made(char.ToUpperInvariant(text[0]) + text[1..]) : ""),
                "strip" => ScriptValue.Of(Show(run, value).Trim()),
                "date" => value.IsNullish ? value : ScriptLibrary.FormatDate(run, ScriptLibrary.ToDate(run, value), a.Length > 0 ? First() : "yyyy-MM-dd"),
                "number" => value.IsNullish ? value : ScriptValue.Of(ScriptLibrary.Fixed(run, value.ToNumber(run), a.Length > 0 ? a[0].ToNumber(run) : 0, group: true)),
                "round" => value.IsNullish ? value : ScriptValue.Of(double.Parse(ScriptLibrary.Fixed(run, value.ToNumber(run), a.Length > 0 ? a[0].ToNumber(run) : 0, group: false), CultureInfo.InvariantCulture)),
                "truncate" => Truncate(run, Show(run, value), a.Length > 0 ? a[0].ToNumber(run) : 50),
                "append" => ScriptValue.Of(run.Made(Show(run, value) + First())),
                "prepend" => ScriptValue.Of(run.Made(First() + Show(run, value))),
                "replace" or "remove" => ScriptLibrary.Methods["replaceAll"](run, ScriptValue.Of(Show(run, value)), [ScriptValue.Of(First()), ScriptValue.Of(a.Length > 1 ? Show(run, a[1]) : "")]),
                "size" => ScriptValue.Of(value.Kind == ScriptKind.List ? value.ListCount : Show(run, value).Length),
                "first" => value.Kind == ScriptKind.List ? value.Item(0) : value,
                "last" => value.Kind == ScriptKind.List ? value.Item(value.ListCount - 1) : value,
                "join" => value.Kind == ScriptKind.List ? ScriptLibrary.Methods["join"](run, value, [ScriptValue.Of(a.Length > 0 ? First() : ", ")]) : value,
                "json" => ScriptValue.Of(run.Made(value.ToNode(run).Compact())),
                "escape" => ScriptValue.Of(run.Made(System.Net.WebUtility.HtmlEncode(Show(run, value)))),
                _ => value,
            };
        }
        return value;
    }

    private static ScriptValue Truncate(ScriptRun run, string text, double length) =>
        double.IsNaN(length) || length < 1 || length >= text.Length ? ScriptValue.Of(text) : ScriptValue.Of(run.Made(text[..((int)length - 1)] + "…"));

    private static string Show(ScriptRun run, in ScriptValue value) => value.Kind switch
    {
        ScriptKind.Undefined or ScriptKind.Null => "",
        ScriptKind.Record => run.Made(value.ToNode(run).Compact()),
        ScriptKind.List => ScriptLibrary.Methods["join"](run, value, [ScriptValue.Of(", ")]).Text,
        _ => value.ToText(run),
    };

    /// <summary>A path whose empty steps stay empty.</summary>
    private sealed class PathNode(string root, (string? Name, int Index)[] steps, int position) : ScriptNode(position, 1)
    {
        public override ScriptValue Eval(ScriptRun run)
        {
            run.Step();
            var at = 0;
            ScriptValue value;
            if (root is "Variables" or "variables" && steps.Length > 0 && steps[0].Name is { } variable)
            {
                value = run.Scope.TryVariable(variable, out var node) ? ScriptValue.From(node) : ScriptValue.Undefined;
                at = 1;
            }
            else if (root is "Input" or "input" && steps.Length > 0 && steps[0].Name is { } input)
            {
                value = run.Scope.TryInput(input, out var node) ? ScriptValue.From(node) : ScriptValue.Undefined;
                at = 1;
            }
            else if (root == "CorrelationId") value = run.Scope.CorrelationId is { } correlation ? ScriptValue.Of(correlation) : ScriptValue.Null;
            else if (root == "WorkflowInstanceId") value = ScriptValue.Of(run.Scope.InstanceId);
            else if (root == "now") value = ScriptValue.Date(run.Scope.Now);
            else value = run.Scope.TryData(root, out var data) ? ScriptValue.From(data) : ScriptValue.Undefined;
            for (; at < steps.Length && !value.IsNullish; at++)
            {
                run.Step();
                var (name, index) = steps[at];
                value = value.Kind switch
                {
                    ScriptKind.Record when name is not null => value.Property(name),
                    ScriptKind.List when name is null => value.Item(index),
                    ScriptKind.List when name is "size" or "length" => ScriptValue.Of(value.ListCount),
                    _ => ScriptValue.Undefined,
                };
            }
            return value;
        }
    }

    private sealed class Reader(string source, int from, int end, List<(string, string, int)> names)
    {
        private int place = from;

        public Place Read()
        {
            Blank();
            var at = place;
            if (place < end && source[place] is '#' or '/' or '>' or '!' or '^' or '&') throw Error("{0} cannot be used in a text: only places like {{ customer.name }}", source[place].ToString());
            var value = Value();
            var filters = new List<(string, ScriptNode[])>();
            Blank();
            while (place < end && source[place] == '|')
            {
                place++;
                Blank();
                var filterAt = place;
                var name = Word();
                if (!Filters.Contains(name)) throw new ScriptException("{0} is not a known filter", [name], filterAt);
                var arguments = new List<ScriptNode>();
                Blank();
                if (place < end && source[place] == ':')
                    do
                    {
                        place++;
                        Blank();
                        arguments.Add(Value());
                        Blank();
                    }
                    while (place < end && source[place] == ',');
                filters.Add((name, [.. arguments]));
            }
            if (place < end) throw Error("{0} is not expected here", source[place].ToString());
            return new Place(value, [.. filters], at);
        }

        private ScriptNode Value()
        {
            var at = place;
            if (place >= end) throw Error("A place is empty");
            var c = source[place];
            if (c is '"' or '\'')
            {
                var close = source.IndexOf(c, place + 1, end - place - 1);
                if (close < 0) throw Error("A text is not closed");
                place = close + 1;
                return new Constant(ScriptValue.Of(source[(at + 1)..close]), at);
            }
            if (char.IsAsciiDigit(c) || c == '-')
            {
                place++;
                while (place < end && (char.IsAsciiDigit(source[place]) || source[place] == '.')) place++;
                if (!double.TryParse(source.AsSpan(at, place - at), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) throw new ScriptException("{0} is not a number", [source[at..place]], at);
                return new Constant(ScriptValue.Of(number), at);
            }
            var root = Word();
            if (root is "true" or "false") return new Constant(ScriptValue.Of(root == "true"), at);
            if (root is "nil" or "null") return new Constant(ScriptValue.Null, at);
            var steps = new List<(string?, int)>();
            while (place < end)
            {
                if (source[place] == '.')
                {
                    place++;
                    steps.Add((Word(), 0));
                }
                else if (source[place] == '[')
                {
                    place++;
                    Blank();
                    var inner = Value();
                    Blank();
                    if (place >= end || source[place] != ']') throw Error("{0} is missing", "]");
                    place++;
                    if (inner is not Constant constant) throw new ScriptException("Only a name or a number can stand here", [], inner.Position);
                    steps.Add(constant.Value.Kind == ScriptKind.Number ? (null, (int)Math.Clamp(constant.Value.Num, -1, int.MaxValue)) : (constant.Value.Text, 0));
                }
                else break;
            }
            var kind = root is "Variables" or "variables" ? "variable" : root is "Input" or "input" ? "input" : root is "CorrelationId" or "WorkflowInstanceId" or "now" ? "known" : "data";
            names.Add(kind is "variable" or "input" && steps.Count > 0 && steps[0].Item1 is { } first ? (kind, first, at) : (kind is "data" ? kind : "known", root, at));
            return new PathNode(root, [.. steps], at);
        }

        private string Word()
        {
            var at = place;
            while (place < end && (char.IsLetterOrDigit(source[place]) || source[place] is '_' or '-' or '\u200c')) place++;
            if (place == at) throw place < end ? Error("{0} is not expected here", source[place].ToString()) : Error("A name is missing");
            return source[at..place];
        }

        private void Blank()
        {
            while (place < end && char.IsWhiteSpace(source[place])) place++;
        }

        private ScriptException Error(string message, params string[] arguments) => new(message, arguments, Math.Min(place, source.Length));
    }
}
