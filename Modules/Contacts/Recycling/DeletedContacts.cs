using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Recycling;

/// <summary>Contacts in the bin. One that was merged into another is not offered there: it comes back by undoing the merge.</summary>
internal sealed class DeletedContacts(ContactsDb db, ICurrentUser me) : Recyclable<Contact>(db, me)
{
    public override string Key => "contacts";

    public override string Title => "Contacts";

    public override string One => "Contact";

    public override string Permission => ContactsPermissions.Delete;

    public override string PurgePermission => ContactsPermissions.Purge;

    protected override IQueryable<DeletedRecord> Show(IQueryable<Contact> deleted) =>
        deleted.Where(c => c.MergedIntoId == null).Select(c => new DeletedRecord { Id = c.Id, Title = c.Name, DeletedAt = c.DeletedAt, DeletedBy = c.DeletedBy, DeletionId = c.DeletionId });
}

internal sealed class DeletedCommunications(ContactsDb db, ICurrentUser me) : Recyclable<Communication>(db, me)
{
    private readonly bool _silent = me.Hides(ContactsRights.Communications, "text");

    public override string Key => "communications";

    public override string Title => "Communications";

    public override string One => "Communication";

    public override string Permission => ContactsPermissions.DeleteCommunications;

    public override string PurgePermission => ContactsPermissions.PurgeCommunications;

    // Of a contact that is in the bin itself, from another deletion, it can't come back alone.
    protected override IQueryable<DeletedRecord> Show(IQueryable<Communication> deleted) => deleted.Select(c => new DeletedRecord
    {
        Id = c.Id,
        Title = _silent || c.Text == null ? c.Contact!.Name : c.Contact!.Name + " – " + c.Text.Substring(0, 80),
        DeletedAt = c.DeletedAt,
        DeletedBy = c.DeletedBy,
        DeletionId = c.DeletionId,
        Missing = c.Contact!.DeletedAt != null && c.Contact.DeletionId != c.DeletionId ? c.Contact.Name : null,
    });
}

/// <summary>Scorings in the bin, of suppliers that the user sees.</summary>
internal sealed class DeletedEvaluations(ContactsDb db, ICurrentUser me) : Recyclable<SupplierEvaluation>(db, me)
{
    public override string Key => "supplier-scores";

    public override string Title => "Scores of suppliers";

    public override string One => "Score";

    public override string Permission => ContactsPermissions.DeleteScores;

    public override string PurgePermission => ContactsPermissions.PurgeScores;

    protected override IQueryable<DeletedRecord> Show(IQueryable<SupplierEvaluation> deleted) => deleted.Where(e => db.Contacts.Any(c => c.Id == e.ContactId)).Select(e => new DeletedRecord
    {
        Id = e.Id, Title = e.Contact!.Name + " – " + e.Total, DeletedAt = e.DeletedAt, DeletedBy = e.DeletedBy, DeletionId = e.DeletionId,
        Missing = e.Contact!.DeletedAt != null && e.Contact.DeletionId != e.DeletionId ? e.Contact.Name : null,
    });
}

/// <summary>What keeps a contact: communications and follow-ups with it, its scores, and people who hold or held a post there.</summary>
internal sealed class ContactsDependants(ContactsDb db, DateView dates) : IDependants
{
    public async Task<IReadOnlyList<Dependant>> OfAsync(string kind, IReadOnlyCollection<Guid> ids, int take, CancellationToken ct)
    {
        if (kind != "contacts") return [];
        var contacts = ids.ToArray();
        var communications = await db.Communications.IgnoreQueryFilters().Where(c => contacts.Contains(c.ContactId)).OrderByDescending(c => c.StartedAt).Take(take)
            .Select(c => new { c.Id, c.ContactId, c.Contact!.Name, c.StartedAt, c.DeletedAt }).ToListAsync(ct);
        var followUps = await db.FollowUps.IgnoreQueryFilters().Where(f => contacts.Contains(f.ContactId)).OrderByDescending(f => f.DueAt).Take(take)
            .Select(f => new { f.Id, f.ContactId, f.Contact!.Name, f.DueAt }).ToListAsync(ct);
        var scores = await db.Evaluations.IgnoreQueryFilters().Where(e => contacts.Contains(e.ContactId)).OrderByDescending(e => e.ScoredOn).Take(take).Select(e => new { e.Id, e.ContactId, e.Contact!.Name, e.ScoredOn, e.DeletedAt }).ToListAsync(ct);
        var posts = await (from p in db.Positions.IgnoreQueryFilters() join c in db.Contacts.IgnoreQueryFilters() on p.PersonId equals c.Id where contacts.Contains(p.CompanyId) orderby c.Name
                           select new { c.Id, p.CompanyId, c.Name, c.DeletedAt }).Take(take).ToListAsync(ct);
        return
        [
            .. communications.Select(c => new Dependant(c.ContactId, c.Id, "Communication", Of(c.Name, dates.DayAndTime(c.StartedAt)), c.DeletedAt is null ? $"/communications/{c.Id}" : null, ContactsPermissions.SeeCommunications)),
            .. followUps.Select(f => new Dependant(f.ContactId, f.Id, "Follow-up", Of(f.Name, dates.DayAndTime(f.DueAt)), $"/follow-ups/{f.Id}", ContactsPermissions.SeeCommunications)),
            .. scores.Select(s => new Dependant(s.ContactId, s.Id, "Score", Of(s.Name, dates.Day(s.ScoredOn)), s.DeletedAt is null ? $"/contacts/{s.ContactId}/scores" : null, ContactsPermissions.SeeSuppliers)),
            .. posts.Select(p => new Dependant(p.CompanyId, p.Id, "Person of the company", p.Name, p.DeletedAt is null ? $"/contacts/{p.Id}" : null, ContactsPermissions.See)),
        ];

        // Of one contact there are many: the day says which.
        static string Of(string name, string when) => $"{name} – {when}";
    }
}
