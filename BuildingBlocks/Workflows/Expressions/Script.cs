using System.Text;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>
/// A parsed expression of the safe subset of JavaScript. Safe by construction: there is no way to write a loop, a named
/// function, a regular expression, an assignment or a call of anything that is not in <see cref="ScriptLibrary"/>; and what can be
/// written is counted while it runs.
/// </summary>
internal sealed class Script
{
    private readonly ScriptNode root;
    private readonly int slots;

    private Script(ScriptNode root, int slots, IReadOnlyList<(string Kind, string Name, int Position)> names)
    {
        this.root = root;
        this.slots = slots;
        Names = names;
    }

    /// <summary>Names it asks for, to be checked against the definition: <c>variable</c>, <c>input</c>, <c>accessor</c> (getX), <c>data</c>.</summary>
    public IReadOnlyList<(string Kind, string Name, int Position)> Names { get; }

    /// <exception cref="ScriptException">The source is not in the subset; the position says where.</exception>
    public static Script Parse(string source, ExpressionLimits? limits = null)
    {
        var parser = new Parser(source, limits ?? ExpressionLimits.Default);
        var root = parser.Program();
        return new Script(root, parser.SlotCount, parser.Names);
    }

    /// <exception cref="ScriptException">It went over a limit or did something that has no result.</exception>
    public JsonNode? Evaluate(IScriptScope scope, ExpressionLimits limits)
    {
        var run = new ScriptRun(scope, limits, slots);
        return root.Eval(run).ToNode(run);
    }

    private enum Token { End, Number, Text, Template, Name, Mark }

    private sealed class Parser(string source, ExpressionLimits limits)
    {
        private const int MaxNodeDepth = 400;
        private readonly List<Dictionary<string, int>> scopes = [new(StringComparer.Ordinal)];
        private readonly List<(string, string, int)> names = [];
        private int place, depth;
        private Token token;
        private string text = "";
        private double number;
        private int start;
        private bool lineBefore;
        private List<(int Start, int End)>? templateHoles;
        private List<string>? templateTexts;

        public int SlotCount { get; private set; }
        public IReadOnlyList<(string, string, int)> Names => names;

