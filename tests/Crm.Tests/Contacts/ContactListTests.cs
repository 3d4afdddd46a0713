using System.Net;
using System.Text.RegularExpressions;
using Crm.Contacts.Domain;
using Crm.Testing;

namespace Crm.Tests.Contacts;

public sealed class ContactListTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Theory]
    [InlineData("يزداني")]            // Arabic ye
    [InlineData("یزدانی")]
    [InlineData("نیک‌سرشت")]     // half-space
    [InlineData("نیکسرشت")]
    [InlineData("نیک سرشت")]
    [InlineData("سرشت یزدانی")]       // words in any order
    public async Task One_search_finds_a_name_in_every_spelling(string typed)
    {
        await Given.PersonAsync(app, "نیک‌سرشت", "یزدانی‌اصل");
        var page = await (await app.As("sara")).OpenAsync("/contacts?q=" + Uri.EscapeDataString(typed));
        page.Text.Should().Contain("نیک‌سرشت یزدانی‌اصل");
    }

    [Theory]
    [InlineData("۰۹۳۶ ۵۵۵ ۴۴۳۳")]
    [InlineData("09365554433")]
    [InlineData("+98 936 555 4433")]
    [InlineData("0098 936 5554433")]
    [InlineData("989365554433")]
    [InlineData("555 4433")]
    public async Task A_phone_is_found_whichever_way_it_is_typed(string typed)
    {
        await Given.PersonAsync(app, "کامیاب", "شماره‌دار", phone: "0936-555-4433", more: c => c with { AllowKnownPhone = true });
        var page = await (await app.As("sara")).OpenAsync("/contacts?q=" + Uri.EscapeDataString(typed));
        page.Text.Should().Contain("کامیاب شماره‌دار");
    }

    [Fact]
    public async Task A_contact_is_found_by_number_mail_and_national_id()
    {
        var id = await Given.PersonAsync(app, "Otto", "Findling", more: c => c with { NationalId = "0013542419", Emails = [new() { Address = "Otto.Findling@Example.com" }] });
        var number = (await app.QueryAsync<long>("select number from contacts.contacts where id = @id", new { id })).Single();
        var sara = await app.As("sara");
        foreach (var typed in (string[])["#" + number, number.ToString(), "otto.findling@", "0013542419", "۰۰۱۳۵۴۲۴۱۹"])
            (await sara.OpenAsync("/contacts?q=" + Uri.EscapeDataString(typed))).Text.Should().Contain("Otto Findling", "it was searched for “{0}”", typed);
    }

    [Fact]
    public async Task Wildcards_and_quotes_are_searched_for_as_they_stand()
    {
        var sara = await app.As("sara");
        foreach (var typed in (string[])["%", "_", "100%", "\\", "' or 1=1 --", "\"", "()", "😀"])
        {
            await sara.OpenAsync("/contacts?q=" + Uri.EscapeDataString(typed));
            sara.Status.Should().Be(HttpStatusCode.OK);
            sara.Text.Should().Contain(Given.Fa("Nothing found"), "nobody is called “{0}”", typed);
        }
    }

    [Fact]
    public async Task Who_belongs_to_another_branch_is_not_seen_and_his_page_is_not_there()
    {
        var id = await Given.PersonAsync(app, "پنهان", "تهرانی‌مقدم", by: "reza");
        var zahra = await app.As("zahra");
        (await zahra.OpenAsync("/contacts?q=" + Uri.EscapeDataString("تهرانی‌مقدم"))).Text.Should().NotContain("پنهان");
        foreach (var url in (string[])[$"/contacts/{id}", $"/contacts/{id}/edit", $"/contacts/{id}/communications/new", $"/contacts/{id}/follow-ups/new", $"/contacts/{id}/panel/follow-ups"])
        {
            await zahra.OpenAsync(url);
            zahra.Status.Should().Be(HttpStatusCode.NotFound, url);
        }

        (await (await app.As("reza")).OpenAsync($"/contacts/{id}")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Paging_shows_every_contact_once_in_every_order_and_comes_back()
    {
        var sara = await app.As("sara");
        var total = (await app.QueryAsync<long>("select count(*) from contacts.contacts where deleted_at is null")).Single();
        foreach (var sort in (string[])["", "name", "-name", "number", "-updatedAt"])
        {
            List<string> seen = [];
            string? next = "/contacts" + (sort.Length == 0 ? "" : "?sort=" + sort);
            string? previous = null;
            while (next is not null)
            {
                await sara.OpenAsync(next);
                seen.AddRange(RowIds(sara.Html));
                previous = Link(sara.Html, "prev") ?? previous;
                next = Link(sara.Html, "next");
            }

            seen.Should().OnlyHaveUniqueItems().And.HaveCount((int)total, "sorted by “{0}”", sort);
            await sara.OpenAsync(previous!);
            RowIds(sara.Html).Should().BeSubsetOf(seen).And.HaveCount(50);
        }
    }

    [Fact]
    public async Task Filters_narrow_the_list_and_stand_as_chips_that_can_be_taken_off()
    {
        var status = Given.Value(BaseLists.Status, 4);
        await Given.PersonAsync(app, "ساکت", "خاموش‌پور", more: c => c with { StatusId = status });
        var sara = await app.As("sara");
        await sara.OpenAsync($"/contacts?status={status}&kind=person&count=exact");
        var expected = (await app.QueryAsync<long>("select count(*) from contacts.contacts where deleted_at is null and kind = 'Person' and status_id = @status", new { status })).Single();
        RowIds(sara.Html).Should().HaveCount((int)Math.Min(50, expected));
        sara.Text.Should().Contain("ساکت خاموش‌پور");
        sara.Html.Should().Contain("class=\"chip\" href=\"/contacts?status=" + status);
    }

    [Fact]
    public async Task The_list_takes_the_same_few_statements_for_one_row_and_for_fifty()
    {
        var sara = await app.As("sara");
        await Given.PersonAsync(app, "یگانه", "تک‌ردیف‌زاده");
        await sara.OpenAsync("/contacts");
        var many = await Statements.CountAsync(app, () => sara.OpenAsync("/contacts"));
        RowIds(sara.Html).Should().HaveCount(50);
        var one = await Statements.CountAsync(app, () => sara.OpenAsync("/contacts?q=" + Uri.EscapeDataString("تک‌ردیف‌زاده")));
        RowIds(sara.Html).Should().HaveCount(1);
        many.Should().BeLessThanOrEqualTo(4);
        one.Should().Be(many);
    }

    private static List<string> RowIds(string html) => [.. Regex.Matches(html, "class=\"row-main\" href=\"/contacts/([0-9a-f-]{36})\"").Select(m => m.Groups[1].Value)];

    private static string? Link(string html, string rel) =>
        Regex.Match(html, $"rel=\"{rel}\" href=\"([^\"]+)\"") is { Success: true } m ? WebUtility.HtmlDecode(m.Groups[1].Value) : null;
}
