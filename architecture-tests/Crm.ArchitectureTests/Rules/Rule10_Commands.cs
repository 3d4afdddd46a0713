using System.Text.RegularExpressions;
using Crm.ArchitectureTests.Kit;
using Mono.Cecil;

namespace Crm.ArchitectureTests.Rules;

/// <summary>10. A request has exactly one handler; command, validator and handler share file, namespace and stem; a command with input has a validator.</summary>
public sealed partial class Rule10_Commands
{
    [Fact]
    public void Every_request_has_exactly_one_handler() => Unhandled(Types.InAssemblies(Solution.Assemblies)).NoneFound();

    [Fact]
    public void Command_validator_and_handler_are_called_alike() => Misnamed(Types.InAssemblies(Solution.Modules)).NoneFound();

    [Fact]
    public void A_command_with_input_has_a_validator() => Unvalidated(Types.InAssemblies(Solution.Modules)).NoneFound();

    [Fact]
    public void Command_validator_and_handler_stand_in_one_file() => Scattered(Solution.Sources(".cs").Where(f => Solution.Relative(f).StartsWith("Modules/", StringComparison.Ordinal)).Select(f => (Solution.Relative(f), File.ReadAllText(f)))).NoneFound();

    [Fact]
    public void It_bites()
    {
        var types = Types.In(Solution.Violators("Rule10"));
        Unhandled(types).Should().BeEquivalentTo(["Crm.ArchitectureTests.Violators.Rule10.OrphanCommand has 0 handlers", "Crm.ArchitectureTests.Violators.Rule10.TwiceCommand has 2 handlers"]);
        Misnamed(types).Should().Contain(s => s.Contains("SecondHandler", StringComparison.Ordinal)).And.Contain(s => s.Contains("OddChecks", StringComparison.Ordinal));
        Unvalidated(types).Should().Equal("Crm.ArchitectureTests.Violators.Rule10.TwiceCommand");
        Scattered([("A.cs", "internal sealed record AddXCommand : ICommand;"), ("B.cs", "internal sealed class AddXHandler(TasksDb db)")]).Should().ContainSingle();
        Scattered([("A.cs", "internal sealed record AddXCommand : ICommand; internal sealed class AddXHandler")]).NoneFound();
    }

    private static IReadOnlyList<TypeDefinition> Requests(Types types) => types.That().AreClasses().ImplementInterface("IRequest`1").Meet(t => !t.IsAbstract && !t.HasGenericParameters).GetTypes();

    private static IEnumerable<(TypeDefinition By, TypeReference What)> Takers(Types types, string contract) =>
        types.GetTypes().Where(t => !t.IsAbstract).SelectMany(t => t.AllInterfaces().OfType<GenericInstanceType>().Where(i => i.ElementType.Name == contract).Select(i => (t, i.GenericArguments[0])));

    private static IEnumerable<string> Unhandled(Types types)
    {
        var handled = Takers(types, "IRequestHandler`2").ToLookup(h => h.What.FullName);
        return Requests(types).Where(r => handled[r.FullName].Count() != 1).Select(r => $"{r.FullName} has {handled[r.FullName].Count()} handlers");
    }

    private static IEnumerable<string> Misnamed(Types types)
    {
        foreach (var (by, what) in Takers(types, "IRequestHandler`2").Where(h => h.What is TypeDefinition))
        {
            if (by.Name != Stem(what.Name) + "Handler" || by.NamespaceOf() != ((TypeDefinition)what).NamespaceOf()) yield return $"{by.FullName} handles {what.FullName}";
        }

        foreach (var (by, what) in Validators(types).Where(v => v.What is TypeDefinition w && w.Implements("IRequest`1")))
        {
            if (by.Name != Stem(what.Name) + "Validator" || by.NamespaceOf() != ((TypeDefinition)what).NamespaceOf()) yield return $"{by.FullName} validates {what.FullName}";
        }
    }

    private static IEnumerable<string> Unvalidated(Types types)
    {
        var validated = Validators(types).Select(v => v.What.FullName).ToHashSet();
        return Requests(types).Where(r => r.Implements("ICommand`1") && HasInput(r) && !validated.Contains(r.FullName)).Select(r => r.FullName);
    }

    private static IEnumerable<(TypeDefinition By, TypeReference What)> Validators(Types types) =>
        types.GetTypes().Where(t => !t.IsAbstract).Select(t => (By: t, Base: t.BaseType as GenericInstanceType))
            .Where(x => x.Base is { GenericArguments.Count: 1 } && (x.Base.ElementType.Name == "AbstractValidator`1" || x.Base.Resolve().Inherits("AbstractValidator`1"))).Select(x => (x.By, x.Base!.GenericArguments[0]));

    // What a person types or a caller fills in. An id alone is checked by loading the record.
    private static bool HasInput(TypeDefinition command) => command.Properties.Any(p => p.SetMethod is { IsPublic: true } && p.Name is not ("Id" or "Version") && !p.PropertyType.FullName.Contains("System.Guid", StringComparison.Ordinal));

    private static string Stem(string name) => name.EndsWith("Command", StringComparison.Ordinal) ? name[..^7] : name.EndsWith("Query", StringComparison.Ordinal) ? name[..^5] : name;

    private static IEnumerable<string> Scattered(IEnumerable<(string File, string Text)> sources)
    {
        var declared = sources.SelectMany(s => Declarations().Matches(s.Text).Select(m => (s.File, Stem: m.Groups[1].Value, Part: m.Groups[2].Value, Folder: Path.GetDirectoryName(s.File)))).ToList();
        return declared.GroupBy(d => (d.Stem, d.Folder)).Where(g => g.Any(d => d.Part is "Command" or "Query") || g.Any(d => d.Part == "Handler"))
            .Where(g => g.Select(d => d.File).Distinct().Count() > 1).Select(g => $"{g.Key.Stem}: {string.Join(", ", g.Select(d => d.File).Distinct())}");
    }

    [GeneratedRegex(@"\b(?:class|record)\s+(\w+?)(Command|Query|Validator|Handler)\b")]
    private static partial Regex Declarations();
}
