using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Crm.LoadTests;

/// <summary>Sets an SMS gateway up as an administrator does, on the page.</summary>
internal static partial class GatewaySettings
{
    public static async Task UseAsync(Running host, string url, int parallel, int tries)
    {
        using var handler = new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { BaseAddress = host.Url };
        var cookie = await host.SignInAsync("admin", Bench.Password);
        await PostAsync("handler=Allow", ("Allow.Host", "127.0.0.1"));
        await PostAsync("handler=Sms", ("Sms.Url", url), ("Sms.Body", "to={to}\ntext={text}\nkey={key}"), ("Sms.SuccessPath", "result.status"), ("Sms.SuccessPattern", "^ok$"), ("Sms.IdPath", "result.messageId"),
            ("Sms.Parallel", parallel.ToString(CultureInfo.InvariantCulture)), ("Sms.TimeoutSeconds", "5"), ("Sms.Tries", tries.ToString(CultureInfo.InvariantCulture)), ("Sms.Active", "true"));

        async Task PostAsync(string query, params (string Name, string Value)[] fields)
        {
            using var get = new HttpRequestMessage(HttpMethod.Get, new Uri("/messages/settings", UriKind.Relative));
            get.Headers.Add("Cookie", cookie);
            using var page = await http.SendAsync(get);
            var token = Token().Match(await page.Content.ReadAsStringAsync()).Groups[1].Value;
            var guard = page.Headers.TryGetValues("Set-Cookie", out var set) ? string.Concat(set.Select(s => "; " + s.Split(';')[0])) : "";
            using var post = new HttpRequestMessage(HttpMethod.Post, new Uri("/messages/settings?" + query, UriKind.Relative))
            {
                Content = new FormUrlEncodedContent(fields.Append(("__RequestVerificationToken", token)).Select(f => KeyValuePair.Create(f.Item1, f.Item2))),
            };
            post.Headers.Add("Cookie", cookie + guard);
            using var answer = await http.SendAsync(post);
            if (answer.StatusCode != HttpStatusCode.Redirect) throw new InvalidOperationException($"The gateway was not taken: {(int)answer.StatusCode}");
        }
    }

    [GeneratedRegex("__RequestVerificationToken\"[^>]*value=\"([^\"]+)")]
    private static partial Regex Token();
}
