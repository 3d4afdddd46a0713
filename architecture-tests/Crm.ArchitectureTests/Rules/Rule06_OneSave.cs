using Crm.ArchitectureTests.Kit;
using Mono.Cecil;

namespace Crm.ArchitectureTests.Rules;

/// <summary>6. One place saves. Whoever saves by himself, opens a transaction or writes SQL says why with [BypassesSave].</summary>
public sealed class Rule06_OneSave
{
    private static readonly string[] s_ef = ["SaveChanges", "BeginTransaction", "ExecuteUpdate", "ExecuteDelete", "ExecuteSql", "FromSql", "SqlQuery"];
    private static readonly string[] s_npgsql = ["CreateCommand", "CreateBatch", "BeginBinaryImport", "BeginBinaryExport", "BeginTextImport", "BeginTransaction", "ExecuteNonQuery", "ExecuteReader", "ExecuteScalar"];

    [Fact]
    public void Only_the_data_block_saves() => Saves(Types.InAssemblies(Solution.Assemblies.Where(a => a.Name.Name != "Crm.Data"))).NoneFound();

    [Fact]
    public void Every_bypass_says_why() =>
        Types.InAssemblies(Solution.Assemblies).GetTypes().SelectMany(t => t.Methods.Cast<ICustomAttributeProvider>().Append(t)).Select(p => p.Find("BypassesSaveAttribute")).OfType<CustomAttribute>()
            .Select(a => (string)a.ConstructorArguments[0].Value).Should().OnlyContain(why => why.Length > 15);

    [Fact]
    public void It_bites_also_in_state_machines_and_lambdas() =>
        Saves(Types.In(Solution.Violators("Rule06"))).Select(s => s.Split(" → ")[0].Split('.')[^1]).Distinct().Should().BeEquivalentTo("SaveAsync", "InLambda", "OuterAsync", "Sql", "WithDapper");

    private static IEnumerable<string> Saves(Types types) => types.GetTypes().Where(t => !Excused(t))
        .SelectMany(t => t.Calls().Where(c => IsSave(c.Callee) && c.Method?.Has("BypassesSaveAttribute") != true && !IsPartOfTheSave(t, c))).Select(c => c.Where).Distinct();

    // A context that adds something to the one save overrides it and calls its base (through a stub of the compiler's, when it awaits).
    private static bool IsPartOfTheSave(TypeDefinition type, Call call) =>
        type.Inherits("ModuleDb") && call.Callee is { Name: "SaveChangesAsync", DeclaringType.Name: "ModuleDb" } && (call.Method is null || call.Method.Name == "SaveChangesAsync");

    private static bool Excused(TypeDefinition? type) => type is not null && (type.Has("BypassesSaveAttribute") || Excused(type.DeclaringType));

    private static bool IsSave(MethodReference callee)
    {
        var (type, name) = (callee.DeclaringType.FullName, callee.Name);
        if (type.StartsWith("Dapper.SqlMapper", StringComparison.Ordinal)) return true;
        if (type.StartsWith("Npgsql.Npgsql", StringComparison.Ordinal)) return (name == ".ctor" && type is "Npgsql.NpgsqlCommand" or "Npgsql.NpgsqlBatch") || s_npgsql.Any(n => name.StartsWith(n, StringComparison.Ordinal));
        var ef = type.StartsWith("Microsoft.EntityFrameworkCore.", StringComparison.Ordinal) && !type.Contains(".Migrations.", StringComparison.Ordinal) || type.EndsWith("Db", StringComparison.Ordinal);
        return ef && s_ef.Any(n => name.StartsWith(n, StringComparison.Ordinal));
    }
}
