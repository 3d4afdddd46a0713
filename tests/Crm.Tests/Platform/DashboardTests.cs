using Crm.Platform.Features.Dashboard;
using Crm.Testing;
using Crm.Tests.Contacts;

namespace Crm.Tests.Platform;

/// <summary>The first page and its blocks.</summary>
public sealed class DashboardTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Fact]
    public async Task Every_block_one_may_see_can_be_opened_and_no_other()
    {
        var sara = await app.As("sara", "fa");
        await sara.OpenAsync("/");
        var keys = Keys(sara.Html);
        keys.Should().Contain(["platform.figures", "tasks.today", "contacts.my-follow-ups", "contacts.forgotten", "contacts.latest", "contacts.latest-communications", "contacts.calls-by-day", "contacts.follow-up-performance", "routines.my-jobs"]);
        foreach (var key in keys)
        {
            await sara.OpenAsync("/dashboard/" + key);
            sara.Status.Should().Be(System.Net.HttpStatusCode.OK, key);
            sara.Text.Should().NotContain(Given.Fa("This part could not be loaded."), key);
        }

        (await sara.OpenAsync("/dashboard/contacts.calls-by-day")).Html.Should().Contain("data-chart=");
        var guest = await app.As(Personas.Guest);
        Keys((await guest.OpenAsync("/")).Html).Should().Equal("tasks.today");
        (await guest.OpenAsync("/dashboard/contacts.latest")).Status.Should().Be(System.Net.HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Blocks_are_taken_off_moved_and_added_by_each_for_himself()
    {
        var reza = await app.As("reza");
        await reza.PostAsync("/?edit=true", [("block", "contacts.latest")], "handler=Remove");
        await reza.PostAsync("/?edit=true", [("block", "contacts.my-follow-ups"), ("by", "-1")], "handler=Move");
        Keys((await reza.OpenAsync("/")).Html).Should().StartWith(["platform.figures", "contacts.my-follow-ups", "tasks.today"]).And.NotContain("contacts.latest");
        Keys((await (await app.As("maryam")).OpenAsync("/")).Html).Should().StartWith(["platform.figures", "tasks.today"]).And.Contain("contacts.latest");
        await reza.PostAsync("/?edit=true", [("block", "contacts.latest")], "handler=Add");
        Keys((await reza.OpenAsync("/")).Html).Should().EndWith("contacts.latest");
        await reza.PostAsync("/?edit=true", [], "handler=Reset");
        Keys((await reza.OpenAsync("/")).Html).Should().StartWith(["platform.figures", "tasks.today"]);
    }

    [Fact]
    public async Task A_role_begins_with_what_was_set_for_it()
    {
        var role = (await app.QueryAsync<Guid>("select r.id from platform.roles r join platform.users u on r.id = any(u.role_ids) where u.user_name = 'niloofar' limit 1")).Single();
        await app.SendAsync(new ArrangeDashboardCommand { RoleId = role, Blocks = ["contacts.latest-communications", "tasks.today", "gone.block"] }, "admin");
        Keys((await (await app.As("niloofar")).OpenAsync("/")).Html).Should().Equal("contacts.latest-communications", "tasks.today");
        await FluentActions.Awaiting(() => app.SendAsync(new ArrangeDashboardCommand { RoleId = role }, "sara")).Should().ThrowAsync<Crm.Core.Forbidden>();
        await app.SendAsync(new ArrangeDashboardCommand { RoleId = role, Reset = true }, "admin");
    }

    private static List<string> Keys(string html) => [.. System.Text.RegularExpressions.Regex.Matches(html, "data-block=\"([^\"]+)\"").Select(m => m.Groups[1].Value)];
}
