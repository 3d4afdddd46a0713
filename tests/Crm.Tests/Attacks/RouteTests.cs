using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Core;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Attacks;

/// <summary>
/// Attacks 1, 4 and 6: every route of the running application, each handler of a page counted by itself, against every role. Who may what is declared in routes.txt beside this file: a line
/// is «method address | permission | who of admin (everything), sara (leads the sale), reza (sells), maryam (supports)»; «public» is open to all, «signed-in» to the guest without any right too.
/// A route without a line, and a line without a route, fail.
/// </summary>
public sealed partial class RouteTests(RouteApp app) : IClassFixture<RouteApp>
{
    private static readonly string[] s_people = ["admin", "sara", "reza", "maryam"];

    private static IReadOnlyList<Line> Table() =>
        [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Attacks", "routes.txt")).Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(" | ", StringSplitOptions.TrimEntries)).Select(p => new Line(p[0], p[1], p[2].Split(' ', StringSplitOptions.RemoveEmptyEntries)))];

    [Fact]
    public async Task Every_route_is_in_the_table_with_the_right_it_asks_for()
    {
        var table = Table().Select(l => $"{l.Route} | {l.Permission} | {string.Join(' ', l.Who)}").ToList();
        var real = new List<string>();
        var access = new Dictionary<string, UserAccess>(StringComparer.Ordinal);
        foreach (var person in s_people) access[person] = (await app.InScopeAsync(async sp => await sp.GetRequiredService<IUserAccessSource>().FindAsync(await app.UserIdAsync(person), default)))!;
        foreach (var route in await app.RoutesAsync())
        {
            string[] who = [.. s_people.Where(p => route.Permissions.Where(k => k is not ("public" or "signed-in")).All(access[p].Can))];
            real.Add($"{route.Name} | {string.Join(" + ", route.Permissions)} | {string.Join(' ', who)}");
        }

        real.Should().OnlyHaveUniqueItems();
        var lacking = real.Except(table).Order(StringComparer.Ordinal).ToList();
        var left = table.Except(real).Order(StringComparer.Ordinal).ToList();
        (lacking.Count + left.Count).Should().Be(0, $"the table and the application must agree.\nIn the application, not in the table:\n{string.Join('\n', lacking)}\nIn the table, not in the application:\n{string.Join('\n', left)}");
    }

    [Fact]
    public async Task Nobody_gets_further_than_the_table_says_a_refused_write_leaves_every_row_and_no_write_goes_without_the_forms_token()
    {
        var table = Table().ToDictionary(l => l.Route, StringComparer.Ordinal);
        var routes = (await app.RoutesAsync()).Where(r => !r.IsHub).ToList();
        var problems = new List<string>();
        var before = await app.SumAsync();
        foreach (var person in (string[])["", Personas.Guest, "maryam", "reza", "sara", "admin"])
        {
            var browse = person.Length == 0 ? app.Anonymous() : await app.As(person);
            if (person.Length > 0) await browse.OpenAsync("/profile");
            var token = Token().Match(browse.Html).Groups[1].Value;
            foreach (var route in routes)
            {
                var line = table[route.Name];
                var open = line.Permission == "public";
                var may = open || (person.Length > 0 && (line.Permission == "signed-in" || line.Who.Contains(person)));
                // Who may not comes with everything a real call has; who may comes to a write without the token and must get no further than that.
                // What everybody may open is opened by two of them: the others show where they are refused, and what only they may.
                if (may && route.Method == "GET" && person is ("sara" or "maryam") && line.Who.Contains("reza")) continue;
                var path = app.Fill(route);
                using var request = new HttpRequestMessage(new HttpMethod(route.Method), path);
                if (route.Method is not "GET")
                {
                    request.Content = route.IsPage ? new FormUrlEncodedContent(may ? [] : [new("__RequestVerificationToken", token)]) : new StringContent("{}", Encoding.UTF8, "application/json");
                    if (!may && !route.IsPage) request.Headers.Add("RequestVerificationToken", token);
                    // The designer's API has no token of forms: where it is called from is asked instead.
                    if (may && route.IsElsa) request.Headers.Add("Origin", "http://evil.example");
                }

                using var answer = await browse.Client.SendAsync(request);
                var status = (int)answer.StatusCode;
                var where = $"{(person.Length == 0 ? "nobody" : person)} {route.Name}: {status} {answer.Headers.Location}";
                if (status >= 500 && !(status == 503 && path.StartsWith("/studio", StringComparison.Ordinal))) problems.Add("broken: " + where);
                else if (person.Length == 0 && !open && !(status == 401 || (status == 302 && answer.Headers.Location!.OriginalString.StartsWith("/sign-in", StringComparison.Ordinal)))) problems.Add("open to strangers: " + where);
                else if (person.Length > 0 && !may && status != 403) problems.Add("not refused: " + where);
                else if (may && status is 401 or 403) problems.Add("refused: " + where);
                // Other systems have no token of forms: the routine's own secret opens a webhook, and an address that no routine has is not there.
                else if (may && route.Method != "GET" && status != 400 && !(route.Name.StartsWith("POST /hooks/", StringComparison.Ordinal) && status == 404)) problems.Add("a write without the token: " + where);
                Headers(answer, path, where, problems);
            }
        }

        problems.Should().BeEmpty();
        (await app.SumAsync()).Where(table => before[table.Key] != table.Value).Select(table => table.Key).Should().BeEmpty("refused writes leave every row as it was");
    }

    private static void Headers(HttpResponseMessage answer, string path, string where, List<string> problems)
    {
        var policy = answer.Headers.TryGetValues("Content-Security-Policy", out var all) ? string.Join("; ", all) : "";
        var parts = policy.Split(';', StringSplitOptions.TrimEntries).Select(p => p.Split(' ')).Where(p => p.Length > 0).ToDictionary(p => p[0], p => p.Skip(1).ToArray(), StringComparer.Ordinal);
        if (!parts.TryGetValue("script-src", out var scripts) && !parts.TryGetValue("default-src", out scripts)) problems.Add("no policy: " + where);
        else if (scripts.Any(s => s is "'unsafe-inline'" or "'unsafe-eval'" or "*" or "data:" or "http:" or "https:")) problems.Add("loose scripts: " + where);
        // Beside Studio only the frame that shows a mail as its writer styled it: sandboxed, without scripts, and nothing is fetched.
        if (policy.Contains("'unsafe-inline'", StringComparison.Ordinal) && !path.StartsWith("/studio", StringComparison.Ordinal) && !policy.StartsWith("sandbox; default-src 'none'", StringComparison.Ordinal)) problems.Add("loose styles: " + where);
        if ((parts.TryGetValue("frame-ancestors", out var frames) && frames is not ["'self'"] and not ["'none'"]) || !answer.Headers.TryGetValues("X-Frame-Options", out var framed) || !framed.All(f => f is "SAMEORIGIN" or "DENY")) problems.Add("may be framed: " + where);
        if (!answer.Headers.TryGetValues("X-Content-Type-Options", out var sniff) || !sniff.Contains("nosniff")) problems.Add("may be sniffed: " + where);
        foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
        {
            if (!cookie.Contains("httponly", StringComparison.OrdinalIgnoreCase) || !cookie.Contains("samesite=", StringComparison.OrdinalIgnoreCase)) problems.Add($"cookie {cookie.Split('=')[0]}: {where}");
        }
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"")]
    private static partial Regex Token();

    private sealed record Line(string Route, string Permission, string[] Who);
}

/// <summary>One way into the application.</summary>
public sealed record AppRoute(string Name, string Method, string Pattern, IReadOnlyList<string> Permissions, string? Handler, bool IsPage, bool IsHub)
{
    public bool IsElsa => Pattern.StartsWith("/elsa", StringComparison.Ordinal);
}
