using System.Net;
using Crm.Contacts.Contracts;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.LogCommunication;
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
    }
}
