using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Platform;
using Crm.Platform.Contracts;
using Crm.Platform.Features.EditUser;
using Crm.Platform.Features.Tokens;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Platform;

public sealed class TokenTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    [Fact]
    public async Task A_token_acts_as_its_user_until_it_is_revoked()
    {
        var id = await app.AddUserAsync("robot", PlatformPermissions.ManageUsers);
        var token = await app.SendAsync(new CreateTokenCommand { Label = "Shop", ForUserId = id });
        token.Should().StartWith("crm_").And.HaveLength(4 + 64);
        (await app.QueryAsync<string>("select row_to_json(t)::text from platform.api_tokens t")).Should().NotContain(r => r.Contains(token, StringComparison.Ordinal), "only the hash is kept");

        (await GetAsync("/api/v1/users/me", token)).Status.Should().Be(HttpStatusCode.OK);
        (await GetAsync("/api/v1/users", token)).Status.Should().Be(HttpStatusCode.OK);
        (await GetAsync("/api/v1/roles", token)).Status.Should().Be(HttpStatusCode.Forbidden);

        var record = (await app.QueryAsync<Guid>("select id from platform.api_tokens where user_id = @id", new { id })).Single();
        await app.SendAsync(new RevokeTokenCommand(record), "robot");
        (await GetAsync("/api/v1/users/me", token)).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_token_expires_and_goes_with_its_user()
    {
        var id = await app.AddUserAsync("temp");
        var week = await app.SendAsync(new CreateTokenCommand { Label = "A week", ForUserId = id, Days = 7 });
        var ever = await app.SendAsync(new CreateTokenCommand { Label = "For ever", ForUserId = id, Days = null });
        (await GetAsync("/api/v1/users/me", week)).Status.Should().Be(HttpStatusCode.OK);
        app.Clock.Advance(TimeSpan.FromDays(7) + TimeSpan.FromMinutes(1));
        (await GetAsync("/api/v1/users/me", week)).Status.Should().Be(HttpStatusCode.Unauthorized);
        (await GetAsync("/api/v1/users/me", ever)).Status.Should().Be(HttpStatusCode.OK);
        await app.SendAsync(new SetUserActiveCommand(id, false));
        (await GetAsync("/api/v1/users/me", ever)).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_narrowed_token_may_do_only_this()
    {
        var admin = await app.UserIdAsync("admin");
        var token = await app.SendAsync(new CreateTokenCommand { Label = "Reader", ForUserId = admin, Permissions = [PlatformPermissions.SeeAudit] });
        (await GetAsync("/api/v1/audit", token)).Status.Should().Be(HttpStatusCode.OK);
        (await GetAsync("/api/v1/users", token)).Status.Should().Be(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("crm_0000")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task What_is_no_token_opens_nothing_even_beside_a_cookie(string token)
    {
        var browse = await app.As("admin");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/users/me");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        using var response = await browse.Client.SendAsync(request);
        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_token_is_made_in_the_browser_and_shown_once()
    {
        await app.AddUserAsync("maker");
        var browse = await app.As("maker");
        await browse.PostAsync("/profile/tokens", [("Command.Label", "فروشگاه"), ("Command.Days", "۳۰")]);
        browse.Status.Should().Be(HttpStatusCode.OK);
        var token = System.Text.RegularExpressions.Regex.Match(browse.Html, "crm_[0-9a-f]{64}").Value;
        token.Should().NotBeEmpty();
        (await GetAsync("/api/v1/users/me", token)).Status.Should().Be(HttpStatusCode.OK);
        (await browse.OpenAsync("/profile/tokens")).Html.Should().NotContain(token);
    }

    [Fact]
    public async Task Nobody_revokes_the_token_of_somebody_else()
    {
        var id = await app.AddUserAsync("owner-of-token");
        await app.AddUserAsync("stranger");
        await app.SendAsync(new CreateTokenCommand { Label = "Mine", ForUserId = id });
        var record = (await app.QueryAsync<Guid>("select id from platform.api_tokens where user_id = @id", new { id })).Single();
        var revoke = () => app.SendAsync(new RevokeTokenCommand(record), "stranger");
        await revoke.Should().ThrowAsync<NotFound>();
    }

    [Fact]
    public async Task A_studio_token_stands_for_its_user_and_is_void_after_a_new_password()
    {
        var id = await app.AddUserAsync("drawer");
        var (token, found) = await app.InScopeAsync(async sp =>
        {
            var studio = sp.GetRequiredService<IStudioTokens>();
            var t = studio.Issue(sp.GetRequiredService<ICurrentUser>().Access!, TimeSpan.FromMinutes(15));
            return (t, await studio.ValidateAsync(t, default));
        }, "drawer");
        found!.Id.Should().Be(id);
        (await GetAsync("/api/v1/users/me", token)).Status.Should().Be(HttpStatusCode.Unauthorized, "it opens the designer's paths only");
        await app.SendAsync(new SetUserPasswordCommand { Id = id, Password = "quite another password" });
        (await app.InScopeAsync(async sp => await sp.GetRequiredService<IStudioTokens>().ValidateAsync(token, default))).Should().BeNull();
        (await app.InScopeAsync(async sp => await sp.GetRequiredService<IStudioTokens>().ValidateAsync(token[..^4] + "AAAA", default))).Should().BeNull();
    }

    [Fact]
    public async Task Users_are_kept_over_the_API_by_the_same_rules()
    {
        var token = await app.SendAsync(new CreateTokenCommand { Label = "HR", ForUserId = await app.UserIdAsync("admin") });
        using var client = Client(token);
        using var weak = await client.PostAsJsonAsync("/api/v1/users", new { userName = "api-user", name = "Api User", password = "1" });
        weak.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        using var made = await client.PostAsJsonAsync("/api/v1/users", new { userName = "api-user", name = "Api User", password = "a password for the api", roleIds = Array.Empty<Guid>(), isAdministrator = true, active = false });
        made.StatusCode.Should().Be(HttpStatusCode.Created);
        var user = (await made.Content.ReadFromJsonAsync<JsonObject>())!;
        user["active"]!.GetValue<bool>().Should().BeTrue();
        user.ContainsKey("passwordHash").Should().BeFalse();
        var url = made.Headers.Location!;
        var etag = made.Headers.ETag!;

        using var change = new HttpRequestMessage(HttpMethod.Patch, url) { Content = JsonContent.Create(new { name = "Renamed" }) };
        change.Headers.IfMatch.Add(etag);
        using var changed = await client.SendAsync(change);
        changed.StatusCode.Should().Be(HttpStatusCode.OK);
        using var late = new HttpRequestMessage(HttpMethod.Patch, url) { Content = JsonContent.Create(new { name = "Too late" }) };
        late.Headers.IfMatch.Add(etag);
        using var refused = await client.SendAsync(late);
        refused.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        using var gone = await client.DeleteAsync(url);
        gone.StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await client.GetFromJsonAsync<JsonObject>(url))!["active"]!.GetValue<bool>().Should().BeFalse();
    }

    private HttpClient Client(string token)
    {
        var client = app.Anonymous().Client;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string url, string token)
    {
        using var client = Client(token);
        using var response = await client.GetAsync(new Uri(url, UriKind.Relative));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
