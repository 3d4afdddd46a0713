using System.Net;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.ActivityReports;
using Crm.Contacts.Features.LogCommunication;
using Crm.Core;
using Crm.Testing;

namespace Crm.Tests.Contacts;

/// <summary>What staff write of their day or week, and what becomes of it.</summary>
public sealed class ActivityReportTests(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly Guid s_call = Given.Value(BaseLists.CommunicationKind);

    private DateOnly Today => DateOnly.FromDateTime(app.Clock.GetUtcNow().AddHours(3.5).DateTime);

    [Fact]
    public async Task A_report_begins_with_what_was_done_and_what_is_written_of_a_contact_lands_in_his_file_once_sent()
    {
        var id = await Given.PersonAsync(app, "گزارشی", "امروز");
        await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_call, StartedAt = app.Clock.GetUtcNow().AddMinutes(-30), Text = "قیمت پرسید" }, "reza");
        var reza = await app.As("reza", "fa");
        await reza.PostAsync("/activity-reports", [("Command.Span", "Day"), ("Command.Day", Calendars.Format(Today, CalendarKind.Jalali))], "start-report");
        var url = reza.Location!;
        url.Should().StartWith("/activity-reports/", reza.Text);
        await reza.OpenAsync(url);
        reza.Text.Should().Contain("گزارشی امروز");
        var lines = await app.QueryAsync<(Guid Id, Guid? ContactId)>("select l.id, l.contact_id from contacts.activity_report_lines l where l.report_id = @id", new { id = Guid.Parse(url.Split('/')[^1]) });
        lines.Should().ContainSingle().Which.ContactId.Should().Be(id);

        await reza.PostAsync(url, [("Command.Lines[0].Text", "به خرید نزدیک است"), ("Command.Lines[1].Text", "انبار را مرتب کردم"), ("Command.Summary", "روز خوبی بود")], "data-form");
        reza.Location.Should().Be(url, reza.Text);
        (await (await app.As("sara", "fa")).OpenAsync(url)).Status.Should().Be(HttpStatusCode.NotFound, "a draft is its author's own");
        (await reza.OpenAsync($"/contacts/{id}")).Text.Should().NotContain("به خرید نزدیک است");

        await reza.PostAsync(url, [("Command.Send", "true")], "data-form");
        reza.Location.Should().Be(url, reza.Text);
        (await reza.OpenAsync($"/contacts/{id}")).Text.Should().Contain("به خرید نزدیک است");
        await app.DrainAsync();
        var sara = await app.As("sara", "fa");
        (await sara.OpenAsync("/notifications")).Text.Should().Contain(Given.Fa("{0} sent the report of a day.", "رضا کریمی"));
        (await sara.OpenAsync(url)).Text.Should().Contain("انبار را مرتب کردم").And.Contain("روز خوبی بود");
        (await (await app.As("maryam", "fa")).OpenAsync(url)).Status.Should().Be(HttpStatusCode.NotFound, "a colleague does not review");

        // Given back it can be written again; rated it is closed.
        await sara.PostAsync(url, [("Review.SendBack", "true"), ("Review.Comment", "نتیجهٔ تماس را هم بنویس")], "handler=Review");
        sara.Location.Should().Be(url, sara.Text);
        await reza.PostAsync(url, [("Command.Send", "true"), ("Command.Summary", "روز خوبی بود؛ قرار شنبه")], "data-form");
        reza.Location.Should().Be(url, reza.Text);
        await sara.PostAsync(url, [("Review.Comment", "خوب")], "handler=Review");
        sara.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        sara.Text.Should().Contain(Given.Fa("Rate the report from 1 to 5."));
        await sara.PostAsync(url, [("Review.Rating", "4"), ("Review.Comment", "خوب")], "handler=Review");
        sara.Location.Should().Be(url, sara.Text);
        (await reza.OpenAsync(url)).Text.Should().Contain(Given.Fa("Reviewed")).And.Contain("خوب").And.NotContain(Given.Fa("Send to the manager"));
        await FluentActions.Awaiting(() => app.SendAsync(new SaveActivityReportCommand { Id = Guid.Parse(url.Split('/')[^1]), Summary = "دیر" }, "reza")).Should().ThrowAsync<RuleBroken>();
    }

    [Fact]
    public async Task A_week_has_one_report_and_what_happened_meanwhile_is_added_without_losing_words()
    {
        var report = await app.SendAsync(new StartActivityReportCommand { Span = ReportSpan.Week, Day = Today }, "maryam");
        (await app.SendAsync(new StartActivityReportCommand { Span = ReportSpan.Week, Day = Today.AddDays(-0) }, "maryam")).Should().Be(report);
        await app.SendAsync(new SaveActivityReportCommand { Id = report, Lines = [new() { Text = "کلاس آموزشی" }] }, "maryam");
        var id = await Given.PersonAsync(app, "میان", "هفته");
        await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_call, StartedAt = app.Clock.GetUtcNow().AddMinutes(-1) }, "maryam");
        var own = (await app.QueryAsync<Guid>("select id from contacts.activity_report_lines where report_id = @report", new { report })).Single();
        await app.SendAsync(new SaveActivityReportCommand { Id = report, Lines = [new() { Id = own, Text = "کلاس آموزشی" }], Refill = true }, "maryam");
        (await app.QueryAsync<string>("select coalesce(text, title) from contacts.activity_report_lines where report_id = @report", new { report })).Should().HaveCount(2).And.Contain("کلاس آموزشی").And.Contain(t => t.Contains("میان هفته", StringComparison.Ordinal));
        await FluentActions.Awaiting(() => app.SendAsync(new StartActivityReportCommand { Span = ReportSpan.Day, Day = Today.AddDays(2) }, "maryam")).Should().ThrowAsync<InvalidInput>();
        await FluentActions.Awaiting(() => app.SendAsync(new SaveActivityReportCommand { Id = report, Send = true }, "reza")).Should().ThrowAsync<NotFound>("it is not his");
    }

    [Fact]
    public async Task A_manager_sees_who_has_not_sent()
    {
        var niloofar = await app.SendAsync(new StartActivityReportCommand { Span = ReportSpan.Day, Day = Today.AddDays(-1) }, "sara");
        niloofar.Should().NotBeEmpty();
        var admin = await app.As("admin", "fa");
        await admin.OpenAsync("/activity-reports?show=missing&span=Day&from=" + Uri.EscapeDataString(Calendars.Format(Today.AddDays(-1), CalendarKind.Jalali)));
        admin.Text.Should().Contain("رضا کریمی").And.Contain(Given.Fa("Not begun")).And.Contain(Given.Fa("Begun, not sent"));
        (await (await app.As("reza", "fa")).OpenAsync("/activity-reports?show=missing")).Text.Should().NotContain(Given.Fa("Not begun"));
    }
}
