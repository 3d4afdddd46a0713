using System.Net;
using System.Text.Json;
using Crm.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Crm.Tests.Web;

public sealed class ErrorHandlingTests
{
    private static void Map(WebApplication app)
    {
        foreach (var path in new[] { "", "/api/v1" })
        {
            app.MapGet(path + "/bug", string () => throw new InvalidOperationException("secret detail")).WithMetadata(new PublicAttribute());
            app.MapGet(path + "/away", string () => throw new TimeoutException()).WithMetadata(new PublicAttribute());
            app.MapGet(path + "/invalid", string () => throw new InvalidInput("Phones[0].Number", "This field is required.")).WithMetadata(new PublicAttribute());
            app.MapGet(path + "/rule", string () => throw new RuleBroken("job.ended", "This value can't be taken.")).WithMetadata(new PublicAttribute());
            app.MapGet(path + "/stale", string () => throw new StaleRecord("contact")).WithMetadata(new PublicAttribute());
        }
    }

    [Fact]
    public async Task A_bug_shows_a_reference_and_nothing_of_its_inside()
    {
        await using var app = await WebApp.StartAsync(Map);
        foreach (var path in new[] { "/bug", "/api/v1/bug" })
        {
            var answer = await app.GetAsync(path, ("Accept-Language", "en"));
            answer.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
            (await answer.Content.ReadAsStringAsync()).Should().NotContain("secret detail").And.NotContain(" at Crm.").And.Contain("Something went wrong");
        }
    }

    [Fact]
    public async Task A_database_that_is_away_for_a_moment_answers_503_and_when_to_come_again()
    {
        await using var app = await WebApp.StartAsync(Map);
        var answer = await app.GetAsync("/away");
        answer.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(3));
    }

    [Theory]
    [InlineData("/api/v1/invalid", 422, "errors")]
    [InlineData("/api/v1/rule", 409, "code")]
    [InlineData("/api/v1/stale", 412, "title")]
    [InlineData("/api/v1/nothing", 404, "traceId")]
    public async Task Programs_get_problem_details(string path, int status, string member)
    {
        await using var app = await WebApp.StartAsync(Map);
        var answer = await app.GetAsync(path);
        ((int)answer.StatusCode).Should().Be(status);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.TryGetProperty(member, out _).Should().BeTrue();
    }

    [Theory]
    [InlineData("/invalid", 422)]
    [InlineData("/rule", 409)]
    [InlineData("/stale", 409)]
    [InlineData("/nothing", 404)]
    public async Task People_get_a_page(string path, int status)
    {
        await using var app = await WebApp.StartAsync(Map);
        var answer = await app.GetAsync(path);
        ((int)answer.StatusCode).Should().Be(status);
        (await answer.Content.ReadAsStringAsync()).Should().Contain("<h1>").And.NotContain("asp-");
    }

    [Fact]
    public async Task Every_answer_carries_the_strict_policy_errors_too()
    {
        await using var app = await WebApp.StartAsync(Map);
        foreach (var path in new[] { "/bug", "/nothing", "/api/v1/rule" })
        {
            var answer = await app.GetAsync(path);
            answer.Headers.GetValues("Content-Security-Policy").Single().Should().Contain("default-src 'self'").And.NotContain("unsafe");
            answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        }
    }

    [Theory]
    [InlineData(null, null, "fa")]
    [InlineData("en-GB,en;q=0.9,fa;q=0.5", null, "en")]
    [InlineData("fr,fa;q=0.5", null, "fa")]
    [InlineData("en", "fa", "fa")]
    public async Task Who_is_not_signed_in_is_answered_in_the_chosen_language_then_the_browsers_then_Persian(string? accept, string? cookie, string language)
    {
        await using var app = await WebApp.StartAsync(Map);
        List<(string, string)> headers = [];
        if (accept is not null) headers.Add(("Accept-Language", accept));
        if (cookie is not null) headers.Add(("Cookie", "crm.lang=" + cookie));
        (await (await app.GetAsync("/nothing", [.. headers])).Content.ReadAsStringAsync()).Should().Contain($"<html lang=\"{language}\"");
    }
}
