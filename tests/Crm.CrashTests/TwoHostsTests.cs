using System.Net;
using static Crm.CrashTests.Draw;

namespace Crm.CrashTests;

/// <summary>Two hosts on one database: one dies for good, one is frozen and goes on, fifty clients of both want the same stage.</summary>
[Collection("hosts")]
public sealed class TwoHostsTests(TwoHostsTests.World shared) : IClassFixture<TwoHostsTests.World>
{
    [Fact]
    public async Task When_one_of_two_hosts_is_killed_for_good_the_other_ends_all_jobs()
    {
        const int jobs = 60;
        var world = shared.It;
        var (first, second) = await shared.HostsAsync();
        await world.UseGatewayAsync(TimeSpan.FromMilliseconds(15));
        var routine = await JobRoutine.PublishAsync(world);
        var before = world.Gateway.Taken.Count;
        await Parallel.ForEachAsync(Enumerable.Range(0, jobs), new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (n, _) =>
        {
            // In the middle of it: what the first host has in hand then is in hand nowhere else.
            if (n == jobs / 2)
            {
                await first.KillAsync();
                world.TurnTo(second);
            }

            await routine.StartAsync("pair", n);
            await routine.DoOpenWorkAsync("pair");
        });
        await routine.CarryAsync("pair", jobs, TimeSpan.FromSeconds(90));
        await world.QuietAsync();

        first.IsRunning.Should().BeFalse();
        var left = await routine.LeftBehindAsync("pair");
        left.Should().HaveCount(jobs);
        foreach (var kind in left.GroupBy(l => l.Key % JobRoutine.Kinds))
        {
            // Those of one kind left the same, but for the total, which is of the number.
            var facts = kind.Select(k => string.Join('\n', k.Value.Where(f => !f.StartsWith("job ", StringComparison.Ordinal)))).Distinct();
            facts.Should().ContainSingle();
            kind.Should().OnlyContain(k => k.Value.Any(f => f.StartsWith("job Finished", StringComparison.Ordinal)));
        }

        (world.Gateway.Taken.Count - before).Should().Be(jobs * 2);
        world.Gateway.Taken.Should().OnlyContain(t => t.Value == 1);
        world.Api.Wrong.Should().BeEmpty();
        await world.CheckIsCleanAsync();
    }

    [Fact]
    public async Task A_host_that_is_frozen_while_timers_come_due_and_goes_on_later_does_nothing_a_second_time()
    {
        const int timers = 300;
        var world = shared.It;
        var (frozen, other) = await shared.HostsAsync();
        var call = (await world.QueryAsync<Guid>("select id from contacts.base_data where list = 'communication-kind' and active order by \"order\", id"))[0];
        var contact = (string)(await world.Api.PostAsync("/api/v1/contacts", new { kind = "person", lastName = "Timer" }))["id"]!;
        var routine = await world.PublishAsync(Routine("Timers", [Box("Elsa.Delay", "Wait", ("timeSpan", "00:00:06")), Box("Crm.LogCommunication", "Note", ("kind", call.ToString()), ("text", "Rang"))], ("Wait", "Done", "Note")));
        await Parallel.ForEachAsync(Enumerable.Range(0, timers), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (n, _) => await world.Api.PostAsync("/api/v1/jobs", new { routineId = routine, contactId = contact, title = $"timer {n}" }));

        // Both are at it now: the first entries are written, the most still wait.
        await Until.TrueAsync("timers ring", TimeSpan.FromSeconds(60), async () => await RungAsync() >= 5, 2);
        await frozen.FreezeAsync();
        await Until.TrueAsync("the other host has done what is left", TimeSpan.FromSeconds(90), async () => await EndedAsync() == timers);
        await frozen.ThawAsync();

        // It answers again, and takes part again: with the other one gone it does a timer alone.
        await other.KillAsync();
        world.TurnTo(frozen);
        await frozen.ReadyAsync();
        await world.Api.PostAsync("/api/v1/jobs", new { routineId = routine, contactId = contact, title = "timer of its own" }, "own");
        await Until.TrueAsync("the frozen host works again", TimeSpan.FromSeconds(60), async () => await EndedAsync() == timers + 1);
        (await RungAsync()).Should().Be(timers + 1);
        (await world.AskAsync<long>("select count(*) from routines.journal e join routines.jobs j on j.id = e.job_id where j.title like 'timer %' and e.activity_id = 'Wait' and e.event = 'Resumed'")).Should().Be(timers + 1);
        (await world.AskAsync<long>("select count(*) from (select job_id from contacts.communications group by job_id having count(*) > 1) x")).Should().Be(0);

        Task<long> RungAsync() => world.AskAsync<long>("select count(*) from contacts.communications where text = 'Rang'");
        Task<long> EndedAsync() => world.AskAsync<long>("select count(*) from routines.jobs where ended_at is not null and title like 'timer %'");
    }

