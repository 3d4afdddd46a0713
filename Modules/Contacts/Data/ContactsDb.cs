using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Data;

internal sealed class ContactsDb(DbContextOptions<ContactsDb> options, ModuleScope scope, BaseDataCache baseData) : ModuleDb(options, scope, Schema)
{
    public const string Schema = "contacts";

    /// <summary>Whether the user may read marital status, marriage date and religion.</summary>
    public bool SeesSensitive => Scope.User.Can(ContactsPermissions.SeeSensitive);

    public DbSet<Contact> Contacts => Set<Contact>();

    public DbSet<ContactPhone> Phones => Set<ContactPhone>();

    public DbSet<ContactEmail> Emails => Set<ContactEmail>();

    public DbSet<ContactAddress> Addresses => Set<ContactAddress>();

    public DbSet<ContactPosition> Positions => Set<ContactPosition>();

    public DbSet<ContactRelation> Relations => Set<ContactRelation>();

    public DbSet<ContactMerge> Merges => Set<ContactMerge>();

    public DbSet<DistinctContacts> Distinct => Set<DistinctContacts>();

    public DbSet<Communication> Communications => Set<Communication>();

    public DbSet<CommunicationCost> Costs => Set<CommunicationCost>();

    public DbSet<ContactActivity> Activity => Set<ContactActivity>();

    public DbSet<ActivityReport> ActivityReports => Set<ActivityReport>();

    public DbSet<FollowUp> FollowUps => Set<FollowUp>();

    public DbSet<SupplierCriterion> Criteria => Set<SupplierCriterion>();

    public DbSet<SupplierEvaluation> Evaluations => Set<SupplierEvaluation>();

    public DbSet<SupplierRating> Ratings => Set<SupplierRating>();

    public DbSet<BaseDataItem> BaseData => Set<BaseDataItem>();

    public DbSet<ContactGroup> Groups => Set<ContactGroup>();

    public DbSet<ExpertTurn> ExpertTurns => Set<ExpertTurn>();

    public DbSet<Place> Places => Set<Place>();

    /// <summary>Who asks.</summary>
    public ICurrentUser Me => Scope.User;

    /// <summary>Scorings of the suppliers that this user sees: they have no scope of their own.</summary>
    public IQueryable<SupplierEvaluation> EvaluationsSeen() => Evaluations.Where(e => Contacts.Any(c => c.Id == e.ContactId));

    // One contact by one statement: it has few of each part, and five questions cost more than some rows that come twice.
    private static readonly Func<ContactsDb, Guid, CancellationToken, Task<Contact?>> s_whole = EF.CompileAsyncQuery((ContactsDb db, Guid id, CancellationToken ct) => db.Contacts
        .Include(c => c.Phones).Include(c => c.Emails).Include(c => c.Addresses).Include(c => c.Positions).AsSingleQuery().SingleOrDefault(c => c.Id == id));

    /// <summary>A contact with everything that <see cref="Contact.Change"/> needs; null when there is none for this user.</summary>
    public Task<Contact?> LoadContactAsync(Guid id, CancellationToken ct) => s_whole(this, id, ct);

    /// <summary>The contact as this context holds it with all its parts; null when it was not loaded, or not wholly. At the save its version decides whether it is still the one that was read.</summary>
    public Contact? Held(Guid id) => Contacts.Local.FindEntry(id) is { State: not EntityState.Deleted } entry && entry.Collections.All(c => c.IsLoaded) ? entry.Entity : null;

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        var lists = ChangeTracker.Entries().Any(e => e is { Entity: BaseDataItem or ContactGroup or SupplierCriterion, State: EntityState.Added or EntityState.Modified or EntityState.Deleted });
        var count = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        // Whoever saved sees his new value at once; other hosts are told, and find out by themselves within the cache's life if the word is lost.
        if (lists) await baseData.ForgetEverywhereAsync(cancellationToken);
        return count;
    }
}

internal static class ContactParts
{
    /// <summary>Contacts with all that a whole one consists of, one statement for each part: for many at a time. One alone is <see cref="ContactsDb.LoadContactAsync"/>.</summary>
    public static IQueryable<Contact> WithParts(this IQueryable<Contact> contacts) =>
        contacts.Include(c => c.Phones).Include(c => c.Emails).Include(c => c.Addresses).Include(c => c.Positions).AsSplitQuery();
}
