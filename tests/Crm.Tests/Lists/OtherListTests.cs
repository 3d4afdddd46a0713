using System.Net;
using System.Text.RegularExpressions;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Features.LogCommunication;
using Crm.Core;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.EditField;
using Crm.Platform.Features.EditRole;
using Crm.Tasks.Features.AddTask;
using Crm.Testing;
using Crm.Tests.Api;
using Crm.Tests.Contacts;
using Crm.Tests.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Lists;

/// <summary>Communications, follow-ups, tasks and messages as declared records: what their lists can besides what <see cref="ListTests"/> says of all.</summary>
public sealed class OtherListTests(DemoApp app) : IClassFixture<DemoApp>
{
    private static readonly DateView s_dates = new("fa", CalendarKind.Jalali, Zones.Find("Asia/Tehran"));
    private static readonly Guid s_call = Given.Value(BaseLists.CommunicationKind);

    [Theory]
    [InlineData("communications")]
    [InlineData("follow-ups")]
    [InlineData("tasks")]
    [InlineData("messages")]
    [InlineData("jobs")]
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
        var day = Calendars.Format(s_dates.DayOf(app.Clock.GetUtcNow()).AddDays(-10), CalendarKind.Jalali);
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
        var later = s_dates.DayAndTime(due.AddDays(3));
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

    [Fact]
    public async Task Custom_fields_stand_on_communications_follow_ups_and_tasks_as_on_contacts()
    {
        foreach (var record in (string[])["communications", "follow-ups", "tasks"])
            await app.SendAsync(new SaveFieldCommand { Record = record, Kind = FieldType.Number, Title = "مسافت " + record, EnglishTitle = "Distance", Key = "distance", InList = true }, "admin");
        var contact = await Given.PersonAsync(app, "دلخواه", "ارتباطی");
        var communication = await LogAsync(contact, "با فیلد دلخواه", -1);
        var followUp = await app.SendAsync(new PlanFollowUpCommand { ContactId = contact, KindId = s_call, DueAt = app.Clock.GetUtcNow().AddDays(2), Text = "با فیلد" }, "sara");
        var task = await app.TaskAsync("وظیفهٔ با فیلد دلخواه", "sara", ["sara"]);
        var admin = await app.As("admin");
        foreach (var (url, list, state) in ((string, string, string)[])[($"/communications/{communication}", "/communications", ""), ($"/follow-ups/{followUp}", "/follow-ups", "whose=all&"), ($"/tasks/{task}/edit", "/tasks", "show=all&")])
        {
            await admin.OpenAsync(url);
            admin.Html.Should().Contain("Command.Custom[distance]", url);
            await admin.SubmitAsync(url, [("Command.Custom[distance]", "abc")]);
            admin.Status.Should().Be(HttpStatusCode.UnprocessableEntity, url);
            admin.Text.Should().Contain(Given.Fa("This is not a number."));
            await admin.SubmitAsync(url, [("Command.Custom[distance]", "۴۲")]);
            admin.Status.Should().Be(HttpStatusCode.Redirect, url + admin.Text);
            (await admin.OpenAsync($"{list}?{state}filter=" + Uri.EscapeDataString("custom.distance.gt(40)"))).Html.Should().Contain("row-main", url);
            (await admin.OpenAsync($"{list}?{state}filter=" + Uri.EscapeDataString("custom.distance.gt(50)"))).Html.Should().NotContain("row-main", url);
        }

        var api = await ApiCaller.AsAsync(app, "admin");
        foreach (var path in (string[])[$"/communications/{communication}", $"/follow-ups/{followUp}", $"/tasks/{task}"])
        {
            (await api.GetAsync(path))["custom"]!["distance"]!.GetValue<decimal>().Should().Be(42, path);
            await api.PatchAsync(path, new { custom = new { distance = 43 } });
            (await api.GetAsync(path))["custom"]!["distance"]!.GetValue<decimal>().Should().Be(43, path);
        }

        (await app.QueryAsync<string>("select changes::text from platform.audit where entity_id = @communication and changes ? 'custom.distance'", new { communication })).Should().HaveCount(2);
    }

