using System.Text.RegularExpressions;
using Crm.ArchitectureTests.Kit;

namespace Crm.ArchitectureTests.Rules;

/// <summary>1. A module knows the blocks and Contracts, never another module. The engine is known by Routines alone.</summary>
public sealed partial class Rule01_ModuleReferences
{
    [Fact]
    public void A_module_references_only_blocks_and_contracts_in_IL() =>
        Solution.Modules.SelectMany(m => Forbidden(m.Name.Name, m.MainModule.AssemblyReferences.Select(r => r.Name))).NoneFound();

    [Fact]
    public void A_module_references_only_blocks_and_contracts_in_its_project() =>
        Solution.ModuleNames.SelectMany(m => Forbidden("Crm." + m, InProject(File.ReadAllText(Solution.Project("Modules", m))))).NoneFound();

    [Fact]
    public void It_bites()
    {
        Forbidden("Crm.Sales", ["Crm.Core", "Crm.Contacts", "Crm.Contacts.Contracts", "Crm.Sales.Contracts", "System.Runtime"]).Should().Equal("Crm.Sales → Crm.Contacts");
        Forbidden("Crm.Sales", ["Crm.Workflows", "Crm.Host"]).Should().HaveCount(2);
        Forbidden("Crm.Routines", ["Crm.Workflows"]).Should().BeEmpty();
        InProject("""<ProjectReference Include="..\Contacts\Crm.Contacts.csproj" /><ProjectReference Include="../Tasks.Contracts/Crm.Tasks.Contracts.csproj" />""").Should().Equal("Crm.Contacts", "Crm.Tasks.Contracts");
    }

    [Fact]
    public void There_are_modules_to_look_at() => Solution.Modules.Should().HaveCountGreaterThan(2).And.HaveSameCount(Solution.ModuleNames);

    internal static IEnumerable<string> Forbidden(string module, IEnumerable<string> references) => references
        .Where(r => r.StartsWith("Crm.", StringComparison.Ordinal) && r != module)
        .Where(r => r is not ("Crm.Core" or "Crm.Data" or "Crm.Web") && !r.EndsWith(".Contracts", StringComparison.Ordinal) && !(r == "Crm.Workflows" && module == "Crm.Routines"))
        .Select(r => $"{module} → {r}");

    internal static IEnumerable<string> InProject(string xml) => ProjectReferences().Matches(xml).Select(m => m.Groups[1].Value);

    [GeneratedRegex("<ProjectReference[^>]*Include=\"[^\"]*?(Crm\\.[A-Za-z.]+)\\.csproj\"")]
    private static partial Regex ProjectReferences();
}
