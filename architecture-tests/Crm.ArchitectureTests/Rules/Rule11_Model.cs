using System.Reflection;
using Crm.ArchitectureTests.Kit;
using Crm.ArchitectureTests.Pages;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.ArchitectureTests.Rules;

/// <summary>
/// 11. Tables stand in their module's schema, carry the filters that their entities promise, have lengths, unique indexes that leave the recycle bin out, no foreign key into
/// another schema, and migrations that are up to date.
/// </summary>
[Collection("app")]
public sealed class Rule11_Model(SmokeApp app)
{
    [Fact]
    public async Task Every_context_keeps_the_rules()
    {
        var problems = await app.InScopeAsync(services => Task.FromResult(Contexts(services).SelectMany(db => Problems(db.GetService<IDesignTimeModel>().Model, db.SchemaName)).ToList()));
        problems.NoneFound();
    }

    [Fact]
    public async Task No_model_has_changes_that_no_migration_brings()
    {
        var changed = await app.InScopeAsync(services => Task.FromResult(Contexts(services).Where(db => db.Database.HasPendingModelChanges()).Select(db => db.GetType().Name).ToList()));
        changed.NoneFound();
    }

    [Fact]
    public async Task Every_module_has_at_most_one_context()
    {
        var modules = await app.InScopeAsync(services => Task.FromResult(Contexts(services).Select(db => (Module: Solution.ModuleOf(db.GetType().Assembly.GetName().Name!), db.SchemaName)).ToList()));
        modules.Should().HaveCountGreaterThan(2).And.OnlyContain(m => m.SchemaName == m.Module.ToLowerInvariant());
    }

    [Fact]
    public void It_bites()
    {
        using var db = new Violators.Rule11.BadDb();
        var problems = Problems(db.GetService<IDesignTimeModel>().Model, "bad").ToList();
        problems.Should().BeEquivalentTo(
            "BadThing.Name has no length.",
            "BadThing is branch-scoped and has no filter for it.",
            "BadThing is soft-deletable and has no filter for it.",
            "ux_bad_things_code is unique also over deleted rows.",
            "Elsewhere stands in schema other.",
            "BadThing has a foreign key to Elsewhere in schema other.");
    }

    private static IEnumerable<ModuleDb> Contexts(IServiceProvider services) => services.GetRequiredService<ModuleDbs>().All.Select(t => (ModuleDb)services.GetRequiredService(t));

    private static IEnumerable<string> Problems(IModel model, string schema)
    {
        foreach (var entity in model.GetEntityTypes().Where(e => e.GetTableName() is not null && !e.IsTableExcludedFromMigrations()))
        {
            var name = entity.ClrType.Name;
            if (entity.GetSchema() != schema) yield return $"{name} stands in schema {entity.GetSchema()}.";
            if (entity.BaseType is null && !entity.IsOwned())
            {
                var filters = entity.GetDeclaredQueryFilters().Select(f => f.Key).ToList();
                if (typeof(IBranchScoped).IsAssignableFrom(entity.ClrType) && !filters.Contains(RecordScope.Of(entity.ClrType) is null && entity.ClrType.GetCustomAttribute<WithRecordAttribute>() is null ? Filters.Branch : Filters.Scope)) yield return $"{name} is branch-scoped and has no filter for it.";
                if (typeof(ISoftDeletable).IsAssignableFrom(entity.ClrType) && !filters.Contains(Filters.SoftDelete)) yield return $"{name} is soft-deletable and has no filter for it.";
            }

            if (typeof(ISoftDeletable).IsAssignableFrom(entity.ClrType))
            {
                foreach (var index in entity.GetDeclaredIndexes().Where(i => i.IsUnique && i.GetFilter()?.Contains("deleted_at", StringComparison.Ordinal) != true))
                {
                    // A number drawn once stays its record's also in the bin.
                    if (typeof(INumbered).IsAssignableFrom(entity.ClrType) && index.Properties is [{ Name: nameof(INumbered.Number) }]) continue;
                    yield return $"{index.GetDatabaseName()} is unique also over deleted rows.";
                }
            }

            // «text» must be said, not be what is left when nobody thought of a length.
            foreach (var property in entity.GetDeclaredProperties().Where(p => p.ClrType == typeof(string) && p.GetMaxLength() is null && p.FindAnnotation(RelationalAnnotationNames.ColumnType) is null))
                yield return $"{name}.{property.Name} has no length.";
            foreach (var key in entity.GetDeclaredForeignKeys().Where(k => k.PrincipalEntityType.GetSchema() != entity.GetSchema()))
                yield return $"{name} has a foreign key to {key.PrincipalEntityType.ClrType.Name} in schema {key.PrincipalEntityType.GetSchema()}.";
        }
    }
}