    [Fact]
    public async Task Roles_close_fields_of_communications_and_tasks_on_pages_lists_and_API()
    {
        var role = await app.SendAsync(new SaveRoleCommand
        {
            Name = "Closed texts", Permissions = ["contacts.see", "contacts.communications.see", "contacts.communications.change", "tasks.see"],
            Fields = new() { ["communications.text"] = FieldRule.Hidden, ["communications.resultId"] = FieldRule.ReadOnly, ["tasks.description"] = FieldRule.Hidden, ["tasks.priority"] = FieldRule.ReadOnly },
        }, "admin");
        await app.SendAsync(new AddUserCommand { UserName = "closed", Name = "Closed", Password = CrmApp.Password, RoleIds = [role], Language = "en" }, "admin");
        var contact = await Given.PersonAsync(app, "بسته", "متنی");
        var communication = await LogAsync(contact, "راز ارتباط", -1);
        var task = await app.SendAsync(new AddTaskCommand { Title = "وظیفهٔ بسته", Description = "راز وظیفه", AssigneeIds = [await app.UserIdAsync("closed")] }, "sara");
        var browse = await app.As("closed", "en");
        foreach (var url in (string[])[$"/communications/{communication}", "/communications", "/communications?cols=name,text", $"/tasks/{task}", $"/tasks/{task}/edit", "/tasks?cols=title,description", $"/contacts/{contact}"])
        {
            (await browse.OpenAsync(url)).Status.Should().Be(HttpStatusCode.OK, url);
            browse.Text.Should().NotContain("راز", url);
            browse.Html.Should().NotContain("راز", url);
        }

        var api = await ApiCaller.AsAsync(app, "closed");
        (await api.GetAsync($"/communications/{communication}")).Json!.AsObject().ContainsKey("text").Should().BeFalse();
        (await api.GetAsync($"/tasks/{task}")).Json!.AsObject().ContainsKey("description").Should().BeFalse();
        await api.PatchAsync($"/tasks/{task}", new { priority = "urgent" }, HttpStatusCode.UnprocessableEntity);
        await api.PatchAsync($"/communications/{communication}", new { resultId = Given.Value(BaseLists.CommunicationResult) }, HttpStatusCode.UnprocessableEntity);
        using var place = await PostAsync(browse, $"/lists/tasks/{task}/value", ("field", "priority"), ("value", "Urgent"));
        place.StatusCode.Should().Be(HttpStatusCode.NotFound);
        var past = () => app.SendAsync(new Crm.Tasks.Features.ChangeTasks.ChangeTasksCommand([task], "priority", ["Urgent"]), "closed");
        await past.Should().ThrowAsync<InvalidInput>();
        (await app.QueryAsync<string>("select priority from tasks.work_tasks where id = @task", new { task })).Single().Should().Be("Normal");
    }

    [Fact]
    public async Task A_field_that_lists_are_sorted_by_gets_an_index_in_the_background_and_loses_it_again()
    {
        var id = await app.SendAsync(new SaveFieldCommand { Record = "contacts", Kind = FieldType.Date, Title = "روز گارانتی", EnglishTitle = "Warranty day", Key = "warranty_day", Sortable = true }, "admin");
        await app.DrainAsync();
        (await app.QueryAsync<bool>("select indisvalid from pg_index where indexrelid = to_regclass('contacts.ix_custom_contacts_warranty_day')")).Should().Equal(true);
        foreach (var (name, day) in ((string, string)[])[("یک", "1405/01/05"), ("دو", "1405/02/05"), ("سه", "1404/12/05")])
            await Given.PersonAsync(app, name, "گارانتی‌دار", more: c => c with { Custom = new() { ["warranty_day"] = [day] } });
        var sara = await app.As("sara");
        await sara.OpenAsync("/contacts?size=25&sort=-custom.warranty_day&q=" + Uri.EscapeDataString("گارانتی‌دار"));
        Regex.Matches(sara.Text, "(یک|دو|سه) گارانتی‌دار").Select(m => m.Groups[1].Value).Distinct().Should().Equal("دو", "یک", "سه");
        var known = await app.QueryAsync<uint>("select xmin::text::bigint from platform.custom_fields where id = @id", new { id });
        await app.SendAsync(new SaveFieldCommand { Id = id, Version = known.Single(), Record = "contacts", Kind = FieldType.Date, Title = "روز گارانتی", EnglishTitle = "Warranty day", Key = "warranty_day" }, "admin");
        await app.DrainAsync();
        (await app.QueryAsync<bool>("select to_regclass('contacts.ix_custom_contacts_warranty_day') is null")).Should().Equal(true);
    }

