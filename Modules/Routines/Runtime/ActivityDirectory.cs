using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Runtime;

/// <summary>An activity as the runtime knows it.</summary>
internal sealed record KnownActivity(string Type, int Version, Type Implementation, Type InputType, IReadOnlyList<string> Outcomes)
{
    /// <summary>It asks another system, outside of any transaction.</summary>
    public bool Outside => typeof(IAsksOthers).IsAssignableFrom(Implementation);
}

/// <summary>The activities and triggers of all modules, by their type in definitions.</summary>
internal sealed class ActivityDirectory
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowReadingFromString, Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() } };
    private readonly FrozenDictionary<(string, int), KnownActivity> _byVersion;
    private readonly FrozenDictionary<string, KnownActivity> _newest;
    private readonly FrozenDictionary<string, ITriggerDeclaration> _triggers;

    public ActivityDirectory(IServiceScopeFactory scopes)
    {
        using var scope = scopes.CreateScope();
        var all = scope.ServiceProvider.GetServices<IActivity>().Select(a => (Activity: a, Mark: a.GetType().GetCustomAttribute<ActivityAttribute>()
                ?? throw new InvalidOperationException($"{a.GetType().FullName} needs an [Activity].")))
            .Select(x => new KnownActivity(x.Mark.Type, x.Mark.Version, x.Activity.GetType(), x.Activity.InputType, [.. x.Activity.Outcomes.Select(o => o.Name)])).ToList();
        _byVersion = all.ToFrozenDictionary(a => (a.Type, a.Version));
        _newest = all.GroupBy(a => a.Type).ToFrozenDictionary(g => g.Key, g => g.MaxBy(a => a.Version)!);
        AskOthers = [.. all.Where(a => a.Outside).Select(a => a.Type).Distinct()];
        _triggers = scope.ServiceProvider.GetServices<ITriggerDeclaration>().ToFrozenDictionary(t => t.Type);
    }

    /// <summary>Types of the activities that ask other systems.</summary>
    public string[] AskOthers { get; }

    public KnownActivity? Find(string type, int version) => _byVersion.GetValueOrDefault((type, version)) ?? _newest.GetValueOrDefault(type);

    public ITriggerDeclaration? Trigger(string type) => _triggers.GetValueOrDefault(type);

    /// <summary>
    /// The inputs as the activity's record. The designer writes what people chose as text: an empty one means nothing chosen, a list may come as JSON
    /// in a text or as lines.
    /// </summary>
    public static object Bind(Type inputType, JsonObject inputs)
    {
        var clean = new JsonObject();
        foreach (var property in inputType.GetProperties().Where(p => p.CanWrite))
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (!inputs.TryGetPropertyValue(name, out var value) || value is null) continue;
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var isList = type != typeof(string) && typeof(System.Collections.IEnumerable).IsAssignableFrom(type) && !typeof(JsonNode).IsAssignableFrom(type);
            if (value is JsonValue v && v.TryGetValue<string>(out var text) && type != typeof(string))
            {
                if (string.IsNullOrWhiteSpace(text)) continue;
                if (isList)
                {
                    value = text.TrimStart().StartsWith('[') ? JsonNode.Parse(text) : new JsonArray([.. text.Split(['\n', ',', '،'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(x => (JsonNode)x)]);
                }
                else if (type == typeof(bool)) value = JsonValue.Create(text.Equals("true", StringComparison.OrdinalIgnoreCase));
                else if (type == typeof(TimeSpan)) value = JsonValue.Create(text);
                else if (type == typeof(JsonObject)) value = JsonNode.Parse(text);
                else if (type.IsPrimitive || type == typeof(decimal)) value = JsonValue.Create(PersianText.LatinDigits(text));
            }

            if (isList && value is JsonArray array)
            {
                // Empty rows of a list editor are nothing.
                value = new JsonArray([.. array.Where(x => x is not null && !(x is JsonValue s && s.TryGetValue<string>(out var t) && t.Length == 0)).Select(x => x!.DeepClone())]);
            }

            clean[name] = value?.DeepClone();
        }

        try
        {
            return clean.Deserialize(inputType, s_json)!;
        }
        catch (JsonException e)
        {
            throw new RuleBroken("activity.input", "An input of this box can't be used: {0}", e.Path);
        }
    }
}
