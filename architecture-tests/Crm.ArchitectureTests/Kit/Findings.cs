namespace Crm.ArchitectureTests.Kit;

/// <summary>What a rule found.</summary>
internal static class Findings
{
    /// <summary>Fails with all findings, one a line: what is to be mended is the whole list.</summary>
    public static void NoneFound(this IEnumerable<string?> found)
    {
        var all = found.Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(all.Count == 0, $"{all.Count} found:\n{string.Join("\n", all)}");
    }
}
