using System.Net;
using System.Text.RegularExpressions;
using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Features.EditRole;
using Crm.Platform.Features.EditUser;
using Crm.Platform.Features.SecondFactor;
using Crm.Platform.Features.SignInRules;
using Crm.Platform.Features.Tokens;
using Crm.Testing;

namespace Crm.Tests.Platform;

/// <summary>SYS-10: the code after the password. Every test has users and addresses of its own; the clock only moves on.</summary>
public sealed class TwoFactorTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    private string Code(string secret, int steps = 0) => Totp.Code(secret, Totp.StepAt(app.Clock.GetUtcNow()) + steps);

    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    public void Codes_are_those_of_the_standard(long second, string code) =>
        // RFC 6238, appendix B, whose codes have eight digits: ours are the last six.
        Totp.Code(Totp.Base32("12345678901234567890"u8), Totp.StepAt(DateTimeOffset.FromUnixTimeSeconds(second))).Should().Be(code);

    [Fact]
    public async Task It_counts_only_after_a_right_code_and_the_right_password_and_then_every_sign_in_asks()
    {
        var id = await app.AddUserAsync("careful");
        var browse = await InAsync("careful");
        await browse.OpenAsync("/profile/two-factor");
        var secret = SecretOf(browse);
        browse.Html.Should().Contain("<svg class=\"qr\"", "the picture is drawn in the page itself").And.NotContain("otpauth:", "the secret stands in no address");
        await browse.SubmitAsync("/profile/two-factor", [("Command.Code", "000000"), ("Command.Password", CrmApp.Password)]);
        browse.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        SecretOf(browse).Should().Be(secret, "who mistyped need not scan again");
        await browse.SubmitAsync("/profile/two-factor", [("Command.Code", Code(secret)), ("Command.Password", "not the password")]);
        browse.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await app.At("198.51.100.1").SignInToAsync("careful")).Should().Be("/", "it is not on yet");

        await browse.SubmitAsync("/profile/two-factor", [("Command.Code", Code(secret)), ("Command.Password", CrmApp.Password)]);
        CodesOf(browse).Should().HaveCount(10).And.OnlyHaveUniqueItems();
        await browse.OpenAsync("/profile/two-factor");
        CodesOf(browse).Should().BeEmpty("they are shown once");
        browse.Html.Should().NotContain("<svg class=\"qr\"", "and so is the secret");
        (await app.At("198.51.100.1").SignInToAsync("careful")).Should().Be("/sign-in/code");

        var stored = (await app.QueryAsync<string>("select secret from platform.two_factors where user_id = @id", new { id })).Single();
        stored.Should().NotContain(secret);
        (await app.QueryAsync<string>("select coalesce(string_agg(changes::text, ' '), '') from platform.audit")).Single().Should().NotContain(secret).And.NotContain(stored);
        (await app.QueryAsync<int>("select count(*) from platform.audit where entity_id = @id and changes::text like '%woFactorSince%'", new { id })).Single().Should().BePositive("that it was turned on stands in the history");
    }

    [Fact]
    public async Task A_code_is_taken_once_a_step_early_or_late_and_in_persian_digits_too()
    {
        var (secret, _) = await WithAsync("typist");
        app.Clock.Advance(TimeSpan.FromMinutes(5));
        var first = app.At("198.51.100.2");
        await first.SignInToAsync("typist");
        var code = Code(secret);
        await first.SubmitAsync("/sign-in/code", [("Command.Code", PersianText.PersianDigits(code[..3] + " " + code[3..]))]);
        first.Location.Should().Be("/");
        (await first.OpenAsync("/profile")).Status.Should().Be(HttpStatusCode.OK);

        var replay = app.At("198.51.100.3");
        await replay.SignInToAsync("typist");
        await replay.SubmitAsync("/sign-in/code", [("Command.Code", code)]);
        replay.Status.Should().Be(HttpStatusCode.UnprocessableEntity, "a code that was looked over somebody's shoulder is spent");
        await replay.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret, -1))]);
        replay.Status.Should().Be(HttpStatusCode.UnprocessableEntity, "and so are all before it");
        await replay.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret, 2))]);
        replay.Status.Should().Be(HttpStatusCode.UnprocessableEntity, "two steps are too far");
        await replay.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret, 1))]);
        replay.Location.Should().Be("/");

        app.Clock.Advance(TimeSpan.FromMinutes(5));
        var late = app.At("198.51.100.4");
        await late.SignInToAsync("typist");
        await late.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret, -1))]);
        late.Location.Should().Be("/");
    }

    [Fact]
    public async Task Many_who_bring_the_same_code_at_once_are_one_who_gets_in()
    {
        var (secret, _) = await WithAsync("crowded");
        app.Clock.Advance(TimeSpan.FromMinutes(5));
        var browsers = Enumerable.Range(0, 6).Select(i => app.At($"198.51.101.{i + 1}")).ToList();
        foreach (var b in browsers) await b.SignInToAsync("crowded");
        var code = Code(secret);
        await Task.WhenAll(browsers.Select(b => b.SubmitAsync("/sign-in/code", [("Command.Code", code)])));
        browsers.Count(b => b.Location == "/").Should().Be(1);
    }

    [Fact]
    public async Task A_recovery_code_signs_in_once_and_new_ones_make_the_old_worthless()
    {
        var (secret, codes) = await WithAsync("forgetful");
        var browse = app.At("198.51.100.5");
        await browse.SignInToAsync("forgetful");
        await browse.SubmitAsync("/sign-in/code", [("Command.Code", codes[0].ToLowerInvariant())]);
        browse.Location.Should().Be("/");
        (await browse.OpenAsync("/profile/two-factor")).Text.Should().Contain("Recovery codes left 9");

        var again = app.At("198.51.100.6");
        await again.SignInToAsync("forgetful");
        await again.SubmitAsync("/sign-in/code", [("Command.Code", codes[0])]);
        again.Status.Should().Be(HttpStatusCode.UnprocessableEntity);

        app.Clock.Advance(TimeSpan.FromMinutes(2));
        await browse.PostAsync("/profile/two-factor", [("RenewCommand.Code", Code(secret))], "handler=Codes");
        var renewed = CodesOf(browse);
        renewed.Should().HaveCount(10).And.NotIntersectWith(codes);
        await again.SubmitAsync("/sign-in/code", [("Command.Code", codes[1])]);
        again.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        await again.SubmitAsync("/sign-in/code", [("Command.Code", renewed[1])]);
        again.Location.Should().Be("/");
        (await app.QueryAsync<string>("select hash from platform.recovery_codes")).Should().NotContain(h => renewed.Contains(h));
    }

    [Fact]
    public async Task Who_has_only_brought_the_password_may_nothing_and_not_for_long()
    {
        var (secret, _) = await WithAsync("halfway");
        var cookies = new CookieContainer();
        var browse = app.Anonymous("en", cookies);
        await browse.SignInToAsync("halfway");
        foreach (var path in (string[])["/", "/profile", "/profile/two-factor", "/profile/password", "/settings/users", "/api/v1/users/me", "/hubs/live", "/notifications/recent"])
        {
            await browse.OpenAsync(path);
            ((int)browse.Status is 401 || browse.Location?.StartsWith("/sign-in", StringComparison.Ordinal) == true).Should().BeTrue($"{path} answered {browse.Status} {browse.Location}");
        }

        cookies.GetAllCookies().Select(c => c.Name).Should().NotContain("crm").And.Contain("crm.half");
        (await app.QueryAsync<int>("select count(*) from platform.sessions s join platform.users u on u.id = s.user_id where u.user_name = 'halfway' and s.address = 'unknown' and s.ended_at is null")).Single()
            .Should().Be(1, "no session but the one it was set up in");
        // The sealed word in the cookie of a session is worth nothing either.
        var forged = new CookieContainer();
        forged.Add(new Cookie("crm", cookies.GetAllCookies().Single(c => c.Name == "crm.half").Value, "/", "localhost"));
        (await app.Anonymous("en", forged).OpenAsync("/profile")).Location.Should().StartWith("/sign-in");

        await browse.OpenAsync("/sign-in/code");
        app.Clock.Advance(TimeSpan.FromMinutes(5));
        await browse.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret))]);
        browse.Location.Should().Be("/sign-in?late=true");
        (await browse.OpenAsync("/sign-in/code")).Location.Should().Be("/sign-in");
    }

    [Fact]
    public async Task A_new_password_voids_what_was_between_password_and_code()
    {
        var (secret, _) = await WithAsync("renewed");
        var thief = app.At("198.51.100.7");
        await thief.SignInToAsync("renewed");
        await app.SendAsync(new SetUserPasswordCommand { Id = await app.UserIdAsync("renewed"), Password = "a brand new password" });
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await thief.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret))]);
        thief.Location.Should().Be("/sign-in?late=true");
    }

    [Fact]
    public async Task Guessing_codes_is_limited_and_the_right_password_between_the_guesses_does_not_help()
    {
        var (secret, _) = await WithAsync("besieged");
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        var attacker = app.At("203.0.113.50");
        for (var i = 0; i < 5; i++)
        {
            (await attacker.SignInToAsync("besieged")).Should().Be("/sign-in/code");
            await attacker.SubmitAsync("/sign-in/code", [("Command.Code", "000000")]);
            attacker.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        }

        await attacker.SignInToAsync("besieged");
        await attacker.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret))]);
        attacker.Status.Should().Be(HttpStatusCode.TooManyRequests, "even the right code is not looked at during the pause");

        var owner = app.At("198.51.100.8");
        await owner.SignInToAsync("besieged");
        await owner.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret))]);
        owner.Location.Should().Be("/", "the owner elsewhere is not locked out");

        for (var i = 0; i < 12; i++) await app.Services.GetRequired<SignInGuard>().EnterCodeAsync("besieged", IPAddress.Parse($"192.0.2.{i + 1}"), default);
        (await app.Services.GetRequired<SignInGuard>().EnterCodeAsync("besieged", IPAddress.Parse("192.0.2.99"), default)).Should().BePositive("nor from everywhere");
        (await app.Services.GetRequired<SignInGuard>().EnterCodeAsync("besieged", IPAddress.Parse("198.51.100.8"), default)).Should().BeNull("and the owner still comes in");
    }

    [Fact]
    public async Task A_trusted_browser_is_not_asked_for_thirty_days_until_it_is_forgotten_or_the_password_is_new()
    {
        var (secret, _) = await WithAsync("homely");
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        var home = app.At("198.51.100.10");
        await home.SignInToAsync("homely");
        await home.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret)), ("Command.Trust", "true")]);
        home.Location.Should().Be("/");
        await home.PostAsync("/sign-out", []);
        (await home.SignInToAsync("homely")).Should().Be("/", "the password is enough here");
        (await app.At("198.51.100.11").SignInToAsync("homely")).Should().Be("/sign-in/code", "and only here");

        await home.PostAsync("/profile/two-factor", [("browser", (await app.QueryAsync<Guid>("select t.id from platform.trusted_browsers t join platform.users u on u.id = t.user_id where u.user_name = 'homely'")).Single().ToString())], "handler=Forget");
        await home.PostAsync("/sign-out", []);
        (await home.SignInToAsync("homely")).Should().Be("/sign-in/code");

        app.Clock.Advance(TimeSpan.FromMinutes(2));
        await home.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret)), ("Command.Trust", "true")]);
        await home.PostAsync("/sign-out", []);
        app.Clock.Advance(TimeSpan.FromDays(30));
        (await home.SignInToAsync("homely")).Should().Be("/sign-in/code", "thirty days are over");

        await home.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret)), ("Command.Trust", "true")]);
        await app.SendAsync(new SetUserPasswordCommand { Id = await app.UserIdAsync("homely"), Password = "a brand new password" });
        (await home.SignInToAsync("homely", "a brand new password")).Should().Be("/sign-in/code", "a new password ends all trust");
    }

    [Fact]
    public async Task Turning_it_off_needs_the_password_and_a_code()
    {
        var (secret, codes) = await WithAsync("leaver");
        var browse = app.At("198.51.100.12");
        await browse.SignInToAsync("leaver");
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        await browse.SubmitAsync("/sign-in/code", [("Command.Code", Code(secret))]);
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        await browse.PostAsync("/profile/two-factor", [("OffCommand.Password", "not the password"), ("OffCommand.Code", Code(secret))], "handler=Off");
        browse.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        await browse.PostAsync("/profile/two-factor", [("OffCommand.Password", CrmApp.Password), ("OffCommand.Code", "000000")], "handler=Off");
        browse.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await app.At("198.51.100.13").SignInToAsync("leaver")).Should().Be("/sign-in/code");
        await browse.PostAsync("/profile/two-factor", [("OffCommand.Password", CrmApp.Password), ("OffCommand.Code", Code(secret))], "handler=Off");
        browse.Location.Should().Be("/profile");
        (await app.At("198.51.100.13").SignInToAsync("leaver")).Should().Be("/");
        (await app.QueryAsync<int>("select (select count(*) from platform.two_factors t join platform.users u on u.id = t.user_id where u.user_name = 'leaver') + (select count(*) from platform.recovery_codes t join platform.users u on u.id = t.user_id where u.user_name = 'leaver')")).Single().Should().Be(0);
        codes.Should().HaveCount(10);
    }

    [Fact]
    public async Task An_administrator_turns_it_off_for_who_lost_the_phone_and_it_stands_in_the_history()
    {
        await WithAsync("phoneless");
        var id = await app.UserIdAsync("phoneless");
        var elsewhere = await InAtOnceAsync("phoneless-peer");
        var admin = await app.As("admin");
        await admin.PostAsync($"/settings/users/{id}", [], "handler=TwoFactorOff");
        admin.Location.Should().Be($"/settings/users/{id}");
        (await app.At("198.51.100.14").SignInToAsync("phoneless")).Should().Be("/");
        (await app.QueryAsync<string>("select a.user_name from platform.audit a where a.entity_id = @id and a.changes::text like '%woFactorSince%' order by a.id desc limit 1", new { id })).Single().Should().NotBeNullOrEmpty().And.NotBe("test");
        (await elsewhere.OpenAsync("/profile")).Status.Should().Be(HttpStatusCode.OK, "others are not touched");

        await WithAsync("last-resort");
        await app.SendAsync(new ResetTwoFactorCommand(await app.UserIdAsync("last-resort")));
        (await app.At("198.51.100.20").SignInToAsync("last-resort")).Should().Be("/", "the command line does it where no administrator can");

        var self = async () => await app.SendAsync(new ResetTwoFactorCommand(await app.UserIdAsync("admin")), "admin");
        await self.Should().ThrowAsync<RuleBroken>();
        await app.AddUserAsync("user-keeper", "platform.users.manage");
        var beyond = async () => await app.SendAsync(new ResetTwoFactorCommand(await app.UserIdAsync("admin")), "user-keeper");
        await beyond.Should().ThrowAsync<RuleBroken>("only administrators touch administrators");
    }

    [Fact]
    public async Task Where_a_role_demands_it_who_has_none_sets_it_up_at_the_next_sign_in_before_anything_else()
    {
        var role = await app.SendAsync(new SaveRoleCommand { Name = "Demanding role" });
        var id = await app.AddUserAsync("demanded");
        var signedIn = await InAsync("demanded");
        var token = await app.SendAsync(new CreateTokenCommand { Label = "Till", ForUserId = id });
        var form = await app.QueryAsync<string>("select name from platform.users where id = @id", new { id });
        await app.SendAsync(new EditUserCommand { Id = id, Version = await VersionAsync(id), Name = form[0], BranchId = Branches.HeadOffice, RoleIds = [role] });
        var admin = await app.As("admin");
        await admin.PostAsync("/settings/sign-in-rules", [("Command.TwoFactorRoles", role.ToString())]);
        admin.Location.Should().Be("/settings/sign-in-rules");
        try
        {
            (await signedIn.OpenAsync("/profile")).Status.Should().Be(HttpStatusCode.OK, "who is signed in goes on");
            (await app.At("198.51.100.15").SignInToAsync("admin")).Should().Be("/", "others are not concerned");

            var browse = app.At("198.51.100.16");
            await browse.PostAsync("/sign-in?returnUrl=%2Fprofile%2Ftokens", [("Command.UserName", "demanded"), ("Command.Password", CrmApp.Password)]);
            browse.Location.Should().Be("/sign-in/set-up?returnUrl=%2Fprofile%2Ftokens");
            (await browse.OpenAsync("/profile")).Location.Should().StartWith("/sign-in", "nothing is open before");
            (await browse.OpenAsync("/sign-in/code")).Location.Should().Be("/sign-in", "there is no code yet");
            await browse.OpenAsync("/sign-in/set-up?returnUrl=%2Fprofile%2Ftokens");
            var secret = SecretOf(browse);
            await browse.SubmitAsync("/sign-in/set-up", [("Command.Code", "000000")]);
            browse.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
            (await browse.OpenAsync("/profile")).Location.Should().StartWith("/sign-in");
            await browse.OpenAsync("/sign-in/set-up?returnUrl=%2Fprofile%2Ftokens");
            secret = SecretOf(browse);
            await browse.SubmitAsync("/sign-in/set-up", [("Command.Code", Code(secret))]);
            CodesOf(browse).Should().HaveCount(10);
            browse.Html.Should().Contain("href=\"/profile/tokens\"");
            (await browse.OpenAsync("/profile/tokens")).Status.Should().Be(HttpStatusCode.OK);
            (await app.At("198.51.100.17").SignInToAsync("demanded")).Should().Be("/sign-in/code");

            var off = async () => await app.SendAsync(new TurnOffTwoFactorCommand { Password = CrmApp.Password, Code = Code(secret, 1) }, "demanded");
            await off.Should().ThrowAsync<RuleBroken>("what is demanded can't be turned off");
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/users/me");
            request.Headers.Authorization = new("Bearer", token);
            using var answer = await app.Anonymous().Client.SendAsync(request);
            answer.StatusCode.Should().Be(HttpStatusCode.OK, "programs bring no codes");
        }
        finally
        {
            await app.SendAsync(new SaveSignInRulesCommand());
        }
    }

    [Fact]
    public async Task Demanded_of_everybody_it_is_demanded_of_administrators_too()
    {
        await app.SendAsync(new SaveSignInRulesCommand { TwoFactorForAll = true });
        try
        {
            (await app.At("198.51.100.18").SignInToAsync("admin")).Should().Be("/sign-in/set-up");
        }
        finally
        {
            await app.SendAsync(new SaveSignInRulesCommand());
        }
    }

    [Fact]
    public async Task A_secret_shown_to_one_is_worth_nothing_to_another()
    {
        await app.AddUserAsync("giver");
        await app.AddUserAsync("taker");
        var giver = await InAsync("giver");
        await giver.OpenAsync("/profile/two-factor");
        var (secret, sealedSecret) = (SecretOf(giver), Regex.Match(giver.Html, "name=\"Command.SetUp\"[^>]*value=\"([^\"]+)\"").Groups[1].Value);
        var taker = await InAsync("taker");
        await taker.PostAsync("/profile/two-factor", [("Command.SetUp", sealedSecret), ("Command.Code", Code(secret)), ("Command.Password", CrmApp.Password)]);
        taker.Status.Should().Be(HttpStatusCode.Conflict);
        (await app.At("198.51.100.19").SignInToAsync("taker")).Should().Be("/");
    }

    private async Task<uint> VersionAsync(Guid id) => (uint)(await app.QueryAsync<long>("select xmin::text::bigint from platform.users where id = @id", new { id })).Single();

    private async Task<Browse> InAsync(string user)
    {
        var browse = app.Anonymous();
        await browse.SignInAsync(user, CrmApp.Password);
        return browse;
    }

    private async Task<Browse> InAtOnceAsync(string user)
    {
        await app.AddUserAsync(user);
        return await InAsync(user);
    }

    /// <summary>A user with two-factor sign-in, set up as people do.</summary>
    private async Task<(string Secret, IReadOnlyList<string> Codes)> WithAsync(string user)
    {
        await app.AddUserAsync(user);
        var browse = await InAsync(user);
        await browse.OpenAsync("/profile/two-factor");
        var secret = SecretOf(browse);
        await browse.SubmitAsync("/profile/two-factor", [("Command.Code", Code(secret)), ("Command.Password", CrmApp.Password)]);
        var codes = CodesOf(browse);
        codes.Should().HaveCount(10, browse.Text);
        return (secret, codes);
    }

    private static string SecretOf(Browse browse) => Regex.Match(browse.Html, "class=\"token\">([A-Z2-7 ]+)<").Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);

    private static List<string> CodesOf(Browse browse) => [.. Regex.Matches(browse.Html, "<li><code>([A-Z2-7-]+)</code></li>").Select(m => m.Groups[1].Value)];
}

internal static class SigningIn
{
    /// <summary>Name and password by the real form; where that leads, whose page is then open.</summary>
    public static async Task<string?> SignInToAsync(this Browse browse, string user, string password = CrmApp.Password)
    {
        await browse.PostAsync("/sign-in", [("Command.UserName", user), ("Command.Password", password)]);
        var to = browse.Location;
        if (to?.StartsWith("/sign-in/", StringComparison.Ordinal) == true) await browse.OpenAsync(to);
        return to;
    }

    public static T GetRequired<T>(this IServiceProvider services) where T : notnull => Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<T>(services);
}
