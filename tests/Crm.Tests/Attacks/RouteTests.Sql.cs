using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Core;
using Crm.Platform.Features.EditField;
using Crm.Platform.Features.SavedViews;
using Crm.Testing;
using Npgsql;

namespace Crm.Tests.Attacks;

/// <summary>
/// Attack 3: what is typed stays a value. The classes of sqlmap's level 3 (boolean, error, union, stacked, inline and ordered queries, each with its quotes and brackets) go into every parameter of every
/// page and list of the API. Each calls <c>nextval</c> on a sequence of the test: that stands even when the statement fails or is rolled back, so one that ran anywhere is seen, however it answered.
/// </summary>
public sealed partial class RouteTests
{
    private const string Hit = "nextval('public.attack')";

    private static readonly string[] s_injections =
    [
        $"' || {Hit}::text || '", $"' and {Hit} > 0 -- ", $"') or {Hit} > 0 -- ", $"')) or ({Hit}) > 0 -- ", $"x'; select {Hit} -- ", $"1 and {Hit} > 0", $"1) and ({Hit} > 0", $"-1 union all select {Hit} -- ",
        $"(select {Hit})", $"name, {Hit}", $"x\"; select {Hit}; -- ", $"zz%' or {Hit} > 0 or 'x' like 'zz", $"1; select {Hit}",
    ];

    // How somebody would have written a statement that is open to one of them.
    private static readonly string[] s_careless =
    [
        "select 'x' where 'a' = '{0}'", "select 'x' where '' = '{0}'", "select 'x' where (('a' = '{0}'))", "select 'x' where (1 = 2 or ('a' = '{0}'))", "select 'x' where ((('a' = '{0}'))) or 1 = 2", "select 1 where 1 = {0}", "select 1 where (1 = {0})", "select 1 from (select 1 as name) t order by {0}",
        "select 1 as \"{0}\"", "select 'x' where 'a' like '%{0}%'", "select 'x' where ('a' = '{0}')", "select 1::bigint where 1 = {0}", "select 1 where 1 = 2 union select {0}",
    ];

    // Parameters that no page shows as a field or in a link.
    private static readonly string[] s_alsoAsked = ["q", "sort", "after", "before", "filter", "view", "columns", "size", "tab", "type", "from", "to", "count", "kind", "term", "ids", "order", "filter[name]", "filter[ownerId]", "take", "near", "province"];

    [Fact]
    public async Task No_parameter_of_any_page_or_list_and_no_name_that_was_saved_becomes_a_part_of_a_statement()
    {
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync();
        await RunAsync("create sequence if not exists public.attack");
        foreach (var injection in s_injections)
        {
            var bites = false;
            foreach (var careless in s_careless)
            {
                await RunAsync("alter sequence public.attack restart");
                try
                {
                    await RunAsync(careless.Replace("{0}", injection, StringComparison.Ordinal));
                }
                catch (PostgresException)
                {
                    // One that does not fit is no proof against the others.
                }

                bites |= await WasHitAsync();
            }

            bites.Should().BeTrue($"{injection} runs in a statement that is open to it");
        }

        await RunAsync("alter sequence public.attack restart");
        var admin = await app.As("admin");
        var stored = await StoreAsync(admin);
        var found = new List<string>();
        var asked = 0;
        var turn = 0;
        foreach (var route in (await app.RoutesAsync()).Where(r => r is { Method: "GET", IsHub: false, Pattern: not "/sign-out" } && !r.Pattern.StartsWith("/studio", StringComparison.Ordinal) && !r.Pattern.StartsWith("/health", StringComparison.Ordinal)))
        {
            var path = app.Fill(route);
            var names = await ParametersAsync(admin, path);
            var isList = path is "/contacts" or "/api/v1/contacts" or "/tasks" or "/api/v1/tasks" or "/communications" or "/messages" or "/jobs" or "/contacts/map" or "/settings/audit" or "/search";
            // A list gets all of them; the other pages some, in turn: what they have in common is asked with all.
            foreach (var injection in isList ? s_injections : Enumerable.Range(0, 4).Select(_ => s_injections[turn++ % s_injections.Length]))
            {
                // All parameters at once; and one by one where a list is read by what was typed, since one that is refused would hide the rest.
                await AskAsync(path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + string.Join('&', names.Select(n => $"{n}={Uri.EscapeDataString(injection)}")));
                if (path is not ("/contacts" or "/api/v1/contacts" or "/tasks") || Array.IndexOf(s_injections, injection) % 3 != 0) continue;
                foreach (var name in names) await AskAsync($"{path}?{name}={Uri.EscapeDataString(injection)}");
            }

            if (await WasHitAsync()) found.Add("run at " + route.Name);
            await RunAsync("alter sequence public.attack restart");
        }

        // What was saved is used by pages, files and the import.
        foreach (var url in stored) await AskAsync(url);
        await app.DrainAsync();
        if (await WasHitAsync()) found.Add("run from what was saved");
        found.Should().BeEmpty();
        asked.Should().BeGreaterThan(800);
        (await app.QueryAsync<bool>("select exists (select 1 from platform.users)")).Single().Should().BeTrue();

        async Task AskAsync(string url)
        {
            asked++;
            using var answer = await admin.Client.GetAsync(new Uri(url, UriKind.Relative));
            if ((int)answer.StatusCode is >= 500 and not 503) found.Add($"{(int)answer.StatusCode} at {Uri.UnescapeDataString(url)}");
        }

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }

