using System.Net;
using System.Text.RegularExpressions;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Features.LogCommunication;
using Crm.Core;
using Crm.Testing;
using Crm.Tests.Contacts;
using Crm.Tests.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Lists;

/// <summary>Communications, follow-ups, tasks and messages as declared records: what their lists can besides what <see cref="ListTests"/> says of all.</summary>
public sealed class OtherListTests(DemoApp app) : IClassFixture<DemoApp>
{
    private static readonly Guid s_call = Given.Value(BaseLists.CommunicationKind);

    [Theory]
    [InlineData("communications")]
    [InlineData("follow-ups")]
    [InlineData("tasks")]
    [InlineData("messages")]
    public async Task Every_column_every_order_and_every_choice_of_a_list_can_be_read(string record)
    {
        var type = app.Services.GetServices<IRecordType>().First(t => t.Key == record);
        foreach (var user in (string[])["admin", "reza", "sara"])
        {
            var browse = await app.As(user);
            var all = string.Join(',', type.Fields.Where(f => f.Listed).Select(f => f.Key));
            var addresses = type.Fields.Where(f => f.Sortable).SelectMany(f => new[] { $"sort={f.Key}", $"sort=-{f.Key}" })
                .Concat(type.Choices.SelectMany(c => c.Options.Select(o => $"{c.Parameter}={o.Key}"))).Append("panel=filter&count=exact").Append("q=" + Uri.EscapeDataString("علی")).Append("q=0912");
            foreach (var address in addresses)
            {
                await browse.OpenAsync($"{type.Url}?cols={all}&{address}");
                browse.Status.Should().Be(HttpStatusCode.OK, $"{user} {record} {address}");
                browse.Html.Should().NotContain(" asp-");
            }

            using var fields = await browse.Client.GetAsync(new Uri($"/lists/{record}/fields", UriKind.Relative));
            fields.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        using var file = await (await app.As("admin")).Client.GetAsync(new Uri($"/lists/{record}/export?format=csv&raw=true&cols={string.Join(',', type.Fields.Where(f => f.Listed).Select(f => f.Key))}", UriKind.Relative));
        file.StatusCode.Should().Be(HttpStatusCode.OK);
        (await file.Content.ReadAsStringAsync()).Should().Contain(type.Fields.First(f => f.Main).Key);
    }

    [Fact]
    public async Task Communications_are_found_by_contact_period_kind_and_conditions_and_changed_in_place()
    {
        var contact = await Given.PersonAsync(app, "فهرستی", "ارتباطیان");
        var first = await LogAsync(contact, "گفت‌وگوی نخست", -40);
        var second = await LogAsync(contact, "گفت‌وگوی دوم", -2);
        var sara = await app.As("sara");
        var day = Calendars.Format(DateView.Default.DayOf(app.Clock.GetUtcNow()).AddDays(-10), CalendarKind.Jalali);
        await sara.OpenAsync($"/communications?contact={contact}&from={Uri.EscapeDataString(day)}");
        sara.Text.Should().Contain("گفت‌وگوی دوم").And.NotContain("گفت‌وگوی نخست");
        await sara.OpenAsync("/communications?q=" + Uri.EscapeDataString("ارتباطیان") + $"&filter={Uri.EscapeDataString("text.has('نخست')")}&kind={s_call}");
        sara.Text.Should().Contain("گفت‌وگوی نخست").And.NotContain("گفت‌وگوی دوم");
        sara.Html.Should().Contain($"data-above=\"{contact}\"", "the menu of the row leads to the customer");

        var result = Given.Value(BaseLists.CommunicationResult, 1);
        using var done = await PostAsync(sara, $"/lists/communications/{first}/value", ("field", "result"), ("value", result.ToString()));
        done.StatusCode.Should().Be(HttpStatusCode.OK);
        (await app.QueryAsync<Guid?>("select result_id from contacts.communications where id = @first", new { first })).Single().Should().Be(result);
        (await app.QueryAsync<string>("select text from contacts.communications where id = @first", new { first })).Single().Should().Be("گفت‌وگوی نخست", "what was not asked for stays");

        await sara.OpenAsync("/communications");
        using var deleted = await PostAsync(await AdminAsync("/communications"), "/lists/communications/bulk", ("action", "delete"), ("ids", $"{first},{second}"), ("back", "/communications"));
        deleted.StatusCode.Should().Be(HttpStatusCode.Redirect);
        (await app.QueryAsync<int>("select count(*)::int from contacts.communications where id = any(@ids) and deleted_at is not null", new { ids = new[] { first, second } })).Single().Should().Be(2);
        (await (await app.As("admin")).OpenAsync("/bin")).Text.Should().Contain("ارتباطیان");
    }

    [Fact]
    public async Task Follow_ups_are_mine_and_open_at_first_and_handed_on_put_off_and_ended_from_the_list()
    {
        var contact = await Given.PersonAsync(app, "پیگیرنده", "فهرستیان");
        var due = app.Clock.GetUtcNow().AddDays(1);
        var mine = await app.SendAsync(new PlanFollowUpCommand { ContactId = contact, KindId = s_call, DueAt = due, Text = "برای رضا" }, "reza");
        var other = await app.SendAsync(new PlanFollowUpCommand { ContactId = contact, KindId = s_call, DueAt = due, Text = "برای سارا" }, "sara");
        var reza = await app.As("reza");
        (await reza.OpenAsync("/follow-ups")).Text.Should().Contain("برای رضا").And.NotContain("برای سارا");
        (await reza.OpenAsync("/follow-ups?whose=all&q=" + Uri.EscapeDataString("فهرستیان"))).Text.Should().Contain("برای سارا");

        var ali = await app.UserIdAsync("ali");
        using (var handed = await PostAsync(reza, "/lists/follow-ups/bulk", ("action", "set"), ("field", "user"), ("value", ali.ToString()), ("ids", $"{mine},{other}"), ("back", "/follow-ups")))
            handed.StatusCode.Should().Be(HttpStatusCode.Redirect);
        (await app.QueryAsync<int>("select count(*)::int from contacts.follow_ups where contact_id = @contact and assignee_id = @ali", new { contact, ali })).Single().Should().Be(2);
        await app.DrainAsync();
        (await (await app.As("ali")).OpenAsync("/notifications")).Text.Should().Contain("۲ پیگیری");

        // A click on the tick of a row.
        await reza.OpenAsync("/follow-ups?whose=all");
        using (var ended = await PostAsync(reza, "/lists/follow-ups/bulk", ("action", "do.done"), ("ids", mine.ToString()), ("back", "/follow-ups"))) ended.StatusCode.Should().Be(HttpStatusCode.Redirect);
        (await app.QueryAsync<string>("select state from contacts.follow_ups where id = @mine", new { mine })).Single().Should().Be("Done");

        // One has ended already: the other one gets the new day all the same, and why is told.
        await reza.OpenAsync("/follow-ups?whose=all");
        var later = DateView.Default.DayAndTime(due.AddDays(3));
        using (var moved = await PostAsync(reza, "/lists/follow-ups/bulk", ("action", "set"), ("field", "dueAt"), ("value", later), ("ids", $"{mine},{other}"), ("back", "/follow-ups"))) moved.StatusCode.Should().Be(HttpStatusCode.Redirect);
        (await app.QueryAsync<DateTime>("select due_at from contacts.follow_ups where id = @other", new { other })).Single().Should().BeCloseTo(due.AddDays(3).UtcDateTime, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Tasks_are_handed_on_and_ended_many_at_once_and_those_of_others_are_refused_by_name()
    {
        var mine = new List<Guid>();
        for (var i = 0; i < 3; i++) mine.Add(await app.TaskAsync($"وظیفهٔ گروهی {i}", "hossein", ["hossein"]));
        var foreign = await app.TaskAsync("وظیفهٔ کس دیگر", "sara", ["sara"]);
        var hossein = await app.As("hossein");
        await hossein.OpenAsync("/tasks");
        using (var set = await PostAsync(hossein, "/lists/tasks/bulk", ("action", "set"), ("field", "priority"), ("value", "Urgent"), ("ids", string.Join(',', mine.Append(foreign))), ("back", "/tasks"))) set.StatusCode.Should().Be(HttpStatusCode.Redirect);
        (await app.QueryAsync<string>("select priority from tasks.work_tasks where id = any(@ids)", new { ids = mine.ToArray() })).Should().OnlyContain(p => p == "Urgent");
        (await app.QueryAsync<string>("select priority from tasks.work_tasks where id = @foreign", new { foreign })).Single().Should().Be("Normal");

        await hossein.OpenAsync("/tasks");
        var ali = await app.UserIdAsync("ali");
        using (var handed = await PostAsync(hossein, "/lists/tasks/bulk", ("action", "set"), ("field", "assignees"), ("value", ali.ToString()), ("all", "true"), ("query", "q=" + Uri.EscapeDataString("وظیفهٔ گروهی")), ("back", "/tasks"))) handed.StatusCode.Should().Be(HttpStatusCode.Redirect);
        await app.DrainAsync();
        (await app.QueryAsync<Guid>("select user_id from tasks.task_assignees where task_id = any(@ids)", new { ids = mine.ToArray() })).Should().HaveCount(3).And.OnlyContain(u => u == ali);

        var browse = await app.As("ali");
        await browse.OpenAsync("/tasks?sort=-dueAt");
        browse.Text.Should().Contain("وظیفهٔ گروهی 0").And.NotContain("وظیفهٔ کس دیگر");
        using (var ended = await PostAsync(browse, "/lists/tasks/bulk", ("action", "do.complete"), ("ids", string.Join(',', mine)), ("back", "/tasks"))) ended.StatusCode.Should().Be(HttpStatusCode.Redirect);
        (await app.QueryAsync<string>("select state from tasks.work_tasks where id = any(@ids)", new { ids = mine.ToArray() })).Should().OnlyContain(s => s == "Done");
        (await browse.OpenAsync("/tasks?state=done")).Text.Should().Contain("وظیفهٔ گروهی 0");
        using var bad = await PostAsync(browse, $"/lists/tasks/{mine[0]}/value", ("field", "percent"), ("value", "140"));
        bad.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_verb_that_a_record_does_not_have_is_not_there_and_one_without_the_right_is_refused()
    {
        var reza = await app.As("reza");
        await reza.OpenAsync("/tasks");
        using var unknown = await PostAsync(reza, "/lists/tasks/bulk", ("action", "do.explode"), ("ids", Guid.NewGuid().ToString()), ("back", "/tasks"));
        unknown.StatusCode.Should().Be(HttpStatusCode.NotFound);
        using var field = await PostAsync(reza, "/lists/messages/bulk", ("action", "set"), ("field", "state"), ("value", "Sent"), ("ids", Guid.NewGuid().ToString()), ("back", "/messages"));
        field.StatusCode.Should().BeOneOf(HttpStatusCode.NotFound, HttpStatusCode.Forbidden);
    }

    private Task<Guid> LogAsync(Guid contact, string text, int days) =>
        app.SendAsync(new LogCommunicationCommand { ContactId = contact, KindId = s_call, Text = text, StartedAt = app.Clock.GetUtcNow().AddDays(days) }, "sara");

    private async Task<Browse> AdminAsync(string url) => await (await app.As("admin")).OpenAsync(url);

    private static async Task<HttpResponseMessage> PostAsync(Browse browse, string url, params (string Name, string Value)[] fields)
    {
        var token = Regex.Match(browse.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, UriKind.Relative))
        {
            Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)).Append(KeyValuePair.Create("__RequestVerificationToken", token))),
        };
        request.Headers.Accept.ParseAdd("application/json");
        return await browse.Client.SendAsync(request);
    }
}
