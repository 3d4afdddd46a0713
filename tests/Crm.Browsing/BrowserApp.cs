using Crm.Core;
using Crm.Testing;
using Dapper;
using Npgsql;

namespace Crm.Browsing;

/// <summary>
/// The real application on a real port, with the demo company and its pumps running by themselves, and everybody reading one language. The clock is the real one: browsers have no other.
/// </summary>
public abstract class BrowserApp(string language) : CrmApp
{
    /// <summary>Language of everybody who signs in.</summary>
    public string Language { get; } = language;

    protected override bool Demo => true;

    protected override bool PumpsRun => true;

    protected override bool Listens => true;

    protected override TimeProvider Time => TimeProvider.System;

    protected override async Task PrepareAsync()
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.ExecuteAsync("update platform.users set language = @Language, calendar = @calendar", new { Language, calendar = Language == "fa" ? "Jalali" : "Gregorian" });
    }

    /// <summary>What the application writes for this English sentence, in this language. A sentence without Persian is an error.</summary>
    public string Say(string english, params object[] values)
    {
        var text = Texts.In(Language, english, values);
        if (Language == "fa" && text == english) throw new InvalidOperationException($"“{english}” has no Persian.");
        return text;
    }

    /// <summary>A window of the browser, signed in by the form as one of the staff.</summary>
    public async Task<Window> SignInAsync(string userName, int width = 1400, int? height = null)
    {
        var window = await Window.OpenAsync(this, width, height);
        await window.GoAsync("/sign-in");
        await window.Page.GetByLabel(Say("User name")).FillAsync(userName);
        await window.Page.GetByLabel(Say("Password")).FillAsync(Password);
        await window.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = Say("Sign in") }).ClickAsync();
        await window.Page.WaitForURLAsync(url => !url.Contains("/sign-in", StringComparison.Ordinal));
        return window;
    }
}
