using System.Globalization;
using System.Text.Json.Nodes;
using static Crm.CrashTests.Draw;

namespace Crm.CrashTests;

/// <summary>
/// The routine that is carried through the crashes: an SMS, a stage with a form, two branches side by side (a task that is waited for; a delay and an SMS that is
/// waited for), a join, a decision, a change of status, an entry in the customer's file, a last stage. Everything that jobs of it leave behind carries the job's
/// number, so that what one job left can be laid beside what another left.
/// </summary>
internal sealed class JobRoutine
{
    /// <summary>Jobs whose number has the same rest do the same.</summary>
    public const int Kinds = 8;

    // By number: what is to be left behind. Written one line a fact, so that a difference is a readable line.
    // Of a step that waits only when what it waits for has not happened yet, begin and end are told, not the wait. Steps of the two branches are told apart:
    // which branch is faster is nobody's promise, the order within each is.
    private const string LeftBehind = """
        with j as (select id, contact_id, substring(title from '^\w+-(\d+)$')::int as n, status, ended_because, title from routines.jobs where title ~ @title),
        events as (
          select j.n, e.seq, e.activity_id || ' ' || e.event || coalesce(' ' || (e.entry::json ->> 'outcomes'), '') as line, e.activity_id
          from j join routines.journal e on e.job_id = j.id
          where not (e.activity_id in ('Await', 'Second') and e.event in ('Suspended', 'Resumed')))
        select n, 'job ' || j.status || ' ' || coalesce(j.ended_because, '') || ' ' || coalesce(convert_from(s.state, 'UTF8')::json ->> 'variables', '') as fact from j join routines.job_states s on s.job_id = j.id
        union all select n, 'path left: ' || string_agg(line, ', ' order by seq) from events where activity_id not in ('Pause', 'Second') group by n
        union all select n, 'path right: ' || string_agg(line, ', ' order by seq) from events where activity_id not in ('Open', 'Await') group by n
        union all select n, 'stage ' || s.title || ' ' || s.status || ' ' || coalesce(s.outcome, '') from j join routines.stage_items s on s.job_id = j.id
        union all select n, 'task ' || t.title || ' ' || t.state from j join tasks.work_tasks t on t.job_id = j.id
        union all select n, 'message ' || m.state || ' ' || m.body from j join messaging.messages m on m.job_id = j.id
        union all select n, 'entry ' || c.text from j join contacts.communications c on c.job_id = j.id
        union all select n, 'status ' || b.title from j join contacts.contacts c on c.id = j.contact_id join contacts.base_data b on b.id = c.status_id
        union all select n, 'status changed ' || count(*) from j join platform.audit a on a.entity_id = j.contact_id and a.action = 'M' and a.changes::text like '%tatus%' group by n
        union all select n, 'told ' || x.text from j join platform.notifications x on array_to_string(x.args, ' ') ~ ('\m' || j.title || '\M')
        union all select n, 'incident ' || i.message from j join routines.incidents i on i.job_id = j.id
        """;

    private readonly CrashWorld _world;

    private JobRoutine(CrashWorld world) => _world = world;

    public Guid Id { get; private init; }

    /// <summary>The same routine in a world that it was carried to.</summary>
    public static JobRoutine In(CrashWorld world, Guid id) => new(world) { Id = id };

