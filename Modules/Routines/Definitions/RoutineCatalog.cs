using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Definitions;

/// <summary>
/// All activities that a routine can be drawn with: Elsa's standard ones, one per <see cref="ActivityAttribute"/> of any module, one per
/// <see cref="ITriggerDeclaration"/>. Built once from the declarations; texts are keys, choices are loaded when they are shown.
/// </summary>
internal sealed class RoutineCatalog : IActivityCatalog
{
    public const string TriggerCategory = "Triggers";

    private static readonly HashSet<string> s_own = ["id", "nodeId", "name", "type", "version", "customProperties", "metadata", "canStartWorkflow", "runAsynchronously"];

    private readonly ActivityCatalog _catalog;
    private readonly Dictionary<(string Type, string Input), string> _sources = [];

    public RoutineCatalog(IServiceScopeFactory scopes)
    {
        using var scope = scopes.CreateScope();
        List<ActivityDescriptor> ours = [];
        foreach (var activity in scope.ServiceProvider.GetServices<IActivity>())
        {
            // What the engine describes itself is only carried out here.
            if (ActivityCatalog.Standard.Find(activity.GetType().GetCustomAttribute<ActivityAttribute>()?.Type ?? "") is null) ours.Add(Describe(activity));
        }

        foreach (var trigger in scope.ServiceProvider.GetServices<ITriggerDeclaration>()) ours.Add(Describe(trigger));
        _catalog = new ActivityCatalog(StandardActivities.Descriptors.Concat(ours));
    }

    public IReadOnlyList<ActivityDescriptor> All => _catalog.All;

    public ActivityDescriptor? Find(string typeName, int version = 0) => _catalog.Find(typeName, version);

    /// <summary>Key of the <see cref="IOptionSource"/> that fills an input; null when its choices are fixed or it has none.</summary>
    public string? OptionSource(string type, string input) => _sources.GetValueOrDefault((type, Camel(input)));

    private ActivityDescriptor Describe(IActivity activity)
    {
        var type = activity.GetType();
        var declared = type.GetCustomAttribute<ActivityAttribute>()
            ?? throw new InvalidOperationException($"{type.FullName} is an activity without [Activity].");
        var inputs = Inputs(declared.Type, activity.InputType);
        return new ActivityDescriptor
        {
            TypeName = declared.Type,
            Version = declared.Version,
            Category = declared.Category,
            DisplayName = declared.Title,
            Description = declared.Description,
            Executor = ActivityExecutor.External,
            Inputs = inputs,
            Outputs = [new OutputDescriptor("Output", "Object", "Result", "What the step left behind, for later steps.")],
            Ports = [.. activity.Outcomes.Select(o => new PortDescriptor(o.Name))],
            OutcomesInput = inputs.FirstOrDefault(i => i.UIHint == "dynamic-outcomes")?.Name,
            // Studio takes the colour and picture of a box from its own table by type name; ours come with the descriptor.
            // «Resilient» gives the box Studio's tab for retries.
            CustomProperties = new JsonObject { ["icon"] = declared.Icon, ["order"] = declared.Order, ["Resilient"] = true, ["ResilienceCategory"] = "Default" },
        };
    }

    private ActivityDescriptor Describe(ITriggerDeclaration trigger) => new()
    {
        TypeName = trigger.Type,
        Category = TriggerCategory,
        DisplayName = trigger.Title,
        Description = trigger.Description,
        Kind = ActivityKind.Trigger,
        Executor = ActivityExecutor.External,
        Inputs = trigger.InputType is { } type ? Inputs(trigger.Type, type) : [],
        Outputs = [new OutputDescriptor("Output", "Object", "Result", "What happened, for later steps.")],
        CustomProperties = new JsonObject { ["icon"] = "bolt" },
    };

