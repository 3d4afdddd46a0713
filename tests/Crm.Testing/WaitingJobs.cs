using Npgsql;

namespace Crm.Testing;

/// <summary>Crowds of waiting jobs in no time. Compiled into the load tests too, which know nothing else of this project.</summary>
public static class WaitingJobs
{
    // What the job's state, bookmark and journal call it is replaced in all of them.
    private const string Copy = """
        with one as (
          select j.*, s.state, s.version_id as state_version, b.id as mark, b.execution_id as execution, b.kind as mark_kind, b.name as mark_name, b.due_at as mark_due
          from routines.jobs j join routines.job_states s on s.job_id = j.id join routines.bookmarks b on b.job_id = j.id where j.id = $1),
        made as materialized (select gen_random_uuid() as job, gen_random_uuid() as mark, gen_random_uuid() as execution from generate_series(1, $2)),
        jobs as (
          insert into routines.jobs (id, number, title, routine_id, version_id, version_number, routine_name, contact_id, branch_id, agent_ids, status, paused, started_at, depth, created_at, updated_at)
          select m.job, nextval('routines.jobs_number'), o.title, o.routine_id, o.version_id, o.version_number, o.routine_name, o.contact_id, o.branch_id, o.agent_ids, o.status, false, o.started_at, 0, o.created_at, o.updated_at from made m, one o),
        states as (
          insert into routines.job_states (job_id, version_id, contact_id, status, paused, state, at)
          select m.job, o.state_version, o.contact_id, 'Running', false, convert_to(replace(replace(replace(convert_from(o.state, 'UTF8'), o.id::text, m.job::text), o.mark::text, m.mark::text), o.execution::text, m.execution::text), 'UTF8'), o.started_at from made m, one o),
        lines as (
          insert into routines.journal (job_id, seq, at, event, activity_id, execution_id, entry)
          select m.job, l.seq, l.at, l.event, l.activity_id, case when l.execution_id = o.execution then m.execution else l.execution_id end, replace(l.entry, o.execution::text, m.execution::text) from made m, one o, routines.journal l where l.job_id = o.id)
        insert into routines.bookmarks (id, job_id, execution_id, kind, name, due_at, created_at) select m.mark, m.job, m.execution, o.mark_kind, o.mark_name, o.mark_due, now() from made m, one o
        """;

    /// <summary>Copies a job that waits at one bookmark, each copy with ids of its own.</summary>
    /// <exception cref="InvalidOperationException">The job waits no more, or at several: a figure about a crowd that is not there would be none.</exception>
    public static async Task CopyAsync(string database, Guid job, int count)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        for (var done = 0; done < count; done += 50_000)
        {
            var some = Math.Min(50_000, count - done);
            await using var command = new NpgsqlCommand(Copy, connection) { CommandTimeout = 900, Parameters = { new() { Value = job }, new() { Value = some } } };
            var laid = await command.ExecuteNonQueryAsync();
            if (laid != some) throw new InvalidOperationException($"{laid} jobs were laid down: the copied one does not wait at one bookmark.");
        }
    }
}