    /// <summary>Draws and publishes it.</summary>
    public static async Task<JobRoutine> PublishAsync(CrashWorld world)
    {
        var statuses = await world.QueryAsync<Guid>("select id from contacts.base_data where list = 'contact-status' and active order by \"order\", id");
        var call = (await world.QueryAsync<Guid>("select id from contacts.base_data where list = 'communication-kind' and active order by \"order\", id"))[0];
        var first = (string)(await world.Api.PostAsync("/api/v1/templates", new { name = "First of the crash", channel = "sms", body = "first {{job.title}}" }))["id"]!;
        var second = (string)(await world.Api.PostAsync("/api/v1/templates", new { name = "Second of the crash", channel = "sms", body = "second {{job.title}}" }))["id"]!;
        var form = (string)(await world.Api.PostAsync("/api/v1/forms", new { name = "Floors", fields = new[] { new { name = "floors", label = "Floors", kind = "Number", required = true } } }))["id"]!;
        var routine = await world.PublishAsync(Routine("Carried through crashes",
        [
            Set("Count", "getInput('n') * 3"),
            Box("Crm.SendMessage", "First", ("template", first), ("to", "customer")),
            Box("Crm.Stage", "Measure", ("title", Text("Measure {{job.title}}")), ("who", "Starter"), ("formId", form), ("outcomes", List("Measured", "Given up"))),
            Box("Elsa.FlowFork", "Fork", ("branches", List("Left", "Right"))),
            Box("Crm.OpenTask", "Open", ("title", Text("Task of {{job.title}}")), ("who", "Starter"), ("wait", false)),
            Box("Crm.WaitForTask", "Await", ("taskId", Script("getOutputFrom('Open').taskId"))),
            Box("Elsa.Delay", "Pause", ("timeSpan", "00:00:00.300")),
            Box("Crm.SendMessage", "Second", ("template", second), ("to", "customer"), ("waitUntilSent", true)),
            Box("Elsa.FlowJoin", "Join", ("mode", "WaitAll")),
            Set("Sum", "getVariable('total') + answers.floors"),
            Box("Elsa.FlowDecision", "Tall", ("condition", Script("answers.floors > 3"))),
            Box("Crm.ChangeStatus", "High", ("status", statuses[0].ToString())),
            Box("Crm.ChangeStatus", "Low", ("status", statuses[1].ToString())),
            Box("Crm.LogCommunication", "Note", ("kind", call.ToString()), ("text", Text("Entry of {{job.title}}"))),
            Box("Crm.Stage", "Close", ("title", Text("Close {{job.title}}")), ("who", "Starter"), ("outcomes", List("Won", "Lost"))),
            Box("Elsa.Finish", "End"),
        ],
            ("Count", "Done", "First"), ("First", "Done", "Measure"), ("Measure", "Measured", "Fork"), ("Fork", "Left", "Open"), ("Open", "Done", "Await"), ("Await", "Done", "Join"),
            ("Fork", "Right", "Pause"), ("Pause", "Done", "Second"), ("Second", "Done", "Join"), ("Join", "Done", "Sum"), ("Sum", "Done", "Tall"), ("Tall", "True", "High"), ("Tall", "False", "Low"),
            ("High", "Done", "Note"), ("Low", "Done", "Note"), ("Note", "Done", "Close"), ("Close", "Won", "End")));
        return new JobRoutine(world) { Id = routine };
    }

