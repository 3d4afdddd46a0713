using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Crm.BrowserTests;

/// <summary>An answer that lacks the part that was asked for.</summary>
[Collection("English")]
public sealed class SwapTests(EnglishApp app)
{
    [Fact]
    public async Task A_list_stays_as_it_is_and_says_so_when_what_comes_for_it_is_another_page()
    {
        await using var reza = await app.SignInAsync("reza");
        var page = reza.Page;
        await reza.GoAsync("/contacts");
        var rows = page.Locator("#list tbody tr");
        var before = await rows.CountAsync();
        before.Should().BePositive();
        await page.RouteAsync("**/contacts?*", r => r.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html><html lang=\"en\"><title>Elsewhere</title><main>Elsewhere</main></html>" }));
        await page.Locator("#list-form input[type=search]").FillAsync("nobody");
        await Expect(page.GetByText(app.Say("The page could not be loaded. Try again."))).ToBeVisibleAsync();
        (await rows.CountAsync()).Should().Be(before);
        await page.UnrouteAllAsync();
        await page.Locator("#list-form input[type=search]").FillAsync("");
        await Expect(rows).ToHaveCountAsync(before);
        await Expect(page.Locator("#list")).ToHaveCountAsync(1);
        reza.TakeWrong().Should().BeEmpty();
    }
}
