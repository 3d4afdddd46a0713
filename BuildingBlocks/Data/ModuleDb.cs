using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Crm.Data;

/// <summary>What every module's context needs of its scope.</summary>
public sealed class ModuleScope(ICurrentUser user, TimeProvider time, ReactorCatalog reactors, OutboxSignal signal, RecordTypes records) : IEventSink
{
    private readonly List<(IntegrationEvent Event, Guid? BranchId)> _told = [];
    private readonly List<BackgroundRow> _started = [];

    /// <inheritdoc/>
    public void Tell(IntegrationEvent e, Guid? branchId = null) => _told.Add((e, branchId));

    internal IReadOnlyList<(IntegrationEvent Event, Guid? BranchId)> TakeTold()
    {
        var told = _told.ToArray();
        _told.Clear();
        return told;
    }

    /// <summary>Long work that is to begin; its row is written with the next save in this scope, in the same transaction.</summary>
    public void Start(BackgroundRow row) => _started.Add(row);

    /// <summary>Wakes the outbox after a transaction of one's own that wrote to it.</summary>
    public void Pulse() => Signal.Pulse();

    internal IReadOnlyList<BackgroundRow> TakeStarted()
    {
        var started = _started.ToArray();
        _started.Clear();
        return started;
    }

    /// <summary>Who acts.</summary>
    public ICurrentUser User { get; } = user;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>Name of the command under way; stands in the audit.</summary>
    public string Command { get; set; } = "";

    internal ReactorCatalog Reactors { get; } = reactors;

    internal RecordTypes Records { get; } = records;

    internal OutboxSignal Signal { get; } = signal;
}

