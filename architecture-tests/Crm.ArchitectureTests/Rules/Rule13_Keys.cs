using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Crm.ArchitectureTests.Kit;
using Crm.Core;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Crm.ArchitectureTests.Rules;

/// <summary>13. What is stored by name keeps its name: events and activities have stable, unique keys, events survive JSON, and an activity answers only what it declares.</summary>
public sealed class Rule13_Keys
{
    [Fact]
    public void Events_have_unique_names() => EventProblems(All().Where(IsEvent)).NoneFound();

    [Fact]
    public void Events_survive_json() => All().Where(IsEvent).Where(t => !Survives(t)).Select(t => t.FullName).NoneFound();

    [Fact]
    public void Activities_have_unique_types() => ActivityProblems(All().Where(IsActivity)).NoneFound();

    [Fact]
    public void Activities_answer_only_declared_outcomes() => Solution.Assemblies.SelectMany(a => Types.InAssembly(a).GetTypes()).SelectMany(t => Undeclared(t, Solution.Runtime(t.Module.Assembly))).NoneFound();

    [Fact]
    public void It_bites()
    {
        var own = typeof(Rule13_Keys).Assembly.GetTypes().Where(t => t.Namespace == "Crm.ArchitectureTests.Violators.Rule13").ToList();
        EventProblems(own.Where(IsEvent)).Should().BeEquivalentTo("NamelessEvent has no name.", "same.name is the name of OneEvent and OtherEvent.");
        own.Where(IsEvent).Where(t => !Survives(t)).Select(t => t.Name).Should().Equal("ForgetfulEvent");
        ActivityProblems(own.Where(IsActivity)).Should().BeEquivalentTo("Bad.Same/1 is the type of OneActivity and OtherActivity.", "NamelessActivity has no type.");
        Types.In(Solution.Violators("Rule13")).GetTypes().SelectMany(t => Undeclared(t, typeof(Rule13_Keys).Assembly)).Should().BeEquivalentTo("OneActivity answers Maybe, which it does not declare.", "OneActivity makes an outcome up.");
    }

    internal static IEnumerable<Type> All() => Solution.Assemblies.SelectMany(a => Solution.Runtime(a).GetTypes());

    /// <summary>An instance whose services are missing: enough to read what it declares.</summary>
    internal static T Blank<T>(Type type)
    {
        var constructor = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(c => c.GetParameters().Length).First();
        try
        {
            return (T)constructor.Invoke(new object?[constructor.GetParameters().Length]);
        }
        catch (TargetInvocationException)
        {
            // Its constructor uses a service at once.
            return (T)RuntimeHelpers.GetUninitializedObject(type);
        }
    }

    internal static bool IsActivity(Type type) => type is { IsClass: true, IsAbstract: false } && typeof(IActivity).IsAssignableFrom(type);

    private static bool IsEvent(Type type) => type is { IsClass: true, IsAbstract: false } && typeof(IntegrationEvent).IsAssignableFrom(type);

    private static IEnumerable<string> EventProblems(IEnumerable<Type> events)
    {
        var all = events.Select(t => (t.Name, Key: t.GetCustomAttribute<EventNameAttribute>()?.Name)).ToList();
        return all.Where(e => string.IsNullOrEmpty(e.Key)).Select(e => $"{e.Name} has no name.")
            .Concat(all.Where(e => e.Key is not null).GroupBy(e => e.Key).Where(g => g.Count() > 1).Select(g => $"{g.Key} is the name of {string.Join(" and ", g.Select(e => e.Name).Order(StringComparer.Ordinal))}."));
    }

    private static IEnumerable<string> ActivityProblems(IEnumerable<Type> activities)
    {
        var all = activities.Select(t => (t.Name, Key: t.GetCustomAttribute<ActivityAttribute>() is { } a ? $"{a.Type}/{a.Version}" : null)).ToList();
        return all.Where(e => e.Key is null).Select(e => $"{e.Name} has no type.")
            .Concat(all.Where(e => e.Key is not null).GroupBy(e => e.Key).Where(g => g.Count() > 1).Select(g => $"{g.Key} is the type of {string.Join(" and ", g.Select(e => e.Name).Order(StringComparer.Ordinal))}."));
    }

