using System.Text.RegularExpressions;
using Crm.ArchitectureTests.Kit;

namespace Crm.ArchitectureTests.Rules;

/// <summary>
/// What the editor's style rules used to fail a build for, asked of the sources here: in a build their analyzers took longer than everything else together. A namespace is a whole file's (IDE0161), and a
/// suppression names what it means in a way that the compiler understands (IDE0076, IDE0077).
/// </summary>
public sealed partial class SourceRules
{
    [Fact]
    public void A_namespace_is_the_whole_files_and_suppressions_have_a_target_that_is_understood() =>
        Sources().SelectMany(f => Problems(File.ReadAllText(f)).Select(p => $"{Solution.Relative(f)}: {p}")).NoneFound();

    [Fact]
    public void It_bites() => Problems(
        """
        [assembly: SuppressMessage("Style", "IDE0001", Scope = "member", Target = "Crm.Core.Gone.#Method")]
        namespace Crm.Violators
        {
            internal sealed class A;
        }
        """).Should().BeEquivalentTo("a namespace with a block", "a suppression with a target");

    [Fact]
    public void What_looks_alike_is_let_pass() => Problems("namespace Crm.Core;\n\n/// namespace of it\n[SuppressMessage(\"Style\", \"X\", Justification = \"…\")]\ninternal sealed class B;\n").Should().BeEmpty();

    private static IEnumerable<string> Problems(string source)
    {
        if (BlockNamespace().IsMatch(source)) yield return "a namespace with a block";
        if (TargetedSuppression().IsMatch(source)) yield return "a suppression with a target";
    }

    // Generated migrations have their own style; the violators break rules on purpose.
    private static IEnumerable<string> Sources() =>
        Solution.Sources(".cs").Concat(new[] { "tests", "architecture-tests" }.SelectMany(d => Directory.EnumerateFiles(Path.Combine(Solution.Root, d), "*.cs", SearchOption.AllDirectories)))
            .Where(f => Solution.Relative(f).Split('/') is var parts && !parts.Contains("bin") && !parts.Contains("obj") && !parts.Contains("Migrations") && !parts.Contains("Violators"))
            .Where(f => !f.EndsWith("SourceRules.cs", StringComparison.Ordinal));

    [GeneratedRegex(@"^\s*namespace\s+[\w.]+\s*(?:\r?\n)?\s*\{", RegexOptions.Multiline)]
    private static partial Regex BlockNamespace();

    [GeneratedRegex(@"\[assembly:\s*(?:\w+\.)*SuppressMessage\([^\]]*\bTarget\s*=")]
    private static partial Regex TargetedSuppression();
}
