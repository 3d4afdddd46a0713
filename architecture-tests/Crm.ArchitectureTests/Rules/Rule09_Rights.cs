using System.Reflection;
using Crm.ArchitectureTests.Kit;
using Crm.Core;
using Mono.Cecil;

namespace Crm.ArchitectureTests.Rules;

/// <summary>9. Every page and every command says who may; the right is one of the module's own, with a title.</summary>
public sealed class Rule09_Rights
{
    private static readonly string[] s_marks = ["RequiresAttribute", "SignedInAttribute", "PublicAttribute"];

    [Fact]
    public void Every_page_says_who_may_see_it() => Silent(Types.InAssemblies(Solution.Modules)).FailingTypeNames.NoneFound();

    [Fact]
    public void Every_command_says_who_may_send_it() => SilentCommands(Types.InAssemblies(Solution.Assemblies)).FailingTypeNames.NoneFound();

    [Fact]
    public void A_required_right_is_the_modules_own() =>
        Solution.Modules.SelectMany(m => Unknown(Types.InAssembly(m), (HashSet<string>)[.. Permissions(Solution.Runtime(m)).Select(p => p.Key)])).NoneFound();

    [Fact]
    public void Rights_are_unique_and_titled()
    {
        var all = Solution.Modules.SelectMany(m => Permissions(Solution.Runtime(m)).Select(p => (Module: Solution.ModuleOf(m.Name.Name), p.Key, p.Title))).ToList();
        all.GroupBy(p => p.Key).Where(g => g.Count() > 1).Should().BeEmpty();
        all.Where(p => string.IsNullOrWhiteSpace(p.Title)).Should().BeEmpty();
        all.Where(p => !p.Key.StartsWith(p.Module.ToLowerInvariant() + ".", StringComparison.Ordinal)).Should().BeEmpty("the key begins with its module");
    }

    [Fact]
    public void It_bites()
    {
        var types = Types.In(Solution.Violators("Rule09"));
        Silent(types).FailingTypeNames.Should().Equal("Crm.ArchitectureTests.Violators.Rule09.SilentPage");
        SilentCommands(types).FailingTypeNames.Should().Equal("Crm.ArchitectureTests.Violators.Rule09.SilentCommand");
        Unknown(types, new HashSet<string> { "sales.see" }).Should().BeEquivalentTo(
            ["Crm.ArchitectureTests.Violators.Rule09.ForeignRightPage requires contacts.see", "Crm.ArchitectureTests.Violators.Rule09.ForeignRightPage.OnPostDelete requires contacts.delete"]);
    }

    internal static IEnumerable<Permission> Permissions(Assembly assembly) => assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && typeof(IPermissionSource).IsAssignableFrom(t))
        .SelectMany(t => ((IPermissionSource)Activator.CreateInstance(t)!).Permissions);

    private static TestResult Silent(Types types) => types.That().Inherit("PageModel").Meet(t => !t.IsAbstract).Should().Meet(Declares).GetResult();

    private static TestResult SilentCommands(Types types) => types.That().AreClasses().ImplementInterface("ICommand`1").Meet(t => !t.IsAbstract).Should().Meet(Declares).GetResult();

    private static bool Declares(TypeDefinition? type) => type is not null && (s_marks.Any(type.Has) || Declares(type.BaseType is { FullName: not "System.Object" } b ? b.Resolve() : null));

    private static IEnumerable<string> Unknown(Types types, IReadOnlySet<string> known) => types.GetTypes().SelectMany(t => t.Methods.Select(m => (Where: $"{t.FullName}.{m.Name}", Mark: m.Find("RequiresAttribute"))).Append((Where: t.FullName, Mark: t.Find("RequiresAttribute"))))
        .Where(x => x.Mark is not null).Select(x => (x.Where, Key: (string)x.Mark!.ConstructorArguments[0].Value)).Where(x => !known.Contains(x.Key)).Select(x => $"{x.Where} requires {x.Key}");
}
