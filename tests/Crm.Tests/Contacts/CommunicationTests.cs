using System.Net;
using System.Text.RegularExpressions;
using Crm.Contacts.Contracts;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Features.LogCommunication;
using Crm.Contacts.Jobs;
using Crm.Core;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

public sealed class CommunicationTests(DemoApp app) : IClassFixture<DemoApp>
{
    /// <summary>The page's own form, among those of the shell.</summary>
    private const string Form = "enctype=\"multipart/form-data\"";

    private static readonly Guid s_call = Given.Value(BaseLists.CommunicationKind);

    [Fact]
    public async Task A_back_dated_communication_stands_in_the_file_at_its_own_time()
    {
        var id = await Given.PersonAsync(app, "دیروز", "زنگ‌زده");
        var reza = await app.As("reza", "fa");
        await reza.PostAsync($"/contacts/{id}/communications/new",
            [("Command.KindId", s_call.ToString()), ("Command.StartedAt.date", "۱۴۰۵/۰۱/۱۰"), ("Command.StartedAt.time", "۱۱:۲۰"), ("Command.Text", "دربارهٔ دو آسانسور صحبت شد\nو نقشه خواستند"), ("Command.NextStep", "ارسال نقشه")], Form);
        reza.Location.Should().Be($"/contacts/{id}", reza.Text);
        (await app.QueryAsync<DateTime>("select started_at from contacts.communications where contact_id = @id", new { id })).Single().Should().Be(new DateTime(2026, 3, 30, 7, 50, 0, DateTimeKind.Utc));
        await reza.OpenAsync($"/contacts/{id}");
        reza.Text.Should().Contain("دربارهٔ دو آسانسور صحبت شد").And.Contain("رضا کریمی");
        (await reza.OpenAsync("/communications?q=" + Uri.EscapeDataString("زنگ‌زده"))).Text.Should().Contain("دربارهٔ دو آسانسور");
    }

