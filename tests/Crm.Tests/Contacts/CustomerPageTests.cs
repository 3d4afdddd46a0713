using System.Net;
using Crm.Contacts.Contracts;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.LogCommunication;
using Crm.Core;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

/// <summary>The demo company with panels that misbehave.</summary>
public sealed class PanelsApp : CrmApp
{
    protected override bool Demo => true;

    protected override void ConfigureServices(IServiceCollection services)
    {
        services.AddScoped<IContactPanel, ThrowingPanel>();
        services.AddScoped<IContactPanel, SlowPanel>();
        services.AddScoped<IContactAction, Action>();
    }

    internal sealed class ThrowingPanel : IContactPanel
    {
        public string Key => "throws";

        public string Title => "Throwing part";

        public int Order => 1;

        public string Place => "main";

        public string? Permission => null;

        public Task<object?> LoadAsync(Guid contactId, CancellationToken ct) => throw new InvalidOperationException("secret reason");
    }

    internal sealed class SlowPanel : IContactPanel
    {
        public string Key => "slow";

        public string Title => "Slow part";

        public int Order => 2;

        public string Place => "side";

        public string? Permission => null;

        public async Task<object?> LoadAsync(Guid contactId, CancellationToken ct)
        {
            await Task.Delay(Timeout.Infinite, ct);
            return null;
        }
    }

    internal sealed class Action : IContactAction
    {
        public IEnumerable<ContactAction> For(Guid contactId, string kind) =>
            [new(30, "Test action", $"/test/{contactId}", "bolt", null), new(40, "Forbidden action", "/never", "bolt", "no.such.permission")];
    }
}

