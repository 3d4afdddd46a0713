using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Crm.BrowserTests;

/// <summary>A page that shows what is chosen at its head.</summary>
[Collection("English")]
public sealed class ChoiceTests(EnglishApp app)
{
    [Fact]
    public async Task The_arrangement_of_fields_of_a_role_is_shown_as_soon_as_the_role_is_chosen()
    {
        await using var admin = await app.SignInAsync("admin");
        await admin.GoAsync("/settings/fields/layout/contacts");
        await admin.Page.GetByLabel(app.Say("For whom")).Last.SelectOptionAsync(new Microsoft.Playwright.SelectOptionValue { Index = 1 });
        await Expect(admin.Page).ToHaveURLAsync(new Regex("role=.+"));
        admin.TakeWrong().Should().BeEmpty();
    }
}
