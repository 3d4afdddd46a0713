using Crm.ArchitectureTests.Kit;
using Mono.Cecil;

namespace Crm.ArchitectureTests.Rules;

/// <summary>7. A handler takes its own module's context, its own module's helpers and interfaces; no mediator: handlers do not send commands. A page may send.</summary>
public sealed class Rule07_Constructors
{
    [Fact]
    public void Handlers_take_what_is_theirs() => Foreign(Handlers(Types.InAssemblies(Solution.Modules)), mediator: false).NoneFound();

    [Fact]
    public void Pages_take_what_is_theirs() => Foreign(Pages(Types.InAssemblies(Solution.Modules)), mediator: true).NoneFound();

    [Fact]
    public void It_bites()
    {
        var types = Types.In(Solution.Violators("Rule07"));
        Foreign(Handlers(types), mediator: false).Should().HaveCount(3).And.Contain(s => s.Contains("IMediator", StringComparison.Ordinal)).And.Contain(s => s.Contains("ForeignDb", StringComparison.Ordinal)).And.Contain(s => s.Contains("IServiceProvider", StringComparison.Ordinal));
        Foreign(Pages(types), mediator: true).Should().ContainSingle(s => s.Contains("ForeignDb", StringComparison.Ordinal));
    }

    private static IReadOnlyList<TypeDefinition> Handlers(Types types) => types.That().Meet(t => t.Implements("IRequestHandler`2") || t.Implements("IReactTo`1")).GetTypes();

    private static IReadOnlyList<TypeDefinition> Pages(Types types) => types.That().Inherit("PageModel").Meet(t => !t.IsAbstract).GetTypes();

    private static IEnumerable<string> Foreign(IReadOnlyList<TypeDefinition> types, bool mediator) => types.SelectMany(t => t.Methods.Where(m => m.IsConstructor && !m.IsStatic)
        .SelectMany(m => m.Parameters).Where(p => !May(p.ParameterType, t, mediator)).Select(p => $"{t.FullName}({p.ParameterType.Name} {p.Name})"));

    private static bool May(TypeReference parameter, TypeDefinition owner, bool mediator)
    {
        if (parameter.Name is "IMediator" or "ISender" or "IPublisher") return mediator;
        if (parameter.Name is "IServiceProvider" or "IServiceScopeFactory") return false;
        if (parameter.Resolve() is not { } type) return true;
        // A neighbour's class can't even be named (rule 1); what is left to forbid is a context of somebody else.
        if (type.Inherits("DbContext")) return type.Module.Assembly == owner.Module.Assembly && !type.Name.Contains("Foreign", StringComparison.Ordinal);
        return true;
    }
}
