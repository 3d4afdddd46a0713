using System.Diagnostics;
using System.Globalization;
using Crm.Data.Postgres;
using Crm.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit.Abstractions;

namespace Crm.CrashTests;

/// <summary>
/// Everything at once: several hosts on one database are killed at random moments, PostgreSQL is restarted under them, the gateway is slow and fails. The jobs end as in the undisturbed run. Short form: 80 jobs, two hosts,
/// two kills, one restart; with CRM_CRASH_LONG=1: 2,000 jobs, three hosts, 24 kills, four restarts, and their clock jumps an hour ahead. That needs libfaketime, under which a read of Npgsql now and then times out on a
/// busy machine: not for every run. CRM_CRASH_SEED repeats the moments of a run.
/// </summary>
[Collection("changed grounds")]
public sealed class ScaleTests(ITestOutputHelper output) : IDisposable
{
    private static readonly bool s_long = Environment.GetEnvironmentVariable("CRM_CRASH_LONG") == "1";
    private readonly string _directory = Directory.CreateTempSubdirectory("crm-crash-scale-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Jobs_on_several_hosts_end_as_if_nothing_had_happened_whatever_is_killed_restarted_or_put_forward()
    {
        var (jobs, hosts, kills, restarts) = s_long ? (2000, 3, 24, 4) : (80, 2, 2, 1);
        var seed = int.TryParse(Environment.GetEnvironmentVariable("CRM_CRASH_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next(1_000_000);
        output.WriteLine($"CRM_CRASH_SEED={seed}");
        var random = new Random(seed);
        var took = Stopwatch.StartNew();
        var clock = Path.Combine(_directory, "clock");
        await File.WriteAllTextAsync(clock, "+0\n");
        await using var postgres = await EmbeddedPostgres.StartAsync(new() { DataDirectory = Path.Combine(_directory, "cluster") }, NullLogger.Instance);
        await using var world = await CrashWorld.OverAsync(postgres.ConnectionString, s_long ? FakeTime(clock) : []);
        try
        {
            await RunAsync(world, postgres, clock, random, took, jobs, hosts, kills, restarts);
        }
        finally
        {
            foreach (var error in world.Errors.Where(e => !e.Contains("\"Category\":\"Microsoft.EntityFrameworkCore", StringComparison.Ordinal)).Take(20)) output.WriteLine(error[..Math.Min(3000, error.Length)]);
        }
    }

    private async Task RunAsync(CrashWorld world, EmbeddedPostgres postgres, string clock, Random random, Stopwatch took, int jobs, int hosts, int kills, int restarts)
    {
        await world.UseGatewayAsync(TimeSpan.FromMilliseconds(15));
        var routine = await JobRoutine.PublishAsync(world);
        await Task.WhenAll(Enumerable.Range(0, JobRoutine.Kinds).Select(n => routine.StartAsync("calm", n)));
        await routine.CarryAsync("calm", JobRoutine.Kinds, TimeSpan.FromSeconds(60));
        await world.QuietAsync();
        var calm = await routine.LeftBehindAsync("calm");
        var before = world.Gateway.Asked.Count;
        output.WriteLine($"{took.Elapsed.TotalSeconds:0} s: the undisturbed run is over");

        // Of ten numbers one is refused for a moment, one taken without an answer; in the long form one hangs until the host gives up.
        world.Gateway.Mood = (to, tries) => tries > 0 ? GatewayMood.Take : to[^1] switch { '3' => GatewayMood.Err, '6' => GatewayMood.TakeAndReset, '9' when s_long => GatewayMood.Hang, _ => GatewayMood.Take };
        while (world.Running.Count < hosts) await world.StartHostAsync();

        // What happens, at moments counted in answers: kills, and between them restarts of the database and one jump of the clock.
        var happenings = Enumerable.Repeat("kill", kills).Concat(Enumerable.Repeat("restart", restarts)).Concat(Enumerable.Repeat("jump", s_long ? 1 : 0)).OrderBy(_ => random.Next()).ToList();
        using var over = new CancellationTokenSource();
        var disturbing = DisturbAsync(world, postgres, clock, happenings, jobs * 4, random, over.Token);
        var starting = Parallel.ForEachAsync(Enumerable.Range(0, jobs), new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (n, _) => await routine.StartAsync("scale", n));
        var carrying = CarryAsync(routine, jobs, TimeSpan.FromMinutes(s_long ? 40 : 5));
        var all = new List<Task> { disturbing, starting, carrying };
        while (all.Count > 0)
        {
            // Whichever fails first tells; the others would only wait for it.
            var next = await Task.WhenAny(all);
            await next;
            all.Remove(next);
        }

        output.WriteLine($"{took.Elapsed.TotalSeconds:0} s: all jobs have ended; {string.Join(", ", happenings)}; answers: {string.Join(", ", world.Api.Answers.OrderBy(a => a.Key).Select(a => $"{a.Key}: {a.Value}"))}");
        // The test's own connections may still be those of a server that was restarted since.
        NpgsqlConnection.ClearAllPools();
        await world.QuietAsync();
        world.Api.Wrong.Should().BeEmpty();
        await routine.AllEndedAsCalmAsync("scale", jobs, calm);
        (world.Gateway.Asked.Count - before).Should().Be(jobs * 2, "nothing went out that is not written here");
        var failed = world.Gateway.Seen.Skip(before).Where(s => world.Gateway.Mood(s.To, 0) != GatewayMood.Take).Select(s => s.Key).Distinct().Count();
        var again = world.Gateway.Asked.Values.Sum(n => n - 1);
        var window = CrashWorld.Window * (kills + ((restarts + 1) * hosts));
        output.WriteLine($"{again} messages were handed over again: {failed} that the gateway had failed, {window} in the documented window");
        again.Should().BeLessThanOrEqualTo(failed + window);
        await world.CheckIsCleanAsync();
    }

    private static async Task CarryAsync(JobRoutine routine, int jobs, TimeSpan patience) => await Until.TrueAsync($"{jobs} jobs have ended", patience, async () =>
    {
        try
        {
            return await routine.DoOpenWorkAsync("scale") == 0 && await routine.EndedAsync("scale") >= jobs;
        }
        catch (NpgsqlException)
        {
            // The test's own look at the database fell into a restart.
            return false;
        }
    }, 200);

    private static async Task DisturbAsync(CrashWorld world, EmbeddedPostgres postgres, string clock, IReadOnlyList<string> happenings, int answers, Random random, CancellationToken ct)
    {
        var counted = world.Api.Answers.Values.Sum();
        var moments = Enumerable.Range(0, happenings.Count).Select(i => counted + (int)(answers * (i + random.NextDouble()) / happenings.Count * 0.8)).ToArray();
        for (var i = 0; i < happenings.Count; i++)
        {
            await Until.TrueAsync($"{moments[i]} answers", TimeSpan.FromMinutes(20), () => Task.FromResult(ct.IsCancellationRequested || world.Api.Answers.Where(a => a.Key != 0).Sum(a => a.Value) >= moments[i]), 5);
            switch (happenings[i])
            {
                case "kill":
                    var running = world.Running;
                    await running[random.Next(running.Count)].KillAsync();
                    // Clients turn to one that lives; the dead one is replaced.
                    world.TurnTo(world.Running[0]);
                    await world.StartHostAsync();
                    break;
                case "restart":
                    var pid = postgres.ProcessId!.Value;
                    using (var kill = Process.Start("kill", [$"-{(random.Next(2) == 0 ? "INT" : "QUIT")}", pid.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync(CancellationToken.None);
                    await Until.TrueAsync("PostgreSQL is back", TimeSpan.FromSeconds(60), async () => postgres.ProcessId is { } now && now != pid && await AnswersAsync(postgres.ConnectionString), 100);
                    break;
                default:
                    await File.WriteAllTextAsync(clock, "+1h\n", CancellationToken.None);
                    break;
            }
        }
    }

    private static async Task<bool> AnswersAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        try
        {
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    // All hosts see the time of one file; what they measure how long something takes by goes on as it was.
    private static (string Name, string Value)[] FakeTime(string clock)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "tools", "faketime.sh");
        var info = new ProcessStartInfo("sh", [script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var found = Process.Start(info)!;
        var library = found.StandardOutput.ReadToEnd().Trim();
        var problem = found.StandardError.ReadToEnd();
        found.WaitForExit();
        if (found.ExitCode != 0) throw new InvalidOperationException(problem);
        return [("LD_PRELOAD", library), ("FAKETIME_TIMESTAMP_FILE", clock), ("FAKETIME_CACHE_DURATION", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_DONT_RESET", "1")];
    }
}
