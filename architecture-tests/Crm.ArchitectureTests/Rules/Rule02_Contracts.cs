using Crm.ArchitectureTests.Kit;
using Mono.Cecil;

namespace Crm.ArchitectureTests.Rules;

/// <summary>2. Contracts say what modules tell each other: records, interfaces, enums over Crm.Core, nothing that works.</summary>
public sealed class Rule02_Contracts
{
    [Fact]
    public void Contracts_reference_only_the_core() =>
        Solution.Contracts.SelectMany(c => Forbidden(c.Name.Name, c.MainModule.AssemblyReferences.Select(r => r.Name))).NoneFound();

    [Fact]
    public void Contracts_hold_only_sealed_records_interfaces_and_enums() => Others(Types.InAssemblies(Solution.Contracts)).FailingTypeNames.NoneFound();

    [Fact]
    public void It_bites()
    {
        Forbidden("Crm.Sales.Contracts", ["Crm.Core", "Crm.Contacts.Contracts", "Microsoft.EntityFrameworkCore", "Microsoft.AspNetCore.Mvc.Core", "System.Runtime"]).Should().HaveCount(3);
        Others(Types.In(Solution.Violators("Rule02"))).FailingTypeNames.Select(n => n.Split('.')[^1]).Should().BeEquivalentTo("ContractWithBehaviour", "OpenContractRecord", "HiddenContractRecord");
    }

    private static IEnumerable<string> Forbidden(string contracts, IEnumerable<string> references) => references
        .Where(r => (r.StartsWith("Crm.", StringComparison.Ordinal) && r != "Crm.Core") || r.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal) || r.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || r.StartsWith("Npgsql", StringComparison.Ordinal))
        .Select(r => $"{contracts} → {r}");

    private static TestResult Others(Types types) => types.Should().Meet(IsContract).GetResult();

    private static bool IsContract(TypeDefinition type) =>
        (type.IsPublic || type.IsNestedPublic) && (type.IsInterface || type.IsEnum || (type.IsRecord() && type.IsSealed) || (type.IsValueType && type.IsSealed));
}
