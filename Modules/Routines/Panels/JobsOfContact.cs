using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Panels;

/// <summary>How many jobs of a contact the user sees.</summary>
/// <param name="Open">Under way or failed.</param>
/// <param name="Over">Ended.</param>
internal sealed record JobCounts(int Open, int Over);

/// <summary>Jobs of a contact, counted once for the rail and the time line of a page: most contacts have none.</summary>
internal sealed class JobsOfContact(RoutinesDb db)
{
    private static readonly Func<RoutinesDb, Guid, CancellationToken, Task<JobCounts?>> s_counts = EF.CompileAsyncQuery((RoutinesDb db, Guid contactId, CancellationToken ct) =>
        db.Jobs.Where(j => j.ContactId == contactId).GroupBy(_ => 1)
            .Select(g => new JobCounts(g.Count(j => j.Status == JobStatus.Running || j.Status == JobStatus.Faulted), g.Count(j => j.Status != JobStatus.Running && j.Status != JobStatus.Faulted))).FirstOrDefault());

    private static readonly Func<RoutinesDb, Guid, int, IAsyncEnumerable<Job>> s_open = EF.CompileAsyncQuery((RoutinesDb db, Guid contactId, int most) =>
        db.Jobs.AsNoTracking().Where(j => j.ContactId == contactId && (j.Status == JobStatus.Running || j.Status == JobStatus.Faulted)).OrderByDescending(j => j.StartedAt).Take(most));

    private static readonly JobCounts s_none = new(0, 0);

    private (Guid Contact, JobCounts Counts)? _known;

    public async Task<JobCounts> CountAsync(Guid contactId, CancellationToken ct)
    {
        if (_known is not { } known || known.Contact != contactId) _known = known = (contactId, await s_counts(db, contactId, ct) ?? s_none);
        return known.Counts;
    }

    /// <summary>Those under way or failed, newest first.</summary>
    public async Task<List<Job>> OpenAsync(Guid contactId, int most, CancellationToken ct) => (await CountAsync(contactId, ct)).Open == 0 ? [] : await s_open(db, contactId, most).ToListAsync(ct);
}
