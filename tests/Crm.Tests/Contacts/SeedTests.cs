using Crm.Core;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

public sealed class SeedTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Fact]
    public async Task The_demo_company_has_two_hundred_customers_with_a_past_and_plans_some_of_them_late()
    {
        (await app.QueryAsync<int>("select count(*)::int from contacts.contacts")).Single().Should().BeGreaterThanOrEqualTo(200);
        (await app.QueryAsync<int>("select count(*)::int from contacts.communications")).Single().Should().BeGreaterThan(300);
        (await app.QueryAsync<int>("select count(*)::int from contacts.follow_ups where due_at < created_at")).Single().Should().BeGreaterThan(3);
        (await app.QueryAsync<int>("select count(*)::int from platform.outbox where name = 'core.trigger-fired' and payload->>'trigger' = 'Crm.ContactCreated'")).Single().Should().Be(0, "no routine is to start for a customer who was always there");
        (await FindingsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Bulk_data_is_the_same_for_the_same_seed_and_passes_all_checks()
    {
        var before = (await app.QueryAsync<long>("select max(number) from contacts.contacts")).Single();
        var rows = await SeedAsync("contacts", 300, 7);
        rows.Should().BeGreaterThan(600);
        await SeedAsync("communications", 500, 7);
        var first = await NamesAsync(before, before + 300);
        await SeedAsync("contacts", 300, 7);
        (await NamesAsync(before + 300, before + 600)).Should().Equal(first);
        (await FindingsAsync()).Should().BeEmpty();
        (await (await app.As("sara")).OpenAsync("/contacts?count=exact")).Status.Should().Be(System.Net.HttpStatusCode.OK);
    }

    private Task<long> SeedAsync(string option, int count, int seed) =>
        app.InScopeAsync(sp => sp.GetServices<IBulkSeed>().Single(s => s.Option == option).SeedAsync(count, seed, default));

    private Task<IReadOnlyList<string>> NamesAsync(long after, long until) => app.QueryAsync<string>("select name from contacts.contacts where number > @after and number <= @until order by number", new { after, until });

    private Task<List<string>> FindingsAsync() => app.InScopeAsync(async sp =>
    {
        List<string> findings = [];
        foreach (var check in sp.GetServices<ICheck>().Where(c => c.GetType().Namespace == "Crm.Contacts.Checks"))
        {
            await foreach (var finding in check.FindAsync(default)) findings.Add(finding);
        }

        return findings;
    });
}