/// <summary>
/// Base of a module's database context: its own schema, snake_case names, filters for branches and the recycle bin, and one save that
/// writes data, stamps, numbers, audit, search entries and outbox together. Only the save behaviour, the pumps and the seeds call
/// <c>SaveChangesAsync</c>.
/// </summary>
public abstract class ModuleDb(DbContextOptions options, ModuleScope scope, string schema) : DbContext(options)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);
    private static readonly MethodInfo s_addBranchFilter = typeof(ModuleDb).GetMethod(nameof(AddBranchFilter), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private static readonly MethodInfo s_addScopeFilter = typeof(ModuleDb).GetMethod(nameof(AddScopeFilter), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private static readonly MethodInfo s_addWithFilter = typeof(ModuleDb).GetMethod(nameof(AddWithFilter), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private static readonly MethodInfo s_people = typeof(ModuleDb).GetMethod(nameof(InChargeAsync), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private static readonly MethodInfo s_reachOf = typeof(ModuleDb).GetMethod(nameof(ReachOf), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private static readonly MethodInfo s_mayTouch = typeof(ModuleDb).GetMethod(nameof(MayTouchAsync), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private static readonly MethodInfo s_peek = typeof(ModuleDb).GetMethod(nameof(LookAsync), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private static readonly MethodInfo s_set = typeof(DbContext).GetMethod(nameof(Set), 1, Type.EmptyTypes)!;
    private static readonly MethodInfo s_find = typeof(ModuleDb).GetMethod(nameof(FindTAsync), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private static readonly MethodInfo s_addBinFilter = typeof(ModuleDb).GetMethod(nameof(AddBinFilter), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Schema of the module.</summary>
    public string SchemaName { get; } = schema;

    /// <summary>The scope.</summary>
    protected ModuleScope Scope { get; } = scope;

    // Read by the branch filter as query parameters, afresh for each query.
    private bool SeesAllBranches => Scope.User.SeesAllBranches;

    private Guid[] VisibleBranches => Scope.User.VisibleBranches;

    /// <summary>Next time the entity is saved it must still be the version the user saw; otherwise <see cref="StaleRecord"/>.</summary>
    public void ExpectVersion<T>(T entity, uint? version) where T : class, IVersioned
    {
        if (version is { } v) Entry(entity).Property(e => e.Version).OriginalValue = v;
    }

    /// <summary>Makes a save bump the entity's version although only a part of it changed.</summary>
    public void Touch<T>(T entity) where T : Entity, IStamped => Entry(entity).Property(nameof(IStamped.UpdatedAt)).IsModified = true;

    /// <inheritdoc/>
    public override int SaveChanges(bool acceptAllChangesOnSuccess) => throw new NotSupportedException("Saving is asynchronous here.");

    /// <inheritdoc/>
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        ChangeTracker.DetectChanges();
        ChangeTracker.AutoDetectChangesEnabled = false;
        try
        {
            var claims = new List<FileClaim>();
            var wrote = await PrepareAsync(claims, cancellationToken);
            var sets = SaveInSets.Of(ChangeTracker);
            // A file is the record's with the record, or not at all.
            await using var own = claims.Count > 0 && Database.CurrentTransaction is null ? await Database.BeginTransactionAsync(cancellationToken) : null;
            foreach (var claim in claims) await ClaimAsync(claim, cancellationToken);
            var count = sets.Count == 0 ? await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken) : await SaveInSetsAsync(sets, acceptAllChangesOnSuccess, cancellationToken);
            if (own is not null) await own.CommitAsync(cancellationToken);
            if (wrote && (own is not null || Database.CurrentTransaction is null)) Scope.Signal.Pulse();
            return count;
        }
        finally
        {
            ChangeTracker.AutoDetectChangesEnabled = true;
        }
    }

    private async Task<int> SaveInSetsAsync(IReadOnlyList<IReadOnlyList<EntityEntry>> sets, bool accept, CancellationToken ct)
    {
        await using var own = Database.CurrentTransaction is null ? await Database.BeginTransactionAsync(ct) : null;
        var count = await SaveInSets.WriteAsync(this, sets, ct) + await base.SaveChangesAsync(accept, ct);
        if (own is not null) await own.CommitAsync(ct);
        return count;
    }

    /// <summary>The form that a search compares (<see cref="PersianText.Fold"/>), as the database makes it; only in queries.</summary>
    public static string? Fold(string? text) => throw new NotSupportedException($"«{text}» is folded by the database.");

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(SchemaName);
        modelBuilder.ApplyConfigurationsFromAssembly(GetType().Assembly);
        PlumbingModel.Map(modelBuilder);
        LocalDay.Map(modelBuilder);
        modelBuilder.HasDbFunction(() => Fold(default)).HasName("fold_fa").HasSchema("platform");
        foreach (var entity in modelBuilder.Model.GetEntityTypes().ToList())
            ApplyConventions(modelBuilder, entity);
    }

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcConverter>();
        configurationBuilder.Properties<Enum>().HaveConversion<string>().HaveMaxLength(40);
    }

    private void ApplyConventions(ModelBuilder model, IMutableEntityType entity)
    {
        if (entity.GetViewName() is null && entity.GetTableName() is { } table && !entity.IsOwned() && !PlumbingModel.IsPlumbing(entity.ClrType)) entity.SetTableName(SnakeCase(table));
        foreach (var property in entity.GetProperties())
        {
            property.SetColumnName(SnakeCase(property.GetColumnName()));
        }

        foreach (var key in entity.GetKeys()) key.SetName(SnakeCase(key.GetName()!));
        foreach (var key in entity.GetForeignKeys()) key.SetConstraintName(SnakeCase(key.GetConstraintName()!));
        foreach (var index in entity.GetIndexes())
        {
            var columns = string.Join('_', index.Properties.Select(p => p.GetColumnName()));
            if (index.Name is null) index.SetDatabaseName($"{(index.IsUnique ? "ux" : "ix")}_{entity.GetTableName()}_{columns}");
        }

        if (entity.BaseType is not null || entity.IsOwned()) return;
        var type = entity.ClrType;
        if (typeof(Entity).IsAssignableFrom(type))
        {
            model.Entity(type).Ignore(nameof(Entity.PendingEvents));
            model.Entity(type).Property(nameof(Entity.Id)).ValueGeneratedNever();
        }

        // By name: the snake_case above would make a column of its own out of PostgreSQL's xmin, and nothing would ever change it.
        if (typeof(IVersioned).IsAssignableFrom(type)) model.Entity(type).Property(nameof(IVersioned.Version)).HasColumnName("xmin").IsRowVersion();
        if (RecordScope.Of(type) is { } record) s_addScopeFilter.MakeGenericMethod(type).Invoke(this, [model, record]);
        else if (RecordScope.WithOf(type) is { } with) s_addWithFilter.MakeGenericMethod(type).Invoke(this, [model, with]);
        else if (typeof(IBranchScoped).IsAssignableFrom(type)) s_addBranchFilter.MakeGenericMethod(type).Invoke(this, [model]);
        if (typeof(ISoftDeletable).IsAssignableFrom(type)) s_addBinFilter.MakeGenericMethod(type).Invoke(null, [model]);
        if (typeof(INumbered).IsAssignableFrom(type) && entity.GetTableName() is { } t) model.HasSequence<long>($"{t}_number", SchemaName);
    }

    private void AddBranchFilter<T>(ModelBuilder model) where T : class, IBranchScoped =>
        model.Entity<T>().HasQueryFilter(Filters.Branch, e => SeesAllBranches || VisibleBranches.Contains(e.BranchId));

    private void AddScopeFilter<T>(ModelBuilder model, RecordAttribute record) where T : class => model.Entity<T>().HasQueryFilter(Filters.Scope, Within<T>(record, null));

    private void AddWithFilter<T>(ModelBuilder model, WithRecordAttribute with) where T : class
    {
        var me = Expression.Constant(this, typeof(ModuleDb));
        var key = RecordScope.Of(with.Record)?.Key ?? throw new InvalidOperationException($"{with.Record.Name} is no kind of record: it has no [Record].");
        model.Entity<T>().HasQueryFilter(Filters.Scope, RecordScope.WithRecord<T>(with, Expression.Call(me, s_reachOf, Expression.Constant(key)), Expression.Call(me, s_set.MakeGenericMethod(with.Record))));
    }

    // The context in the expression is replaced by the one that asks, so the reach is the asking user's, afresh for each query.
    private Expression<Func<T, bool>> Within<T>(RecordAttribute record, Reach? reach) where T : class
    {
        var me = Expression.Constant(this, typeof(ModuleDb));
        Expression? parents = null, open = null;
        if (record.Parent is { } parent && RecordScope.Of(parent) is { } above)
        {
            parents = Expression.Call(me, s_set.MakeGenericMethod(parent));
            open = Expression.Property(Expression.Call(me, s_reachOf, Expression.Constant(above.Key)), nameof(Reach.Open));
        }

        var people = record.People is { } view ? Expression.Call(me, s_set.MakeGenericMethod(view)) : null;
        return RecordScope.Condition<T>(record, reach is null ? Expression.Call(me, s_reachOf, Expression.Constant(record.Key)) : Expression.Constant(reach), parents, open, people);
    }

    private Reach ReachOf(string record) => Scope.User.ReachOf(record);

    private static void AddBinFilter<T>(ModelBuilder model) where T : class, ISoftDeletable =>
        model.Entity<T>().HasQueryFilter(Filters.SoftDelete, e => e.DeletedAt == null);

    /// <summary>contactPhones → contact_phones, ContactID → contact_id.</summary>
    internal static string SnakeCase(string name)
    {
        var b = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (char.IsUpper(c))
            {
                if (i > 0 && name[i - 1] != '_' && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])))) b.Append('_');
                b.Append(char.ToLowerInvariant(c));
            }
            else
            {
                b.Append(c);
            }
        }

        return b.ToString();
    }

    private async Task<bool> PrepareAsync(List<FileClaim> claims, CancellationToken ct)
    {
        // As fine as the database keeps it, so that what is in memory afterwards is what will be read.
        var now = Scope.Time.GetUtcNow();
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        var user = Scope.User;
        var entries = ChangeTracker.Entries().Where(e => e.State is EntityState.Added or EntityState.Modified or EntityState.Deleted && !PlumbingModel.IsPlumbing(e.Metadata.ClrType)).ToList();
        Guid? deletion = null;
        if (entries.Count > 0 && user.ViewedBy is not null) throw ViewOnly.Refusal(user);
        CheckFields(entries);
        await CheckScopesAsync(entries, ct);
        foreach (var entry in entries)
        {
            var deleted = entry.State == EntityState.Deleted;
            if (deleted && entry.Entity is ISoftDeletable)
            {
                entry.State = EntityState.Unchanged;
                entry.Property(nameof(ISoftDeletable.DeletedAt)).CurrentValue = now;
                entry.Property(nameof(ISoftDeletable.DeletedBy)).CurrentValue = user.Id;
                entry.Property(nameof(ISoftDeletable.DeletionId)).CurrentValue = deletion ??= Guid.CreateVersion7();
                foreach (var name in (string[])[nameof(ISoftDeletable.DeletedAt), nameof(ISoftDeletable.DeletedBy), nameof(ISoftDeletable.DeletionId)])
                    entry.Property(name).IsModified = true;
            }

            Stamp(entry, now, user);
        }

        await NumberAsync(entries, ct);
        var found = entries.Where(e => e.Entity is ISearchable && !IsFoundAsBefore(e)).ToList();
        var known = await SearchRowsAsync(found, ct);
        foreach (var entry in found) WriteSearch(entry, (ISearchable)entry.Entity, known, now);
        foreach (var entry in entries)
        {
            if (entry.Entity is IHasCustomFields && entry.State is EntityState.Added or EntityState.Modified) claims.AddRange(FileClaims(entry));
            WriteAudit(entry, now, user);
        }

        var wrote = false;
        foreach (var entry in entries)
        {
            if (entry.Entity is not Entity { PendingEvents.Count: > 0 } entity) continue;
            foreach (var e in entity.PendingEvents) wrote |= AddToOutbox(e, (entity as IBranchScoped)?.BranchId, now);
            entity.ClearEvents();
        }

        foreach (var (e, branch) in Scope.TakeTold()) wrote |= AddToOutbox(e, branch, now);
        foreach (var row in Scope.TakeStarted()) Add(row);
        return wrote;
    }

    /// <summary>Writes an event to the outbox with the next save; for facts that no entity raises.</summary>
    /// <returns>False when nobody reacts to it.</returns>
    public bool AddToOutbox(IntegrationEvent e, Guid? branchId, DateTimeOffset? at = null)
    {
        var now = at ?? Scope.Time.GetUtcNow();
        var eventId = Guid.CreateVersion7();
        var name = EventNames.Of(e.GetType());
        string? payload = null;
        foreach (var reactor in Scope.Reactors.For(e.GetType()))
        {
            payload ??= JsonSerializer.Serialize(e, e.GetType(), s_json);
            Add(new OutboxRow { EventId = eventId, Name = name, Reactor = reactor.Key, Payload = payload, BranchId = branchId, UserId = Scope.User.Id, OccurredAt = now, DueAt = now });
        }

        return payload is not null;
    }

    /// <summary>
    /// The change of these is a consequence of one that was checked (a company's new name at its staff): the scope of the user's own changes is not asked for them.
    /// </summary>
    public void AsConsequence(Entity entity) => _consequences.Add(entity);

    private readonly HashSet<Entity> _consequences = [];

    /// <summary>
    /// A handler that loaded a record may see it; whether the user's right to change or delete reaches it is asked here, once for all, before anything is written. Whether he has the right at all is the
    /// command's matter: where he lacks it, the record was changed by a command that needs another one.
    /// </summary>
    private async Task CheckScopesAsync(List<EntityEntry> entries, CancellationToken ct)
    {
        var user = Scope.User;
        if (user.IsSystem || user.Access is not { } access) return;
        List<(Type Type, Guid Id, RecordAttribute Record, Operation Operation)> asked = [];
        foreach (var entry in entries)
        {
            if (entry.State == EntityState.Added || entry.Entity is not Entity entity || RecordScope.Of(entry.Metadata.ClrType) is not { } record || _consequences.Contains(entity)) continue;
            var operation = OperationOf(entry);
            var reach = user.ReachOf(record.Key, operation);
            if (reach.All is not null) continue;
            // Everything inside the wall: no question to the database, unless the wall is not that of what was seen.
            if (reach.ByBranch is not null && entity is IBranchScoped && reach.InWall((Guid)entry.Property(nameof(IBranchScoped.BranchId)).OriginalValue!)) continue;
            if (reach.ByPerson is not null && Array.Exists(record.Owners, o => reach.IsOne((Guid?)entry.Property(o).OriginalValue)) && (entity is not IBranchScoped || reach.InWall((Guid)entry.Property(nameof(IBranchScoped.BranchId)).OriginalValue!))) continue;
            asked.Add((entry.Metadata.ClrType, entity.Id, record, operation));
        }

        foreach (var kind in asked.GroupBy(a => (a.Type, a.Record, a.Operation), a => a.Id))
        {
            var (type, record, operation) = kind.Key;
            if (!await (Task<bool>)s_mayTouch.MakeGenericMethod(type).Invoke(this, [kind.Distinct().ToArray(), record, user.ReachOf(record.Key, operation), ct])!)
                throw new Forbidden($"{record.Key}:{operation} ({access.ScopeOf(record.Key, operation)})");
        }
    }

    // Handlers leave closed fields alone; one that forgot is stopped here. What a new record begins with is its handler's matter.
    private void CheckFields(List<EntityEntry> entries)
    {
        var user = Scope.User;
        if (user.IsSystem || user.Access is not { ReadOnlyFields.Count: > 0 } access) return;
        var fresh = entries.Where(e => e.State == EntityState.Added).Select(e => e.Entity).OfType<Entity>().Select(e => e.Id).ToHashSet();
        foreach (var entry in entries)
        {
            if (entry.Entity is not Entity entity || _consequences.Contains(entity)) continue;
            if (entity is IPartOf part)
            {
                if (!fresh.Contains(part.RootId) && Scope.Records.PartField($"{SchemaName}.{entry.Metadata.ClrType.Name}") is var (root, field) && access.ReadOnly(root, field)) throw Closed(field);
                if (RecordScope.FieldsOf(entry.Metadata.ClrType) is null) continue;
            }

            if (entry.State != EntityState.Modified || RecordScope.FieldsOf(entry.Metadata.ClrType) is not var (key, _) || Scope.Records.Find(key) is not { } rights) continue;
            foreach (var f in rights.Fields)
            {
                if (f.Part is null && access.ReadOnly(key, f.Name) && f.Properties.Any(p => entry.Metadata.FindProperty(p) is not null && entry.Property(p) is { IsModified: true } now && !Equals(now.OriginalValue, now.CurrentValue))) throw Closed(f.Name);
            }
        }

        static InvalidInput Closed(string field) => new(field, "You do not have the right to change this field.");
    }

    private static Operation OperationOf(EntityEntry entry)
    {
        if (entry.State == EntityState.Deleted) return entry.Entity is ISoftDeletable { DeletedAt: not null } ? Operation.Purge : Operation.Delete;
        return entry.Entity is ISoftDeletable && entry.Property(nameof(ISoftDeletable.DeletedAt)).IsModified ? Operation.Delete : Operation.Change;
    }

    /// <summary>A record whoever may see it, the recycle bin included: to explain who reaches it and why. Never to show it.</summary>
    internal Task<Entity?> PeekAsync(Type entity, Guid id, CancellationToken ct) => (Task<Entity?>)s_peek.MakeGenericMethod(entity).Invoke(this, [id, ct])!;

    /// <summary>Those of some rows, which the user sees, that an operation of his reaches.</summary>
    public IQueryable<T> Reached<T>(IQueryable<T> rows, Operation operation) where T : class
    {
        var record = RecordScope.Of(typeof(T)) ?? throw new InvalidOperationException($"{typeof(T).Name} has no [Record].");
        var reach = Scope.User.ReachOf(record.Key, operation);
        return reach.All is not null ? rows : rows.Where(Within<T>(record, reach));
    }

    /// <summary>Whether the user of this scope reaches a record with an operation: asked of the database by the policy itself.</summary>
    public Task<bool> ReachesAsync(Type entity, Guid id, Operation operation, CancellationToken ct)
    {
        var record = RecordScope.Of(entity) ?? throw new InvalidOperationException($"{entity.Name} has no [Record].");
        return (Task<bool>)s_mayTouch.MakeGenericMethod(entity).Invoke(this, [new[] { id }, record, Scope.User.ReachOf(record.Key, operation), ct])!;
    }

    /// <summary>Who is in charge of a record, and where it is, by the view it names; to explain who reaches it.</summary>
    internal async Task<IReadOnlyList<RecordPerson>> PeopleOfAsync(RecordAttribute record, Guid id, CancellationToken ct) =>
        record.People is { } view ? await (Task<IReadOnlyList<RecordPerson>>)s_people.MakeGenericMethod(view).Invoke(this, [id, ct])! : [];

    private async Task<IReadOnlyList<RecordPerson>> InChargeAsync<T>(Guid id, CancellationToken ct) where T : RecordPerson => await Set<T>().AsNoTracking().Where(p => p.RecordId == id).ToListAsync(ct);

    private async Task<Entity?> LookAsync<T>(Guid id, CancellationToken ct) where T : Entity => await Set<T>().IgnoreQueryFilters().AsNoTracking().FirstOrDefaultAsync(e => e.Id == id, ct);

    private async Task<bool> MayTouchAsync<T>(Guid[] ids, RecordAttribute record, Reach reach, CancellationToken ct) where T : Entity =>
        await Set<T>().IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(Within<T>(record, reach)).CountAsync(e => ids.Contains(e.Id), ct) == ids.Length;

    private static void Stamp(EntityEntry entry, DateTimeOffset now, ICurrentUser user)
    {
        if (entry.State == EntityState.Added && entry.Entity is IBranchScoped { BranchId: var branch } && branch == Guid.Empty)
            entry.Property(nameof(IBranchScoped.BranchId)).CurrentValue = user.HomeBranch;
        if (entry.Entity is not IStamped || entry.State is not (EntityState.Added or EntityState.Modified)) return;
        if (entry.State == EntityState.Added)
        {
            // A back-dated or seeded record brings its own time.
            if ((DateTimeOffset)entry.Property(nameof(IStamped.CreatedAt)).CurrentValue! == default) entry.Property(nameof(IStamped.CreatedAt)).CurrentValue = now;
            entry.Property(nameof(IStamped.CreatedBy)).CurrentValue ??= user.Id;
        }

        entry.Property(nameof(IStamped.UpdatedAt)).CurrentValue = now;
        entry.Property(nameof(IStamped.UpdatedBy)).CurrentValue = user.Id;
    }

    private async Task NumberAsync(List<EntityEntry> entries, CancellationToken ct)
    {
        foreach (var group in entries.Where(e => e.State == EntityState.Added && e.Entity is INumbered { Number: 0 }).GroupBy(e => e.Metadata))
        {
            var items = group.ToList();
            var sequence = $"{SchemaName}.{group.Key.GetTableName()}_number";
            var numbers = await DrawNumbersAsync(sequence, items.Count, ct);
            for (var i = 0; i < items.Count; i++) items[i].Property(nameof(INumbered.Number)).CurrentValue = numbers[i];
        }
    }

    /// <summary>Draws numbers from a sequence, by the connection of this context. Not as a query of the context: that took a seventh of the time of adding a record.</summary>
    /// <param name="sequence">With its schema.</param>
    /// <param name="count">How many.</param>
    /// <param name="ct">Stops it.</param>
    protected async Task<List<long>> DrawNumbersAsync(string sequence, int count, CancellationToken ct)
    {
        await Database.OpenConnectionAsync(ct);
        try
        {
            await using var command = Database.GetDbConnection().CreateCommand();
            command.Transaction = Database.CurrentTransaction?.GetDbTransaction();
            command.CommandText = "select nextval($1::regclass) from generate_series(1, $2)";
            command.Parameters.Add(new NpgsqlParameter { Value = sequence });
            command.Parameters.Add(new NpgsqlParameter { Value = count });
            await using var reader = await command.ExecuteReaderAsync(ct);
            var numbers = new List<long>(count);
            while (await reader.ReadAsync(ct)) numbers.Add(reader.GetInt64(0));
            return numbers;
        }
        finally
        {
            await Database.CloseConnectionAsync();
        }
    }

    // A file of a custom field hangs on who uploaded it until the record is saved; nobody hangs another one's file on his record.
    private IEnumerable<FileClaim> FileClaims(EntityEntry entry)
    {
        var property = entry.Property(nameof(IHasCustomFields.Custom));
        if (entry.State == EntityState.Modified && !property.IsModified) yield break;
        var before = entry.State == EntityState.Added ? [] : CustomValues.Parse((string?)property.OriginalValue);
        foreach (var (key, value) in CustomValues.Parse((string?)property.CurrentValue))
        {
            if (CustomFile.Of(value) is not { } file || CustomFile.Of(before[key])?.Id == file.Id) continue;
            yield return new(((Entity)entry.Entity).Id, key, file);
        }
    }

    private async Task ClaimAsync(FileClaim claim, CancellationToken ct)
    {
        var (id, file) = (claim.Record, claim.File);
        var givers = ChangeTracker.Entries<Entity>().Select(e => e.Entity.Id).Append(Scope.User.Id ?? Guid.Empty).Append(id).Distinct().ToArray();
        var claimed = await Database.ExecuteSqlAsync($"update platform.files set owner_id = {id} where id = {file.Id} and owner = {CustomFile.Owner} and owner_id = any({givers}) and name = {file.Name}", ct);
        if (claimed == 0) throw new InvalidInput($"Custom[{claim.Key}]", "This file is not there any more: choose it again.");
    }

    private sealed record FileClaim(Guid Record, string Key, CustomFile File);

    // All entries of a save by one statement; an added record has none yet.
    private async Task<Dictionary<Guid, SearchRow>> SearchRowsAsync(List<EntityEntry> entries, CancellationToken ct)
    {
        var ids = entries.Where(e => e.State != EntityState.Added).Select(e => ((Entity)e.Entity).Id).ToArray();
        if (ids.Length == 0) return [];
        var known = Set<SearchRow>().Local.ToDictionary(r => r.Id);
        if (ids.Any(id => !known.ContainsKey(id)))
        {
            foreach (var row in await Set<SearchRow>().Where(r => ids.Contains(r.Id)).ToListAsync(ct)) known[row.Id] = row;
        }

        return known;
    }

    // Nothing changed that the entry tells or that decides who may find it.
    private static bool IsFoundAsBefore(EntityEntry entry)
    {
        if (entry.State != EntityState.Modified || ((ISearchable)entry.Entity).SearchedBy is not { } by) return false;
        var record = RecordScope.Of(entry.Metadata.ClrType);
        return !entry.Properties.Any(p => p.IsModified && p.Metadata.Name is var name && (by.Contains(name) || name is nameof(ISoftDeletable.DeletedAt) or nameof(IBranchScoped.BranchId)
            || (record is not null && (record.Owners.Contains(name) || name == record.Province || name == record.ParentId))));
    }

    private void WriteSearch(EntityEntry entry, ISearchable searchable, Dictionary<Guid, SearchRow> known, DateTimeOffset now)
    {
        var id = ((Entity)entry.Entity).Id;
        var gone = entry.State == EntityState.Deleted || entry.Entity is ISoftDeletable { DeletedAt: not null };
        var found = gone ? null : searchable.ToSearchEntry();
        var row = known.GetValueOrDefault(id);
        if (found is null)
        {
            if (row is not null) Remove(row);
            return;
        }

        var fresh = row is null;
        if (row is null) known[id] = row = Add(new SearchRow { Id = id, Type = "", Title = "", Subtitle = "", Text = "", Url = "", Permission = "" }).Entity;
        row.Type = found.Type;
        row.Title = found.Title;
        row.Subtitle = found.Subtitle;
        (row.Text, row.Sound) = SearchTexts.Of(found);
        row.Url = found.Url;
        row.Permission = found.Permission;
        row.BranchId = (entry.Entity as IBranchScoped)?.BranchId;
        if (RecordScope.Of(entry.Metadata.ClrType) is { } record)
        {
            row.Record = record.Key;
            row.OwnerId = record.Owners.Select(o => (Guid?)entry.Property(o).CurrentValue).FirstOrDefault(o => o is not null);
            row.ProvinceId = record.Province is { } province ? (int?)entry.Property(province).CurrentValue : null;
            row.ParentId = record.ParentId is { } parent ? (Guid?)entry.Property(parent).CurrentValue : null;
        }

        if (fresh)
        {
            row.UpdatedAt = now;
            return;
        }

        // An entry that says what it said is left alone: its trigram indexes cost more than the change of the record itself.
        var tracked = Entry(row);
        tracked.DetectChanges();
        if (tracked.State != EntityState.Modified) return;
        row.UpdatedAt = now;
        tracked.DetectChanges();
    }

    /// <summary>Notes that a record was removed for good: all that stays of it is that it was there and who removed it.</summary>
    internal void AuditPurge(string kind, Guid id, string title) => Add(new AuditRow
    {
        At = Scope.Time.GetUtcNow(), UserId = Scope.User.Id, UserName = Scope.User.Name, Through = Scope.User.Through, Command = Scope.Command,
        Entity = $"{SchemaName}.{kind}", EntityId = id, Action = "P", Changes = JsonSerializer.Serialize(new Dictionary<string, string?[]> { ["title"] = [title, null] }, s_json),
    });

    /// <summary>What the audit tells of a record, with the values it has now, over every branch and the recycle bin; null when it is not there. The caller has asked who may see it.</summary>
    public async Task<IReadOnlyDictionary<string, JsonNode>?> ToldAsync(Type type, Guid id, CancellationToken ct)
    {
        var method = s_find.MakeGenericMethod(type);
        var entity = await (Task<object?>)method.Invoke(this, [id, ct])!;
        if (entity is null || Model.FindEntityType(type) is not { } mapped || AuditShape.Of(mapped) is not { } shape) return null;
        var told = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var (field, pair) in JsonNode.Parse(shape.Whole(entity, mapped))!.AsObject())
        {
            if (pair is not null) told[field] = pair.DeepClone();
        }

        return told;
    }

    /// <summary>Whether the user's right to remove for good reaches all of these records of the bin.</summary>
    internal async Task<bool> MayPurgeAsync<T>(Guid[] ids, CancellationToken ct) where T : Entity
    {
        if (Scope.User.IsSystem || RecordScope.Of(typeof(T)) is not { } record) return true;
        var reach = Scope.User.ReachOf(record.Key, Operation.Purge);
        return reach.All is not null || await MayTouchAsync<T>(ids, record, reach, ct);
    }

    private async Task<object?> FindTAsync<T>(Guid id, CancellationToken ct) where T : Entity => await Set<T>().IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(e => e.Id == id, ct);

    private void WriteAudit(EntityEntry entry, DateTimeOffset now, ICurrentUser user)
    {
        if (entry.State is EntityState.Unchanged or EntityState.Detached || entry.Entity is not Entity entity || AuditShape.Of(entry.Metadata) is not { } shape) return;
        var action = entry.State switch { EntityState.Added => "A", EntityState.Deleted => "D", _ => "M" };
        if (entry.Entity is ISoftDeletable && entry.Property(nameof(ISoftDeletable.DeletedAt)) is { IsModified: true } d) action = d.CurrentValue is null ? "R" : "D";
        var changes = shape.Changes(entry);
        if (action == "M" && changes is null) return;
        Add(new AuditRow
        {
            At = now, UserId = user.Id, UserName = user.Name, Through = user.Through, Command = Scope.Command,
            Entity = $"{SchemaName}.{entry.Metadata.ClrType.Name}", EntityId = entity.Id, RootId = (entry.Entity as IPartOf)?.RootId, Action = action, Changes = changes,
        });
    }
}

/// <summary>Names of the query filters, for lifting one: <c>IgnoreQueryFilters([Filters.SoftDelete])</c>.</summary>
public static class Filters
{
    /// <summary>Only visible branches.</summary>
    public const string Branch = "Branch";

    /// <summary>Only what the user's scope reaches; of kinds of record (<see cref="RecordAttribute"/>), in place of <see cref="Branch"/>.</summary>
    public const string Scope = "Scope";

    /// <summary>Not what is in the recycle bin.</summary>
    public const string SoftDelete = "SoftDelete";
}

/// <summary>Moments are stored in UTC whatever offset they came with.</summary>
public sealed class UtcConverter() : Microsoft.EntityFrameworkCore.Storage.ValueConversion.ValueConverter<DateTimeOffset, DateTimeOffset>(v => v.ToUniversalTime(), v => v);