    [Fact]
    public async Task What_is_to_come_is_refused_as_a_communication()
    {
        var id = await Given.PersonAsync(app, "فردا", "می‌آید");
        await FluentActions.Awaiting(() => app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_call, StartedAt = app.Clock.GetUtcNow().AddDays(1) }, "reza")).Should().ThrowAsync<InvalidInput>();
        await FluentActions.Awaiting(() => app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_call, StartedAt = app.Clock.GetUtcNow().AddHours(-1), EndedAt = app.Clock.GetUtcNow().AddHours(-2) }, "reza")).Should().ThrowAsync<InvalidInput>();
    }

    [Fact]
    public async Task The_next_one_is_planned_with_it_and_the_old_plan_is_done()
    {
        var id = await Given.PersonAsync(app, "پیاپی", "پیگیر");
        var plan = await app.SendAsync(new PlanFollowUpCommand { ContactId = id, KindId = s_call, DueAt = app.Clock.GetUtcNow().AddHours(1), Text = "نتیجه را بپرس" }, "reza");
        var reza = await app.As("reza");
        (await reza.OpenAsync($"/follow-ups/{plan}")).Text.Should().Contain(Given.Fa("Log the communication"));
        await reza.PostAsync($"/contacts/{id}/communications/new?followUp={plan}", [("Command.Text", "پرسیدم"), ("Command.FollowUpAt.date", "2026-04-20"), ("Command.FollowUpAt.time", "10:00")], Form);
        reza.Location.Should().Be($"/contacts/{id}", reza.Text);
        (await app.QueryAsync<string>("select state from contacts.follow_ups where contact_id = @id order by due_at", new { id })).Should().Equal("Done", "Open");
        (await reza.OpenAsync($"/follow-ups/{plan}")).Text.Should().Contain(Given.Fa("The communication that did it"));
    }

    [Fact]
    public async Task A_job_that_is_not_the_customers_is_refused()
    {
        var id = await Given.PersonAsync(app, "بی‌پرونده", "بیگانه");
        await FluentActions.Awaiting(() => app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_call, JobId = Guid.CreateVersion7() }, "reza")).Should().ThrowAsync<InvalidInput>();
        await FluentActions.Awaiting(() => app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_call, StageItemId = Guid.CreateVersion7(), StageOutcome = "Done" }, "reza")).Should().ThrowAsync<InvalidInput>();
    }

    [Fact]
    public async Task A_stage_that_asks_for_more_is_not_ended_by_the_communication_alone()
    {
        var (stage, contact, job, outcome) = (await app.QueryAsync<(Guid, Guid, Guid, string)>("""
            select id, contact_id, job_id, setup::jsonb->'outcomes'->>0 from routines.stage_items where status = 'Open' and fields::text <> '[]' and contact_id is not null limit 1
            """)).Single();
        var admin = await app.As("admin", "fa");
        await admin.OpenAsync($"/contacts/{contact}/communications/new");
        admin.Text.Should().Contain(Given.Fa("Where the job goes from here")).And.Contain("در صفحهٔ مرحله باز می‌شود");
        await FluentActions.Awaiting(() => app.SendAsync(new LogCommunicationCommand { ContactId = contact, KindId = s_call, JobId = job, StageItemId = stage, StageOutcome = outcome }, "admin")).Should().ThrowAsync<InvalidInput>();
        await admin.SubmitAsync($"/contacts/{contact}/communications/new", [("Command.Text", "اندازه‌ها را گفتند"), ("Stage", $"{stage}|{outcome}")], Form);
        admin.Location.Should().StartWith($"/jobs/stages/{stage}?outcome=", admin.Text);
        await admin.OpenAsync(admin.Location!);
        admin.Text.Should().Contain("اندازه‌ها را گفتند");
    }

    [Fact]
    public async Task The_customers_page_says_first_what_was_said_last_and_what_is_planned_next()
    {
        var id = await Given.PersonAsync(app, "نگاه", "اول");
        var reza = await app.As("reza", "fa");
        await reza.OpenAsync($"/contacts/{id}");
        reza.Text.Should().Contain(Given.Fa("Nothing has been said with this customer yet.")).And.Contain(Given.Fa("Nothing is planned."));
        await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_call, StartedAt = app.Clock.GetUtcNow().AddDays(-3), Text = "حرف کهنه" }, "reza");
        await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_call, StartedAt = app.Clock.GetUtcNow().AddHours(-1), Text = "حرف آخر", NextStep = "ارسال کاتالوگ" }, "reza");
        var plan = await app.SendAsync(new PlanFollowUpCommand { ContactId = id, KindId = s_call, DueAt = app.Clock.GetUtcNow().AddHours(5), Text = "پیگیری کاتالوگ" }, "reza");
        await reza.OpenAsync($"/contacts/{id}");
        var glance = Regex.Match(reza.Html, "class=\"card glance\".*?class=\"record\"", RegexOptions.Singleline).Value;
        glance.Should().Contain("حرف آخر").And.Contain("ارسال کاتالوگ").And.Contain("پیگیری کاتالوگ").And.Contain($"communications/new?followUp={plan}").And.NotContain("حرف کهنه");
    }

    [Fact]
    public async Task A_file_goes_with_the_communication_and_comes_back()
    {
        var id = await Given.PersonAsync(app, "پیوست", "فرستاده");
        var reza = await app.As("reza");
        await reza.OpenAsync($"/contacts/{id}/communications/new");
        var token = Regex.Match(reza.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using var form = new MultipartFormDataContent
        {
            { new StringContent(token), "__RequestVerificationToken" }, { new StringContent(s_call.ToString()), "Command.KindId" }, { new StringContent("2026-04-04"), "Command.StartedAt.date" }, { new StringContent("09:00"), "Command.StartedAt.time" },
            { new StringContent("نقشه رسید"), "Command.Text" }, { new ByteArrayContent("ابعاد چاهک"u8.ToArray()), "Files", "نقشه.txt" },
        };
        using var response = await reza.Client.PostAsync(new Uri($"/contacts/{id}/communications/new", UriKind.Relative), form);
        response.StatusCode.Should().Be(HttpStatusCode.Redirect, await response.Content.ReadAsStringAsync());
        var communication = (await app.QueryAsync<Guid>("select id from contacts.communications where contact_id = @id", new { id })).Single();
        await reza.OpenAsync($"/communications/{communication}");
        reza.Text.Should().Contain("نقشه.txt");
        var file = Regex.Match(reza.Html, "/files/[0-9a-f-]{36}").Value;
        (await reza.OpenAsync(file)).Status.Should().Be(HttpStatusCode.OK);
        (await (await app.As("zahra")).OpenAsync(file)).Status.Should().Be(HttpStatusCode.NotFound, "another branch does not see the communication");
    }

    [Fact]
    public async Task A_reminder_is_told_once_when_its_time_has_come()
    {
        var id = await Given.PersonAsync(app, "یادآور", "سروقت");
        var reza = await app.UserIdAsync("reza");
        await app.SendAsync(new PlanFollowUpCommand { ContactId = id, KindId = s_call, DueAt = app.Clock.GetUtcNow().AddHours(5), AssigneeId = reza, RemindMinutes = 30, Text = "پیش از جلسه" }, "reza");
        (await RemindAsync()).Should().Be(0);
        app.Clock.Advance(TimeSpan.FromHours(4.6));
        (await RemindAsync()).Should().BeGreaterThanOrEqualTo(1);
        (await RemindAsync()).Should().Be(0);
        await app.DrainAsync();
        (await (await app.As("reza")).OpenAsync("/notifications")).Text.Should().Contain("یادآور سروقت");

        Task<int> RemindAsync() => app.SendAsync(new RemindFollowUpsCommand());
    }

    [Fact]
    public async Task A_follow_up_can_be_put_off_done_and_called_off_but_not_twice()
    {
        var id = await Given.PersonAsync(app, "تعویقی", "لغوی");
        var plan = await app.SendAsync(new PlanFollowUpCommand { ContactId = id, KindId = s_call, DueAt = app.Clock.GetUtcNow().AddHours(1) }, "reza");
        var reza = await app.As("reza");
        await reza.PostAsync($"/follow-ups/{plan}", [("End.DueAt.date", "2026-05-01"), ("End.DueAt.time", "09:00"), ("End.Step", "Postpone")], "handler=End");
        reza.Location.Should().Be($"/contacts/{id}", reza.Text);
        await reza.PostAsync($"/follow-ups/{plan}", [("End.Step", "Cancel"), ("End.Reason", "خریدند")], "handler=End");
        reza.Location.Should().Be($"/contacts/{id}", reza.Text);
        (await reza.OpenAsync($"/follow-ups/{plan}")).Text.Should().Contain(Given.Fa("Cancelled")).And.Contain("خریدند");
        await FluentActions.Awaiting(() => app.SendAsync(new EndFollowUpCommand { Id = plan, Step = FollowUpStep.Done }, "reza")).Should().ThrowAsync<RuleBroken>();
    }

    [Fact]
    public async Task Open_follow_ups_are_told_to_the_worklist_with_the_late_ones_counted()
    {
        var id = await Given.PersonAsync(app, "کارتابل", "دار");
        var mehdi = await app.UserIdAsync("hossein");
        await app.SendAsync(new PlanFollowUpCommand { ContactId = id, KindId = s_call, DueAt = app.Clock.GetUtcNow().AddMinutes(5), AssigneeId = mehdi, Text = "زنگ بزن" }, "sara");
        var (open, late, first) = await app.InScopeAsync(async sp =>
        {
            var directory = sp.GetRequiredService<IFollowUpDirectory>();
            var (o, l) = await directory.CountAsync(mehdi, app.Clock.GetUtcNow().AddMinutes(6), default);
            return (o, l, (await directory.WaitingAsync(mehdi, 50, default)).Single(f => f.ContactId == id));
        }, "hossein");
        open.Should().BeGreaterThanOrEqualTo(1);
        late.Should().BeGreaterThanOrEqualTo(1);
        first.Text.Should().Be("زنگ بزن");
        first.ContactName.Should().Be("کارتابل دار");
    }
}
