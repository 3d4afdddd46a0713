using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using Xunit.Abstractions;
using static Crm.CrashTests.Draw;

namespace Crm.CrashTests;

/// <summary>Two hosts on one database: one dies for good, one is frozen and goes on, fifty clients of both want the same stage, both die while they move running jobs to a new version.</summary>
[Collection("killed hosts")]
public sealed class TwoHostsTests(TwoHostsTests.World shared, ITestOutputHelper output) : IClassFixture<TwoHostsTests.World>
{
    private static readonly bool s_long = Environment.GetEnvironmentVariable("CRM_CRASH_LONG") == "1";

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
        try
        {
            await Until.TrueAsync("the other host has done what is left", TimeSpan.FromSeconds(90), async () => await EndedAsync() == timers);
        }
        catch (TimeoutException)
        {
            foreach (var line in await world.QueryAsync<string>("""
                select 'call ' || row_to_json(c) from (select id, kind, type, due_at, attempts, error, stuck from routines.calls limit 5) c
                union all select 'stimulus ' || row_to_json(s) from (select id, ready, at, attempts, error from routines.stimuli limit 5) s
                union all select 'incident ' || row_to_json(i) from (select kind, message, status, at, details from routines.incidents limit 3) i
                union all select 'timer ' || row_to_json(b) from (select id, due_at, created_at from routines.bookmarks where due_at is not null limit 3) b
                union all select 'backend ' || row_to_json(a) from (select pid, state, wait_event_type, wait_event, now() - xact_start as open, now() - query_start as since, pg_blocking_pids(pid) as by, left(query, 300) as query from pg_stat_activity where datname = current_database()) a
                union all select 'sums ' || row_to_json(x) from (select now(), (select count(*) from routines.calls) calls, (select count(*) from routines.stimuli) stimuli, (select count(*) from routines.incidents) incidents, (select count(*) from routines.jobs where ended_at is not null and title like 'timer %') ended) x
                """)) output.WriteLine(line);
            throw;
        }

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

