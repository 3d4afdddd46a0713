using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

internal enum ValueType { Any, Boolean, Whole, Real, Text, Moment, Span, List, Record }

/// <summary>Brings values to the type that an input or variable names; the names are Elsa's, which are .NET's.</summary>
internal static class ValueTypes
{
    public static ValueType Of(string? typeName, bool isArray = false)
    {
        if (isArray) return ValueType.List;
        if (string.IsNullOrEmpty(typeName)) return ValueType.Any;
        var name = typeName.AsSpan();
        if (name.IndexOf(',') is > 0 and var comma && !name.Contains('<') && !name.Contains('`')) name = name[..comma];
        name = name.Trim().TrimEnd('?');
        if (name.EndsWith("[]", StringComparison.Ordinal)) return ValueType.List;
        if (name.Contains('`') || name.Contains('<'))
            return name.Contains("Dictionary", StringComparison.Ordinal) ? ValueType.Record
                : name.Contains("Collection", StringComparison.Ordinal) || name.Contains("List", StringComparison.Ordinal) || name.Contains("Enumerable", StringComparison.Ordinal) || name.Contains("HashSet", StringComparison.Ordinal) ? ValueType.List : ValueType.Any;
        if (name.LastIndexOf('.') is >= 0 and var dot) name = name[(dot + 1)..];
        return name switch
        {
            "Boolean" or "bool" => ValueType.Boolean,
            "Int16" or "Int32" or "Int64" or "Byte" or "UInt16" or "UInt32" or "UInt64" or "int" or "long" => ValueType.Whole,
            "Single" or "Double" or "Decimal" or "float" or "double" or "decimal" => ValueType.Real,
            "String" or "string" => ValueType.Text,
            "DateTime" or "DateTimeOffset" => ValueType.Moment,
            "TimeSpan" => ValueType.Span,
            "ExpandoObject" or "JsonObject" or "ObjectDictionary" => ValueType.Record,
            "JsonArray" or "ObjectArray" => ValueType.List,
            _ => ValueType.Any,
        };
    }

    /// <summary>False when the value cannot be of the type. Empty stays empty.</summary>
    public static bool TryConvert(JsonNode? value, ValueType type, out JsonNode? converted)
    {
        converted = value;
        if (value is null || type == ValueType.Any) return true;
        var kind = value.GetValueKind();
        var text = kind == JsonValueKind.String ? value.Str() ?? value.ToString() : null;
        switch (type)
        {
            case ValueType.Text:
                if (kind is JsonValueKind.String) return true;
                converted = JsonValue.Create(kind is JsonValueKind.Object or JsonValueKind.Array ? value.Compact() : value.ToJsonString());
                return true;
            case ValueType.Boolean:
                if (kind is JsonValueKind.True or JsonValueKind.False) return true;
                if (text is not null)
                {
                    if (text.Length == 0) converted = null;
                    else if (bool.TryParse(text.Trim(), out var flag)) converted = JsonValue.Create(flag);
                    else return false;
                    return true;
                }
                if (kind != JsonValueKind.Number) return false;
                converted = JsonValue.Create(ScriptValue.From(value).Num != 0);
                return true;
            case ValueType.Whole or ValueType.Real:
                if (kind == JsonValueKind.Number)
                {
                    if (type == ValueType.Whole && ScriptValue.From(value).Num is var real && real != Math.Floor(real)) converted = JsonValue.Create((long)Math.Round(real, MidpointRounding.ToEven));
                    return true;
                }
                if (kind is JsonValueKind.True or JsonValueKind.False)
                {
                    converted = JsonValue.Create(kind == JsonValueKind.True ? 1 : 0);
                    return true;
                }
                if (text is null) return false;
                if (string.IsNullOrWhiteSpace(text)) converted = null;
                else if (type == ValueType.Whole && long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var whole)) converted = JsonValue.Create(whole);
                else if (type == ValueType.Real && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) converted = JsonValue.Create(number);
                else return false;
                return true;
            case ValueType.Moment:
                if (text is null) return false;
                if (string.IsNullOrWhiteSpace(text)) converted = null;
                else return Moments.TryParse(text, TimeZoneInfo.Utc, out _);
                return true;
            case ValueType.Span:
                if (text is null) return false;
                if (string.IsNullOrWhiteSpace(text)) converted = null;
                else return Moments.TryParseSpan(text, out _);
                return true;
            case ValueType.List:
                if (kind == JsonValueKind.Array) return true;
                if (text is null)
                {
                    converted = new JsonArray(value.DeepClone());
                    return true;
                }
                if (string.IsNullOrWhiteSpace(text)) converted = null;
                else if (TryParse(text, out var list) && list is JsonArray) converted = list;
                else converted = new JsonArray(JsonValue.Create(text));
                return true;
            case ValueType.Record:
                if (kind == JsonValueKind.Object) return true;
                if (text is null) return false;
                if (string.IsNullOrWhiteSpace(text)) converted = null;
                else if (TryParse(text, out var record) && record is JsonObject) converted = record;
                else return false;
                return true;
            default: return true;
        }
    }

    public static bool TryParse(string text, out JsonNode? node)
    {
        try
        {
            node = JsonNode.Parse(text, documentOptions: Json.Reading);
            return true;
        }
        catch (JsonException)
        {
            node = null;
            return false;
        }
    }
}
