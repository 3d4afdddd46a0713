using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Routines;

public sealed class DefinitionsDemoTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Fact]
    public async Task The_demo_company_has_two_published_routines_bound_to_sale_and_service()
    {
        var found = await app.InScopeAsync(async sp =>
        {
            var db = sp.GetRequiredService<RoutinesDb>();
            var bindings = await db.Set<RoutineBinding>().ToListAsync();
            return (await sp.GetRequiredService<IRoutineStore>().AllPublishedAsync(default)).Select(r => (r.Name, bindings.Single(b => b.RoutineId == r.RoutineId).Purpose)).ToList();
        });
        found.Should().BeEquivalentTo([("خدمات پس از فروش", RoutinePurpose.AfterSales), ("فروش آسانسور", RoutinePurpose.Sale)]);
    }

    [Fact]
    public async Task The_drawings_mean_the_roles_and_values_of_this_database()
    {
        var json = await app.InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Set<RoutineVersion>().Select(v => v.Json).ToListAsync());
        json.Should().AllSatisfy(j => j.Should().NotContain("\"@"));
        json.SelectMany(j => Crm.Workflows.WorkflowDefinition.Parse(j).AllActivities().Where(a => a.Type == "Crm.Stage")).Should().AllSatisfy(stage => Guid.Parse(stage.Json["roleId"]!["expression"]!["value"]!.GetValue<string>()).Should().NotBeEmpty());
    }

    [Fact]
    public async Task The_list_shows_both()
    {
        var browse = await (await app.As("admin")).OpenAsync("/routines");
        browse.Text.Should().Contain("فروش آسانسور").And.Contain("خدمات پس از فروش");
    }
}