    /// <summary>Adds the customer and starts the job of one number; asks until it is answered.</summary>
    public async Task StartAsync(string series, int n)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{series}-{n}");
        var phone = string.Create(CultureInfo.InvariantCulture, $"0912{(series == "calm" ? 1 : 2)}{n:000000}");
        var contact = await _world.Api.PostAsync("/api/v1/contacts", new { kind = "person", firstName = "علی", lastName = name, phones = new[] { new { kind = "mobile", number = phone } } }, $"contact {name}");
        await _world.Api.PostAsync("/api/v1/jobs", new { routineId = Id, contactId = (string)contact["id"]!, title = name, input = new { n } }, $"job {name}");
    }

    /// <summary>Does the stages and tasks that stand open, through the API; what nobody answered comes up again at the next look.</summary>
    /// <returns>How many were done. Ends early when nobody answers.</returns>
    public async Task<int> DoOpenWorkAsync(string series)
    {
        var stages = await _world.QueryAsync<(Guid Job, Guid Stage, string Title, string Name)>(
            "select j.id, s.id, s.title, j.title from routines.stage_items s join routines.jobs j on j.id = s.job_id where s.status = 'Open' and j.title like @series || '-%' order by s.id limit 100", new { series });
        var tasks = await _world.QueryAsync<Guid>("select t.id from tasks.work_tasks t join routines.jobs j on j.id = t.job_id where t.state = 'Open' and j.title like @series || '-%' order by t.id limit 100", new { series });
        var (done, nobody) = (0, false);
        await Parallel.ForEachAsync(stages, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (s, _) =>
        {
            if (nobody) return;
            var n = int.Parse(s.Name.Split('-')[1], CultureInfo.InvariantCulture) % Kinds;
            object body = s.Title.StartsWith("Measure", StringComparison.Ordinal) ? new { outcome = "Measured", answers = new { floors = n } } : new { outcome = n % 2 == 0 ? "Won" : "Lost" };
            if (await _world.Api.TryPostAsync($"/api/v1/jobs/{s.Job}/steps/{s.Stage}/complete", body) is { } answer) Note(answer.Status, ref done);
            else nobody = true;
        });
        await Parallel.ForEachAsync(tasks, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (t, _) =>
        {
            if (nobody) return;
            if (await _world.Api.TryPostAsync($"/api/v1/tasks/{t}/complete", new { note = "done" }) is { } answer) Note(answer.Status, ref done);
            else nobody = true;
        });
        return done;

        // 409: an earlier try was done and only its answer was lost. 412: somebody was faster, here the routine that notes that it waits for the task.
        static void Note(System.Net.HttpStatusCode status, ref int done)
        {
            if ((int)status is >= 200 and < 300) Interlocked.Increment(ref done);
            else if (status is not (System.Net.HttpStatusCode.Conflict or System.Net.HttpStatusCode.PreconditionFailed or System.Net.HttpStatusCode.ServiceUnavailable)) throw new InvalidOperationException($"A step answered {(int)status}.");
        }
    }

    /// <summary>Does work until so many jobs of the series have ended.</summary>
    public Task CarryAsync(string series, int jobs, TimeSpan patience) => Until.TrueAsync($"{jobs} jobs of {series} have ended", patience, async () =>
        await DoOpenWorkAsync(series) == 0 && await EndedAsync(series) >= jobs, 200);

    public Task<long> EndedAsync(string series) => _world.AskAsync<long>("select count(*) from routines.jobs where ended_at is not null and title like @series || '-%'", new { series });

    /// <summary>What each job of the series left behind, by its number; the series' name and the number are taken out.</summary>
    public async Task<IReadOnlyDictionary<int, string[]>> LeftBehindAsync(string series)
    {
        var facts = await _world.QueryAsync<(int N, string Fact)>(LeftBehind, new { title = $"^{series}-\\d+$" });
        return facts.GroupBy(f => f.N).ToDictionary(g => g.Key, g => g.Select(f => Plain(f.Fact, series, g.Key)).Order(StringComparer.Ordinal).ToArray());
    }

    /// <summary>Every job of the series left what the undisturbed one of its kind left, and each of its messages reached the gateway once, by the key that it has here.</summary>
    public async Task AllEndedAsCalmAsync(string series, int jobs, IReadOnlyDictionary<int, string[]> calm)
    {
        var left = await LeftBehindAsync(series);
        left.Should().HaveCount(jobs);
        foreach (var (n, facts) in left) facts.Should().BeEquivalentTo(Expected(calm[n % Kinds], n), "job {0} is to end as job {1} of the undisturbed run did", n, n % Kinds);
        (await _world.AskAsync<long>("select count(*) from contacts.contacts where last_name like @series || '-%'", new { series })).Should().Be(jobs);
        var keys = await _world.QueryAsync<string>("select m.id::text from messaging.messages m join routines.jobs j on j.id = m.job_id where j.title like @series || '-%'", new { series });
        keys.Should().HaveCount(jobs * 2);
        keys.Should().OnlyContain(k => _world.Gateway.Taken.GetValueOrDefault(k) == 1, "the gateway takes each message once, by its key");
    }

    /// <summary>What a job of this number leaves where the one of its kind left that: the total, three times the number and the floors, is its own.</summary>
    public static string[] Expected(string[] calm, int n)
    {
        var kind = n % Kinds;
        string Total(int of) => string.Create(CultureInfo.InvariantCulture, $"\"total\":{(of * 3) + kind}");
        return [.. calm.Select(f => f.StartsWith("job ", StringComparison.Ordinal) ? f.Replace(Total(kind), Total(n), StringComparison.Ordinal) : f).Order(StringComparer.Ordinal)];
    }

    private static string Plain(string fact, string series, int n) =>
        fact.Replace(string.Create(CultureInfo.InvariantCulture, $"{series}-{n}"), "#", StringComparison.Ordinal);
}