    private static bool Survives(Type type)
    {
        // As the outbox writes and reads it.
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
        var before = constructor.Invoke([.. constructor.GetParameters().Select((p, i) => Sample(p.ParameterType, i))]);
        var text = JsonSerializer.Serialize(before, type, options);
        var after = JsonSerializer.Deserialize(text, type, options);
        return JsonSerializer.Serialize(after, type, options) == text && type.GetProperties().Where(p => p.GetIndexParameters().Length == 0).All(p => Same(p.GetValue(before), p.GetValue(after)));
    }

    private static bool Same(object? a, object? b) => a is IEnumerable x and not string && b is IEnumerable y ? x.Cast<object?>().SequenceEqual(y.Cast<object?>()) : Equals(a, b);

    private static object? Sample(Type type, int i)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(Guid)) return new Guid(i + 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        if (type == typeof(string)) return "{\"متن\":" + i + "}";
        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(2026, 3, 21, 8, 30, i, 123, TimeSpan.Zero);
        if (type == typeof(DateOnly)) return new DateOnly(2026, 3, 21);
        if (type == typeof(TimeSpan)) return TimeSpan.FromMinutes(90);
        if (type == typeof(bool)) return true;
        if (type.IsEnum) return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1);
        if (type.IsPrimitive || type == typeof(decimal)) return Convert.ChangeType(i + 7, type, System.Globalization.CultureInfo.InvariantCulture);
        var element = type.IsArray ? type.GetElementType() : type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type) ? type.GetGenericArguments()[0] : null;
        if (element is null) return type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).FirstOrDefault() is { } made ? made.Invoke([.. made.GetParameters().Select((p, n) => Sample(p.ParameterType, n))]) : null;
        var list = Array.CreateInstance(element, 2);
        list.SetValue(Sample(element, 1), 0);
        list.SetValue(Sample(element, 2), 1);
        return list;
    }

    private static IEnumerable<string> Undeclared(TypeDefinition type, Assembly assembly)
    {
        if (type.IsAbstract || !type.Implements("IActivity")) yield break;
        var runtime = assembly.GetType(type.FullName.Replace('/', '+'))!;
        // Dynamic outcomes come from an input the process owner fills; the engine holds the answer to them.
        var inputType = runtime.BaseType is { IsGenericType: true } b ? b.GetGenericArguments()[0] : null;
        if (inputType?.GetProperties().Any(p => p.GetCustomAttribute<InputAttribute>()?.UiHint == "dynamic-outcomes") == true) yield break;
        var declared = Blank<IActivity>(runtime).Outcomes.Select(o => o.Name).ToHashSet();
        foreach (var (written, body) in Il.Bodies(type).Where(x => x.Body.Name != ".cctor"))
        {
            foreach (var i in body.Body.Instructions)
            {
                if (i.OpCode.Code == Code.Ldsfld && i.Operand is FieldReference { FieldType.FullName: "Crm.Core.Outcome" } field)
                {
                    var holder = field.DeclaringType.FullName == type.FullName ? runtime : typeof(Outcome).FullName == field.DeclaringType.FullName ? typeof(Outcome) : null;
                    var outcome = holder?.GetField(field.Name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)?.GetValue(null) as Outcome;
                    if (outcome is not null && !declared.Contains(outcome.Name)) yield return $"{type.Name} answers {outcome.Name}, which it does not declare.";
                }

                if (i.OpCode.Code == Code.Newobj && ((MethodReference)i.Operand).DeclaringType.FullName == "Crm.Core.Outcome" && written?.Name != "get_Outcomes") yield return $"{type.Name} makes an outcome up.";
            }
        }
    }
}
