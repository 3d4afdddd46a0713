using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Crm.Testing;
using Xunit.Abstractions;

namespace Crm.CrashTests;

/// <summary>
/// Fault 15: everything is taken out while people work and brought in on a machine elsewhere. Short form: 3,000 contacts of a seed; CRM_CRASH_LONG=1: 200,000, an import killed on the way too.
/// </summary>
[Collection("changed grounds")]
public sealed class ArchiveFaultTests(ITestOutputHelper output)
{
    private const int Jobs = 16;
    private static readonly bool s_long = Environment.GetEnvironmentVariable("CRM_CRASH_LONG") == "1";

    [Fact]
    public async Task What_is_taken_out_while_writers_run_is_one_moment_and_goes_on_elsewhere()
    {
        var clock = Stopwatch.StartNew();
        await using var world = await CrashWorld.StartAsync();
        await world.UseGatewayAsync(TimeSpan.FromMilliseconds(15), "password of the gateway");
        var routine = await JobRoutine.PublishAsync(world);
        await SeedAsync(world);
        await Task.WhenAll(Enumerable.Range(0, JobRoutine.Kinds).Select(n => routine.StartAsync("calm", n)));
        await routine.CarryAsync("calm", JobRoutine.Kinds, TimeSpan.FromSeconds(90));
        await Parallel.ForEachAsync(Enumerable.Range(0, Jobs), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (n, _) => await routine.StartAsync("crash", n));
        await world.QuietAsync();
        var calm = await routine.LeftBehindAsync("calm");
        output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: {Jobs} jobs wait");

        using var over = new CancellationTokenSource();
        var written = new ConcurrentDictionary<string, bool>();
        var writers = Enumerable.Range(0, 4).Select(w => Task.Run(() => WriteAsync(world, w, written, over.Token))).ToList();
        await Until.TrueAsync("writers are at work", TimeSpan.FromSeconds(30), () => Task.FromResult(written.Count > 20), 5);
        var (soon, archive) = (written.Keys.ToList(), Path.Combine(world.Directory, "moment.crm"));
        var (exit, said) = await world.VerbAsync("export", archive);
        exit.Should().Be(0, said);
        output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: {said.Trim()}");
        var atEnd = written.Count;
        await over.CancelAsync();
        await Task.WhenAll(writers);
        written.Count.Should().BeGreaterThan(soon.Count + 4, "people worked all the while");
        world.Api.Wrong.Should().BeEmpty();
        foreach (var host in world.Running) await host.KillAsync();

        await using var other = await CrashWorld.ElsewhereAsync(world);
        if (s_long) await KillImportAsync(other, archive);
        var moved = Stopwatch.GetTimestamp();
        (exit, said) = await other.VerbAsync("import", archive);
        exit.Should().Be(0, said);
        output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: {said.Trim()}");
        var manifest = Manifest(archive);
        foreach (var table in manifest["content"]!["tables"]!.AsArray()) (await other.AskAsync<long>($"select count(*) from {table!["name"]}")).Should().Be((long)table["rows"]!, (string)table["name"]!);

        // One moment: what was answered before it is there, whatever is there is there with all that belongs to it.
        var rows = await other.QueryAsync<(string Name, long Phones, long Audits, long Found)>("""
            select c.last_name, (select count(*) from contacts.contact_phones p where p.contact_id = c.id), (select count(*) from platform.audit a where a.entity_id = c.id and a.action = 'A'),
              (select count(*) from platform.search s where s.id = c.id)
            from contacts.contacts c where c.last_name like 'writer-%'
            """);
        rows.Select(r => r.Name).Should().OnlyHaveUniqueItems().And.Contain(soon);
        rows.Should().OnlyContain(r => r.Phones == 1 && r.Audits == 1 && r.Found == 1);
        output.WriteLine($"{rows.Count} of {written.Count} written contacts are in it; {soon.Count} were there when it was begun, {atEnd} when it was whole");
        await other.CheckIsCleanAsync();

        // Taken out again, nothing has changed on the way.
        var second = Path.Combine(other.Directory, "again.crm");
        (exit, said) = await other.VerbAsync("export", second);
        exit.Should().Be(0, said);
        JsonNode.DeepEquals(Manifest(second)["content"], manifest["content"]).Should().BeTrue("counts, checksums, numbers and files are the same");
        ((string)Manifest(second)["digest"]!).Should().Be((string)manifest["digest"]!);

        var started = Stopwatch.GetTimestamp();
        await other.StartHostAsync();
        Stopwatch.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(60));
        output.WriteLine($"ready {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s after its start, {Stopwatch.GetElapsedTime(moved).TotalSeconds:0.0} s after the import was begun");
        // The host is believed to have died with what it had begun; whoever has a token or a password comes in.
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = other.Host.Url };
        http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
        var admin = new Browse(http);
        await admin.SignInAsync("admin", CrmApp.Password);
        (await admin.OpenAsync("/jobs")).Status.Should().Be(System.Net.HttpStatusCode.OK);
        var there = JobRoutine.In(other, routine.Id);
        await there.CarryAsync("crash", Jobs, TimeSpan.FromSeconds(90));
        await other.QuietAsync();
        await there.AllEndedAsCalmAsync("crash", Jobs, calm);
        other.Api.Wrong.Should().BeEmpty();
        world.Gateway.Passwords.Should().OnlyContain(p => p == "password of the gateway").And.HaveCountGreaterThanOrEqualTo(Jobs * 2, "also those that went out on the new machine, whose keys came along");
        await other.CheckIsCleanAsync();
        output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: all jobs have ended");
    }

    // Killed while it loads: nothing is there, and the next try takes it.
    private static async Task KillImportAsync(CrashWorld other, string archive)
    {
        await using var import = HostProcess.StartVerb(other.Database, other.Directory, "import", archive);
        await Until.TrueAsync("rows are being loaded", TimeSpan.FromSeconds(60), async () => await other.AskAsync<bool>("select exists (select from pg_stat_activity where datname = current_database() and query ilike 'copy%contacts%')"), 5);
        await import.KillAsync();
        (await other.AskAsync<long>("select count(*) from contacts.contacts")).Should().Be(0);
    }

    private static async Task SeedAsync(CrashWorld world)
    {
        var contacts = (s_long ? 200_000 : 3_000).ToString(CultureInfo.InvariantCulture);
        var (exit, said) = await world.VerbAsync("seed", "--contacts", contacts, "--communications", contacts);
        exit.Should().Be(0, said);
    }

    private static async Task WriteAsync(CrashWorld world, int writer, ConcurrentDictionary<string, bool> written, CancellationToken over)
    {
        for (var i = 0; !over.IsCancellationRequested; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"writer-{writer}-{i}");
            await world.Api.PostAsync("/api/v1/contacts", new { kind = "person", lastName = name, phones = new[] { new { kind = "mobile", number = string.Create(CultureInfo.InvariantCulture, $"0918{writer}{i:000000}") } } }, name);
            written[name] = true;
        }
    }

    private static JsonNode Manifest(string archive)
    {
        using var zip = ZipFile.OpenRead(archive);
        using var json = zip.GetEntry("manifest.json")!.Open();
        return JsonNode.Parse(json)!;
    }
}