public sealed class CustomerPageTests(PanelsApp app) : IClassFixture<PanelsApp>
{
    [Fact]
    public async Task A_panel_that_throws_shows_a_line_and_a_slow_one_comes_later()
    {
        var id = await Given.PersonAsync(app, "پنل", "خراب");
        var reza = await app.As("reza");
        await reza.OpenAsync($"/contacts/{id}");
        reza.Status.Should().Be(HttpStatusCode.OK);
        reza.Text.Should().Contain("پنل خراب").And.Contain("Throwing part").And.Contain(Given.Fa("This part can't be shown at the moment.")).And.NotContain("secret reason");
        reza.Html.Should().Contain($"hx-get=\"/contacts/{id}/panel/slow\"").And.Contain($"href=\"/contacts/{id}/panel/slow\"");
        (await reza.OpenAsync($"/contacts/{id}/panel/follow-ups")).Text.Should().Contain(Given.Fa("Nothing is planned."));
        (await reza.OpenAsync($"/contacts/{id}/panel/nothing")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Actions_of_other_modules_stand_in_the_header_of_those_who_may()
    {
        var id = await Given.PersonAsync(app, "کنش", "دار");
        var reza = await app.As("reza");
        await reza.OpenAsync($"/contacts/{id}");
        reza.Html.Should().Contain($"/test/{id}").And.NotContain("/never").And.Contain("data-key=\"F9\"").And.Contain("href=\"tel:");
    }

    [Fact]
    public async Task The_time_line_goes_back_without_losing_or_doubling_anything()
    {
        var id = await Given.PersonAsync(app, "پرحرف", "دراز");
        var kind = Given.Value(BaseLists.CommunicationKind);
        for (var i = 0; i < 45; i++)
            await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = kind, StartedAt = app.Clock.GetUtcNow().AddMinutes(-10 - (i / 2)), Text = $"گفتار {i:00}." }, "reza");
        var reza = await app.As("reza");
        List<string> seen = [];
        string? url = $"/contacts/{id}?show=communication";
        while (url is not null)
        {
            await reza.OpenAsync(url);
            seen.AddRange(System.Text.RegularExpressions.Regex.Matches(reza.Html[reza.Html.IndexOf("id=\"timeline\"", StringComparison.Ordinal)..], "گفتار \\d\\d").Select(m => m.Value));
            url = System.Text.RegularExpressions.Regex.Match(reza.Html, "href=\"([^\"]+older=\\d+)#timeline\"") is { Success: true } m ? WebUtility.HtmlDecode(m.Groups[1].Value) : null;
        }

        seen.Should().HaveCount(45).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task The_time_line_is_narrowed_by_kind_person_text_and_days_and_goes_on_within_that()
    {
        var id = await Given.PersonAsync(app, "پالایش", "سیرزمانی");
        var (call, now) = (Given.Value(BaseLists.CommunicationKind), app.Clock.GetUtcNow());
        for (var i = 0; i < 23; i++) await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = call, StartedAt = now.AddMinutes(-10 - i), Text = $"كابين آسانسور {i:00}." }, "reza");
        await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = call, StartedAt = now.AddDays(-40), Text = "کابین پیشین" }, "sara");
        await app.SendAsync(new LogCommunicationCommand { ContactId = id, KindId = call, StartedAt = now.AddDays(-1), Text = "چیز دیگر" }, "sara");
        var reza = await app.As("reza", "fa");
        string Line() => reza.Html[reza.Html.IndexOf("id=\"timeline\"", StringComparison.Ordinal)..].Split("<aside class=\"record-side")[0];
        await reza.OpenAsync($"/contacts/{id}?text=کابین");
        Line().Should().Contain("آسانسور 00").And.NotContain("چیز دیگر").And.Contain("text=");
        var more = WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(Line(), "href=\"([^\"]+older=\\d+)#timeline\"").Groups[1].Value);
        await reza.OpenAsync(more);
        Line().Should().Contain("آسانسور 22").And.Contain("کابین پیشین").And.NotContain("چیز دیگر").And.NotContain("آسانسور 00", "what is shown already does not come again");
        await reza.OpenAsync($"/contacts/{id}?who={await app.UserIdAsync("sara")}");
        Line().Should().Contain("کابین پیشین").And.Contain("چیز دیگر").And.NotContain("آسانسور 0");
        var day = Calendars.Format(DateOnly.FromDateTime(now.AddDays(-40).AddHours(3.5).UtcDateTime), CalendarKind.Jalali);
        await reza.OpenAsync($"/contacts/{id}?show=communication&from={day}&to={day}");
        Line().Should().Contain("کابین پیشین").And.NotContain("چیز دیگر");
        await reza.OpenAsync($"/contacts/{id}?show=change&text=مخاطب");
        Line().Should().Contain("مخاطب اضافه شد").And.NotContain("آسانسور 0");
        var api = await Api.ApiCaller.AsAsync(app, "reza");
        (await api.GetAsync($"/contacts/{id}/timeline?text=%D9%BE%DB%8C%D8%B4%DB%8C%D9%86")).Items.Should().ContainSingle();
    }

    [Fact]
    public async Task The_strip_for_a_caller_tells_tasks_liaison_and_relations_and_an_address_with_a_position_has_its_map()
    {
        var company = await Given.CompanyAsync(app, "شرکت نواری", c => c with { Addresses = [new() { Text = "خیابان", Latitude = 35.7m, Longitude = 51.4m }] });
        var person = await Given.PersonAsync(app, "رابط", "نوار", more: c => c with { CompanyId = company });
        await app.SendAsync(new Crm.Contacts.Features.ManagePositions.SetLiaisonCommand(company, person), "sara");
        await app.SendAsync(new Crm.Tasks.Features.AddTask.AddTaskCommand { Title = "کار نواری", ContactId = company, AssigneeIds = [await app.UserIdAsync("reza")] }, "reza");
        var reza = await app.As("reza", "fa");
        await reza.OpenAsync($"/contacts/{company}");
        var strip = reza.Html[reza.Html.IndexOf("glance-facts", StringComparison.Ordinal)..];
        strip = strip[..strip.IndexOf("</dl>", StringComparison.Ordinal)];
        strip.Should().Contain("رابط نوار").And.Contain($"/tasks?show=all&amp;contact={company}");
        reza.Html.Should().Contain("data-point").And.Contain("data-latitude=\"35.7");
        (await reza.OpenAsync($"/contacts/{person}")).Html.Should().NotContain("data-point").And.NotContain("leaflet.css");
    }

    [Fact]
    public async Task The_page_takes_a_constant_number_of_statements()
    {
        var empty = await Given.PersonAsync(app, "خالی", "خلوت");
        var full = await Given.PersonAsync(app, "پُر", "شلوغ", more: c => c with { Phones = [.. c.Phones, new() { Number = Given.Mobile() }], Emails = [new() { Address = "a@example.com" }, new() { Address = "b@example.com" }], Addresses = [new() { Text = "۱" }, new() { Text = "۲" }] });
        for (var i = 0; i < 12; i++)
            await app.SendAsync(new LogCommunicationCommand { ContactId = full, KindId = Given.Value(BaseLists.CommunicationKind), Text = "…" }, "reza");
        var reza = await app.As("reza");
        await reza.OpenAsync($"/contacts/{empty}");
        var few = await Statements.CountAsync(app, () => reza.OpenAsync($"/contacts/{empty}"));
        var many = await Statements.CountAsync(app, () => reza.OpenAsync($"/contacts/{full}"));
        many.Should().Be(few);
        // Two of Contacts, the others by its neighbours: forms that were filled and buttons of routines came last.
        few.Should().BeLessThanOrEqualTo(13);
    }
}
