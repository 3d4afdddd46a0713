using System.Text;

namespace Crm.Workflows;

/// <summary>A node of a parsed script. Each knows how deep it is, so that no source can make evaluation recurse without bound.</summary>
internal abstract class ScriptNode(int position, int depth)
{
    public int Position => position;
    public int Depth => depth;
    public abstract ScriptValue Eval(ScriptRun run);
}

internal sealed class Constant(ScriptValue value, int position) : ScriptNode(position, 1)
{
    public ScriptValue Value => value;
    public override ScriptValue Eval(ScriptRun run) => value;
}

internal sealed class Local(int slot, int position) : ScriptNode(position, 1)
{
    public override ScriptValue Eval(ScriptRun run) => run.Slots[slot];
}

/// <summary>A name that is neither a local nor a known object: a root of the data that the runtime gives.</summary>
internal sealed class DataRoot(string name, int position) : ScriptNode(position, 1)
{
    public string Name => name;

    public override ScriptValue Eval(ScriptRun run)
    {
        run.Step();
        if (run.Scope.TryData(name, out var node)) return ScriptValue.From(node);
        run.Position = Position;
        throw run.Fail("{0} is not known", name);
    }
}

internal enum Bag { Variables, Input }

/// <summary><c>variables</c> or <c>input</c> as a whole is nothing; only a member of it is.</summary>
internal sealed class BagMember(Bag bag, ScriptNode name, int position, int depth) : ScriptNode(position, depth)
{
    public Bag Bag => bag;
    public string? FixedName => name is Constant { Value.Kind: ScriptKind.Text } constant ? constant.Value.Text : null;

    public override ScriptValue Eval(ScriptRun run)
    {
        run.Step();
        var key = name.Eval(run).ToText(run);
        if (bag == Bag.Variables) return run.Scope.TryVariable(key, out var variable) ? ScriptValue.From(variable) : ScriptValue.Undefined;
        return run.Scope.TryInput(key, out var input) ? ScriptValue.From(input) : ScriptValue.Undefined;
    }
}

internal sealed class Member(ScriptNode target, ScriptNode? computed, string? name, bool optional, int position, int depth) : ScriptNode(position, depth)
{
    public override ScriptValue Eval(ScriptRun run)
    {
        var value = target.Eval(run);
        run.Step();
        if (value.IsNullish)
        {
            if (optional) return ScriptValue.Undefined;
            run.Position = Position;
            throw run.Fail("{0} cannot be read: what it belongs to is empty", name ?? "[ ]");
        }
        var key = name;
        if (computed is not null)
        {
            var index = computed.Eval(run);
            if (index.Kind == ScriptKind.Number)
            {
                var place = index.Num;
                if (place < 0 || place != Math.Floor(place) || place > int.MaxValue) return ScriptValue.Undefined;
                if (value.Kind == ScriptKind.List) return value.Item((int)place);
                if (value.Kind == ScriptKind.Text) return place < value.Text.Length ? ScriptValue.Of(value.Text[(int)place].ToString()) : ScriptValue.Undefined;
            }
            key = index.ToText(run);
        }
        switch (value.Kind)
        {
            case ScriptKind.Record: return value.Property(key!);
            case ScriptKind.List when key == "length": return ScriptValue.Of(value.ListCount);
            case ScriptKind.Text when key == "length": return ScriptValue.Of(value.Text.Length);
            default: return ScriptValue.Undefined;
        }
    }
}

internal sealed class Call(ScriptFunction function, ScriptNode[] arguments, string name, int position, int depth) : ScriptNode(position, depth)
{
    public string Name => name;
    public IReadOnlyList<ScriptNode> Arguments => arguments;

    public override ScriptValue Eval(ScriptRun run)
    {
        run.Step();
        var values = arguments.Length == 0 ? [] : new ScriptValue[arguments.Length];
        for (var i = 0; i < arguments.Length; i++) values[i] = arguments[i].Eval(run);
        run.Position = Position;
        return function(run, values);
    }
}

internal sealed class MethodCall(ScriptNode target, ScriptMethod method, ScriptNode[] arguments, string name, bool optional, int position, int depth) : ScriptNode(position, depth)
{
    public override ScriptValue Eval(ScriptRun run)
    {
        var value = target.Eval(run);
        run.Step();
        if (value.IsNullish)
        {
            if (optional) return ScriptValue.Undefined;
            run.Position = Position;
            throw run.Fail("{0} cannot be read: what it belongs to is empty", name);
        }
        var values = arguments.Length == 0 ? [] : new ScriptValue[arguments.Length];
        for (var i = 0; i < arguments.Length; i++) values[i] = arguments[i].Eval(run);
        run.Position = Position;
        return method(run, value, values);
    }
}

