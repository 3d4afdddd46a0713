using static Microsoft.Playwright.Assertions;

namespace Crm.BrowserTests;

/// <summary>What somebody typed is not lost when the session ends meanwhile, or the record.</summary>
[Collection("Persian")]
public sealed class DraftTests(PersianApp app)
{
    private const string Said = "متن بلندی که مشتری پای تلفن گفت و نباید گم شود.";

    [Fact]
    public async Task What_was_typed_is_back_after_signing_in_again()
    {
        var contact = (await app.QueryAsync<Guid>("select id from contacts.contacts where deleted_at is null order by number limit 1")).Single();
        await using var reza = await app.SignInAsync("reza");
        var page = reza.Page;
        await reza.GoAsync($"/contacts/{contact}/communications/new?from=list");
        await page.Locator("[name='Command.Text']").FillAsync(Said);
        await SaveInAnEndedSessionAsync(page);
        page.Url.Should().EndWith("/communications/new?from=list");
        await Expect(page.Locator("[name='Command.Text']")).ToHaveValueAsync(Said);
        await page.Locator(".form-buttons .btn-primary").ClickAsync();
        await page.WaitForURLAsync($"**/contacts/{contact}");
        (await app.QueryAsync<string>("select text from contacts.communications where contact_id = @contact order by created_at desc limit 1", new { contact })).Should().Equal(Said);
        await reza.GoAsync($"/contacts/{contact}/communications/new");
        await Expect(page.Locator("[name='Command.Text']")).ToHaveValueAsync("", new() { Timeout = 5000 });
        reza.TakeWrong();
    }

    [Fact]
    public async Task Rows_that_were_added_are_back_too()
    {
        await using var reza = await app.SignInAsync("reza");
        var page = reza.Page;
        await reza.GoAsync("/contacts/new");
        await page.Locator("[name='Command.LastName']").FillAsync("چندنشانی");
        await page.GetByText(app.Say("Another number")).ClickAsync();
        await page.Locator("[name='Command.Phones[2].Number']").FillAsync("09120000003");
        await page.GetByText(app.Say("Another address")).ClickAsync();
        await page.Locator("[name='Command.Addresses[1].Text']").FillAsync(Said);
        await SaveInAnEndedSessionAsync(page);
        await Expect(page.Locator("[name='Command.Phones[2].Number']")).Not.ToHaveValueAsync("");
        await Expect(page.Locator("[name='Command.Addresses[1].Text']")).ToHaveValueAsync(Said);
        reza.TakeWrong();
    }

    [Fact]
    public async Task Where_the_record_is_gone_its_text_can_still_be_copied()
    {
        var contact = (await app.QueryAsync<Guid>("select id from contacts.contacts where deleted_at is null order by number desc limit 1")).Single();
        await using var reza = await app.SignInAsync("reza");
        await reza.GoAsync($"/contacts/{contact}/communications/new");
        await reza.Page.Locator("[name='Command.Text']").FillAsync(Said);
        await app.QueryAsync<Guid>("update contacts.contacts set deleted_at = now() where id = @contact returning id", new { contact });
        await reza.Page.Locator(".form-buttons .btn-primary").ClickAsync();
        await Expect(reza.Page.Locator(".draft-texts")).ToContainTextAsync(Said);
        await app.QueryAsync<Guid>("update contacts.contacts set deleted_at = null where id = @contact returning id", new { contact });
        reza.TakeWrong();
    }

    private async Task SaveInAnEndedSessionAsync(Microsoft.Playwright.IPage page)
    {
        await page.Context.ClearCookiesAsync();
        await page.Locator(".form-buttons .btn-primary").ClickAsync();
        await page.GetByLabel(app.Say("User name")).FillAsync("reza");
        await page.GetByLabel(app.Say("Password")).FillAsync(Crm.Testing.CrmApp.Password);
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = app.Say("Sign in") }).ClickAsync();
        await Expect(page.Locator(".draft-line")).ToBeVisibleAsync();
    }
}
