using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Crm.Workflows;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Routines.Seeds;

/// <summary>
/// Waiting jobs for load tests (<c>seed --jobs N</c>): each is run by the interpreter in memory to its first stage and written by binary COPY, so its state, journal and
/// bookmarks are those that the runtime would have written.
/// </summary>
[BypassesSave("Load tests need a hundred thousand waiting jobs in seconds: binary COPY.")]
internal sealed class BulkJobs(ConnectionSettings settings, IRoutineStore routines, JobVersions versions, ActivityDirectory activities, RuntimeOptions options, IContactDirectory contacts, IUserDirectory users, TimeProvider time) : IBulkSeed
{
    private const int Chunk = 5_000;

    public string Option => "jobs";

    public int Order => 50;

    [BypassesSave("COPY: bulk data for load tests.")]
    public async Task<long> SeedAsync(int count, int seed, CancellationToken ct)
    {
        var published = (await routines.AllPublishedAsync(ct)).OrderBy(r => r.Name, StringComparer.Ordinal).FirstOrDefault() ?? throw new RuleBroken("routine.not-published", "This routine is not published.");
        var version = await versions.OfAsync(published.VersionId, ct);
        var people = (await users.ActiveAsync(ct)).Select(u => u.Id).ToArray();
        var customers = (await contacts.SearchAsync("ا", 500, ct)).ToArray();
        var random = new Random(seed);
        var now = time.GetUtcNow();
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(ct);
        long rows = 0;
        for (var done = 0; done < count; done += Chunk)
        {
            var made = Enumerable.Range(0, Math.Min(Chunk, count - done)).Select(_ => Make(version, people, customers, random, now)).ToList();
            await using var transaction = await connection.BeginTransactionAsync(ct);
            rows += await WriteAsync(connection, version, made, ct);
            await transaction.CommitAsync(ct);
        }

        await using var analyze = new NpgsqlCommand("analyze routines.jobs, routines.job_states, routines.bookmarks, routines.stage_items, routines.journal", connection) { CommandTimeout = 300 };
        await analyze.ExecuteNonQueryAsync(ct);
        return rows;
    }

    private Made Make(JobVersion version, Guid[] people, ContactCard[] customers, Random random, DateTimeOffset now)
    {
        var at = now - TimeSpan.FromMinutes(random.Next(1, 60 * 24 * 60));
        var id = Guid.CreateVersion7(at);
        var customer = customers.Length == 0 ? null : customers[random.Next(customers.Length)];
        var doer = people[random.Next(people.Length)];
        var state = new WorkflowState { Id = id, DefinitionId = version.Routine.DefinitionId, DefinitionVersionId = version.Routine.Workflow.VersionId, DefinitionVersion = version.Routine.Number, SubStatus = WorkflowSubStatus.Pending };
        var data = new JsonObject { ["customer"] = new JsonObject { ["name"] = customer?.Name }, ["job"] = new JsonObject { ["id"] = id.ToString() }, ["answers"] = new JsonObject() };
        var burst = new Burst(id, version, state, JobStatus.Running, paused: false, at, data, options.Limits(), activities);
        burst.Take(new TakenStimulus(0, StimulusText.Write(new Start()), 0));
        var stages = new List<(Guid Id, string ActivityId, string Title, string[] Outcomes)>();
        foreach (var call in burst.Calls.Where(c => c.Kind == CallKind.Run).ToList())
        {
            var text = CallText.Read(call.Body);
            burst.Take(new TakenStimulus(0, StimulusText.Write(new ActivityWaiting(call.ExecutionId, [new NewBookmark(Burst.WaitName, new JsonObject { ["waitsFor"] = "Stage: {0}", ["argument"] = text.Inputs?["title"]?.ToString() })])), 0));
            if (call.Type == Stage.TypeName)
                stages.Add((call.ExecutionId, text.ActivityId, text.Inputs?["title"]?.ToString() ?? "", text.Inputs?["outcomes"] is JsonArray { Count: > 0 } list ? [.. list.Select(o => o!.ToString())] : ["Done"]));
        }

        return new Made(burst, at, customer, doer, stages, random.Next(4) == 0 ? at + TimeSpan.FromDays(3) : now + TimeSpan.FromHours(random.Next(1, 200)));
    }

