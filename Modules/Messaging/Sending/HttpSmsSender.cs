using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.Core;
using Crm.Messaging.Domain;

namespace Crm.Messaging.Sending;

/// <summary>SMS through any HTTP gateway, as the settings describe it.</summary>
internal sealed class HttpSmsSender : IMessageSender
{
    private const int MaxAnswer = 64 * 1024;
    private readonly SmsSettings _settings;
    private readonly string _secret;
    private readonly HttpClient _http;
    private readonly Regex? _success;
    private readonly Regex? _id;

    public HttpSmsSender(SmsSettings settings, string? secret, IReadOnlySet<string> allowed)
    {
        _settings = settings;
        _secret = secret ?? "";
        _success = string.IsNullOrEmpty(settings.SuccessPattern) ? null : Pattern(settings.SuccessPattern);
        _id = settings.IdPath is { Length: > 0 } id && id.Contains('(', StringComparison.Ordinal) ? Pattern(id) : null;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.All,
            MaxConnectionsPerServer = settings.Parallel,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxResponseHeadersLength = 32,
            ConnectCallback = async (c, ct) => new System.Net.Sockets.NetworkStream(await OutboundGuard.ConnectAsync(c.DnsEndPoint.Host, c.DnsEndPoint.Port, allowed, ct), ownsSocket: true),
        })
        {
            // The time limit of one try stands in the pump and below; the client's own would only blur the reason.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>A pattern that can't run away.</summary>
    public static Regex Pattern(string text) => new(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline, TimeSpan.FromMilliseconds(200));

    public async Task<SendResult> SendAsync(Letter letter, CancellationToken ct)
    {
        if (!PhoneNumber.TryParse(letter.Address, out var number)) return SendResult.Refused(Reasons.BadAddress);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(_settings.TimeoutSeconds));
        try
        {
            using var request = Request(letter, Format(number, _settings.NumberFormat));
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var answer = await ReadAsync(response, limit.Token);
            return Judge(response.StatusCode, answer);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return SendResult.Trouble(Reasons.TimedOut, $"{_settings.TimeoutSeconds} s");
        }
        catch (HttpRequestException e)
        {
            if (Find<InnerHost>(e) is { } inner) return SendResult.Trouble(Reasons.NotAllowed, inner.Host);
            return SendResult.Trouble(Reasons.Unreachable, (e.InnerException ?? e).Message);
        }
        catch (IOException e)
        {
            return SendResult.Trouble(Reasons.Unreachable, e.Message);
        }
        catch (Exception e) when (e is UriFormatException or FormatException or JsonException or RegexMatchTimeoutException)
        {
            return SendResult.Trouble(Reasons.Misconfigured, e.Message);
        }
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static string Format(PhoneNumber number, NumberFormat format) => format switch
    {
        NumberFormat.International => number.Value,
        NumberFormat.Digits => number.Value.TrimStart('+'),
        _ => number.Value.StartsWith("+98", StringComparison.Ordinal) ? "0" + number.Value[3..] : number.Value.StartsWith('+') ? "00" + number.Value[1..] : number.Value,
    };

    private HttpRequestMessage Request(Letter letter, string to)
    {
        string Fill(string template, Func<string, string> encode) => template
            .Replace("{to}", encode(to), StringComparison.Ordinal).Replace("{key}", encode(letter.Id.ToString()), StringComparison.Ordinal)
            // The text last, so that braces in it stay what they are.
            .Replace("{secret}", encode(_secret), StringComparison.Ordinal).Replace("{text}", encode(letter.Body), StringComparison.Ordinal);

        var url = Fill(_settings.Url, Uri.EscapeDataString);
        var pairs = _settings.BodyKind == SmsBodyKind.Json ? [] : _settings.Body.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split('=', 2)).Where(p => p.Length == 2).Select(p => (Name: p[0].Trim(), Value: Fill(p[1].Trim(), v => v))).ToList();
        if (_settings.BodyKind == SmsBodyKind.Query && pairs.Count > 0)
            url += (url.Contains('?', StringComparison.Ordinal) ? "&" : "?") + string.Join('&', pairs.Select(p => $"{Uri.EscapeDataString(p.Name)}={Uri.EscapeDataString(p.Value)}"));
        var uri = new Uri(url, UriKind.Absolute);
        if (uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0) throw new FormatException("Only http and https addresses without a user can be used.");

        var request = new HttpRequestMessage(_settings.Method == "GET" ? HttpMethod.Get : HttpMethod.Post, uri);
        if (_settings.Method != "GET")
        {
            request.Content = _settings.BodyKind switch
            {
                SmsBodyKind.Form => new FormUrlEncodedContent(pairs.Select(p => KeyValuePair.Create(p.Name, p.Value))),
                SmsBodyKind.Json => new StringContent(Fill(_settings.Body, v => JsonEncodedText.Encode(v, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString()), Encoding.UTF8, "application/json"),
                _ => null,
            };
        }

        foreach (var line in (_settings.Headers ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0) continue;
            // Only one line and no control characters: what a text brings can't begin a new header.
            var value = new string([.. Fill(line[(colon + 1)..].Trim(), v => v).Where(c => !char.IsControl(c))]);
            if (!request.Headers.TryAddWithoutValidation(line[..colon].Trim(), value)) request.Content?.Headers.TryAddWithoutValidation(line[..colon].Trim(), value);
        }

        if (_settings.KeyHeader is { Length: > 0 } header) request.Headers.TryAddWithoutValidation(header, letter.Id.ToString());
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Crm", "1"));
        return request;
    }

    private SendResult Judge(HttpStatusCode status, string answer)
    {
        var code = (int)status;
        var said = SendResult.Short($"{code} {Hide(answer)}");
        if (code >= _settings.StatusFrom && code <= _settings.StatusTo)
        {
            var subject = _settings.SuccessPath is { Length: > 0 } path ? At(answer, path) : answer;
            if (_success is not null && (subject is null || !_success.IsMatch(subject))) return SendResult.Trouble(Reasons.Trouble, said);
            return new(SendEnd.Accepted, null, said, ProviderId(answer));
        }

        // 401 and 403 speak of the account, not of this message; 408, 425 and 429 of the moment.
        return code is >= 400 and < 500 and not (401 or 403 or 404 or 405 or 407 or 408 or 425 or 429) ? SendResult.Refused(Reasons.Refused, said) : SendResult.Trouble(Reasons.Trouble, said);
    }

    private string? ProviderId(string answer)
    {
        if (_settings.IdPath is not { Length: > 0 } path) return null;
        var id = _id is not null ? (_id.Match(answer) is { Success: true } m ? m.Groups[Math.Min(1, m.Groups.Count - 1)].Value : null) : At(answer, path);
        return SendResult.Short(id) is { } s ? s[..Math.Min(200, s.Length)] : null;
    }

    // A gateway that echoes the request must not bring the secret into the log.
    private string Hide(string answer) => _secret.Length < 4 ? answer : answer.Replace(_secret, "•••", StringComparison.Ordinal).Replace(Uri.EscapeDataString(_secret), "•••", StringComparison.Ordinal);

    internal static string? At(string json, string path)
    {
        try
        {
            JsonNode? node = JsonNode.Parse(json);
            foreach (var step in path.Replace("$.", "", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
            {
                node = node switch
                {
                    JsonObject o => o[step],
                    JsonArray a when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < a.Count => a[i],
                    _ => null,
                };
            }

            return node is null ? null : node is JsonValue v && v.TryGetValue<string>(out var s) ? s : node.ToJsonString();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var buffer = new byte[MaxAnswer];
        var n = 0;
        int read;
        while (n < buffer.Length && (read = await stream.ReadAsync(buffer.AsMemory(n), ct)) > 0) n += read;
        return Encoding.UTF8.GetString(buffer, 0, n);
    }

    private static T? Find<T>(Exception? e) where T : Exception
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is T t) return t;
        }

        return null;
    }
}
