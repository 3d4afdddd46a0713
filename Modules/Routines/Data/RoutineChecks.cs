using System.Runtime.CompilerServices;
using Crm.Core;
using Crm.Data;
using Npgsql;

namespace Crm.Routines.Data;

/// <summary>What must hold of all jobs at any moment; command <c>check</c>.</summary>
[BypassesSave("Reads over all branches.")]
internal sealed class JobsMoveOn(NpgsqlDataSource source) : ICheck
{
    public string Title => "Every running job waits for something: a bookmark, a queued stimulus, a call under way or an open incident";

    public IAsyncEnumerable<string> FindAsync(CancellationToken ct) => Checks.FindAsync(source, """
        select 'Job ' || j.number || ' is running and waits for nothing' from routines.jobs j
        where j.status in ('Running', 'Faulted')
          and not exists (select 1 from routines.bookmarks b where b.job_id = j.id) and not exists (select 1 from routines.stimuli s where s.job_id = j.id)
          and not exists (select 1 from routines.calls c where c.job_id = j.id) and not exists (select 1 from routines.incidents i where i.job_id = j.id and i.status = 'Open')
        """, ct);
}

[BypassesSave("Reads over all branches.")]
internal sealed class StagesBelong(NpgsqlDataSource source) : ICheck
{
    public string Title => "Every open stage belongs to a running job that waits for it";

    public IAsyncEnumerable<string> FindAsync(CancellationToken ct) => Checks.FindAsync(source, """
        select 'Stage ' || s.id || ' (' || s.title || ') is open and its job does not wait for it' from routines.stage_items s left join routines.jobs j on j.id = s.job_id
        where s.status = 'Open' and (j.id is null or (j.status in ('Finished', 'Cancelled') and not exists (select 1 from routines.calls c where c.execution_id = s.id))
          or (not exists (select 1 from routines.bookmarks b where b.execution_id = s.id) and not exists (select 1 from routines.stimuli q where q.job_id = s.job_id) and not exists (select 1 from routines.calls c where c.execution_id = s.id)))
        """, ct);
}

[BypassesSave("Reads over all branches.")]
internal sealed class NothingDangles(NpgsqlDataSource source) : ICheck
{
    public string Title => "No stimulus, call, bookmark or journal line is of a job that does not exist, and no journal has a gap";

    public IAsyncEnumerable<string> FindAsync(CancellationToken ct) => Checks.FindAsync(source, """
        select 'Stimulus ' || s.id || ' is for a job that does not exist' from routines.stimuli s where not exists (select 1 from routines.job_states j where j.job_id = s.job_id)
        union all select 'Call ' || c.id || ' is of a job that does not exist' from routines.calls c where not exists (select 1 from routines.jobs j where j.id = c.job_id)
        union all select 'Bookmark ' || b.id || ' is of a job that does not exist' from routines.bookmarks b where not exists (select 1 from routines.job_states j where j.job_id = b.job_id)
        union all select 'Wait for working time ' || w.id || ' is of a job that does not wait for it' from routines.working_waits w where not exists (select 1 from routines.bookmarks b where b.execution_id = w.id)
          and not exists (select 1 from routines.stimuli q where q.job_id = w.job_id) and not exists (select 1 from routines.calls c where c.execution_id = w.id)
        union all select 'Job ' || j.number || ' has no state' from routines.jobs j where not exists (select 1 from routines.job_states s where s.job_id = j.id)
        union all select 'Journal of job ' || job_id || ' has a gap' from routines.journal group by job_id having max(seq) <> count(*) or min(seq) <> 1
        """, ct);
}

internal static class Checks
{
    [BypassesSave("Reads over all branches.")]
    public static async IAsyncEnumerable<string> FindAsync(NpgsqlDataSource source, string sql, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 300;
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) yield return reader.GetString(0);
    }
}
