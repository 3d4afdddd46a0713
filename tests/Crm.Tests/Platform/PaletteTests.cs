using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Platform;
using Crm.Platform.Searching;
using Crm.Testing;

namespace Crm.Tests.Platform;

public sealed class PaletteTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    [Fact]
    public async Task The_palette_knows_pages_and_actions_in_both_languages_and_only_those_the_user_may_open()
    {
        var all = await (await app.As("admin")).Client.GetFromJsonAsync<JsonArray>("/shell/palette");
        var users = all!.Single(e => (string?)e!["url"] == "/settings/users")!;
        (users["title"]!.GetValue<string>(), users["other"]!.GetValue<string>()).Should().Be(("Users", "کاربران"));
        all!.Should().Contain(e => (string?)e!["post"] == "/sign-out");
        all!.Single(e => (string?)e!["post"] == "/language")!["value"]!.GetValue<string>().Should().Be("fa");
        await app.AddUserAsync("palette-guest");
        (await (await app.As("palette-guest")).Client.GetFromJsonAsync<JsonArray>("/shell/palette"))!.Should().NotContain(e => (string?)e!["url"] == "/settings/users");
    }

    [Theory]
    [InlineData("علی‌رضا کاوه", "عليرضا", "علی‌رضا")]
    [InlineData("شرکت مُحَمَّدی", "محمدی", "مُحَمَّدی")]
    [InlineData("Ünder Cover", "under", "")]
    [InlineData("بیمهٔ بهار", "بهار بیمه", "بیمهٔ|بهار")]
    public void What_was_searched_for_is_marked_as_it_is_written(string title, string q, string marked) =>
        string.Join('|', Highlight.Ranges(title, q).Select(r => title[r.From..r.To])).Should().Be(marked);

    [Fact]
    public async Task The_search_page_shows_kinds_as_filters_and_marks_the_words()
    {
        foreach (var (type, title) in new[] { ("Person", "زرین‌کوب پیدا"), ("Company", "زرین‌کوب تجارت") })
        {
            var (text, sound) = Crm.Data.SearchTexts.Of(new(type, title, "", title, "", ""));
            await app.QueryAsync<int>("insert into platform.search (id, type, title, subtitle, text, sound, url, permission, updated_at) values (@id, @type, @title, '', @text, @sound, '/x', @permission, now()) returning 1",
                new { id = Guid.CreateVersion7(), type, title, text, sound, permission = PlatformPermissions.SeeAudit });
        }

        var admin = await app.As("admin");
        (await admin.OpenAsync("/search?q=" + Uri.EscapeDataString("زرین کوب"))).Html.Should().Contain("<mark>زرین‌کوب</mark>").And.Contain("type=Person").And.Contain("type=Company");
        (await admin.OpenAsync("/search?type=Person&q=" + Uri.EscapeDataString("زرین کوب"))).Text.Should().Contain("پیدا").And.NotContain("تجارت");
    }
}
