using System.Text.RegularExpressions;
using Crm.ArchitectureTests.Kit;

namespace Crm.ArchitectureTests.Rules;

/// <summary>docs/status.md says of each requirement where it stands and which tests hold it. It may only name tests that are there.</summary>
public sealed partial class StatusDocument
{
    [Fact]
    public void Names_only_tests_that_exist()
    {
        var file = Path.Combine(Solution.Root, "docs", "status.md");
        // The page comes with the first release notes; until then there is nothing that could be wrong.
        if (!File.Exists(file)) return;
        Unknown(File.ReadAllText(file), Known()).NoneFound();
    }

    [Fact]
    public void It_bites()
    {
        HashSet<string> known = ["WorklistTests", "Late_comes_first"];
        Unknown("| ID | state | tests |\n|---|---|---|\n| TSK-5 | done | `WorklistTests`, `Tasks.WorklistTests.Late_comes_first` |", known).Should().BeEmpty();
        Unknown("| TSK-5 | done | `WorklistTests.Nobody_wrote_this`, GoneTests |", known).Should().BeEquivalentTo("TSK-5: WorklistTests.Nobody_wrote_this", "TSK-5: GoneTests");
        Unknown("| CON-1 | open | – |", known).Should().BeEmpty();
    }

    private static IEnumerable<string> Unknown(string document, IReadOnlySet<string> known) => Rows().Matches(document)
        .SelectMany(row => Names().Matches(row.Groups[2].Value).Select(n => (Id: row.Groups[1].Value, Name: n.Value)))
        // The last part, or the last two: Class, Folder.Class, Class.Method.
        .Where(n => !n.Name.Split('.').Reverse().Take(2).All(p => known.Contains(p) || (!p.Contains('_', StringComparison.Ordinal) && !p.EndsWith("Tests", StringComparison.Ordinal) && n.Name.Split('.')[^1] != p)))
        .Select(n => $"{n.Id}: {n.Name}");

    private static HashSet<string> Known() =>
        [.. new[] { "tests", "architecture-tests" }.SelectMany(d => Directory.EnumerateFiles(Path.Combine(Solution.Root, d), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(f => Declared().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value))];

    [GeneratedRegex(@"^\|\s*([A-Z]{2,4}-?\d+[^|]*?)\s*\|[^|\n]*\|([^|\n]*)\|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*(?<=Tests|_[A-Za-z0-9_]*|Tests\.[A-Za-z0-9_]+)")]
    private static partial Regex Names();

    [GeneratedRegex(@"\b(?:class|(?:public|internal)\s+(?:async\s+)?(?:Task|void|static void|static Task))\s+(\w+)")]
    private static partial Regex Declared();
}
