using Crm.ArchitectureTests.Kit;

namespace Crm.ArchitectureTests.Rules;

/// <summary>3. Who knows whose Contracts goes one way: of two modules at most one knows the other, over however many corners.</summary>
public sealed class Rule03_NoCycles
{
    [Fact]
    public void The_graph_of_modules_has_no_cycle_in_IL() => Cycle(Solution.Modules.ToDictionary(a => Solution.ModuleOf(a.Name.Name), a => Edges(a.Name.Name, a.MainModule.AssemblyReferences.Select(r => r.Name)))).Should().BeNull();

    [Fact]
    public void The_graph_of_modules_has_no_cycle_in_the_projects() =>
        Cycle(Solution.ModuleNames.ToDictionary(m => m, m => Edges("Crm." + m, Rule01_ModuleReferences.InProject(File.ReadAllText(Solution.Project("Modules", m)))))).Should().BeNull("the compiler leaves out what nothing uses, the project files keep it");

    [Fact]
    public void It_bites()
    {
        Cycle(new() { ["A"] = Edges("Crm.A", ["Crm.Core", "Crm.B.Contracts"]), ["B"] = Edges("Crm.B", ["Crm.C.Contracts", "Crm.B.Contracts"]), ["C"] = Edges("Crm.C", ["Crm.B.Contracts"]) }).Should().Be("B → C → B");
        Cycle(new() { ["A"] = Edges("Crm.A", ["Crm.B.Contracts", "Crm.A.Contracts"]), ["B"] = Edges("Crm.B", ["Crm.Core"]) }).Should().BeNull();
    }

    private static string[] Edges(string module, IEnumerable<string> references) =>
        [.. references.Where(r => r.EndsWith(".Contracts", StringComparison.Ordinal) && r.StartsWith("Crm.", StringComparison.Ordinal)).Select(r => Solution.ModuleOf(r)[..^".Contracts".Length]).Where(m => "Crm." + m != module)];

    private static string? Cycle(Dictionary<string, string[]> graph)
    {
        var done = new HashSet<string>();
        foreach (var start in graph.Keys.Order(StringComparer.Ordinal))
        {
            if (Walk(start, []) is { } found) return found;
        }

        return null;

        string? Walk(string at, List<string> path)
        {
            if (path.IndexOf(at) is var i && i >= 0) return string.Join(" → ", path.Skip(i).Append(at));
            if (done.Contains(at) || !graph.TryGetValue(at, out var next)) return null;
            path.Add(at);
            foreach (var n in next)
            {
                if (Walk(n, path) is { } found) return found;
            }

            path.RemoveAt(path.Count - 1);
            done.Add(at);
            return null;
        }
    }
}
