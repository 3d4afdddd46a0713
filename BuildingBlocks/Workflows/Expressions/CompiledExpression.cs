using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>An expression ready to be evaluated, shared by all jobs of a version.</summary>
internal abstract class CompiledExpression
{
    /// <summary>The value of the moment. What comes back may belong to the job's state: it must not be changed or hung elsewhere.</summary>
    /// <exception cref="ScriptException">It could not be computed.</exception>
    public abstract JsonNode? Evaluate(IScriptScope scope, ExpressionLimits limits);
}

/// <summary>A value that stands in the definition. Kept as an element, which threads may share; a node is made for each use.</summary>
internal sealed class FixedExpression : CompiledExpression
{
    private readonly JsonElement element;
    private readonly string? text;

    public FixedExpression(JsonNode? value)
    {
        element = value is null ? default : JsonSerializer.SerializeToElement(value);
        text = element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }

    public bool IsEmpty => element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null || text is "";

    public JsonNode? Value => element.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        JsonValueKind.String => JsonValue.Create(text),
        JsonValueKind.True => JsonValue.Create(true),
        JsonValueKind.False => JsonValue.Create(false),
        JsonValueKind.Object => JsonObject.Create(element),
        JsonValueKind.Array => JsonArray.Create(element),
        _ => JsonValue.Create(element),
    };

    public override JsonNode? Evaluate(IScriptScope scope, ExpressionLimits limits) => Value;
}

internal sealed class VariableExpression(string name) : CompiledExpression
{
    public override JsonNode? Evaluate(IScriptScope scope, ExpressionLimits limits) => scope.TryVariable(name, out var value) ? value : null;
}

internal sealed class InputExpression(string name) : CompiledExpression
{
    public override JsonNode? Evaluate(IScriptScope scope, ExpressionLimits limits) => scope.TryInput(name, out var value) ? value : null;
}

internal sealed class ScriptExpression(Script script) : CompiledExpression
{
    public override JsonNode? Evaluate(IScriptScope scope, ExpressionLimits limits) => script.Evaluate(scope, limits);
}

internal sealed class TemplateExpression(TextTemplate template) : CompiledExpression
{
    public override JsonNode? Evaluate(IScriptScope scope, ExpressionLimits limits) => template.Evaluate(scope, limits);
}

/// <summary>Brings the result to a type.</summary>
internal sealed class TypedExpression(CompiledExpression inner, ValueType type, string typeName) : CompiledExpression
{
    public override JsonNode? Evaluate(IScriptScope scope, ExpressionLimits limits)
    {
        var value = inner.Evaluate(scope, limits);
        if (ValueTypes.TryConvert(value, type, out var converted)) return converted;
        var shown = value.Compact();
        throw new ScriptException("{0} is not a value of the type {1}", [shown.Length > 80 ? shown[..80] + "…" : shown, typeName], 0);
    }
}
