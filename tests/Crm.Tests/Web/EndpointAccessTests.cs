using System.Net;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Crm.Tests.Web;

public sealed class EndpointAccessTests
{
    private static void Map(WebApplication app)
    {
        app.MapGet("/open", () => "open").WithMetadata(new PublicAttribute());
        app.MapGet("/mine", (ICurrentUser me) => me.Name).WithMetadata(new SignedInAttribute());
        app.MapGet("/contacts", () => "contacts").WithMetadata(new RequiresAttribute("contacts.see"));
        app.MapGet("/api/v1/contacts", () => "contacts").WithMetadata(new RequiresAttribute("contacts.see"));
        app.MapPost("/contacts", () => "changed").WithMetadata(new SignedInAttribute());
        app.MapPost("/elsa/api/x", () => "changed").WithMetadata(new SignedInAttribute()).DisableAntiforgery();
    }

    [Fact]
    public async Task An_endpoint_that_does_not_say_who_may_use_it_keeps_the_application_from_starting()
    {
        var start = () => WebApp.StartAsync(app => app.MapGet("/forgotten", () => "x"));
        (await start.Should().ThrowAsync<InvalidOperationException>()).WithMessage("*/forgotten*");
    }

    [Fact]
    public async Task Who_is_not_signed_in_is_led_to_the_sign_in_page_and_back()
    {
        await using var app = await WebApp.StartAsync(Map);
        var answer = await app.GetAsync("/contacts?q=a%20b");
        answer.StatusCode.Should().Be(HttpStatusCode.Redirect);
        answer.Headers.Location!.OriginalString.Should().Be("/sign-in?returnUrl=%2Fcontacts%3Fq%3Da%2520b");
    }

    [Fact]
    public async Task A_program_that_is_not_signed_in_gets_401_and_htmx_leaves_the_page()
    {
        await using var app = await WebApp.StartAsync(Map);
        var api = await app.GetAsync("/api/v1/contacts");
        api.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        api.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var htmx = await app.GetAsync("/contacts", ("HX-Request", "true"), ("HX-Current-URL", "http://localhost/contacts/new?x=1"));
        htmx.Headers.GetValues("HX-Redirect").Should().Equal("/sign-in?returnUrl=%2Fcontacts%2Fnew%3Fx%3D1");
    }

    [Fact]
    public async Task A_permission_opens_and_its_lack_is_told_in_the_users_language()
    {
        await using var without = await WebApp.StartAsync(Map, WebApp.User(language: "fa"));
        var refused = await without.GetAsync("/contacts", ("X-User", "1"));
        refused.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await refused.Content.ReadAsStringAsync()).Should().Contain("lang=\"fa\"").And.Contain(Texts.In("fa", "You do not have the right to do this."), because: "texts are encoded only where they must be");
        await using var with = await WebApp.StartAsync(Map, WebApp.User(permissions: "contacts.see"));
        (await with.GetAsync("/contacts", ("X-User", "1"))).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(false, "1")]
    [InlineData(true, "changed")]
    public async Task A_deactivated_user_or_one_whose_password_changed_is_nobody(bool active, string stamp)
    {
        await using var app = await WebApp.StartAsync(Map, WebApp.User(active, stamp));
        (await app.GetAsync("/mine", ("X-User", "1"))).StatusCode.Should().Be(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task A_change_needs_our_own_page_behind_it()
    {
        await using var app = await WebApp.StartAsync(Map);
        (await app.SendAsync(HttpMethod.Post, "/contacts", ("X-User", "1"))).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await app.SendAsync(HttpMethod.Post, "/contacts", ("X-User", "1"), ("Authorization", "Bearer x"))).StatusCode.Should().Be(HttpStatusCode.OK);
        (await app.SendAsync(HttpMethod.Post, "/elsa/api/x", ("X-User", "1"), ("Origin", "http://evil.example"))).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await app.SendAsync(HttpMethod.Post, "/elsa/api/x", ("X-User", "1"), ("Origin", "http://localhost"))).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/contacts?x=1", true)]
    [InlineData("/", true)]
    [InlineData("//evil.example", false)]
    [InlineData("/\\evil.example", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("/a\nb", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_paths_of_ours_are_returned_to(string? url, bool local) => ShellEndpoints.IsLocal(url).Should().Be(local);
}