    [Fact]
    public async Task Of_fifty_clients_that_finish_one_stage_at_once_one_wins_and_the_others_are_told()
    {
        const int clients = 50, times = 8;
        var world = shared.It;
        var (one, two) = await shared.HostsAsync();
        var hosts = new[] { one, two };
        var routine = await world.PublishAsync(Routine("Race", [Box("Crm.Stage", "Decide", ("title", "Decide"), ("outcomes", List("Yes", "No"))), Box("Crm.Stage", "After yes", ("title", "After yes"), ("outcomes", List("Done"))), Box("Crm.Stage", "After no", ("title", "After no"), ("outcomes", List("Done")))],
            ("Decide", "Yes", "After yes"), ("Decide", "No", "After no")));
        for (var time = 0; time < times; time++)
        {
            var job = (Guid)(await world.Api.PostAsync("/api/v1/jobs", new { routineId = routine, title = $"race {time}" }))["id"]!;
            Guid stage = default;
            await Until.TrueAsync("the stage is open", TimeSpan.FromSeconds(30), async () => (stage = (await world.QueryAsync<Guid>("select id from routines.stage_items where job_id = @job", new { job })).FirstOrDefault()) != default);
            var answers = await Task.WhenAll(Enumerable.Range(0, clients).Select(async n =>
            {
                using var api = new Api(() => hosts[n % 2].Url, world.Token);
                return (await api.TryPostAsync($"/api/v1/jobs/{job}/steps/{stage}/complete", new { outcome = n % 4 < 2 ? "Yes" : "No" }))?.Status;
            }));

            answers.Count(a => a == HttpStatusCode.NoContent).Should().Be(1, "{0}", string.Join(", ", answers.GroupBy(a => a).Select(g => $"{g.Key}: {g.Count()}")));
            answers.Where(a => a != HttpStatusCode.NoContent).Should().OnlyContain(a => a == HttpStatusCode.Conflict || a == HttpStatusCode.PreconditionFailed);
            var outcome = await world.AskAsync<string>("select outcome from routines.stage_items where id = @stage", new { stage });
            await Until.TrueAsync("the job stands at its next stage", TimeSpan.FromSeconds(30), async () => await world.AskAsync<long>("select count(*) from routines.stage_items where job_id = @job", new { job }) == 2);
            (await world.AskAsync<string>("select title from routines.stage_items where job_id = @job and status = 'Open'", new { job })).Should().Be("After " + outcome.ToLowerInvariant());
        }
    }

    /// <summary>One database for the class; hosts that a test killed are replaced for the next.</summary>
    public sealed class World : IAsyncLifetime
    {
        internal CrashWorld It { get; private set; } = null!;

        public async Task InitializeAsync() => It = await CrashWorld.StartAsync();

        public async Task DisposeAsync() => await It.DisposeAsync();

        /// <summary>Two hosts that are ready; clients are turned to the first.</summary>
        internal async Task<(HostProcess First, HostProcess Second)> HostsAsync()
        {
            while (It.Running.Count < 2) await It.StartHostAsync();
            It.TurnTo(It.Running[0]);
            return (It.Running[0], It.Running[1]);
        }
    }
}
