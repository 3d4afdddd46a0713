using System.Net;
using Crm.Core;
using Crm.Data;
using Crm.Platform;
using Crm.Platform.Data;
using Crm.Platform.Features.EditRole;
using Crm.Testing;
using Crm.Web;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Platform;

public sealed class HistoryTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    [Fact]
    public async Task The_history_says_who_changed_what_from_what_to_what()
    {
        var role = await app.SendAsync(new SaveRoleCommand { Name = "Before" });
        await app.SendAsync(new SaveRoleCommand { Id = role, Name = "After", Permissions = [PlatformPermissions.SeeAudit] }, "admin");
        var admin = await app.As("admin");
        await admin.OpenAsync($"/settings/audit?record={role}");
        admin.Text.Should().Contain("Before").And.Contain("After").And.Contain("See the history of all changes").And.Contain("Permissions");
        (await admin.OpenAsync($"/settings/audit?user={Guid.CreateVersion7()}")).Text.Should().Contain("No changes found");
        (await admin.OpenAsync("/settings/audit?kind=platform.Role&from=1405/01/01&until=1405/12/29")).Text.Should().Contain("After");
    }

    [Fact]
    public async Task Choices_arrangements_and_conditions_of_a_field_are_told_in_words()
    {
        var role = await app.SendAsync(new SaveRoleCommand { Name = "Arranged" });
        var id = await app.SendAsync(new Crm.Platform.Features.EditField.SaveFieldCommand
        {
            Record = "contacts", Kind = FieldType.Choice, Title = "اندازه", EnglishTitle = "Size", Key = "told_size",
            Options = [new() { Persian = "بزرگ", English = "Big" }, new() { Persian = "کوچک", English = "Small" }],
        }, "admin");
        await app.SendAsync(new Crm.Platform.Features.FieldLayout.SaveFieldLayoutCommand { Record = "contacts", RoleId = role, Rows = [new() { Id = id, Rule = FieldRule.ReadOnly, Place = 1 }] }, "admin");
        var page = await (await app.As("admin")).OpenAsync($"/settings/audit?record={id}");
        page.Text.Should().Contain("Big, Small").And.Contain("Arranged: read-only").And.NotContain("\"rule\"").And.NotContain("rule:").And.NotContain(role.ToString()[^8..]);
        page.Html.Should().Contain("<bdi>Size</bdi>", "the line says which field it is");
    }

    [Fact]
    public async Task A_view_is_told_by_its_name_and_list_and_nothing_that_only_programs_read_is_shown()
    {
        var view = await app.SendAsync(new Crm.Platform.Features.SavedViews.SaveViewCommand { Record = "contacts", Name = "Told view", Query = "filter=status.is(01900000-0000-7000-8001-000300000002)" }, "admin");
        await app.SendAsync(new Crm.Platform.Features.SavedViews.SaveViewCommand { Record = "contacts", Id = view, Name = "Told view", Query = "kind=person", RoleIds = [await app.SendAsync(new SaveRoleCommand { Name = "Sharing" })] }, "admin");
        var page = await (await app.As("admin")).OpenAsync($"/settings/audit?record={view}");
        page.Text.Should().Contain("Told view").And.Contain("Sharing").And.Contain("Contacts").And.NotContain("filter=").And.NotContain("kind=person");
    }

    [Fact]
    public async Task What_is_gone_is_called_unknown_and_not_by_its_id()
    {
        var (row, gone) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await app.QueryAsync<int>("insert into platform.audit (id, at, user_name, through, command, entity, entity_id, action, changes) values (@row, now(), 'Somebody', '', '', 'tasks.WorkTask', @row, 'A', jsonb_build_object('jobId', jsonb_build_array(null, @text))) returning 1", new { row, text = gone.ToString() });
        var page = await (await app.As("admin")).OpenAsync($"/settings/audit?record={row}");
        page.Text.Should().Contain("unknown record").And.NotContain(gone.ToString()[^8..]);
    }

    [Fact]
    public async Task The_history_is_paged_without_losing_or_doubling_a_line()
    {
        for (var i = 0; i < 60; i++) await app.SendAsync(new SaveRoleCommand { Name = $"Paged {i:00}" });
        var admin = await app.As("admin");
        var seen = new List<string>();
        var url = "/settings/audit?kind=platform.Role";
        while (true)
        {
            await admin.OpenAsync(url);
            seen.AddRange(System.Text.RegularExpressions.Regex.Matches(admin.Html, "<bdi>(Paged [0-9]{2})</bdi>").Select(m => m.Groups[1].Value));
            var next = System.Text.RegularExpressions.Regex.Match(admin.Html, "rel=\"next\" href=\"([^\"]+)\"");
            if (!next.Success) break;
            url = WebUtility.HtmlDecode(next.Groups[1].Value);
        }

        seen.Should().HaveCount(60).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task A_stuck_message_is_retried_or_discarded_with_a_reason_that_stays()
    {
        var (first, second) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var id in (Guid[])[first, second])
        {
            await app.QueryAsync<int>("insert into platform.outbox (id, event_id, name, reactor, payload, occurred_at, due_at, attempts, error, stuck) values (@id, @id, 'test.gone', 'test.Nobody', '{\"a\":1}', now(), now() + interval '1 hour', 12, 'It broke', true) returning 1", new { id });
        }

        var admin = await app.As("admin");
        (await admin.OpenAsync("/settings/outbox")).Text.Should().Contain("test.gone").And.Contain("It broke");
        await admin.SubmitAsync("/settings/outbox", [("Command.Id", first.ToString()), ("Command.Reason", "")], action: "handler=Discard");
        admin.Status.Should().Be(HttpStatusCode.UnprocessableEntity, "a reason is asked for");
        await admin.PostAsync("/settings/outbox", [("Command.Id", first.ToString()), ("Command.Reason", "The module is gone")], action: "handler=Discard");
        (await app.QueryAsync<string>("select changes::text from platform.audit where entity = 'platform.Message' and entity_id = @first", new { first })).Single().Should().Contain("The module is gone");
        await admin.PostAsync("/settings/outbox", [("message", second.ToString())], action: "handler=Retry");
        (await app.QueryAsync<bool>("select stuck from platform.outbox where id = @second", new { second })).Should().Equal(false);
        await app.QueryAsync<int>("delete from platform.outbox where id = @second returning 1", new { second });
    }

    [Fact]
    public async Task An_event_that_cannot_be_delivered_holds_up_none_of_those_that_came_with_it()
    {
        await app.DrainAsync();
        var reader = await app.AddUserAsync("reader");
        var ids = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToArray();
        for (var i = 0; i < ids.Length; i++)
        {
            // The fourth can't be read, the ninth is for a class that is gone.
            var payload = i == 3 ? "[1]" : $$"""{"users":["{{reader}}"],"text":"Told {{i}}","args":[],"url":"/","level":"info"}""";
            await app.QueryAsync<int>(
                "insert into platform.outbox (id, event_id, name, reactor, payload, occurred_at, due_at, attempts, stuck) values (@id, @id, 'platform.notification-requested', @reactor, @payload::jsonb, now(), now() - interval '1 second', 0, false) returning 1",
                new { id = ids[i], reactor = i == 8 ? "platform.Nobody" : "platform.WhenNotificationRequested", payload });
        }

        await app.DrainAsync();
        (await app.QueryAsync<string>("select text from platform.notifications where user_id = @reader order by text", new { reader }))
            .Should().BeEquivalentTo(Enumerable.Range(0, 20).Where(i => i is not (3 or 8)).Select(i => $"Told {i}"), "each is told once");
        (await app.QueryAsync<(Guid Id, int Attempts, bool Stuck, bool Later)>("select id, attempts, stuck, due_at > now() from platform.outbox where id = any(@ids) order by stuck", new { ids }))
            .Should().Equal([(ids[3], 1, false, true), (ids[8], 12, true, true)], "one is tried again in a while, the other waits for a person");
        await app.QueryAsync<int>("delete from platform.outbox where id = any(@ids) returning 1", new { ids });
    }

    [Fact]
    public async Task Recent_records_are_the_latest_twelve_of_each_user()
    {
        await app.AddUserAsync("opener");
        await app.InScopeAsync(async sp =>
        {
            var recent = sp.GetServices<IRecentRecords>().Single();
            for (var i = 0; i < 15; i++)
            {
                app.Clock.Advance(TimeSpan.FromSeconds(1));
                await recent.OpenedAsync(new("Person", Guid.CreateVersion7(), $"Person {i}", $"/x/{i}"), default);
            }

            var latest = await recent.LatestAsync(20, default);
            latest.Should().HaveCount(12);
            latest[0].Title.Should().Be("Person 14");
            return 0;
        }, "opener");
    }

    [Fact]
    public async Task The_checks_find_nothing_wrong()
    {
        var findings = await app.InScopeAsync(async sp =>
        {
            var all = new List<string>();
            foreach (var check in sp.GetServices<ICheck>().Where(c => c.GetType().Assembly == typeof(PlatformDb).Assembly))
                await foreach (var finding in check.FindAsync(default)) all.Add(finding);
            return all;
        });
        findings.Should().BeEmpty();
    }
}
