using System.Globalization;
using System.Net;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.DeleteContact;
using Crm.Contacts.Features.EditCommunication;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Features.LogCommunication;
using Crm.Contacts.Features.Reports;
using Crm.Core;
using Crm.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

/// <summary>Costs of communications and the reports of contacts.</summary>
public sealed class ReportTests(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly Guid s_call = Given.Value(BaseLists.CommunicationKind);
    private static readonly Guid s_visit = Given.Value(BaseLists.CommunicationKind, 2);

    [Fact]
    public async Task A_visit_keeps_its_costs_and_the_customers_statement_sums_them_by_kind()
    {
        var id = await Given.PersonAsync(app, "هزینه", "دار");
        var reza = await app.As("reza", "fa");
        await reza.PostAsync($"/contacts/{id}/communications/new",
            [("Command.KindId", s_visit.ToString()), ("Command.Text", "بازدید چاهک"), ("Command.Costs[0].KindId", FirstCostKinds.Id(0).ToString()), ("Command.Costs[0].Amount", "۱٬۲۵۰٬۰۰۰"), ("Command.Costs[0].Note", "تاکسی"),
             ("Command.Costs[1].KindId", FirstCostKinds.Id(1).ToString()), ("Command.Costs[1].Amount", "750000")], "enctype=\"multipart/form-data\"");
        reza.Location.Should().Be($"/contacts/{id}", reza.Text);
        var communication = (await app.QueryAsync<Guid>("select id from contacts.communications where contact_id = @id", new { id })).Single();
        (await app.QueryAsync<long>("select amount from contacts.communication_costs where communication_id = @communication order by position", new { communication })).Should().Equal(1_250_000, 750_000);

        await reza.OpenAsync($"/contacts/{id}/costs");
        reza.Text.Should().Contain("۲٬۰۰۰٬۰۰۰").And.Contain("تاکسی").And.Contain("نمونهٔ رایگان");
        (await reza.OpenAsync($"/contacts/{id}")).Text.Should().Contain(Given.Fa("Statement of costs"));
        (await reza.OpenAsync($"/contacts/{id}/costs?export=csv")).Status.Should().NotBe(HttpStatusCode.OK, "a seller takes nothing away");
        var sara = await app.As("sara", "fa");
        await sara.OpenAsync($"/contacts/{id}/costs?export=csv");
        sara.Html.Should().Contain("1250000").And.Contain("تاکسی");
        (await sara.Client.GetAsync(new Uri($"/contacts/{id}/costs?export=xlsx", UriKind.Relative))).Content.Headers.ContentType!.MediaType.Should().Contain("spreadsheet");

        // One is taken off again, the other stays.
        await reza.PostAsync($"/communications/{communication}", [("Command.Costs[1].Amount", ""), ("Command.Costs[1].KindId", "")], "data-form");
        reza.Location.Should().Be($"/communications/{communication}", reza.Text);
        (await app.QueryAsync<long>("select amount from contacts.communication_costs where communication_id = @communication", new { communication })).Should().Equal(1_250_000);
        (await (await app.As("sara", "fa")).OpenAsync("/contacts/reports/costs?period=this-month")).Text.Should().Contain("رضا کریمی").And.Contain("۱٬۲۵۰٬۰۰۰");
    }

    [Fact]
    public async Task A_cost_without_its_amount_or_kind_is_told_beside_the_field()
    {
        var id = await Given.PersonAsync(app, "بی", "مبلغ");
        var reza = await app.As("reza", "fa");
        await reza.PostAsync($"/contacts/{id}/communications/new", [("Command.KindId", s_visit.ToString()), ("Command.Costs[0].Note", "ناهار")], "enctype=\"multipart/form-data\"");
        reza.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        reza.Html.Should().Contain("Command_Costs_0__Amount_error").And.Contain("Command_Costs_0__KindId_error");
    }

    [Fact]
    public async Task Visits_and_calls_are_counted_by_jalali_month_and_lead_to_the_list_behind()
    {
        var id = await Given.PersonAsync(app, "شمارش", "ماهانه");
        // The last day of 1404 is 20 March 2026; 23:00 in Tehran is still that day, 01:00 the next year.
        foreach (var at in (string[])["2026-03-10T08:00:00Z", "2026-03-20T19:30:00Z", "2026-03-20T21:30:00Z"])
            await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_call, StartedAt = At(at) }, "reza");
        await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_visit, StartedAt = At("2026-03-21T10:00:00Z") }, "reza");
        var sara = await app.As("sara", "fa");
        var query = $"period=days&from=1404/12/01&to=1405/01/31&step=Month&contact={id}";
        await sara.OpenAsync($"/contacts/reports/communications?{query}&export=csv");
        sara.Html.Should().Contain("\"اسفند ۱۴۰۴\",2,0,2").And.Contain("\"فروردین ۱۴۰۵\",1,1,2");
        await sara.OpenAsync($"/contacts/reports/communications?{query}");
        sara.Html.Should().Contain("data-chart=");
        await sara.OpenAsync($"/communications?from=1405/01/01&to=1405/01/31&kind={s_call}&contact={id}");
        sara.Html.Split("row-main").Should().HaveCount(2, "one call in Farvardin");

        (await CountAsync("sara")).Should().Be(4);
        (await CountAsync("zahra")).Should().Be(0, "another branch does not count what it may not see");

        await app.SendAsync(new DeleteContactCommand(id), "sara");
        (await CountAsync("sara")).Should().Be(0);
        await sara.OpenAsync($"/contacts/reports/communications?{query}");
        sara.Text.Should().Contain(Given.Fa("Nothing was found for this choice."), "what belongs to a deleted contact is not counted");

        Task<int> CountAsync(string user) => app.InScopeAsync(services => ReportQueries.Communications(services.GetRequiredService<ContactsDb>()).CountAsync(c => c.ContactId == id), user);
    }

    [Fact]
    public async Task Follow_ups_are_in_time_by_the_end_of_their_day_late_after_it_and_missed_while_open()
    {
        var id = await Given.PersonAsync(app, "سنجش", "پیگیری");
        var due = app.Clock.GetUtcNow().AddHours(2);
        var inTime = await PlanAsync();
        var late = await PlanAsync();
        var missed = await PlanAsync();
        await app.SendAsync(new EndFollowUpCommand { Id = inTime, Step = FollowUpStep.Done }, "reza");
        await app.SendAsync(new EndFollowUpCommand { Id = late, Step = FollowUpStep.Done }, "reza");
        // As if two of them had been due two days ago.
        await app.QueryAsync<Guid>("update contacts.follow_ups set due_at = due_at - interval '2 days' where id = any(@ids) returning id", new { ids = new[] { late, missed } });
        var sara = await app.As("sara", "fa");
        var query = $"period=last-7&contact={id}";
        await sara.OpenAsync($"/contacts/reports/follow-ups?{query}&export=csv");
        sara.Html.Should().Contain("\"رضا کریمی\",3,1,1,1,0,0,33");
        await sara.OpenAsync($"/follow-ups?whose=all&state=any&outcome=missed&contact={id}");
        sara.Html.Split("row-main").Should().HaveCount(2);

        Task<Guid> PlanAsync() => app.SendAsync(new PlanFollowUpCommand { ContactId = id, KindId = s_call, DueAt = due }, "reza");
    }

    [Fact]
    public async Task Who_was_active_and_is_silent_is_found_until_somebody_speaks_with_him_and_a_follow_up_is_planned_from_there()
    {
        var id = await Given.PersonAsync(app, "خاموش", "شده");
        for (var day = 100; day > 95; day--) await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_call, StartedAt = app.Clock.GetUtcNow().AddDays(-day) }, "reza");
        var reza = await app.As("reza", "fa");
        await reza.OpenAsync("/contacts/reports/forgotten?days=-5");
        reza.Html.Should().Contain("value=\"-5\"", "what was typed stays");
        reza.Text.Should().Contain(Given.Fa("A whole number from {0} to {1}.", "۱", "۳٬۶۵۰"));
        await reza.OpenAsync("/contacts/reports/communications?period=days&from=1404/13/45");
        reza.Html.Should().Contain("value=\"1404/13/45\"").And.Contain("href=\"#r-from\"");
        (await reza.OpenAsync("/contacts/reports/forgotten?days=95&active=5")).Text.Should().Contain("خاموش شده").And.Contain("۹۶ روز");
        (await reza.OpenAsync("/contacts/reports/forgotten?days=95&active=6")).Text.Should().NotContain("خاموش شده");
        (await reza.OpenAsync("/contacts/reports/forgotten?days=97&active=5")).Text.Should().NotContain("خاموش شده");
        await reza.PostAsync("/contacts/reports/forgotten?days=95&active=5", [("Command.ContactIds", id.ToString()), ("Command.DueAt.date", Calendars.Format(DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime.AddDays(3)), CalendarKind.Jalali)), ("Command.DueAt.time", "10:00")], "forgotten");
        reza.Location.Should().StartWith("/contacts/reports/forgotten", reza.Text);
        (await app.QueryAsync<int>("select count(*)::int from contacts.follow_ups where contact_id = @id", new { id })).Single().Should().Be(1);
        await reza.PostAsync("/contacts/reports/forgotten?days=95&active=5", [("Command.ContactIds", null), ("Command.DueAt.date", "1420/01/01"), ("Command.DueAt.time", "10:00")], "forgotten");
        reza.Text.Should().Contain(Given.Fa("Choose at least one contact."));

        // A call now ends the silence; deleting it brings it back.
        var call = await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = s_call }, "reza");
        (await reza.OpenAsync("/contacts/reports/forgotten?days=95&active=5")).Text.Should().NotContain("خاموش شده");
        await app.SendAsync(new DeleteCommunicationCommand(call), "sara");
        (await reza.OpenAsync("/contacts/reports/forgotten?days=95&active=5")).Text.Should().Contain("خاموش شده");
    }

    [Fact]
    public async Task Files_with_a_gap_are_counted_and_listed()
    {
        var id = await Given.PersonAsync(app, "ناقص", "پرونده");
        var reza = await app.As("reza", "fa");
        await reza.OpenAsync("/contacts/reports/completeness?missing=national-id");
        reza.Text.Should().Contain("ناقص پرونده").And.Contain("۲۵٪");
        (await reza.OpenAsync("/contacts/reports/completeness?missing=phone")).Text.Should().NotContain("ناقص پرونده");
        id.Should().NotBeEmpty();
    }

    [Fact]
    public async Task Contacts_are_counted_by_each_property_and_by_growth()
    {
        await Given.PersonAsync(app, "منبع", "دار", more: c => c with { SourceId = Given.Value(BaseLists.Source) });
        var sara = await app.As("sara", "fa");
        foreach (var by in (string[])["status", "type", "rank", "source", "field", "province", "owner", "role", "kind", "standing", "growth"])
            (await sara.OpenAsync("/contacts/reports/contacts?by=" + by)).Status.Should().Be(HttpStatusCode.OK, by);
        (await sara.OpenAsync("/contacts/reports/contacts?by=source")).Text.Should().Contain("معرفی مشتری");
        foreach (var by in (string[])["time", "staff", "contact", "province", "result"])
            (await sara.OpenAsync($"/contacts/reports/communications?by={by}&period=last-365")).Status.Should().Be(HttpStatusCode.OK, by);
        foreach (var by in (string[])["staff", "kind", "contact", "time"])
            (await sara.OpenAsync($"/contacts/reports/costs?by={by}&period=this-year")).Status.Should().Be(HttpStatusCode.OK, by);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
