using System.Globalization;
using Xunit.Abstractions;

namespace Crm.CrashTests;

/// <summary>
/// The host is killed while jobs run. Short form: 200 jobs, 4 kills and one during a start; the long one with CRM_CRASH_LONG=1: 2,000 jobs, 24 kills. CRM_CRASH_SEED repeats the moments
/// of a run: they are counted in answers that clients got, so that kills are spread over the whole run on any machine.
/// </summary>
[Collection("killed hosts")]
public sealed class CrashTests(ITestOutputHelper output)
{
    private static readonly bool s_long = Environment.GetEnvironmentVariable("CRM_CRASH_LONG") == "1";

    [Fact]
    public async Task Jobs_whose_host_is_killed_again_and_again_end_as_if_nothing_had_happened()
    {
        var (jobs, kills) = s_long ? (2000, 24) : (200, 4);
        var random = Dice();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await using var world = await CrashWorld.StartAsync();
        await world.UseGatewayAsync(TimeSpan.FromMilliseconds(15));
        var routine = await JobRoutine.PublishAsync(world);

        // The undisturbed run: one job of each kind.
        await Task.WhenAll(Enumerable.Range(0, JobRoutine.Kinds).Select(n => routine.StartAsync("calm", n)));
        await routine.CarryAsync("calm", JobRoutine.Kinds, TimeSpan.FromSeconds(60));
        await world.QuietAsync();
        var calm = await routine.LeftBehindAsync("calm");
        output.WriteLine("An undisturbed job leaves:\n  " + string.Join("\n  ", calm[0]));
        var before = world.Gateway.Asked.Count;
        output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: the undisturbed run is over");

        using var over = new CancellationTokenSource();
        var killing = KillAsync(world, random, kills, jobs * 4, over.Token);
        var starting = Parallel.ForEachAsync(Enumerable.Range(0, jobs), new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (n, _) => await routine.StartAsync("crash", n));
        var carrying = routine.CarryAsync("crash", jobs, TimeSpan.FromMinutes(s_long ? 30 : 4));
        // Whichever fails first tells; the others would only wait for it.
        foreach (var task in await FirstFailureOrAllAsync(killing, starting, carrying)) await task;
        await over.CancelAsync();
        output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: all jobs have ended");
        await world.QuietAsync();

        output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s; {kills} kills; answers: {string.Join(", ", world.Api.Answers.OrderBy(a => a.Key).Select(a => $"{a.Key}: {a.Value}"))}");
        world.Api.Wrong.Should().BeEmpty();
        await routine.AllEndedAsCalmAsync("crash", jobs, calm);
        // Asked again only in the window.
        (world.Gateway.Asked.Count - before).Should().Be(jobs * 2, "nothing went out that is not written here");
        var again = world.Gateway.Asked.Values.Sum(n => n - 1);
        output.WriteLine($"{again} messages were handed over again, of {CrashWorld.Window * kills} in the documented window");
        again.Should().BeLessThanOrEqualTo(CrashWorld.Window * kills);
        await world.CheckIsCleanAsync();
        foreach (var error in world.Errors) output.WriteLine(error[..Math.Min(600, error.Length)]);
    }

    /// <summary>Kills the host at moments spread over the run, one of them while it is just starting.</summary>
    private static async Task KillAsync(CrashWorld world, Random random, int kills, int answers, CancellationToken ct)
    {
        var counted = world.Api.Answers.Values.Sum();
        var moments = Enumerable.Range(0, kills).Select(i => counted + (int)(answers * (i + random.NextDouble()) / kills * 0.8)).ToArray();
        for (var i = 0; i < kills; i++)
        {
            await Until.TrueAsync($"{moments[i]} answers", TimeSpan.FromMinutes(10), () => Task.FromResult(ct.IsCancellationRequested || world.Api.Answers.Where(a => a.Key != 0).Sum(a => a.Value) >= moments[i]), 5);
            await Task.Delay(random.Next(0, 60), CancellationToken.None);
            await world.Host.KillAsync();
            if (i == kills / 2)
            {
                // Killed at a random instant of its start; the moment of a kill is the one thing here that only a clock can choose.
                var born = world.Launch();
                await Task.Delay(random.Next(200, 2500), CancellationToken.None);
                await born.KillAsync();
            }

            await world.StartHostAsync();
        }
    }

    private static async Task<IEnumerable<Task>> FirstFailureOrAllAsync(params Task[] tasks)
    {
        var left = tasks.ToList();
        while (left.Count > 0)
        {
            var next = await Task.WhenAny(left);
            if (!next.IsCompletedSuccessfully) return [next];
            left.Remove(next);
        }

        return [];
    }

    private Random Dice()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("CRM_CRASH_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next(1_000_000);
        output.WriteLine($"CRM_CRASH_SEED={seed}");
        return new Random(seed);
    }
}

/// <summary>Tests with hosts of their own take turns: those whose hosts die while they work …</summary>
[CollectionDefinition("killed hosts")]
public sealed class KilledHosts;

/// <summary>… and beside them those whose database, file or release changes under the hosts. Two rows of them keep two cores busy; three would only wait for each other.</summary>
[CollectionDefinition("changed grounds")]
public sealed class ChangedGrounds;
