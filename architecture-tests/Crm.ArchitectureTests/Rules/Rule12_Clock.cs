using Crm.ArchitectureTests.Kit;
using Mono.Cecil;

namespace Crm.ArchitectureTests.Rules;

/// <summary>12. The clock is TimeProvider, ids are version 7, and nothing reads the culture of the moment: in fa-IR a date typed as 2026-03-21 is the year 2647.</summary>
public sealed class Rule12_Clock
{
    private static readonly HashSet<string> s_numbersAndDates =
    [
        "System.Int16", "System.Int32", "System.Int64", "System.UInt16", "System.UInt32", "System.UInt64", "System.Byte", "System.Decimal", "System.Double", "System.Single",
        "System.DateTime", "System.DateTimeOffset", "System.DateOnly", "System.TimeOnly", "System.TimeSpan",
    ];

    /// <summary>The named helpers: who may, and why.</summary>
    private static readonly HashSet<string> s_helpers =
    [
        // Sets it to the invariant one: that is how nothing can read another.
        "Crm.Web.RequestLanguage.Use → CultureInfo.set_CurrentCulture",
    ];

    [Fact]
    public void Nobody_asks_the_machine_for_time_culture_or_random_ids() => Banned(Types.InAssemblies(Solution.Assemblies)).Except(s_helpers).NoneFound();

    [Fact]
    public void It_bites() => Banned(Types.In(Solution.Violators("Rule12"))).Select(s => s.Split(" → ")[1]).Should().BeEquivalentTo(
        "DateTime.get_Now", "DateTime.get_UtcNow", "DateTime.get_Today", "DateTimeOffset.get_Now", "DateTimeOffset.get_UtcNow", "Guid.NewGuid", "CultureInfo.get_CurrentCulture", "Int32.Parse", "DateTime.TryParse", "Decimal.ToString");

    private static IEnumerable<string> Banned(Types types) => types.GetTypes().SelectMany(t => t.Calls()).Where(c => IsBanned(c.Callee)).Select(c => c.Where).Distinct();

    private static bool IsBanned(MethodReference callee) => (callee.DeclaringType.FullName, callee.Name) switch
    {
        ("System.DateTime", "get_Now" or "get_UtcNow" or "get_Today") => true,
        ("System.DateTimeOffset", "get_Now" or "get_UtcNow") => true,
        ("System.Guid", "NewGuid") => true,
        ("System.Globalization.CultureInfo", "get_CurrentCulture" or "set_CurrentCulture" or "set_DefaultThreadCurrentCulture") => true,
        var (type, name) when s_numbersAndDates.Contains(type) && (name is "Parse" or "TryParse" or "ParseExact" or "TryParseExact") => !WithCulture(callee),
        // ToString() of a whole number has no culture in it but the minus sign; of the others it has separators.
        ("System.Decimal" or "System.Double" or "System.Single" or "System.DateTime" or "System.DateTimeOffset" or "System.DateOnly" or "System.TimeOnly", "ToString") => !WithCulture(callee),
        _ => false,
    };

    private static bool WithCulture(MethodReference callee) => callee.Parameters.Any(p => p.ParameterType.FullName == "System.IFormatProvider");
}
