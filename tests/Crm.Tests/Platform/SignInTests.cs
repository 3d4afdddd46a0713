using System.Net;
using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Features.EditUser;
using Crm.Testing;

namespace Crm.Tests.Platform;

public sealed class SignInTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    private static readonly (string, string?)[] s_wrong = [("Command.Password", "not the password")];

    [Fact]
    public async Task Signing_out_ends_the_session_on_the_server_so_a_copied_cookie_is_worth_nothing()
    {
        await app.AddUserAsync("copied");
        var cookies = new CookieContainer();
        var browse = app.Anonymous("en", cookies);
        await browse.SignInAsync("copied", CrmApp.Password);
        (await browse.OpenAsync("/profile")).Status.Should().Be(HttpStatusCode.OK);
        var copy = new CookieContainer();
        foreach (Cookie cookie in cookies.GetAllCookies()) copy.Add(new Cookie(cookie.Name, cookie.Value, cookie.Path, cookie.Domain));

        await browse.PostAsync("/sign-out", []);
        browse.Location.Should().Be("/sign-in");

        (await app.Anonymous("en", copy).OpenAsync("/profile")).Location.Should().StartWith("/sign-in");
    }

    [Fact]
    public async Task Five_wrong_passwords_pause_the_account_at_that_address_and_leave_the_owner_alone()
    {
        await app.AddUserAsync("target");
        var attacker = app.At("203.0.113.7");
        for (var i = 0; i < 5; i++)
        {
            await attacker.PostAsync("/sign-in", [("Command.UserName", "target"), .. s_wrong]);
            attacker.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        }

        await attacker.PostAsync("/sign-in", [("Command.UserName", "target"), ("Command.Password", CrmApp.Password)]);
        attacker.Status.Should().Be(HttpStatusCode.TooManyRequests, "even the right password is not looked at during the pause");
        attacker.Text.Should().Contain("Try again in");

        var owner = app.At("198.51.100.9");
        await owner.SignInAsync("target", CrmApp.Password);

        app.Clock.Advance(TimeSpan.FromSeconds(61));
        await attacker.PostAsync("/sign-in", [("Command.UserName", "target"), ("Command.Password", CrmApp.Password)]);
        attacker.Location.Should().Be("/", "after the pause one attempt is looked at again");
    }

    [Fact]
    public async Task Many_guesses_at_once_are_counted_one_by_one()
    {
        await app.AddUserAsync("flooded");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            var browse = app.At("203.0.113.20");
            await browse.PostAsync("/sign-in", [("Command.UserName", "flooded"), .. s_wrong]);
            return browse.Status;
        }));
        answers.Count(s => s == HttpStatusCode.UnprocessableEntity).Should().Be(5);
        answers.Count(s => s == HttpStatusCode.TooManyRequests).Should().Be(15);
    }

    [Fact]
    public async Task An_unknown_name_and_a_deactivated_user_are_answered_like_a_wrong_password()
    {
        var gone = await app.AddUserAsync("leaver");
        await app.SendAsync(new SetUserActiveCommand(gone, false));
        await app.AddUserAsync("known");
        async Task<(HttpStatusCode, string)> TryAsync(string name)
        {
            var browse = app.At("203.0.113.30");
            await browse.PostAsync("/sign-in", [("Command.UserName", name), ("Command.Password", name == "leaver" ? CrmApp.Password : "not the password")]);
            return (browse.Status, browse.Text);
        }

        var (status, text) = await TryAsync("known");
        status.Should().Be(HttpStatusCode.UnprocessableEntity);
        text.Should().Contain("The user name or the password is wrong.");
        (await TryAsync("nobody-at-all")).Should().Be((status, text));
        (await TryAsync("leaver")).Should().Be((status, text));
        for (var i = 0; i < 5; i++) await TryAsync("nobody-at-all");
        (await TryAsync("nobody-at-all")).Item1.Should().Be(HttpStatusCode.TooManyRequests, "names that do not exist are paused too");
    }

    [Theory]
    [InlineData("/settings/users?q=x", "/settings/users?q=x")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example/", "/")]
    [InlineData("/%09/evil.example", "/%09/evil.example")]
    [InlineData("/\t/evil.example", "/ /evil.example")] // cleaned on binding; a path of ours
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("~//evil.example", "/")]
    [InlineData("/sign-out", "/")]
    public async Task The_way_back_leads_to_our_own_pages_only(string asked, string taken)
    {
        var browse = app.At("198.51.100.40");
        await browse.OpenAsync("/sign-in?returnUrl=" + Uri.EscapeDataString(asked));
        await browse.SubmitAsync("/sign-in", [("Command.UserName", "admin"), ("Command.Password", CrmApp.Password)]);
        browse.Location.Should().Be(taken);
    }

    [Fact]
    public async Task The_cookie_can_be_read_by_no_script_and_is_not_sent_by_other_sites()
    {
        using var client = app.CreateClient(new() { AllowAutoRedirect = false, BaseAddress = new Uri("https://localhost") });
        var form = await client.GetStringAsync(new Uri("/sign-in", UriKind.Relative));
        var token = System.Text.RegularExpressions.Regex.Match(form, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using var response = await client.PostAsync(new Uri("/sign-in", UriKind.Relative), new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["Command.UserName"] = "admin", ["Command.Password"] = CrmApp.Password, ["__RequestVerificationToken"] = token,
        }));
        var cookie = response.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("crm=", StringComparison.Ordinal));
        cookie.Should().ContainEquivalentOf("httponly").And.ContainEquivalentOf("samesite=lax").And.ContainEquivalentOf("secure");
    }

    [Fact]
    public async Task A_sign_in_without_the_forms_token_is_refused()
    {
        using var response = await app.Anonymous().Client.PostAsync(new Uri("/sign-in", UriKind.Relative), new FormUrlEncodedContent(new Dictionary<string, string> { ["Command.UserName"] = "admin", ["Command.Password"] = CrmApp.Password }));
        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_new_password_ends_all_other_sessions_and_this_one_goes_on()
    {
        await app.AddUserAsync("changer");
        var here = app.Anonymous();
        var there = app.Anonymous();
        await here.SignInAsync("changer", CrmApp.Password);
        await there.SignInAsync("changer", CrmApp.Password);

        await here.PostAsync("/profile/password", [("Command.Present", CrmApp.Password), ("Command.Password", "another good password"), ("Command.Again", "another good password")]);
        here.Location.Should().Be("/profile");

        (await here.OpenAsync("/profile")).Status.Should().Be(HttpStatusCode.OK);
        (await there.OpenAsync("/profile")).Location.Should().StartWith("/sign-in");
        var old = app.At("198.51.100.50");
        await old.PostAsync("/sign-in", [("Command.UserName", "changer"), ("Command.Password", CrmApp.Password)]);
        old.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_wrong_present_password_changes_nothing()
    {
        await app.AddUserAsync("guesser");
        var browse = app.Anonymous();
        await browse.SignInAsync("guesser", CrmApp.Password);
        await browse.PostAsync("/profile/password", [("Command.Present", "something else"), ("Command.Password", "another good password"), ("Command.Again", "another good password")]);
        browse.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        browse.Text.Should().Contain("This is not your present password.");
        await app.At("198.51.100.51").SignInAsync("guesser", CrmApp.Password);
    }

    [Fact]
    public async Task A_deactivated_user_is_out_at_once_where_the_change_was_made()
    {
        var id = await app.AddUserAsync("fired");
        var browse = app.Anonymous();
        await browse.SignInAsync("fired", CrmApp.Password);
        await app.SendAsync(new SetUserActiveCommand(id, false));
        (await browse.OpenAsync("/profile")).Location.Should().StartWith("/sign-in");
    }

    [Fact]
    public async Task A_host_that_was_not_told_notices_a_deactivated_user_after_five_seconds()
    {
        var id = await app.AddUserAsync("unheard");
        var browse = app.Anonymous();
        await browse.SignInAsync("unheard", CrmApp.Password);
        (await browse.OpenAsync("/profile")).Status.Should().Be(HttpStatusCode.OK);
        // As another host would do it whose word got lost: past the application.
        await app.QueryAsync<int>("update platform.users set active = false where id = @id returning 1", new { id });
        app.Clock.Advance(TimeSpan.FromSeconds(5));
        (await browse.OpenAsync("/profile")).Location.Should().StartWith("/sign-in");
    }

    [Fact]
    public async Task A_session_ends_after_its_time()
    {
        await app.AddUserAsync("sleeper");
        var browse = app.Anonymous();
        await browse.SignInAsync("sleeper", CrmApp.Password);
        app.Clock.Advance(SessionLife.Usual + TimeSpan.FromMinutes(1));
        (await browse.OpenAsync("/profile")).Location.Should().StartWith("/sign-in");
    }

    [Theory]
    [InlineData("short", "someone")]
    [InlineData("aaaaaaaaaaaa", "someone")]
    [InlineData("Password123", "someone")]
    [InlineData("xx-someone-xx", "someone")]
    public void Weak_passwords_are_refused(string password, string userName) => Passwords.Complaint(password, userName).Should().NotBeNull();

    [Theory]
    [InlineData("correct horse battery")]
    [InlineData("گل‌های باغچهٔ ما")]
    public void Long_ones_are_taken(string password) => Passwords.Complaint(password, "someone").Should().BeNull();
}
