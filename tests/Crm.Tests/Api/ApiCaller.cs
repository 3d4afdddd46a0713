using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Platform.Features.Tokens;
using Crm.Testing;

namespace Crm.Tests.Api;

/// <summary>A program that calls the API with a token of a persona.</summary>
internal sealed class ApiCaller(HttpClient client)
{
    public HttpClient Client { get; } = client;

    public static async Task<ApiCaller> AsAsync(CrmApp app, string user, string language = "en", params string[] narrowed)
    {
        var token = await app.SendAsync(new CreateTokenCommand { Label = "test", ForUserId = await app.UserIdAsync(user), Permissions = [.. narrowed] });
        var client = app.CreateClient(new() { AllowAutoRedirect = false });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        client.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        return new(client);
    }

    /// <summary>Sends; the answer must have this status, and what it says comes back.</summary>
    public async Task<ApiAnswer> SendAsync(string method, string path, object? body, HttpStatusCode expected, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/v1" + path);
        if (body is string text) request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        else if (body is HttpContent content) request.Content = content;
        else if (body is not null) request.Content = JsonContent.Create(body);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request);
        var said = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(expected, $"{method} {path}: {said}");
        if ((int)expected >= 400)
        {
            response.Content.Headers.ContentType?.MediaType.Should().Be("application/problem+json", $"{method} {path}");
            var problem = JsonNode.Parse(said)!;
            problem["status"]!.GetValue<int>().Should().Be((int)expected);
            problem["title"]!.GetValue<string>().Should().NotBeNullOrEmpty();
            said.Should().NotContain("   at ").And.NotContain("Exception");
        }

        return new(said.Length == 0 ? null : JsonNode.Parse(said), response.Headers.ETag?.Tag, response.Headers.Location?.ToString(), response.Headers.ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public Task<ApiAnswer> GetAsync(string path, HttpStatusCode expected = HttpStatusCode.OK) => SendAsync("GET", path, null, expected);

    public Task<ApiAnswer> PostAsync(string path, object? body, HttpStatusCode expected = HttpStatusCode.Created, params (string, string)[] headers) => SendAsync("POST", path, body, expected, headers);

    public Task<ApiAnswer> PatchAsync(string path, object body, HttpStatusCode expected = HttpStatusCode.OK, params (string, string)[] headers) => SendAsync("PATCH", path, body, expected, headers);

    public Task<ApiAnswer> DeleteAsync(string path, HttpStatusCode expected = HttpStatusCode.NoContent, params (string, string)[] headers) => SendAsync("DELETE", path, null, expected, headers);
}

internal sealed record ApiAnswer(JsonNode? Json, string? ETag, string? Location, IReadOnlyDictionary<string, string> Headers)
{
    public JsonNode this[string name] => Json![name]!;

    public string Text(string name) => Json![name]?.ToString() ?? "";

    public IReadOnlyList<JsonNode> Items => [.. Json!["items"]!.AsArray().Select(i => i!)];

    /// <summary>Messages beside a field.</summary>
    public IReadOnlyList<string> Errors(string field) => [.. (Json!["errors"]?[field]?.AsArray() ?? []).Select(m => m!.ToString())];
}