    private static async Task<long> WriteAsync(NpgsqlConnection connection, JobVersion version, List<Made> made, CancellationToken ct)
    {
        await using (var first = new NpgsqlCommand("select nextval('routines.jobs_number') from generate_series(1, $1)", connection) { Parameters = { new() { Value = made.Count } } })
        {
            await using var r = await first.ExecuteReaderAsync(ct);
            foreach (var m in made)
            {
                await r.ReadAsync(ct);
                m.Number = r.GetInt64(0);
            }
        }

        var routine = version.Routine;
        await CopyAsync("routines.jobs (id, number, title, routine_id, version_id, version_number, routine_name, contact_id, branch_id, started_by, agent_ids, status, paused, started_at, depth, created_at, updated_at)", made, (w, m) =>
        {
            w.Write(m.Burst.JobId);
            w.Write(m.Number);
            w.Write(m.Customer is null ? routine.Name : $"{routine.Name} – {m.Customer.Name}");
            w.Write(routine.RoutineId);
            w.Write(routine.VersionId);
            w.Write(routine.Number);
            w.Write(routine.Name);
            Nullable(w, m.Customer?.Id);
            w.Write(m.Customer?.BranchId ?? Branches.HeadOffice);
            w.Write(m.Doer);
            w.Write((Guid[])[m.Doer], NpgsqlDbType.Array | NpgsqlDbType.Uuid);
            w.Write(m.Burst.Status.ToString());
            w.Write(false);
            w.Write(m.At, NpgsqlDbType.TimestampTz);
            w.Write(0);
            w.Write(m.At, NpgsqlDbType.TimestampTz);
            w.Write(m.At, NpgsqlDbType.TimestampTz);
        });
        await CopyAsync("routines.job_states (job_id, version_id, contact_id, status, paused, state, at)", made, (w, m) =>
        {
            w.Write(m.Burst.JobId);
            w.Write(routine.VersionId);
            Nullable(w, m.Customer?.Id);
            w.Write(m.Burst.Status.ToString());
            w.Write(false);
            w.Write(m.Burst.State.ToUtf8(), NpgsqlDbType.Bytea);
            w.Write(m.At, NpgsqlDbType.TimestampTz);
        });
        var marks = await CopyAsync("routines.bookmarks (id, job_id, execution_id, kind, created_at)", made.SelectMany(m => m.Burst.State.Bookmarks.Select(b => (m, b))), (w, x) =>
        {
            w.Write(x.b.Id);
            w.Write(x.m.Burst.JobId);
            w.Write(x.b.ExecutionId);
            w.Write(x.b.Kind.ToString());
            w.Write(x.b.CreatedAt, NpgsqlDbType.TimestampTz);
        });
        var lines = await CopyAsync("routines.journal (job_id, seq, at, event, activity_id, execution_id, entry)", made.SelectMany(m => m.Burst.Journal.Select(j => (m, j))), (w, x) =>
        {
            w.Write(x.m.Burst.JobId);
            w.Write(x.j.Sequence);
            w.Write(x.j.Timestamp.ToUniversalTime(), NpgsqlDbType.TimestampTz);
            w.Write(x.j.Event.ToString());
            w.Write(x.j.ActivityId);
            w.Write(x.j.ActivityInstanceId);
            w.Write(x.j.ToJson());
        });
        var stages = await CopyAsync("routines.stage_items (id, job_id, branch_id, contact_id, activity_id, title, opened_at, due_at, user_ids, role_ids, choose_person, fields, setup, status, created_at, updated_at)", made.SelectMany(m => m.Stages.Select(s => (m, s))), (w, x) =>
        {
            w.Write(x.s.Id);
            w.Write(x.m.Burst.JobId);
            w.Write(x.m.Customer?.BranchId ?? Branches.HeadOffice);
            Nullable(w, x.m.Customer?.Id);
            w.Write(x.s.ActivityId);
            w.Write(x.s.Title.Length == 0 ? "Stage" : x.s.Title);
            w.Write(x.m.At, NpgsqlDbType.TimestampTz);
            w.Write(x.m.Due, NpgsqlDbType.TimestampTz);
            w.Write((Guid[])[x.m.Doer], NpgsqlDbType.Array | NpgsqlDbType.Uuid);
            w.Write(Array.Empty<Guid>(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
            w.Write(false);
            w.Write("[]");
            w.Write(StageItem.WriteSetup(new StageSetup { Outcomes = x.s.Outcomes }));
            w.Write(nameof(StageStatus.Open));
            w.Write(x.m.At, NpgsqlDbType.TimestampTz);
            w.Write(x.m.At, NpgsqlDbType.TimestampTz);
        });
        return (made.Count * 2) + marks + lines + stages;

        async Task<long> CopyAsync<T>(string table, IEnumerable<T> items, Action<NpgsqlBinaryImporter, T> write)
        {
            await using var w = await connection.BeginBinaryImportAsync($"copy {table} from stdin (format binary)", ct);
            foreach (var item in items)
            {
                await w.StartRowAsync(ct);
                write(w, item);
            }

            return (long)await w.CompleteAsync(ct);
        }
    }

    private static void Nullable(NpgsqlBinaryImporter w, Guid? value)
    {
        if (value is { } v) w.Write(v);
        else w.WriteNull();
    }

    private sealed record Made(Burst Burst, DateTimeOffset At, ContactCard? Customer, Guid Doer, List<(Guid Id, string ActivityId, string Title, string[] Outcomes)> Stages, DateTimeOffset Due)
    {
        public long Number { get; set; }
    }
}
