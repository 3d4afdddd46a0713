using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Messaging.Contracts;
using Crm.Routines.Runtime;
using Crm.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Activities.Http;

/// <summary>What another system answered.</summary>
internal sealed record OutsideAnswer(int Status, JsonObject Headers, JsonNode? Content)
{
    public JsonObject ToJson() => new()
    {
        ["statusCode"] = Status, ["parsedContent"] = Content?.DeepClone(), ["responseHeaders"] = Headers.DeepClone(),
        ["result"] = new JsonObject { ["statusCode"] = Status, ["headers"] = Headers, ["content"] = Content },
    };
}

/// <summary>
/// Asks addresses that users wrote. Nothing of the inner network is reached: the connection goes to exactly the addresses that were looked at, redirects are followed by hand and each is looked at
/// anew, and what is sent in confidence does not follow to another host.
/// </summary>
internal sealed class OutsideHttp : IDisposable
{
    private const int MaxRedirects = 5;
    private static readonly HashSet<string> s_own = new(StringComparer.OrdinalIgnoreCase) { "host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer", "proxy-authorization", "idempotency-key" };

    private readonly IServiceScopeFactory _scopes;
    private readonly RuntimeOptions _options;
    private readonly HttpClient _http;

    public OutsideHttp(IServiceScopeFactory scopes, RuntimeOptions options)
    {
        _scopes = scopes;
        _options = options;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.All,
            MaxConnectionsPerServer = 8,
            PooledConnectionLifetime = TimeSpan.FromSeconds(30),
            MaxResponseHeadersLength = 32,
            ConnectCallback = async (c, ct) => new NetworkStream(await OutboundGuard.ConnectAsync(c.DnsEndPoint.Host, c.DnsEndPoint.Port, await AllowedAsync(ct), ct), ownsSocket: true),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <exception cref="RuleBroken">The address is none, or lies in the inner network.</exception>
    /// <exception cref="RemoteFailure">It could not be reached, or was too slow.</exception>
    public async Task<OutsideAnswer> AskAsync(SendHttpRequestInput input, Guid key, CancellationToken ct)
    {
        var url = Address(input.Url);
        var method = new HttpMethod(string.IsNullOrWhiteSpace(input.Method) ? "GET" : input.Method.Trim().ToUpperInvariant());
        if (method.Method is not ("GET" or "POST" or "PUT" or "DELETE" or "PATCH" or "OPTIONS" or "HEAD")) throw new RuleBroken("http.method", "This method can't be used: {0}", method.Method);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_options.AskTimeout);
        var confidential = true;
        var withBody = true;
        try
        {
            for (var hops = 0; ; hops++)
            {
                using var request = Request(input, url, method, key, confidential, withBody);
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
                if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } to) return await ReadAsync(response, limit.Token);
                if (hops == MaxRedirects) throw new RuleBroken("http.redirects", "The other side sent us on more than {0} times.", MaxRedirects);
                var next = Address(new Uri(url, to).AbsoluteUri);
                if (next.Scheme == Uri.UriSchemeHttp && url.Scheme == Uri.UriSchemeHttps) throw new RuleBroken("http.redirect-insecure", "The other side sent us on to an address without encryption.");
                if (next.IdnHost != url.IdnHost || next.Port != url.Port) confidential = false;
                if ((int)response.StatusCode is 301 or 302 or 303 && method != HttpMethod.Get && method != HttpMethod.Head) (method, withBody) = (HttpMethod.Get, false);
                // A body in confidence does not follow to another host either.
                if (!confidential && withBody && method != HttpMethod.Get && method != HttpMethod.Head) throw new RuleBroken("http.redirect-elsewhere", "The other side sent us on to another host.");
                url = next;
            }
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new RemoteFailure(FailureKinds.Timeout, $"{url.Host} did not answer in {_options.AskTimeout.TotalSeconds:0} seconds.", e);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException)
        {
            if (Inner(e) is { } inner) throw new RuleBroken("http.inner", "“{0}” is in the inner network. An administrator can allow it in the settings of messages.", inner.Host);
            throw new RemoteFailure(FailureKinds.Network, $"{url.Host} could not be reached.", e);
        }
    }

    public void Dispose() => _http.Dispose();

    private static Uri Address(string text)
    {
        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.Host.Length == 0)
            throw new RuleBroken("http.address", "This is not an address that can be asked: {0}", Shown(text));
        if (url.UserInfo.Length > 0) throw new RuleBroken("http.user", "Name and password do not belong into an address; use “Authorization”.");
        return url;
    }

    // Without what stands behind the question mark: a key may be there.
    private static string Shown(string text) => text.Split('?')[0] is var bare && bare.Length > 200 ? bare[..200] : text.Split('?')[0];

    private static HttpRequestMessage Request(SendHttpRequestInput input, Uri url, HttpMethod method, Guid key, bool confidential, bool withBody)
    {
        var request = new HttpRequestMessage(method, url);
        request.Headers.TryAddWithoutValidation("User-Agent", "Crm");
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/*;q=0.9, */*;q=0.5");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key.ToString("N"));
        if (withBody && input.Content is { } content && method != HttpMethod.Get && method != HttpMethod.Head) request.Content = Body(content, input.ContentType);
        if (!confidential) return request;
        if (!string.IsNullOrWhiteSpace(input.Authorization)) Add(request, "Authorization", input.Authorization);
        foreach (var (name, value) in input.RequestHeaders ?? [])
        {
            if (s_own.Contains(name)) continue;
            foreach (var one in value is JsonArray several ? [.. several] : (IEnumerable<JsonNode?>)[value])
                if (one is not null) Add(request, name, one.ToString());
        }

        return request;
    }

    private static void Add(HttpRequestMessage request, string name, string value)
    {
        if (name.AsSpan().ContainsAny("\r\n:\0 ") || value.AsSpan().ContainsAny("\r\n\0")) throw new RuleBroken("http.header", "This header can't be sent: {0}", name.Replace('\r', ' ').Replace('\n', ' '));
        if (name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)) request.Content?.Headers.TryAddWithoutValidation(name, value);
        else request.Headers.TryAddWithoutValidation(name, value);
    }

    private static HttpContent Body(JsonNode content, string? contentType)
    {
        var isText = content is JsonValue v && v.TryGetValue<string>(out _);
        var text = isText ? content.GetValue<string>() : content.ToJsonString(StimulusText.Json);
        var type = string.IsNullOrWhiteSpace(contentType) ? isText && text.TrimStart() is not ['{' or '[', ..] ? "text/plain" : "application/json" : contentType.Trim();
        if (type == "application/x-www-form-urlencoded" && content is JsonObject form) return new FormUrlEncodedContent(form.Select(f => new KeyValuePair<string, string>(f.Key, f.Value?.ToString() ?? "")));
        var body = new StringContent(text, Encoding.UTF8);
        if (!MediaTypeHeaderValue.TryParse(type, out var parsed)) throw new RuleBroken("http.content-type", "This content type can't be used: {0}", type);
        parsed.CharSet ??= "utf-8";
        body.Headers.ContentType = parsed;
        return body;
    }

    private async Task<OutsideAnswer> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var headers = new JsonObject();
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
            if (!name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase)) headers[name] = string.Join(", ", values);
        using var buffer = new MemoryStream();
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var chunk = new byte[16 * 1024];
        int n;
        while ((n = await stream.ReadAsync(chunk, ct)) > 0)
        {
            if (buffer.Length + n > _options.AskLimit) throw new RuleBroken("http.too-big", "The answer is bigger than {0} KB.", _options.AskLimit / 1024);
            buffer.Write(chunk, 0, n);
        }

        var text = Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
        return new OutsideAnswer((int)response.StatusCode, headers, text.Length == 0 ? null : Parsed(text.Replace("\0", "", StringComparison.Ordinal), response.Content.Headers.ContentType?.MediaType));
    }

    private static JsonNode Parsed(string text, string? type)
    {
        if (type is null || type.EndsWith("json", StringComparison.OrdinalIgnoreCase))
        {
            try
            {
                return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 64 }) ?? JsonValue.Create(text);
            }
            catch (JsonException)
            {
                // Said to be JSON and is none: people see what came.
            }
        }

        return JsonValue.Create(text);
    }

    private async Task<IReadOnlySet<string>> AllowedAsync(CancellationToken ct)
    {
        await using var scope = _scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("routines: ask another system");
        // Messaging may be switched off: then nothing of the inner network is allowed.
        return scope.ServiceProvider.GetService<IAllowedHosts>() is { } hosts ? await hosts.AllAsync(ct) : new HashSet<string>();
    }

    private static InnerHost? Inner(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is InnerHost inner) return inner;
        return null;
    }
}