    private List<InputDescriptor> Inputs(string activity, Type shape)
    {
        List<InputDescriptor> inputs = [];
        var place = 0;
        foreach (var property in shape.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetCustomAttribute<InputAttribute>() is not { } declared) continue;
            // An input is a property beside the box's own: one called «Type» would overwrite what the box is.
            if (s_own.Contains(Camel(property.Name))) throw new InvalidOperationException($"The input {property.Name} of {activity} has a name that boxes use themselves: call it something else.");
            var (typeName, hint, options) = Shape(property.PropertyType, declared);
            if (declared.Options.Length > 0) _sources[(activity, Camel(property.Name))] = declared.Options;
            inputs.Add(new InputDescriptor
            {
                Name = property.Name,
                TypeName = typeName,
                DisplayName = declared.Title,
                Description = declared.Description.Length > 0 ? declared.Description : null,
                UIHint = hint,
                Category = declared.Category.Length > 0 ? declared.Category : null,
                DefaultValue = declared.Default.Length > 0 ? Default(declared.Default, typeName) : null,
                DefaultSyntax = typeName is "String[]" or "Object" ? "Object" : "Literal",
                Order = (declared.Order * 1000) + place++,
                IsRequired = declared.Required,
                Options = options,
            });
        }

        return inputs;
    }

    private static (string TypeName, string Hint, IReadOnlyList<InputOption>? Options) Shape(Type type, InputAttribute declared)
    {
        var t = Nullable.GetUnderlyingType(type) ?? type;
        var chosen = declared.UiHint;
        var fromSource = declared.Options.Length > 0;
        string Hint(string usual) => chosen.Length > 0 ? chosen : usual;

        if (t.IsEnum) return ("String", Hint("dropdown"), [.. Enum.GetNames(t).Select(n => new InputOption(Words(n), n))]);
        if (t == typeof(string)) return ("String", Hint(fromSource ? "dropdown" : "singleline"), null);
        if (t == typeof(Guid)) return ("String", Hint(fromSource ? "dropdown" : "singleline"), null);
        if (t == typeof(bool)) return ("Boolean", Hint("checkbox"), null);
        if (t == typeof(int)) return ("Int32", Hint("singleline"), null);
        if (t == typeof(long)) return ("Int64", Hint("singleline"), null);
        if (t == typeof(double)) return ("Double", Hint("singleline"), null);
        if (t == typeof(decimal)) return ("Decimal", Hint("singleline"), null);
        if (t == typeof(TimeSpan)) return ("TimeSpan", Hint("singleline"), null);
        if (t == typeof(DateTimeOffset)) return ("DateTimeOffset", Hint("datetime-picker"), null);
        if (t == typeof(DateOnly)) return ("String", Hint("singleline"), null);
        if (ElementOf(t) is { } element && (element == typeof(string) || element == typeof(Guid))) return ("String[]", Hint(fromSource ? "checklist" : "multitext"), null);
        return ("Object", Hint("json-editor"), null);
    }

    private static Type? ElementOf(Type type)
    {
        if (type.IsArray) return type.GetElementType();
        return type.GetInterfaces().Append(type).FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];
    }

    private static JsonNode Default(string text, string typeName) => typeName switch
    {
        "Boolean" => bool.Parse(text),
        "Int32" or "Int64" => long.Parse(text, CultureInfo.InvariantCulture),
        "Double" or "Decimal" => decimal.Parse(text, CultureInfo.InvariantCulture),
        // Studio reads the default of a list as JSON text, of everything else as it is.
        "String[]" => JsonNode.Parse(text.StartsWith('[') ? text : $"[{string.Join(',', text.Split(',').Select(p => System.Text.Json.JsonSerializer.Serialize(p.Trim())))}]")!.ToJsonString(),
        _ => text,
    };

    /// <summary>AfterSales → After sales: the key of its translation.</summary>
    private static string Words(string name)
    {
        var text = new System.Text.StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append(' ').Append(char.ToLowerInvariant(c));
            else text.Append(c);
        }

        return text.ToString();
    }

    private static string Camel(string name) => name.Length == 0 ? name : char.ToLowerInvariant(name[0]) + name[1..];
}