    [Fact]
    public async Task A_role_has_an_arrangement_of_its_own_for_the_fields_of_a_record()
    {
        var first = await app.SendAsync(new SaveFieldCommand { Record = "tasks", Kind = FieldType.Text, Title = "یکم چینش", EnglishTitle = "First placed", Key = "first_placed" }, "admin");
        var second = await app.SendAsync(new SaveFieldCommand { Record = "tasks", Kind = FieldType.Text, Title = "دوم چینش", EnglishTitle = "Second placed", Key = "second_placed" }, "admin");
        var third = await app.SendAsync(new SaveFieldCommand { Record = "tasks", Kind = FieldType.Text, Title = "سوم چینش", EnglishTitle = "Third placed", Key = "third_placed" }, "admin");
        var role = await app.SendAsync(new SaveRoleCommand { Name = "Arranged", Permissions = ["tasks.see", "tasks.add"] }, "admin");
        await app.SendAsync(new AddUserCommand { UserName = "arranged", Name = "Arranged", Password = CrmApp.Password, RoleIds = [role], Language = "en" }, "admin");
        var admin = await app.As("admin");
        await admin.PostAsync($"/settings/fields/layout/tasks?role={role}", [.. Places((second, 1, "Open", true), (first, 2, "ReadOnly", false), (third, 3, "Hidden", false))], action: "data-form");
        admin.Status.Should().Be(HttpStatusCode.Redirect, admin.Text);

        var browse = await app.As("arranged", "en");
        await browse.OpenAsync("/tasks/new");
        browse.Text.IndexOf("Second placed", StringComparison.Ordinal).Should().BePositive().And.BeLessThan(browse.Text.IndexOf("First placed", StringComparison.Ordinal));
        browse.Text.Should().NotContain("Third placed");
        await browse.SubmitAsync("/tasks/new", [("Command.Title", "Arranged task"), ("Command.Custom[second_placed]", "")]);
        browse.Status.Should().Be(HttpStatusCode.UnprocessableEntity, "the role must fill it");
        var forbidden = () => app.SendAsync(new AddTaskCommand { Title = "x", Custom = new() { ["second_placed"] = ["y"], ["first_placed"] = ["not mine"] } }, "arranged");
        await forbidden.Should().ThrowAsync<InvalidInput>();
        await app.SendAsync(new AddTaskCommand { Title = "By somebody else", Custom = new() { ["first_placed"] = ["z"] } }, "sara");

        await admin.PostAsync($"/settings/fields/layout/tasks?role={role}", [("reset", "true")], action: "data-form");
        (await browse.OpenAsync("/tasks/new")).Text.Should().Contain("Third placed");

        static IEnumerable<(string, string)> Places(params (Guid Id, int Place, string Rule, bool Required)[] rows) => rows.SelectMany((r, i) => new[]
        {
            ($"Command.Rows[{i}].Id", r.Id.ToString()), ($"Command.Rows[{i}].Place", r.Place.ToString(System.Globalization.CultureInfo.InvariantCulture)), ($"Command.Rows[{i}].Rule", r.Rule), ($"Command.Rows[{i}].Required", r.Required ? "true" : "false"),
        });
    }

