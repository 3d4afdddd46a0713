using Mono.Cecil;

namespace Crm.ArchitectureTests.Kit;

/// <summary>
/// Rules about types in the shape of NetArchTest (which cannot be restored here):
/// <c>Types.InAssembly(a).That().ImplementInterface("IModule").Should().BeSealed().GetResult()</c>. Types written by the compiler are never among them.
/// </summary>
internal sealed class Types
{
    private readonly IReadOnlyList<TypeDefinition> _types;

    private Types(IEnumerable<TypeDefinition> types) => _types = [.. types.Where(t => !t.IsCompilerGenerated())];

    public static Types InAssembly(AssemblyDefinition assembly) => new(assembly.MainModule.GetTypes());

    public static Types InAssemblies(IEnumerable<AssemblyDefinition> assemblies) => new(assemblies.SelectMany(a => a.MainModule.GetTypes()));

    public static Types In(IEnumerable<TypeDefinition> types) => new(types.SelectMany(WithNested));

    public Predicates That() => new(_types);

    public Conditions Should() => new(_types, wanted: true);

    public Conditions ShouldNot() => new(_types, wanted: false);

    public IReadOnlyList<TypeDefinition> GetTypes() => _types;

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);
}

/// <summary>Which types.</summary>
internal sealed class Predicates(IReadOnlyList<TypeDefinition> types)
{
    public Predicates And() => this;

    public Predicates Meet(Func<TypeDefinition, bool> predicate) => new([.. types.Where(predicate)]);

    public Predicates AreClasses() => Meet(t => t is { IsClass: true, IsValueType: false });

    public Predicates ArePublic() => Meet(t => t.IsPublic || t.IsNestedPublic);

    public Predicates ImplementInterface(string name) => Meet(t => t.Implements(name));

    public Predicates Inherit(string name) => Meet(t => t.Inherits(name));

    public Predicates HaveNameEndingWith(string end) => Meet(t => t.Name.EndsWith(end, StringComparison.Ordinal));

    public Predicates ResideInNamespace(string start) => Meet(t => t.NamespaceOf().StartsWith(start, StringComparison.Ordinal));

    public Predicates DoNotResideInNamespaceContaining(string part) => Meet(t => !t.NamespaceOf().Contains(part, StringComparison.Ordinal));

    public Predicates HaveCustomAttribute(string name) => Meet(t => t.Has(name));

    public Conditions Should() => new(types, wanted: true);

    public Conditions ShouldNot() => new(types, wanted: false);

    public IReadOnlyList<TypeDefinition> GetTypes() => types;
}

/// <summary>What they should be, or should not.</summary>
internal sealed class Conditions(IReadOnlyList<TypeDefinition> types, bool wanted, IReadOnlyList<string>? failing = null)
{
    private readonly IReadOnlyList<string> _failing = failing ?? [];

    public Conditions AndShould() => new(types, wanted: true, _failing);

    public Conditions Meet(Func<TypeDefinition, bool> rule) => new(types, wanted, [.. _failing.Union(types.Where(t => rule(t) != wanted).Select(t => t.FullName))]);

    public Conditions BePublic() => Meet(t => t.IsPublic || t.IsNestedPublic);

    /// <summary>Sealed, static or abstract: nothing that can be derived from by accident.</summary>
    public Conditions BeClosed() => Meet(t => t.IsSealed || t.IsAbstract || t.IsInterface || t.IsValueType);

    public Conditions HaveCustomAttribute(params string[] anyOf) => Meet(t => anyOf.Any(t.Has));

    public Conditions HaveDependencyOn(string start) => Meet(t => t.Dependencies().Any(d => d.StartsWith(start, StringComparison.Ordinal)));

    public TestResult GetResult() => new(_failing);
}

/// <summary>How it came out.</summary>
internal sealed record TestResult(IReadOnlyList<string> FailingTypeNames)
{
    public bool IsSuccessful => FailingTypeNames.Count == 0;
}