internal sealed class Lambda(int[] slots, ScriptNode body, int position, int depth) : ScriptNode(position, depth)
{
    public override ScriptValue Eval(ScriptRun run) => ScriptValue.Of(this);

    public ScriptValue Invoke(ScriptRun run, in ScriptValue first, in ScriptValue second)
    {
        run.Step();
        if (slots.Length > 0) run.Slots[slots[0]] = first;
        if (slots.Length > 1) run.Slots[slots[1]] = second;
        for (var i = 2; i < slots.Length; i++) run.Slots[slots[i]] = ScriptValue.Undefined;
        return body.Eval(run);
    }
}

internal enum Unary { Not, Minus, Plus, TypeOf }

internal sealed class UnaryNode(Unary op, ScriptNode operand, int position) : ScriptNode(position, operand.Depth + 1)
{
    public override ScriptValue Eval(ScriptRun run)
    {
        var value = operand.Eval(run);
        run.Step();
        return op switch
        {
            Unary.Not => ScriptValue.Of(!value.Truthy),
            Unary.Minus => ScriptValue.Of(-value.ToNumber(run)),
            Unary.Plus => ScriptValue.Of(value.ToNumber(run)),
            _ => ScriptValue.Of(value.Kind switch
            {
                ScriptKind.Undefined => "undefined",
                ScriptKind.Bool => "boolean",
                ScriptKind.Number => "number",
                ScriptKind.Text => "string",
                ScriptKind.Lambda => "function",
                _ => "object",
            }),
        };
    }
}

internal enum Binary { Add, Subtract, Multiply, Divide, Modulo, Power, Less, LessEqual, Greater, GreaterEqual, Equal, NotEqual, Same, NotSame, And, Or, Coalesce }

internal sealed class BinaryNode(Binary op, ScriptNode left, ScriptNode right, int position) : ScriptNode(position, Math.Max(left.Depth, right.Depth) + 1)
{
    public override ScriptValue Eval(ScriptRun run)
    {
        var a = left.Eval(run);
        run.Step();
        switch (op)
        {
            case Binary.And: return a.Truthy ? right.Eval(run) : a;
            case Binary.Or: return a.Truthy ? a : right.Eval(run);
            case Binary.Coalesce: return a.IsNullish ? right.Eval(run) : a;
        }
        var b = right.Eval(run);
        run.Position = Position;
        switch (op)
        {
            case Binary.Add:
                if (IsNumeric(a.Kind) && IsNumeric(b.Kind))
                    return ScriptValue.Of(a.ToNumber(run) + b.ToNumber(run));
                var (first, second) = (a.ToText(run), b.ToText(run));
                run.WillMake((long)first.Length + second.Length);
                return ScriptValue.Of(string.Concat(first, second));
            case Binary.Subtract: return ScriptValue.Of(a.ToNumber(run) - b.ToNumber(run));
            case Binary.Multiply: return ScriptValue.Of(a.ToNumber(run) * b.ToNumber(run));
            case Binary.Divide: return ScriptValue.Of(a.ToNumber(run) / b.ToNumber(run));
            case Binary.Modulo: return ScriptValue.Of(a.ToNumber(run) % b.ToNumber(run));
            case Binary.Power: return ScriptValue.Of(Math.Pow(a.ToNumber(run), b.ToNumber(run)));
            case Binary.Equal: return ScriptValue.Of(ScriptValue.LooseEquals(a, b, run));
            case Binary.NotEqual: return ScriptValue.Of(!ScriptValue.LooseEquals(a, b, run));
            case Binary.Same: return ScriptValue.Of(ScriptValue.StrictEquals(a, b, run));
            case Binary.NotSame: return ScriptValue.Of(!ScriptValue.StrictEquals(a, b, run));
        }
        if (a.Kind == ScriptKind.Text && b.Kind == ScriptKind.Text)
        {
            run.Work(Math.Min(a.Text.Length, b.Text.Length));
            var order = string.CompareOrdinal(a.Text, b.Text);
            return ScriptValue.Of(op switch { Binary.Less => order < 0, Binary.LessEqual => order <= 0, Binary.Greater => order > 0, _ => order >= 0 });
        }
        var (x, y) = (a.ToNumber(run), b.ToNumber(run));
        return ScriptValue.Of(op switch { Binary.Less => x < y, Binary.LessEqual => x <= y, Binary.Greater => x > y, _ => x >= y });
    }

