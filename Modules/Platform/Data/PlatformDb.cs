using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Contracts;
using Crm.Platform.Domain;
using Crm.Platform.Importing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace Crm.Platform.Data;

internal sealed class PlatformDb(DbContextOptions<PlatformDb> options, ModuleScope scope, AccessChanges changes) : ModuleDb(options, scope, "platform")
{
    public DbSet<User> Users => Set<User>();

    public DbSet<Role> Roles => Set<Role>();

    public DbSet<Branch> Branches => Set<Branch>();

    public DbSet<OrgUnit> Units => Set<OrgUnit>();

    public DbSet<Post> Posts => Set<Post>();

    public DbSet<PostHolder> PostHolders => Set<PostHolder>();

    public DbSet<Leave> Leaves => Set<Leave>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<SignInEntry> SignIns => Set<SignInEntry>();

    public DbSet<TwoFactor> TwoFactors => Set<TwoFactor>();

    public DbSet<RecoveryCode> RecoveryCodes => Set<RecoveryCode>();

    public DbSet<TrustedBrowser> TrustedBrowsers => Set<TrustedBrowser>();

    public DbSet<PasswordReset> PasswordResets => Set<PasswordReset>();

    public DbSet<ApiToken> ApiTokens => Set<ApiToken>();

    public DbSet<Notification> Notifications => Set<Notification>();

    public DbSet<FileRecord> Files => Set<FileRecord>();

    public DbSet<Setting> Settings => Set<Setting>();

    public DbSet<WorkWeek> WorkWeeks => Set<WorkWeek>();

    public DbSet<SpecialDay> SpecialDays => Set<SpecialDay>();

    public DbSet<Closure> Closures => Set<Closure>();

    public DbSet<Snippet> Snippets => Set<Snippet>();

    public DbSet<Domain.Dashboard> Dashboards => Set<Domain.Dashboard>();

    public DbSet<RecentRecord> RecentRecords => Set<RecentRecord>();

    public DbSet<FieldDefinition> CustomFields => Set<FieldDefinition>();

    public DbSet<ListView> ListViews => Set<ListView>();

    public DbSet<ListLayoutRow> ListLayouts => Set<ListLayoutRow>();

    public DbSet<AuditRow> Audit => Set<AuditRow>();

    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();

    public DbSet<BackgroundRow> Work => Set<BackgroundRow>();

    public DbSet<ImportFile> Imports => Set<ImportFile>();

    public DbSet<SearchRow> Search => Set<SearchRow>();

    /// <summary>Whatever command changes users, roles, sessions, tokens or settings: the snapshots of them are dropped on every host right after the save.</summary>
    [BypassesSave("Wraps the one save of the pipeline, to tell the caches what it changed; it saves nothing itself.")]
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        ChangeTracker.DetectChanges();
        var (topics, movesWork) = (new HashSet<string>(StringComparer.Ordinal), false);
        foreach (var entry in ChangeTracker.Entries().Where(e => e.State is EntityState.Added or EntityState.Modified or EntityState.Deleted))
        {
            movesWork |= MovesWork(entry);
            switch (entry.Entity)
            {
                case Branch:
                    // The province of a branch decides which closures are its own.
                    topics.Add(AccessChanges.Users);
                    topics.Add(AccessChanges.Settings);
                    break;
                case User or Role or OrgUnit or Post or PostHolder or Leave: topics.Add(AccessChanges.Users); break;
                case Session when entry.State == EntityState.Modified: topics.Add(AccessChanges.Sessions); break;
                case ApiToken { RevokedAt: not null }: topics.Add(AccessChanges.Tokens); break;
                case ListView or ListLayoutRow: topics.Add(AccessChanges.Views); break;
                case FieldDefinition: topics.Add(AccessChanges.Fields); break;
                case Setting or WorkWeek or SpecialDay or Closure: topics.Add(AccessChanges.Settings); break;
            }
        }

        if (movesWork) Scope.Tell(new OrganisationChanged());
        var count = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        if (topics.Count > 0) await changes.TellAsync(topics, cancellationToken);
        return count;
    }

    // What may bring work into other hands; a user's new password does not.
    private static bool MovesWork(EntityEntry entry) => entry.Entity switch
    {
        OrgUnit or Post or PostHolder or Leave => true,
        User => entry.State == EntityState.Added || (entry.State == EntityState.Modified && (entry.Property(nameof(User.Active)).IsModified || entry.Property(nameof(User.RoleIds)).IsModified)),
        _ => false,
    };

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        // A setting, a role list or an audit value has no length that a person would run into.
        modelBuilder.Entity<AuditRow>().Property(a => a.Action).HasColumnType("char(1)");
    }
}