        public Block Program()
        {
            if (source.Length > limits.MaxSource) throw Error("The expression is longer than {0} characters", 0, limits.MaxSource.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Next();
            // A whole expression that starts with { is meant as a record, although JavaScript would read a block.
            if (token == Token.Mark && text == "{" && LooksLikeRecord())
            {
                var record = Expression();
                if (Is(";")) Next();
                if (token == Token.End) return new Block([record], 0, record.Depth + 1);
                throw Unexpected();
            }
            var statements = Statements(untilBrace: false);
            if (statements.Length == 0) throw Error("The expression is empty", 0);
            return Deep(new Block(statements, 0, MaxDepth(statements) + 1));
        }

        // ---- statements

        private ScriptNode[] Statements(bool untilBrace)
        {
            var statements = new List<ScriptNode>();
            while (token != Token.End && !(untilBrace && Is("}")))
            {
                if (Is(";"))
                {
                    Next();
                    continue;
                }
                statements.Add(Statement(statements));
            }
            return [.. statements];
        }

        private ScriptNode Statement(List<ScriptNode> into)
        {
            Enter();
            try
            {
                var at = start;
                if (token == Token.Name)
                    switch (text)
                    {
                        case "return":
                            Next();
                            if (token == Token.End || Is(";") || Is("}") || lineBefore)
                            {
                                EndOfStatement();
                                return new ReturnNode(null, at);
                            }
                            var result = Expression();
                            EndOfStatement();
                            return new ReturnNode(result, at);
                        case "const" or "let" or "var":
                            Next();
                            while (true)
                            {
                                if (token != Token.Name || IsReserved(text)) throw Unexpected();
                                var (name, nameAt) = (text, start);
                                Next();
                                ScriptNode? value = null;
                                if (Is("="))
                                {
                                    Next();
                                    value = Expression();
                                }
                                var declaration = new Declaration(Declare(name), value, nameAt);
                                if (!Is(","))
                                {
                                    EndOfStatement();
                                    return declaration;
                                }
                                into.Add(declaration);
                                Next();
                            }
                        case "if":
                            Next();
                            Expect("(");
                            var test = Expression();
                            Expect(")");
                            var yes = BlockOrStatement();
                            Block? no = null;
                            while (Is(";") && PeekIsElse()) Next();
                            if (token == Token.Name && text == "else")
                            {
                                Next();
                                no = BlockOrStatement();
                            }
                            return Deep(new IfNode(test, yes, no, at));
                    }
                if (Is("{")) return BlockOrStatement();
                var expression = Expression();
                EndOfStatement();
                return expression;
            }
            finally
            {
                depth--;
            }
        }

        private bool PeekIsElse()
        {
            var i = place;
            while (i < source.Length && char.IsWhiteSpace(source[i])) i++;
            return source.AsSpan(i).StartsWith("else", StringComparison.Ordinal);
        }

        private Block BlockOrStatement()
        {
            var at = start;
            if (!Is("{"))
            {
                var into = new List<ScriptNode>();
                into.Add(Statement(into));
                return new Block([.. into], at, MaxDepth(into) + 1);
            }
            Next();
            scopes.Add(new(StringComparer.Ordinal));
            var statements = Statements(untilBrace: true);
            scopes.RemoveAt(scopes.Count - 1);
            Expect("}");
            return Deep(new Block(statements, at, MaxDepth(statements) + 1));
        }

        private void EndOfStatement()
        {
            if (Is(";")) Next();
            else if (token != Token.End && !Is("}") && !lineBefore) throw Unexpected();
        }

        // ---- expressions

        private ScriptNode Expression()
        {
            Enter();
            try
            {
                if (ArrowAhead()) return Arrow();
                var at = start;
                var test = Operators(0);
                if (Is("?"))
                {
                    Next();
                    var yes = Expression();
                    Expect(":");
                    var no = Expression();
                    return Deep(new Conditional(test, yes, no, at));
                }
                if (token == Token.Mark && (text is "=" or "+=" or "-=" or "*=" or "/=" or "%=" or "++" or "--" or "??=" or "||=" or "&&=" or "**=")) throw Error("An expression cannot change anything: use Set variable", start);
                return test;
            }
            finally
            {
                depth--;
            }
        }

        private static (Binary Op, int Strength)? OperatorOf(string mark) => mark switch
        {
            "??" => (Binary.Coalesce, 1),
            "||" => (Binary.Or, 2),
            "&&" => (Binary.And, 3),
            "==" => (Binary.Equal, 4),
            "!=" => (Binary.NotEqual, 4),
            "===" => (Binary.Same, 4),
            "!==" => (Binary.NotSame, 4),
            "<" => (Binary.Less, 5),
            "<=" => (Binary.LessEqual, 5),
            ">" => (Binary.Greater, 5),
            ">=" => (Binary.GreaterEqual, 5),
            "+" => (Binary.Add, 6),
            "-" => (Binary.Subtract, 6),
            "*" => (Binary.Multiply, 7),
            "/" => (Binary.Divide, 7),
            "%" => (Binary.Modulo, 7),
            "**" => (Binary.Power, 8),
            _ => null,
        };

        private ScriptNode Operators(int weakest)
        {
            var left = Prefix();
            while (true)
            {
                if (token == Token.Name && (text is "in" or "instanceof")) throw Error("{0} cannot be used in an expression", start, text);
                if (token != Token.Mark || OperatorOf(text) is not { } found || found.Strength <= weakest) return left;
                var at = start;
                Next();
                ScriptNode right;
                Enter();
                try
                {
                    right = found.Op == Binary.Power ? Operators(found.Strength - 1) : Operators(found.Strength);
                }
                finally
                {
                    depth--;
                }
                left = Deep(new BinaryNode(found.Op, left, right, at));
            }
        }

        private ScriptNode Prefix()
        {
            var at = start;
            Unary? op = token switch
            {
                Token.Mark => text switch { "!" => Unary.Not, "-" => Unary.Minus, "+" => Unary.Plus, _ => null },
                Token.Name when text == "typeof" => Unary.TypeOf,
                _ => null,
            };
            if (op is { } unary)
            {
                Next();
                Enter();
                try
                {
                    return Deep(new UnaryNode(unary, Prefix(), at));
                }
                finally
                {
                    depth--;
                }
            }
            return Suffix(Primary());
        }

        private ScriptNode Suffix(ScriptNode target)
        {
            // Once a ?. has been met, what follows is skipped too when it is empty.
            var optional = false;
            while (true)
            {
                var at = start;
                if (Is(".") || Is("?."))
                {
                    optional |= text == "?.";
                    Next();
                    if (optional && Is("["))
                    {
                        Next();
                        var key = Expression();
                        Expect("]");
                        target = Deep(new Member(target, key, null, optional, at, Math.Max(target.Depth, key.Depth) + 1));
                        continue;
                    }
                    if (token != Token.Name) throw Unexpected();
                    var (name, nameAt) = (text, start);
                    Next();
                    if (Is("("))
                    {
                        if (!ScriptLibrary.Methods.TryGetValue(name, out var method)) throw Error("{0} cannot be used in an expression", nameAt, name + "()");
                        var arguments = Arguments();
                        target = Deep(new MethodCall(target, method, arguments, name, optional, nameAt, Math.Max(target.Depth, MaxDepth(arguments)) + 1));
                    }
                    else
                    {
                        if (name is "constructor" or "prototype" or "__proto__") throw Error("{0} cannot be used in an expression", nameAt, name);
                        target = Deep(new Member(target, null, name, optional, nameAt, target.Depth + 1));
                    }
                }
                else if (Is("["))
                {
                    Next();
                    var key = Expression();
                    Expect("]");
                    target = Deep(new Member(target, key, null, optional, at, Math.Max(target.Depth, key.Depth) + 1));
                }
                else if (Is("(")) throw Error("Only known functions can be called", at);
                else if (token == Token.Template) throw Unexpected();
                else return target;
            }
        }

        private ScriptNode[] Arguments()
        {
            Expect("(");
            var arguments = new List<ScriptNode>();
            while (!Is(")"))
            {
                if (Is("...")) throw Error("{0} cannot be used in an expression", start, "...");
                arguments.Add(Expression());
                if (!Is(",")) break;
                Next();
            }
            Expect(")");
            return [.. arguments];
        }

        private ScriptNode Primary()
        {
            var at = start;
            switch (token)
            {
                case Token.Number:
                    var value = number;
                    Next();
                    return new Constant(ScriptValue.Of(value), at);
                case Token.Text:
                    var literal = text;
                    Next();
                    return new Constant(ScriptValue.Of(literal), at);
                case Token.Template:
                    return Template();
                case Token.Name:
                    return Name();
                case Token.Mark when text == "(":
                    Next();
                    var inner = Expression();
                    Expect(")");
                    return inner;
                case Token.Mark when text == "[":
                    Next();
                    var items = new List<ScriptNode>();
                    while (!Is("]"))
                    {
                        if (Is("...")) throw Error("{0} cannot be used in an expression", start, "...");
                        items.Add(Expression());
                        if (!Is(",")) break;
                        Next();
                    }
                    Expect("]");
                    return Deep(new ListNode([.. items], at, MaxDepth(items) + 1));
                case Token.Mark when text == "{":
                    return Record();
                case Token.Mark when text is "/" or "/=":
                    throw Error("Regular expressions cannot be used in an expression", at);
                case Token.End:
                    throw Error("The expression ends too early", End);
                default:
                    throw Unexpected();
            }
        }

        private ScriptNode Record()
        {
            var at = start;
            Expect("{");
            var members = new List<(string?, ScriptNode?, ScriptNode)>();
            var deepest = 0;
            while (!Is("}"))
            {
                string? key = null;
                ScriptNode? computed = null;
                var keyAt = start;
                var isName = token == Token.Name;
                if (token is Token.Name or Token.Text) key = text;
                else if (token == Token.Number) key = ScriptValue.Format(number);
                else if (Is("["))
                {
                    Next();
                    computed = Expression();
                    if (!Is("]")) throw Unexpected();
                    deepest = Math.Max(deepest, computed.Depth);
                }
                else if (Is("...")) throw Error("{0} cannot be used in an expression", start, "...");
                else throw Unexpected();
                Next();
                ScriptNode value;
                if (isName && (Is(",") || Is("}"))) value = Resolve(key!, keyAt);
                else
                {
                    Expect(":");
                    value = Expression();
                }
                deepest = Math.Max(deepest, value.Depth);
                members.Add((key, computed, value));
                if (!Is(",")) break;
                Next();
            }
            Expect("}");
            return Deep(new RecordNode([.. members], at, deepest + 1));
        }

        private ScriptNode Template()
        {
            var at = start;
            var (texts, holes) = (templateTexts!.ToArray(), templateHoles!.ToArray());
            // Each hole is read as an expression of its own, by the same parser so that locals and limits hold.
            var (savedPlace, savedLimit) = (place, limit);
            var nodes = new ScriptNode[holes.Length];
            for (var i = 0; i < holes.Length; i++)
            {
                (place, limit) = holes[i];
                Next();
                nodes[i] = Expression();
                if (token != Token.End) throw Unexpected();
            }
            (place, limit) = (savedPlace, savedLimit);
            Next();
            return Deep(new TemplateNode(texts, nodes, at, MaxDepth(nodes) + 1));
        }

        private ScriptNode Name()
        {
            var (name, at) = (text, start);
            switch (name)
            {
                case "true": Next(); return new Constant(ScriptValue.True, at);
                case "false": Next(); return new Constant(ScriptValue.False, at);
                case "null": Next(); return new Constant(ScriptValue.Null, at);
                case "undefined": Next(); return new Constant(ScriptValue.Undefined, at);
                case "NaN": Next(); return new Constant(ScriptValue.Of(double.NaN), at);
                case "Infinity": Next(); return new Constant(ScriptValue.Of(double.PositiveInfinity), at);
                case "new":
                    Next();
                    if (token != Token.Name || text != "Date") throw Error("{0} cannot be used in an expression", at, "new");
                    Next();
                    var dateArguments = Is("(") ? Arguments() : [];
                    return new Call(ScriptLibrary.NewDate, dateArguments, "Date", at, MaxDepth(dateArguments) + 1);
            }
            if (IsReserved(name)) throw Error("{0} cannot be used in an expression", at, name);
            Next();
            if (Find(name) is { } slot)
            {
                if (Is("(")) throw Error("Only known functions can be called", start);
                return new Local(slot, at);
            }
            if ((name is "variables" or "input" or "Variables" or "Input") && (Is(".") || Is("[") || Is("?.")))
            {
                var bag = name is "input" or "Input" ? Bag.Input : Bag.Variables;
                var dotted = !Is("[");
                Next();
                ScriptNode key;
                var keyAt = start;
                if (dotted)
                {
                    if (token != Token.Name) throw Unexpected();
                    key = new Constant(ScriptValue.Of(text), start);
                    Next();
                }
                else
                {
                    key = Expression();
                    Expect("]");
                }
                if (Is("(")) throw Error("Only known functions can be called", start);
                if (Is("=") || Is("+=") || Is("++")) throw Error("An expression cannot change anything: use Set variable", start);
                var member = new BagMember(bag, key, at, key.Depth + 1);
                if (member.FixedName is { } fixedName) names.Add((bag == Bag.Variables ? "variable" : "input", fixedName, keyAt));
                return member;
            }
            if (ScriptLibrary.Objects.TryGetValue(name, out var members) && !(Is("(") && ScriptLibrary.Functions.ContainsKey(name)))
            {
                Expect(".");
                if (token != Token.Name) throw Unexpected();
                var (memberName, memberAt) = (text, start);
                Next();
                if (!Is("(") && members.Constants.TryGetValue(memberName, out var constant)) return new Constant(ScriptValue.Of(constant), at);
                if (!members.Functions.TryGetValue(memberName, out var known)) throw Error("{0} cannot be used in an expression", memberAt, $"{name}.{memberName}");
                var arguments = Arguments();
                return Deep(new Call(known, arguments, memberName, memberAt, MaxDepth(arguments) + 1));
            }
            if (Is("("))
            {
                if (ScriptLibrary.Functions.TryGetValue(name, out var function))
                {
                    var arguments = Arguments();
                    if (arguments.Length > 0 && arguments[0] is Constant { Value.Kind: ScriptKind.Text } asked)
                        if (name == "getVariable") names.Add(("variable", asked.Value.Text, asked.Position));
                        else if (name == "getInput") names.Add(("input", asked.Value.Text, asked.Position));
                        else if (name == "getOutputFrom") names.Add(("activity", asked.Value.Text, asked.Position));
                    return Deep(new Call(function, arguments, name, at, MaxDepth(arguments) + 1));
                }
                // getCounter() is Elsa's accessor of the variable Counter; which of variable, input or output it is, is known when it runs.
                if (name.Length > 3 && name.StartsWith("get", StringComparison.Ordinal) && char.IsUpper(name[3]))
                {
                    var arguments = Arguments();
                    if (arguments.Length > 0) throw Error("{0} takes no arguments", at, name);
                    names.Add(("accessor", name[3..], at));
                    return new Call(ScriptLibrary.Accessor(name[3..]), arguments, name, at, 1);
                }
                if (name.StartsWith("set", StringComparison.Ordinal)) throw Error("An expression cannot change anything: use Set variable", at);
                throw Error("{0} cannot be used in an expression", at, name + "()");
            }
            return Resolve(name, at);
        }

        private ScriptNode Resolve(string name, int at)
        {
            if (Find(name) is { } slot) return new Local(slot, at);
            if (IsReserved(name) || ScriptLibrary.Functions.ContainsKey(name) || ScriptLibrary.Objects.ContainsKey(name) || name is "variables" or "input" or "Variables" or "Input") throw Error("{0} cannot be used in an expression", at, name);
            names.Add(("data", name, at));
            return new DataRoot(name, at);
        }

        // ---- arrow functions, as arguments of list methods

        private bool ArrowAhead()
        {
            if (token == Token.Name && !IsReserved(text)) return MarkAhead(place, "=>");
            if (!Is("(")) return false;
            // ( name, name ) =>
            var i = place;
            while (true)
            {
                while (i < source.Length && (char.IsWhiteSpace(source[i]) || source[i] == ',')) i++;
                if (i >= source.Length) return false;
                if (source[i] == ')') return MarkAhead(i + 1, "=>");
                if (!IsNameStart(source[i])) return false;
                while (i < source.Length && IsNamePart(source[i])) i++;
            }
        }

        private bool MarkAhead(int from, string mark)
        {
            while (from < source.Length && char.IsWhiteSpace(source[from])) from++;
            return source.AsSpan(from).StartsWith(mark, StringComparison.Ordinal);
        }

        private ScriptNode Arrow()
        {
            var at = start;
            var parameters = new List<string>();
            if (token == Token.Name)
            {
                parameters.Add(text);
                Next();
            }
            else
            {
                Expect("(");
                while (!Is(")"))
                {
                    if (token != Token.Name || IsReserved(text)) throw Unexpected();
                    parameters.Add(text);
                    Next();
                    if (!Is(",")) break;
                    Next();
                }
                Expect(")");
            }
            Expect("=>");
            scopes.Add(new(StringComparer.Ordinal));
            var slots = parameters.Select(Declare).ToArray();
            ScriptNode body;
            if (Is("{")) body = BlockOrStatement();
            else body = Expression();
            scopes.RemoveAt(scopes.Count - 1);
            return Deep(new Lambda(slots, body, at, body.Depth + 1));
        }

        // ---- names

        private int Declare(string name)
        {
            var slot = SlotCount++;
            scopes[^1][name] = slot;
            return slot;
        }

        private int? Find(string name)
        {
            for (var i = scopes.Count - 1; i >= 0; i--)
                if (scopes[i].TryGetValue(name, out var slot)) return slot;
            return null;
        }

        private static bool IsReserved(string name) => name is "function" or "class" or "while" or "for" or "do" or "this" or "import" or "export" or "await" or "async" or "yield" or "delete" or "void" or "eval"
            or "throw" or "try" or "catch" or "switch" or "case" or "debugger" or "with" or "super" or "arguments" or "globalThis" or "window" or "process" or "require" or "Function" or "Reflect" or "Proxy" or "Symbol"
            or "new" or "return" or "if" or "else" or "const" or "let" or "var" or "break" or "continue" or "in" or "instanceof" or "typeof" or "RegExp" or "Promise";

        // ---- limits

        private void Enter()
        {
            if (++depth > limits.MaxDepth) throw Error("The expression is nested too deep", start);
        }

        private T Deep<T>(T node) where T : ScriptNode
        {
            if (node.Depth > MaxNodeDepth) throw Error("The expression is nested too deep", node.Position);
            return node;
        }

        private static int MaxDepth(IReadOnlyCollection<ScriptNode> nodes)
        {
            var deepest = 0;
            foreach (var node in nodes) deepest = Math.Max(deepest, node.Depth);
            return deepest;
        }

        // ---- tokens

        private int limit = -1;

        private int End => limit >= 0 ? limit : source.Length;

        private bool Is(string mark) => token == Token.Mark && text == mark;

        private void Expect(string mark)
        {
            if (!Is(mark)) throw token == Token.End ? Error("The expression ends too early: {0} is missing", Math.Min(place, source.Length), mark) : Unexpected();
            Next();
        }

        private ScriptException Unexpected() => token == Token.End ? Error("The expression ends too early", End) : Error("{0} is not expected here", start, source.Substring(start, Math.Min(source.Length, Math.Max(place, start + 1)) - start));

        private static ScriptException Error(string message, int position, params string[] arguments) => new(message, arguments, position);

        private bool LooksLikeRecord()
        {
            var i = place;
            while (i < source.Length && char.IsWhiteSpace(source[i])) i++;
            if (i >= source.Length) return false;
            if (source[i] is '}' or '"' or '\'' or '[') return true;
            if (!IsNamePart(source[i])) return false;
            while (i < source.Length && IsNamePart(source[i])) i++;
            while (i < source.Length && char.IsWhiteSpace(source[i])) i++;
            return i < source.Length && (source[i] is ':' or ',');
        }

        private static bool IsNameStart(char c) => char.IsLetter(c) || c is '_' or '$';

        private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' or '\u200c';

        private void Next()
        {
            var end = limit >= 0 ? limit : source.Length;
            lineBefore = false;
            while (place < end)
            {
                var c = source[place];
                if (char.IsWhiteSpace(c) || c == '\uFEFF')
                {
                    lineBefore |= c == '\n';
                    place++;
                }
                else if (c == '/' && place + 1 < end && source[place + 1] == '/')
                {
                    while (place < end && source[place] != '\n') place++;
                }
                else if (c == '/' && place + 1 < end && source[place + 1] == '*')
                {
                    var close = source.IndexOf("*/", place + 2, StringComparison.Ordinal);
                    if (close < 0 || close + 2 > end) throw Error("A comment is not closed", place);
                    place = close + 2;
                }
                else break;
            }
            start = place;
            if (place >= end)
            {
                token = Token.End;
                text = "";
                return;
            }
            var first = source[place];
            if (IsNameStart(first))
            {
                while (place < end && IsNamePart(source[place])) place++;
                token = Token.Name;
                text = source[start..place];
            }
            else if (char.IsAsciiDigit(first) || (first == '.' && place + 1 < end && char.IsAsciiDigit(source[place + 1]))) ReadNumber(end);
            else if (first is '"' or '\'') ReadText(end, first);
            else if (first == '`') ReadTemplate(end);
            else
            {
                foreach (var mark in Marks)
                    if (place + mark.Length <= end && source.AsSpan(place).StartsWith(mark, StringComparison.Ordinal))
                    {
                        // a?.5:b is a conditional, not an optional member.
                        if (mark == "?." && place + 2 < end && char.IsAsciiDigit(source[place + 2])) continue;
                        token = Token.Mark;
                        text = mark;
                        place += mark.Length;
                        return;
                    }
                place++;
                throw Error("{0} is not expected here", start, first.ToString());
            }
        }

        private static readonly string[] Marks =
        [
            "===", "!==", "...", "??=", "||=", "&&=", "**=", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "=>", "**", "+=", "-=", "*=", "/=", "%=", "++", "--",
            "(", ")", "[", "]", "{", "}", ".", ",", ";", ":", "?", "!", "<", ">", "+", "-", "*", "/", "%", "=",
        ];

        private void ReadNumber(int end)
        {
            while (place < end && (char.IsAsciiDigit(source[place]) || source[place] is '.' or '_')) place++;
            if (place < end && (source[place] is 'e' or 'E'))
            {
                place++;
                if (place < end && (source[place] is '+' or '-')) place++;
                while (place < end && char.IsAsciiDigit(source[place])) place++;
            }
            if (place < end && IsNameStart(source[place])) throw Error("{0} is not expected here", place, source[place].ToString());
            token = Token.Number;
            text = source[start..place];
            if (!double.TryParse(text.Replace("_", "", StringComparison.Ordinal), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out number)) throw Error("{0} is not a number", start, text);
        }

        private void ReadText(int end, char quote)
        {
            var builder = new StringBuilder();
            place++;
            while (true)
            {
                if (place >= end || source[place] == '\n') throw Error("A text is not closed", start);
                var c = source[place++];
                if (c == quote) break;
                if (c == '\\') Escape(builder, end);
                else builder.Append(c);
            }
            token = Token.Text;
            text = builder.ToString();
        }

        private void Escape(StringBuilder builder, int end)
        {
            if (place >= end) throw Error("A text is not closed", start);
            var c = source[place++];
            switch (c)
            {
                case 'n': builder.Append('\n'); break;
                case 't': builder.Append('\t'); break;
                case 'r': builder.Append('\r'); break;
                case 'b': builder.Append('\b'); break;
                case 'f': builder.Append('\f'); break;
                case '0': builder.Append('\0'); break;
                case '\n': break;
                case 'u' or 'x':
                    var length = c == 'u' ? 4 : 2;
                    if (place + length > end || !ushort.TryParse(source.AsSpan(place, length), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var code)) throw Error("{0} is not expected here", place - 2, "\\" + c);
                    builder.Append((char)code);
                    place += length;
                    break;
                default: builder.Append(c); break;
            }
        }

        private void ReadTemplate(int end)
        {
            var (texts, holes) = (new List<string>(), new List<(int, int)>());
            var builder = new StringBuilder();
            place++;
            while (true)
            {
                if (place >= end) throw Error("A text is not closed", start);
                var c = source[place++];
                if (c == '`') break;
                if (c == '\\') Escape(builder, end);
                else if (c == '$' && place < end && source[place] == '{')
                {
                    texts.Add(builder.ToString());
                    builder.Clear();
                    var from = ++place;
                    SkipHole(end, 0);
                    holes.Add((from, place));
                    place++;
                }
                else builder.Append(c);
            }
            texts.Add(builder.ToString());
            token = Token.Template;
            text = "`";
            templateTexts = texts;
            templateHoles = holes;
        }

        /// <summary>Goes to the closing brace of a hole, over texts, braces and templates inside it.</summary>
        private void SkipHole(int end, int nesting)
        {
            if (nesting > 16) throw Error("The expression is nested too deep", place);
            var open = 0;
            while (place < end)
            {
                var c = source[place];
                if (c is '"' or '\'')
                {
                    place++;
                    while (place < end && source[place] != c) place += source[place] == '\\' ? 2 : 1;
                }
                else if (c == '`')
                {
                    place++;
                    while (place < end && source[place] != '`')
                    {
                        if (source[place] == '\\') place += 2;
                        else if (source[place] == '$' && place + 1 < end && source[place + 1] == '{')
                        {
                            place += 2;
                            SkipHole(end, nesting + 1);
                            place++;
                        }
                        else place++;
                    }
                }
                else if (c == '{') open++;
                else if (c == '}' && open-- == 0) return;
                place++;
            }
            throw Error("A text is not closed", start);
        }
    }
}
