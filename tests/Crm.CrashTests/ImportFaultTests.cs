using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Testing;
using Xunit.Abstractions;

namespace Crm.CrashTests;

/// <summary>Fault 3: the host is killed while a file is imported. Short form: 20,000 rows, 2 kills; CRM_CRASH_LONG=1: 1,000,000 and 10.</summary>
[Collection("changed grounds")]
public sealed partial class ImportFaultTests(ITestOutputHelper output)
{
    private static readonly bool s_long = Environment.GetEnvironmentVariable("CRM_CRASH_LONG") == "1";

    [Fact]
    public async Task Each_row_of_a_file_takes_effect_once_and_the_file_of_refused_rows_is_whole_when_the_host_is_killed_while_it_imports()
    {
        var (rows, kills) = s_long ? (1_000_000, 10) : (20_000, 2);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        // A host that died is believed for so long; the short form does not wait for the usual twenty seconds. Less than ten is no lease: a sign of life comes every four, and one that waits for
        // the lock of a batch is given up after five.
        await using var world = await CrashWorld.StartAsync(("Crm__Work__LeaseSeconds", "10"));
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = world.Host.Url, Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
        var admin = new Browse(http);
        await admin.SignInAsync("admin", CrmApp.Password);
        var import = await StartAsync(world, admin, rows);
        output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: begun");

        for (var kill = 1; kill <= kills; kill++)
        {
            // Counted in rows that are done, so that every kill falls into the import: a batch may be under way, the end may not.
            var share = (long)rows * kill / (kills + 1);
            await Until.TrueAsync($"{share} rows are read", TimeSpan.FromMinutes(s_long ? 20 : 2), async () =>
            {
                (await world.AskAsync<string>("select stage from platform.background_work where id = @import", new { import })).Should().NotBe("Done", "the host is to be killed before the end");
                return await world.AskAsync<long>("select coalesce((checkpoint ->> 'row')::bigint, 0) from platform.background_work where id = @import", new { import }) >= share - (rows / (kills + 1) / 2);
            }, 5);
            await world.Host.KillAsync();
            await world.StartHostAsync();
            output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: killed after {await world.AskAsync<long>("select coalesce((checkpoint ->> 'row')::bigint, 0) from platform.background_work where id = @import", new { import })} rows");
        }

        try
        {
            await Until.TrueAsync("the import has ended", TimeSpan.FromMinutes(s_long ? 60 : 3), async () => await world.AskAsync<string>("select stage from platform.background_work where id = @import", new { import }) is "Done" or "Failed", 100);
        }
        catch (TimeoutException)
        {
            output.WriteLine(await world.AskAsync<string>("select row_to_json(w)::text from platform.background_work w where id = @import", new { import }));
            foreach (var line in world.Running.SelectMany(h => h.Said).TakeLast(20)) output.WriteLine(line[..Math.Min(1500, line.Length)]);
            throw;
        }

        output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: ended");

        var refused = Enumerable.Range(0, rows).Where(IsBad).ToList();
        var good = rows - refused.Count;
        (await world.AskAsync<(long, long)>("select count(*), count(distinct name) from contacts.contacts where name like 'Crash Row %'")).Should().Be((good, good), "each row that is right makes one contact");
        (await world.AskAsync<long>("select count(*) from contacts.contact_phones p join contacts.contacts c on c.id = p.contact_id where c.name like 'Crash Row %'")).Should().Be(good);
        (await world.AskAsync<(long, long, long)>("select added, refused, (select count(*) from platform.import_changes) from platform.imports")).Should().Be((good, refused.Count, good));
        (await world.AskAsync<(long, long)>("select done, starts from platform.background_work where id = @import", new { import })).Item1.Should().Be(rows);

        // The file with what was refused: each row once, in order, as it stood, with its reason.
        using var again = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = world.Host.Url, Timeout = TimeSpan.FromMinutes(2) };
        again.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
        var later = new Browse(again);
        await later.SignInAsync("admin", CrmApp.Password);
        var file = await world.AskAsync<Guid>("select file_id from platform.background_work where id = @import", new { import });
        var lines = (await again.GetStringAsync(new Uri($"/files/{file}", UriKind.Relative))).TrimStart('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines.Skip(1).Select(l => l.Split(',')[1]).Should().Equal(refused.Select(n => string.Create(CultureInfo.InvariantCulture, $"Row {n}")));
        lines.Skip(1).Should().OnlyContain(l => l.Split(',').Length == 4 && l.Split(',')[3].Length > 3, "each says why");
        await world.CheckIsCleanAsync();
    }

    private static bool IsBad(int n) => n % 997 == 5;

    private static async Task<Guid> StartAsync(CrashWorld world, Browse admin, int rows)
    {
        var text = new StringBuilder("firstName,lastName,mobile\r\n");
        for (var n = 0; n < rows; n++) text.Append(CultureInfo.InvariantCulture, $"Crash,Row {n},{(IsBad(n) ? "none" : (9_100_000_000 + n).ToString(CultureInfo.InvariantCulture))}\r\n");
        await admin.OpenAsync("/import/contacts");
        using var form = new MultipartFormDataContent
        {
            { new StringContent(Token().Match(admin.Html).Groups[1].Value), "__RequestVerificationToken" }, { new ByteArrayContent(Encoding.UTF8.GetBytes(text.ToString())), "Upload", "crash.csv" },
        };
        using var answer = await admin.Client.PostAsync(new Uri("/import/contacts", UriKind.Relative), form);
        answer.StatusCode.Should().Be(HttpStatusCode.Redirect);
        var url = answer.Headers.Location!.ToString();
        await admin.PostAsync(url, [("Command.Start", "true"), ("Command.KeyField", ""), ("Command.Mode", "Create"), ("Command.Columns[0]", "firstName"), ("Command.Columns[1]", "lastName"), ("Command.Columns[2]", "mobile")]);
        admin.Location.Should().NotBeNull(admin.Text);
        return await world.AskAsync<Guid>("select run_id from platform.imports");
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