    private static bool IsNumeric(ScriptKind kind) => kind is ScriptKind.Number or ScriptKind.Bool or ScriptKind.Null or ScriptKind.Undefined;
}

internal sealed class Conditional(ScriptNode test, ScriptNode yes, ScriptNode no, int position) : ScriptNode(position, Math.Max(test.Depth, Math.Max(yes.Depth, no.Depth)) + 1)
{
    public override ScriptValue Eval(ScriptRun run)
    {
        run.Step();
        return test.Eval(run).Truthy ? yes.Eval(run) : no.Eval(run);
    }
}

internal sealed class ListNode(ScriptNode[] items, int position, int depth) : ScriptNode(position, depth)
{
    public override ScriptValue Eval(ScriptRun run)
    {
        run.Charge(items.Length + 1);
        var list = new List<ScriptValue>(items.Length);
        foreach (var item in items)
        {
            run.Step();
            list.Add(item.Eval(run));
        }
        return ScriptValue.Of(list);
    }
}

internal sealed class RecordNode((string? Name, ScriptNode? Computed, ScriptNode Value)[] members, int position, int depth) : ScriptNode(position, depth)
{
    public override ScriptValue Eval(ScriptRun run)
    {
        run.Charge(members.Length * 2 + 1);
        var record = new Dictionary<string, ScriptValue>(members.Length, StringComparer.Ordinal);
        foreach (var (name, computed, value) in members)
        {
            run.Step();
            record[name ?? computed!.Eval(run).ToText(run)] = value.Eval(run);
        }
        return ScriptValue.Of(record);
    }
}

internal sealed class TemplateNode(string[] texts, ScriptNode[] holes, int position, int depth) : ScriptNode(position, depth)
{
    public override ScriptValue Eval(ScriptRun run)
    {
        var builder = new StringBuilder(texts[0]);
        for (var i = 0; i < holes.Length; i++)
        {
            run.Step();
            builder.Append(holes[i].Eval(run).ToText(run)).Append(texts[i + 1]);
            run.CheckLength(builder.Length);
        }
        return ScriptValue.Of(run.Made(builder.ToString()));
    }
}

/// <summary>A list of statements: what <c>return</c> gives, else what the last expression gave.</summary>
internal sealed class Block(ScriptNode[] statements, int position, int depth) : ScriptNode(position, depth)
{
    public override ScriptValue Eval(ScriptRun run)
    {
        TryRun(run, out var value);
        return value;
    }

    public bool TryRun(ScriptRun run, out ScriptValue value)
    {
        value = ScriptValue.Undefined;
        foreach (var statement in statements)
        {
            run.Step();
            switch (statement)
            {
                case ReturnNode result:
                    value = result.Eval(run);
                    return true;
                case IfNode choice:
                    if (choice.TryRun(run, ref value)) return true;
                    break;
                case Block block:
                    if (block.TryRun(run, out var inner))
                    {
                        value = inner;
                        return true;
                    }
                    break;
                case Declaration declaration:
                    declaration.Eval(run);
                    break;
                default:
                    value = statement.Eval(run);
                    break;
            }
        }
        return false;
    }
}

internal sealed class ReturnNode(ScriptNode? value, int position) : ScriptNode(position, (value?.Depth ?? 0) + 1)
{
    public override ScriptValue Eval(ScriptRun run) => value?.Eval(run) ?? ScriptValue.Undefined;
}

internal sealed class Declaration(int slot, ScriptNode? value, int position) : ScriptNode(position, (value?.Depth ?? 0) + 1)
{
    public override ScriptValue Eval(ScriptRun run) => run.Slots[slot] = value?.Eval(run) ?? ScriptValue.Undefined;
}

internal sealed class IfNode(ScriptNode test, Block yes, Block? no, int position) : ScriptNode(position, Math.Max(test.Depth, Math.Max(yes.Depth, no?.Depth ?? 0)) + 1)
{
    public override ScriptValue Eval(ScriptRun run)
    {
        var value = ScriptValue.Undefined;
        TryRun(run, ref value);
        return value;
    }

    public bool TryRun(ScriptRun run, ref ScriptValue value)
    {
        if (test.Eval(run).Truthy) return yes.TryRun(run, out value);
        return no is not null && no.TryRun(run, out value);
    }
}