    [Fact]
    public async Task A_long_list_is_written_as_a_file_in_the_background_and_a_short_one_at_once()
    {
        var sara = await app.As("admin");
        await sara.OpenAsync("/contacts");
        using (var few = await PostAsync(sara, "/lists/contacts/export", ("all", "true"), ("query", "cols=name,phone"), ("as", "csv"), ("back", "/contacts")))
            few.Content.Headers.ContentType!.MediaType.Should().Be("text/csv");
        await app.QueryAsync<int>("""
            insert into contacts.communications (id, contact_id, branch_id, kind_id, started_at, created_at, updated_at, text)
            select gen_random_uuid(), c.id, c.branch_id, @kind, now() - i * interval '1 minute', now(), now(), 'ردیف ' || i from generate_series(1, 5200) i cross join (select id, branch_id from contacts.contacts where deleted_at is null limit 1) c
            returning 1
            """, new { kind = s_call });
        await sara.OpenAsync("/communications");
        using (var many = await PostAsync(sara, "/lists/communications/export", ("all", "true"), ("query", "cols=name,text"), ("as", "xlsx"), ("back", "/communications")))
            many.StatusCode.Should().Be(HttpStatusCode.Redirect);
        await app.DrainAsync();
        (await sara.OpenAsync("/work")).Text.Should().Contain(Given.Fa("List as a file"));
        var file = Regex.Match(sara.Html, "/files/([0-9a-f-]{36})").Groups[1].Value;
        using var answer = await sara.Client.GetAsync(new Uri("/files/" + file, UriKind.Relative));
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        using var zip = new System.IO.Compression.ZipArchive(await answer.Content.ReadAsStreamAsync());
        using var sheet = new StreamReader(zip.GetEntry("xl/worksheets/sheet1.xml")!.Open());
        (await sheet.ReadToEndAsync()).Should().Contain("ردیف 5200");
        using var foreign = await (await app.As("reza")).Client.GetAsync(new Uri("/files/" + file, UriKind.Relative));
        foreign.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_next_page_of_what_was_found_otherwise_says_as_what_too()
    {
        for (var i = 0; i < 52; i++) await Given.PersonAsync(app, "پرتکرار", $"چندبرگی {i}");
        var sara = await app.As("sara");
        // «پرتکرار» on the keys of a Latin keyboard.
        await sara.OpenAsync("/contacts?q=" + Uri.EscapeDataString("mvj;vhv"));
        sara.Text.Should().Contain(Given.Fa("found as “{0}”", "پرتکرار"));
        var next = System.Net.WebUtility.HtmlDecode(Regex.Match(sara.Html, "href=\"([^\"]*[?&;]after=[^\"]+)\"").Groups[1].Value);
        await sara.OpenAsync(next.StartsWith('?') ? "/contacts" + next : next);
        sara.Text.Should().Contain("چندبرگی 0").And.Contain(Given.Fa("found as “{0}”", "پرتکرار"));
    }

    [Fact]
    public async Task A_list_finds_by_the_other_keyboard_and_by_Latin_spelling_and_says_as_what()
    {
        await Given.PersonAsync(app, "علیرضا", "صداشناس");
        var sara = await app.As("sara");
        (await sara.OpenAsync("/contacts?q=alireza+sedashenas")).Text.Should().Contain("علیرضا صداشناس");
        // «علیرضا» on the keys of a Latin keyboard.
        (await sara.OpenAsync("/contacts?q=" + Uri.EscapeDataString("ugdvqh"))).Text.Should().Contain("علیرضا صداشناس").And.Contain(Given.Fa("found as “{0}”", "علیرضا"));
        using var file = await sara.Client.GetAsync(new Uri("/lists/contacts/export?format=csv&q=alireza+sedashenas", UriKind.Relative));
        (await file.Content.ReadAsStringAsync()).Should().Contain("صداشناس", "the file holds what the list shows");
    }

    [Fact]
    public async Task Tasks_are_found_in_the_global_search_by_who_sees_them_below_contacts()
    {
        await Given.PersonAsync(app, "جست‌وجوپذیر", "نامدار");
        var task = await app.TaskAsync("نامدار را ببینید", "hossein", ["hossein"]);
        var hossein = await app.As("hossein");
        await hossein.OpenAsync("/search?q=" + Uri.EscapeDataString("نامدار"));
        hossein.Html.Should().Contain($"/tasks/{task}");
        (await (await app.As("ali")).OpenAsync("/search?q=" + Uri.EscapeDataString("نامدار"))).Html.Should().NotContain($"/tasks/{task}");
        var sara = await app.As("sara");
        await sara.OpenAsync("/search?q=" + Uri.EscapeDataString("نامدار"));
        sara.Html.IndexOf("/contacts/", sara.Html.IndexOf("found-list", StringComparison.Ordinal), StringComparison.Ordinal).Should().BeLessThan(sara.Html.IndexOf($"/tasks/{task}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_custom_field_holds_a_file_that_only_who_sees_record_and_field_fetches()
    {
        await app.SendAsync(new SaveFieldCommand { Record = "tasks", Kind = FieldType.File, Title = "سند", EnglishTitle = "Document", Key = "document", InList = true }, "admin");
        var task = await app.TaskAsync("وظیفه با سند", "hossein", ["hossein"]);
        var hossein = await app.As("hossein");
        await hossein.OpenAsync($"/tasks/{task}/edit");
        var token = Regex.Match(hossein.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        var version = Regex.Match(hossein.Html, "name=\"Command.Version\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using (var sent = await SendAsync(("Command.Title", "وظیفه با سند"), ("Command.Version", version)))
            sent.StatusCode.Should().Be(HttpStatusCode.Redirect, await sent.Content.ReadAsStringAsync());
        (await hossein.OpenAsync($"/tasks/{task}")).Text.Should().Contain("سند.txt");
        (await hossein.OpenAsync("/tasks?q=" + Uri.EscapeDataString("وظیفه با سند"))).Text.Should().Contain("سند.txt");
        using (var file = await hossein.Client.GetAsync(new Uri($"/lists/tasks/{task}/file?field=custom.document", UriKind.Relative)))
        {
            file.StatusCode.Should().Be(HttpStatusCode.OK);
            file.Content.Headers.ContentDisposition!.DispositionType.Should().Be("attachment");
            (await file.Content.ReadAsStringAsync()).Should().Be("متن سند");
        }

        using (var foreign = await (await app.As("ali")).Client.GetAsync(new Uri($"/lists/tasks/{task}/file?field=custom.document", UriKind.Relative))) foreign.StatusCode.Should().Be(HttpStatusCode.NotFound);
        var id = (await app.QueryAsync<string>("select custom->'document'->>'id' from tasks.work_tasks where id = @task", new { task })).Single();
        using (var straight = await hossein.Client.GetAsync(new Uri("/files/" + id, UriKind.Relative))) straight.StatusCode.Should().Be(HttpStatusCode.NotFound, "it is fetched through its record");

        // Somebody else's file can't be hung on one's own record.
        var stolen = () => app.SendAsync(new AddTaskCommand { Title = "Stolen", Custom = new() { ["document"] = [$"{id}/1/سند.txt"] } }, "ali");
        await stolen.Should().ThrowAsync<InvalidInput>();

        async Task<HttpResponseMessage> SendAsync(params (string Name, string Value)[] fields)
        {
            using var content = new MultipartFormDataContent();
            foreach (var (name, value) in fields.Append(("__RequestVerificationToken", token)).Append(("Command.AssigneeIds", (await app.UserIdAsync("hossein")).ToString())).Append(("Command.Priority", "Normal")).Append(("Command.Weight", "1"))) content.Add(new StringContent(value), name);
            content.Add(new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes("متن سند")), "Command.Custom[document]", "سند.txt");
            return await hossein.Client.PostAsync(new Uri($"/tasks/{task}/edit", UriKind.Relative), content);
        }
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
