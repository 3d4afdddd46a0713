using System.Text.Json;
using Crm.Core;
using Crm.Tasks.Contracts;
using Crm.Tasks.Features.Worklist;
using Crm.Testing;

namespace Crm.Tests.Tasks;

public sealed class WorklistTests(CrmApp app) : IClassFixture<CrmApp>
{
    // Saturday 15 Farvardin 1405, 10:00 in Tehran.
    private static readonly DateTimeOffset s_now = new(2026, 4, 4, 6, 30, 0, TimeSpan.Zero);
    private static readonly DateView s_tehran = new("fa", CalendarKind.Jalali, Zones.Find("Asia/Tehran"));

    [Theory]
    [InlineData("2026-04-04T06:29:00Z", "Late")]
    [InlineData("2026-04-04T06:31:00Z", "Today")]
    [InlineData("2026-04-04T20:29:00Z", "Today")] // 23:59 in Tehran
    [InlineData("2026-04-04T20:31:00Z", "ThisWeek")] // a minute past midnight
    [InlineData("2026-04-10T20:29:00Z", "ThisWeek")] // Friday, the last day of the week
    [InlineData("2026-04-10T20:31:00Z", "Later")] // Saturday
    [InlineData(null, "SomeDay")]
    public void Days_and_weeks_end_where_the_user_lives(string? due, string group) =>
        WorklistGroups.Of(due is null ? null : DateTimeOffset.Parse(due, System.Globalization.CultureInfo.InvariantCulture), s_now, s_tehran).ToString().Should().Be(group);

    [Fact]
    public void A_gregorian_week_ends_on_sunday_and_another_zone_has_another_day()
    {
        var newYork = new DateView("en", CalendarKind.Gregorian, Zones.Find("America/New_York"));
        WorklistGroups.Of(s_now.AddHours(20), s_now, newYork).Should().Be(WorklistGroup.Today, "it is half past two in the night there");
        WorklistGroups.Of(new DateTimeOffset(2026, 4, 6, 3, 0, 0, TimeSpan.Zero), s_now, newYork).Should().Be(WorklistGroup.ThisWeek, "Sunday evening");
        WorklistGroups.Of(new DateTimeOffset(2026, 4, 6, 12, 0, 0, TimeSpan.Zero), s_now, newYork).Should().Be(WorklistGroup.Later, "Monday");
    }

    [Fact]
    public void What_is_due_comes_first_and_what_waits_longest_before_the_rest()
    {
        static WorklistItem Item(int n, DateTimeOffset? due, int since) => new(new Guid(n, 0, 0, new byte[8]), "x", $"{n}", "", null, due, s_now.AddDays(-since), "/", "x");
        WorklistGroups.Sort([Item(1, null, 9), Item(2, s_now, 1), Item(3, s_now.AddDays(-3), 1), Item(4, s_now, 5), Item(5, null, 20)]).Select(i => i.Title).Should().Equal("3", "4", "2", "5", "1");
    }

    [Fact]
    public async Task The_page_shows_what_waits_for_me_by_day_with_customer_and_phone()
    {
        var customer = await app.CustomerAsync("مجتمع مسکونی نگین", "09121234567");
        var now = app.Clock.GetUtcNow();
        await app.TaskAsync("کار دیر شده", "sara", ["niloofar"], now.AddDays(-2), contact: customer);
        await app.TaskAsync("کار امروز", "sara", ["niloofar"], now.AddHours(2));
        await app.TaskAsync("کار بی‌موعد", "sara", ["niloofar"]);
        await app.TaskAsync("کار دیگری", "sara", ["ali"], now.AddHours(2));

        var niloofar = await app.As("niloofar");
        await niloofar.OpenAsync("/worklist");
        niloofar.Text.Should().MatchRegex("دیر شده.*کار دیر شده.*مجتمع مسکونی نگین.*۲ روز دیر.*امروز.*کار امروز.*بدون موعد.*کار بی‌موعد").And.NotContain("کار دیگری");
        niloofar.Html.Should().Contain("tel:").And.Contain("live:worklist from:body");
    }

    [Fact]
    public async Task The_shell_counts_what_waits()
    {
        await app.TaskAsync("شمرده می‌شود", "mehdi", ["mehdi"]);
        var mehdi = await app.As("mehdi");
        using var shell = JsonDocument.Parse(await mehdi.Client.GetStringAsync(new Uri("/shell", UriKind.Relative)));
        shell.RootElement.GetProperty("counts").GetProperty("worklist").GetInt32().Should().Be(1);
    }

    [Fact]
    public async Task Who_has_nothing_to_do_is_told_so_and_a_filter_of_nothing_stays_usable()
    {
        var guest = await app.As(Personas.Guest);
        await guest.OpenAsync("/worklist");
        guest.Text.Should().Contain("Nothing waits for you");
        guest.Html.Should().NotContain("/tasks/new\" class");
        (await guest.OpenAsync("/worklist?kind=tasks")).Status.Should().Be(System.Net.HttpStatusCode.OK);
    }

    [Fact]
    public async Task Follow_ups_stand_beside_tasks_and_can_be_filtered()
    {
        var customer = await app.CustomerAsync("شرکت پیگیری‌پذیر", "09127654321");
        var kind = (await app.QueryAsync<Guid>("select id from contacts.base_data where list = 'communication-kind' limit 1")).Single();
        var ali = await app.UserIdAsync("ali");
        await app.SendAsync(new Crm.Contacts.Features.FollowUps.PlanFollowUpCommand { ContactId = customer, KindId = kind, DueAt = app.Clock.GetUtcNow().AddHours(1), Text = "تماس دوباره", AssigneeId = ali }, "sara");
        await app.TaskAsync("وظیفهٔ علی", "sara", ["ali"]);

        var browse = await app.As("ali");
        (await browse.OpenAsync("/worklist")).Text.Should().Contain("تماس دوباره").And.Contain("وظیفهٔ علی").And.Contain("پیگیری‌ها");
        (await browse.OpenAsync("/worklist?kind=follow-ups")).Text.Should().Contain("تماس دوباره").And.NotContain("وظیفهٔ علی");
    }

    [Fact]
    public async Task Open_pages_are_told_when_something_comes_and_goes()
    {
        await app.DrainAsync();
        await app.TaskAsync("زنده", "sara", ["reza"]);
        var told = await app.QueryAsync<string>("select payload::text from platform.outbox where name = 'tasks.worklist-changed'");
        told.Should().ContainSingle().Which.Should().Contain((await app.UserIdAsync("reza")).ToString());
        await app.DrainAsync();
    }
}
