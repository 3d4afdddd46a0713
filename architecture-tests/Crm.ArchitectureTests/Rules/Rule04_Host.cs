using System.Text.RegularExpressions;
using Crm.ArchitectureTests.Kit;

namespace Crm.ArchitectureTests.Rules;

/// <summary>4. Host composes and names no module: the next one comes without an edit there.</summary>
public sealed class Rule04_Host
{
    [Fact]
    public void Host_holds_only_its_program() => Types.InAssembly(Solution.Host).GetTypes().Where(t => t.FullName is not ("Program" or "<Module>")).Select(t => t.FullName).NoneFound();

    [Fact]
    public void Host_names_no_module()
    {
        Named(File.ReadAllText(Solution.Project("", "Host"))).NoneFound();
        foreach (var source in Directory.GetFiles(Path.Combine(Solution.Root, "Host"), "*.cs")) Named(File.ReadAllText(source)).Should().BeEmpty(source);
        Solution.Host.MainModule.AssemblyReferences.Select(r => Solution.ModuleOf(r.Name)).Intersect(Solution.ModuleNames).NoneFound();
    }

    [Fact]
    public void It_bites()
    {
        Named("using Crm.Contacts.Data;").Should().Equal("Contacts");
        Named("""<ProjectReference Include="../Modules/Tasks/Crm.Tasks.csproj" />""").Should().Contain("Tasks");
        Named("""<ProjectReference Include="../Modules/*/Crm.*.csproj" /> <Project DefaultTargets="Build"> using System.Threading.Tasks;""").Should().BeEmpty();
        Types.In(Solution.Violators("Rule04")).GetTypes().Should().NotBeEmpty("a second type beside Program is what the first test finds");
    }

    private static IEnumerable<string> Named(string text) => Solution.ModuleNames.Where(m => Regex.IsMatch(text, $@"\bCrm\.{m}\b|Modules[/\\]{m}\b|\b{m}Db\b|\b{m}Module\b"));
}