        async Task<bool> WasHitAsync()
        {
            await using var command = new NpgsqlCommand("select is_called from public.attack", connection);
            return (bool)(await command.ExecuteScalarAsync())!;
        }
    }

    /// <summary>Names that others read into statements: of custom fields, views and what they ask, heads of an import.</summary>
    private async Task<IReadOnlyList<string>> StoreAsync(Browse admin)
    {
        var urls = new List<string> { "/contacts", "/contacts?panel=filter", "/contacts?panel=columns", "/contacts?handler=Export&format=csv", "/search?q=nextval" };
        foreach (var (injection, i) in s_injections.Select((x, i) => (x, i)))
        {
            await app.SendAsync(new SaveFieldCommand { Record = "contacts", Kind = FieldType.Text, Title = injection, EnglishTitle = injection, Key = "inject" + i, InList = true, Sortable = true }, "admin");
            urls.Add($"/contacts?sort=custom.inject{i}&filter={Uri.EscapeDataString(injection)}");
            foreach (var query in (string[])[$"sort={Uri.EscapeDataString(injection)}", $"q={Uri.EscapeDataString(injection)}", $"columns={Uri.EscapeDataString(injection)}&filter={Uri.EscapeDataString(injection)}"])
            {
                try
                {
                    urls.Add("/contacts?view=" + await app.SendAsync(new SaveViewCommand { Record = "contacts", Name = $"{injection} {urls.Count}", Query = query }, "admin"));
                }
                catch (CrmException)
                {
                    // Refused when it is saved: good as well.
                }
            }
        }

        // A refused key stays refused: keys are the only names that stand in a statement.
        foreach (var injection in s_injections)
            await app.Awaiting(a => a.SendAsync(new SaveFieldCommand { Record = "contacts", Kind = FieldType.Text, Title = "x", Key = injection }, "admin")).Should().ThrowAsync<InvalidInput>();

        var csv = string.Join(',', s_injections.Select(x => $"\"{x.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + ",lastName,mobile\r\n" + string.Join(',', s_injections.Select(x => $"\"{x.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + ",\"O'Brien; --\",09124440001\r\n";
        await admin.OpenAsync("/import/contacts");
        using var form = new MultipartFormDataContent
        {
            { new StringContent(Token().Match(admin.Html).Groups[1].Value), "__RequestVerificationToken" }, { new ByteArrayContent(Encoding.UTF8.GetBytes(csv)), "Upload", s_injections[0] + ".csv" },
        };
        using var answer = await admin.Client.PostAsync(new Uri("/import/contacts", UriKind.Relative), form);
        answer.StatusCode.Should().Be(HttpStatusCode.Redirect);
        var import = answer.Headers.Location!.ToString();
        List<(string, string?)> columns = [.. s_injections.Select((_, i) => ($"Command.Columns[{i}]", (string?)(i < 3 ? new[] { "firstName", "notes", "custom.inject0" }[i] : ""))), ($"Command.Columns[{s_injections.Length}]", "lastName"), ($"Command.Columns[{s_injections.Length + 1}]", "mobile")];
        await admin.PostAsync(import, [("Command.Start", "true"), ("Command.KeyField", ""), ("Command.Mode", "Create"), .. columns]);
        admin.Location.Should().NotBeNull(admin.Text);
        await app.DrainAsync();
        (await app.QueryAsync<string>("select custom ->> 'inject0' from contacts.contacts where last_name = 'O''Brien; --'")).Should().Equal(s_injections[2].Trim());
        urls.AddRange([import, "/import/contacts", "/settings/fields?record=contacts"]);
        return urls;
    }

    // What a page has fields and links for, and what some page might ask for.
    private static async Task<IReadOnlyList<string>> ParametersAsync(Browse admin, string path)
    {
        if (path.StartsWith("/api", StringComparison.Ordinal) || path.StartsWith("/elsa", StringComparison.Ordinal)) return s_alsoAsked;
        await admin.OpenAsync(path);
        return [.. Name().Matches(admin.Html).Select(m => WebUtility.HtmlDecode(m.Groups[1].Value)).Concat(LinkParameter().Matches(admin.Html).Select(m => m.Groups[1].Value))
            .Where(n => n is not ("handler" or "v" or "__RequestVerificationToken" or "returnUrl") && n.Length < 60).Concat(s_alsoAsked).Distinct(StringComparer.OrdinalIgnoreCase).Take(60)];
    }

    [GeneratedRegex("<(?:input|select|textarea)\\b[^>]*\\sname=\"([^\"]+)\"")]
    private static partial Regex Name();

    [GeneratedRegex("[?;&]([A-Za-z][A-Za-z0-9.]{0,40})=")]
    private static partial Regex LinkParameter();
}