    [Fact]
    public async Task Jobs_that_are_moved_to_a_new_version_while_their_hosts_are_killed_are_on_one_of_the_two_whole_and_come_back_by_the_undo()
    {
        var (jobs, deaths) = s_long ? (2000, 8) : (240, 1);
        var world = shared.It;
        await shared.HostsAsync();
        var old = Routine("Moved", [Box("Crm.Stage", "Call", ("title", "Call"), ("outcomes", List("Done"))), Box("Crm.Stage", "Offer", ("title", "Offer"), ("outcomes", List("Done")))], ("Call", "Done", "Offer"));
        var routine = await world.PublishAsync(old);
        await Parallel.ForEachAsync(Enumerable.Range(0, jobs), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (n, _) => await world.Api.PostAsync("/api/v1/jobs", new { routineId = routine, title = $"moved {n}" }));
        await Until.TrueAsync("all stand at their first stage", TimeSpan.FromSeconds(60), async () => await StandingAsync() == jobs);
        var next = Routine("Moved", [Box("Crm.Stage", "Call", ("title", "First call"), ("outcomes", List("Done"))), Box("Crm.Stage", "Offer", ("title", "Quote"), ("outcomes", List("Done"))), Box("Crm.Stage", "Sign", ("title", "Sign"), ("outcomes", List("Done")))],
            ("Call", "Done", "Offer"), ("Offer", "Done", "Sign"));
        next["definitionId"] = (string)old["definitionId"]!;
        (await world.PublishAsync(next)).Should().Be(routine);
        var move = (Guid)(await world.Api.PostAsync($"/api/v1/routines/{routine}/moves", new JsonObject()))["id"]!;
        (await StateAsync("checked"))["moves"]!.GetValue<int>().Should().Be(jobs);

        // People go on working: some end their stage while it is moved. Who is too late for the old drawing is told and does it again.
        var working = Task.CompletedTask;
        await DieAsync("Moved", async () =>
        {
            await world.Api.PostAsync($"/api/v1/routines/moves/{move}/begin", null);
            working = Task.Run(() => FinishSomeAsync("Call", jobs / 8));
        });
        await working;
        var done = await StateAsync("moved");
        done["moved"]!.GetValue<int>().Should().Be(jobs, "{0}", done);
        await WholeAsync(onNew: jobs);
        await world.CheckIsCleanAsync();

        // The way back, killed too. Whoever went on since stays.
        await FinishSomeAsync("First call", 10);
        await world.QuietAsync();
        var gone = await world.AskAsync<long>("select count(*) from routines.moved_jobs m where m.move_id = @move and exists (select 1 from routines.journal j where j.job_id = m.job_id and j.seq > m.sequence and j.event not in ('Suspended', 'Faulted'))", new { move });
        gone.Should().BeGreaterThanOrEqualTo(10);
        await DieAsync("Undone", () => world.Api.PostAsync($"/api/v1/routines/moves/{move}/undo", null));
        var undone = await StateAsync("undone");
        (undone["undone"]!.GetValue<int>(), undone["kept"]!.GetValue<int>()).Should().Be((jobs - (int)gone, (int)gone));
        await WholeAsync(onNew: (int)gone);
        await world.CheckIsCleanAsync();

        // They live: on either version somebody ends his stage and the next one opens.
        await FinishSomeAsync("Call", 2);
        await FinishSomeAsync("Quote", 2);
        await Until.TrueAsync("they went on", TimeSpan.FromSeconds(30), async () => await world.AskAsync<long>("select count(*) from routines.stage_items s join routines.jobs j on j.id = s.job_id where j.routine_id = @routine and s.status = 'Open' and s.title in ('Offer', 'Sign')", new { routine }) >= 4);
        await world.CheckIsCleanAsync();

        Task<long> StandingAsync() => world.AskAsync<long>("select count(*) from routines.stage_items s join routines.jobs j on j.id = s.job_id where j.routine_id = @routine and s.status = 'Open'", new { routine });
        Task<long> BehindAsync(string status) => world.AskAsync<long>("select count(*) from routines.moved_jobs where move_id = @move and status <> @before", new { move, before = status == "Moved" ? "Checked" : "Moved" });

        async Task<JsonNode> StateAsync(string state)
        {
            JsonNode? record = null;
            await Until.TrueAsync($"the move is {state}", TimeSpan.FromSeconds(120), async () => (string?)(record = (await world.Api.TryGetAsync($"/api/v1/routines/moves/{move}"))?.Body)?["state"] == state, 100);
            return record!;
        }

        // All hosts die in the middle of a batch: the test holds a row that is written last, so that states, journal and stages of the batch are changed and nothing is committed.
        async Task DieAsync(string status, Func<Task> begin)
        {
            for (var death = 1; death <= deaths; death++)
            {
                var share = jobs * death / (deaths + 1);
                await using var holder = new NpgsqlConnection(world.Database + ";Pooling=false");
                await holder.OpenAsync();
                await using (var held = await holder.BeginTransactionAsync())
                {
                    await using (var hold = new NpgsqlCommand("select 1 from routines.moved_jobs where move_id = $1 and job_id = (select job_id from routines.moved_jobs where move_id = $1 order by job_id offset $2 limit 1) for update", holder, held) { Parameters = { new() { Value = move }, new() { Value = share } } }) await hold.ExecuteNonQueryAsync();
                    if (death == 1) await begin();
                    await Until.TrueAsync("the run waits for the held row, or is past it", TimeSpan.FromSeconds(60), async () => await BehindAsync(status) > share || await world.AskAsync<bool>("select exists (select 1 from pg_stat_activity a where @holder = any (pg_blocking_pids(a.pid)))", new { holder = holder.ProcessID }), 5);
                    foreach (var host in world.Running) await host.KillAsync();
                    await held.RollbackAsync();
                }

                await WholeAsync(onNew: null);
                output.WriteLine($"{status}: killed with {await BehindAsync(status)} of {jobs} behind it");
                world.TurnTo(await world.StartHostAsync());
            }
        }

        // Version of the job, of its state, of what the state says of itself, titles of its open stages and number of moves in the journal belong together.
        async Task WholeAsync(int? onNew)
        {
            var wrong = await world.QueryAsync<string>("""
                select j.title || ': version ' || j.version_number || ', state ' || v.number || ' ' || (convert_from(s.state, 'UTF8')::json ->> 'definitionVersion') || ', stages ' || coalesce((select string_agg(t.title, ', ') from routines.stage_items t where t.job_id = j.id and t.status = 'Open'), '-')
                  || ', moves ' || (select count(*) from routines.journal m where m.job_id = j.id and m.event = 'Moved')
                from routines.jobs j join routines.job_states s on s.job_id = j.id join routines.routine_versions v on v.id = s.version_id
                where j.routine_id = @routine and (s.version_id <> j.version_id or v.number <> j.version_number or (convert_from(s.state, 'UTF8')::json ->> 'definitionVersion')::int <> j.version_number
                  or exists (select 1 from routines.stage_items t where t.job_id = j.id and t.status = 'Open' and t.title <> all (case j.version_number when 1 then array['Call', 'Offer'] else array['First call', 'Quote', 'Sign'] end))
                  or (select count(*) from routines.journal m where m.job_id = j.id and m.event = 'Moved') % 2 <> j.version_number - 1)
                """, new { routine });
            wrong.Should().BeEmpty();
            if (onNew is { } n) (await world.AskAsync<long>("select count(*) from routines.jobs where routine_id = @routine and version_number = 2", new { routine })).Should().Be(n);
        }

        async Task FinishSomeAsync(string title, int count)
        {
            var some = await world.QueryAsync<(Guid Job, Guid Stage)>("select s.job_id, s.id from routines.stage_items s join routines.jobs j on j.id = s.job_id where j.routine_id = @routine and s.status = 'Open' and s.title = @title order by md5(s.id::text) limit @count", new { routine, title, count });
            foreach (var (job, stage) in some)
            {
                await Until.TrueAsync($"{title} is ended", TimeSpan.FromSeconds(90), async () =>
                {
                    var answer = await world.Api.TryPostAsync($"/api/v1/jobs/{job}/steps/{stage}/complete", new { outcome = "Done" });
                    // 412: it was drawn anew meanwhile. 409: an earlier try went through and only its answer was lost.
                    return answer?.Status is HttpStatusCode.NoContent or HttpStatusCode.Conflict;
                }, 100);
            }
        }
    }

    /// <summary>One database for the class; hosts that a test killed are replaced for the next.</summary>
    public sealed class World : IAsyncLifetime
    {
        internal CrashWorld It { get; private set; } = null!;

        // A host that died is believed for so long: the least that is a lease (see ImportFaultTests).
        public async Task InitializeAsync() => It = await CrashWorld.StartAsync(("Crm__Work__LeaseSeconds", "10"));

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
