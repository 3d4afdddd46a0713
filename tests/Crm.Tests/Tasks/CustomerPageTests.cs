using Crm.Testing;

namespace Crm.Tests.Tasks;

public sealed class CustomerPageTests(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task The_customers_page_shows_its_tasks_and_leads_to_a_new_one_that_comes_back()
    {
        var customer = await app.CustomerAsync("برج مهر", "09123334455");
        await app.TaskAsync("بازدید برج مهر", "sara", ["sara"], contact: customer);
        var sara = await app.As("sara");
        await sara.OpenAsync($"/contacts/{customer}");
        sara.Text.Should().Contain("بازدید برج مهر");
        sara.Html.Should().Contain($"/tasks/new?contact={customer}");

        await sara.OpenAsync($"/tasks/new?contact={customer}");
        sara.Text.Should().Contain("برج مهر");
        await sara.PostAsync($"/tasks/new?contact={customer}", [("Command.Title", "کار تازه برای برج")]);
        sara.Location.Should().Be($"/contacts/{customer}");
        (await app.QueryAsync<Guid?>("select contact_id from tasks.work_tasks where title = 'کار تازه برای برج'")).Should().Equal(customer);
    }

    [Fact]
    public async Task The_drop_down_finds_customers()
    {
        await app.CustomerAsync("مجتمع تجاری پاسارگاد", "09125556677");
        var sara = await app.As("sara");
        await sara.OpenAsync("/tasks/customers?q=" + Uri.EscapeDataString("پاسارگاد"));
        System.Text.RegularExpressions.Regex.Unescape(sara.Html).Should().Contain("\"id\"").And.Contain("۰۹۱۲ ۵۵۵ ۶۶۷۷", "as people dial it");
    }
}
