using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Crm.CrashTests;

/// <summary>
/// A client of <c>/api/v1</c> as a careful program writes it: what was not answered is asked again with the same Idempotency-Key until it is, on whatever host
/// is up.
/// </summary>
internal sealed class Api : IDisposable
{
    private readonly HttpClient _http;
    private readonly Func<Uri> _where;

    public Api(Func<Uri> where, string token)
    {
        _where = where;
        // One connection a request: a connection that its host took into death would cost the next request its first try.
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1) }) { Timeout = TimeSpan.FromSeconds(20) };
        _http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        _http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
    }

    /// <summary>How often each status was answered; 0 stands for no answer.</summary>
    public ConcurrentDictionary<int, int> Answers { get; } = new();

    /// <summary>Answers that no client should see, with what was asked.</summary>
    public ConcurrentQueue<string> Wrong { get; } = new();

    /// <summary>Posts once; null when nobody answered.</summary>
    public async Task<(HttpStatusCode Status, JsonNode? Body)?> TryPostAsync(string path, object? body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_where(), path)) { Content = body is null ? null : JsonContent.Create(body) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await SendAsync(request);
    }

    /// <summary>Gets once; null when nobody answered.</summary>
    public async Task<(HttpStatusCode Status, JsonNode? Body)?> TryGetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_where(), path));
        return await SendAsync(request);
    }

    /// <summary>Posts until it is answered for good; the same key makes it once.</summary>
    public async Task<JsonNode> PostAsync(string path, object? body, string? key = null)
    {
        JsonNode? made = null;
        await Until.TrueAsync($"POST {path} is answered", TimeSpan.FromSeconds(120), async () =>
        {
            if (await TryPostAsync(path, body, key) is not { } answer) return false;
            // «Under way» and «busy for a moment» ask to come again.
            if (answer.Status is HttpStatusCode.ServiceUnavailable || (answer.Status is HttpStatusCode.Conflict && (string?)answer.Body?["code"] == "idempotency.under-way")) return false;
            if ((int)answer.Status is < 200 or >= 300) throw new InvalidOperationException($"POST {path} answered {(int)answer.Status}: {answer.Body?.ToJsonString()}");
            made = answer.Body ?? new JsonObject();
            return true;
        }, 200);
        return made!;
    }

    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode, JsonNode?)?> SendAsync(HttpRequestMessage request)
    {
        try
        {
            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Answers.AddOrUpdate((int)answer.StatusCode, 1, (_, n) => n + 1);
            if ((int)answer.StatusCode >= 500 && answer.StatusCode != HttpStatusCode.ServiceUnavailable) Wrong.Enqueue($"{request.Method} {request.RequestUri!.PathAndQuery} → {(int)answer.StatusCode} {text}");
            return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true && text.Length > 0 ? JsonNode.Parse(text) : null);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            Answers.AddOrUpdate(0, 1, (_, n) => n + 1);
            return null;
        }
    }
}
