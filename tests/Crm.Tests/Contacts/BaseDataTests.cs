using System.Net;
using System.Text.RegularExpressions;
using Crm.Contacts.Contracts;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

public sealed class BaseDataTests(DemoApp app) : IClassFixture<DemoApp>
{
    private const string Page = "/contacts/settings/base-data?list=contact-source";

    [Fact]
    public async Task A_value_is_added_changed_moved_and_put_away()
    {
        var admin = await app.As("admin");
        await admin.PostAsync(Page, [("Command.Title", "کاتالوگ چاپی"), ("Command.EnglishTitle", "Printed catalogue"), ("Command.Color", "blue")], "handler=Add");
        admin.Status.Should().Be(HttpStatusCode.Redirect, admin.Text);
        (await admin.OpenAsync("/contacts/new")).Text.Should().Contain("کاتالوگ چاپی");
        var id = (await app.QueryAsync<Guid>("select id from contacts.base_data where title = 'کاتالوگ چاپی'")).Single();

        await admin.PostAsync(Page + "&edit=" + id, [("Changed.EnglishTitle", "Paper catalogue"), ("Changed.Active", "false")], "handler=Edit");
        admin.Status.Should().Be(HttpStatusCode.Redirect, admin.Text);
        (await admin.OpenAsync("/contacts/new")).Text.Should().NotContain("کاتالوگ چاپی", "a value put away is offered no more");

        await admin.OpenAsync(Page);
        var before = Titles(admin.Html);
        var at = before.IndexOf("کاتالوگ چاپی");
        await app.SendAsync(new Crm.Contacts.Features.BaseDataSettings.MoveBaseDataCommand(id, Down: false), "admin");
        Titles((await admin.OpenAsync(Page)).Html).IndexOf("کاتالوگ چاپی").Should().Be(at - 1);
    }

    [Fact]
    public async Task A_value_added_in_the_drop_down_is_answered_and_the_same_one_is_not_doubled()
    {
        var admin = await app.As("admin");
        await admin.OpenAsync(Page);
        var token = Regex.Match(admin.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        List<string> answers = [];
        foreach (var text in (string[])["نمایشگاه بین‌المللی", "نمایشگاه بين‌المللي"])
        {
            using var body = new FormUrlEncodedContent([new("text", text), new("__RequestVerificationToken", token)]);
            using var response = await admin.Client.PostAsync(new Uri("/contacts/settings/base-data/add?list=contact-source", UriKind.Relative), body);
            response.StatusCode.Should().Be(HttpStatusCode.OK);
            answers.Add(await response.Content.ReadAsStringAsync());
        }

        answers[1].Should().Be(answers[0]);
        answers[0].Should().Contain("\"id\"").And.Contain("\"text\"");
    }

    [Fact]
    public async Task Who_may_not_manage_lists_sees_no_way_to_add()
    {
        var reza = await app.As("reza");
        (await reza.OpenAsync(Page)).Status.Should().Be(HttpStatusCode.Forbidden);
        (await reza.OpenAsync("/contacts/new")).Html.Should().NotContain("base-data/add");
    }

    [Fact]
    public async Task Lists_come_in_the_language_of_the_moment()
    {
        (await (await app.As("reza", "fa")).OpenAsync("/contacts/new")).Text.Should().Contain("معرفی مشتری");
        var titles = await app.InScopeAsync(async sp =>
        {
            System.Globalization.CultureInfo.CurrentUICulture = new("en");
            return await sp.GetRequiredService<IBaseDataDirectory>().ListAsync(BaseLists.Status, default);
        });
        titles.Select(t => t.Title).Should().Contain("In progress");
    }

    [Fact]
    public async Task Cities_are_found_with_their_province()
    {
        var reza = await app.As("reza", "fa");
        await reza.OpenAsync("/contacts/places?q=" + Uri.EscapeDataString("كرج"));
        Regex.Unescape(reza.Html).Should().Contain("کرج").And.Contain("البرز");
    }

    private static List<string> Titles(string html) => [.. Regex.Matches(html, "<span class=\"row-main\">([^<]+)</span>").Select(m => WebUtility.HtmlDecode(m.Groups[1].Value))];
}
