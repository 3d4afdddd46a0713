using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Linq.Expressions;
using System.Reflection;
using Crm.Core;
using Microsoft.EntityFrameworkCore;

namespace Crm.Data;

/// <summary>
/// The entity is a kind of record that rights are given on (<see cref="RecordRights"/>). Its table then shows each user what his scope reaches, and takes changes only where the scope of the change reaches.
/// </summary>
/// <param name="key">Key of the kind, as the API calls it.</param>
/// <param name="table">Schema and table, for statements.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RecordAttribute(string key, string table) : Attribute
{
    /// <summary>Key of the kind.</summary>
    public string Key { get; } = key;

    /// <summary>Schema and table.</summary>
    public string Table { get; } = table;

    /// <summary>Properties that name who is in charge.</summary>
    public string[] Owners { get; init; } = [];

    /// <summary>Property with the province; null where the record has no place of its own.</summary>
    public string? Province { get; init; }

    /// <summary>The entity it hangs on: seen only with that, and own when that is own.</summary>
    public Type? Parent { get; init; }

    /// <summary>Property with the id of the entity it hangs on.</summary>
    public string? ParentId { get; init; }

    /// <summary>
    /// A view (an entity without a key that derives from <see cref="RecordPerson"/>) of who is in charge besides <see cref="Owners"/>, and of where the record is: what stands in other tables. Asked only for scopes that need it.
    /// </summary>
    public Type? People { get; init; }

    /// <summary>Schema and name of that view, for statements.</summary>
    public string? PeopleView { get; init; }
}

/// <summary>A row of a view that <see cref="RecordAttribute.People"/> names.</summary>
public abstract class RecordPerson
{
    /// <summary>The record.</summary>
    public Guid RecordId { get; init; }

    /// <summary>Somebody in charge of it, or a role whose people are.</summary>
    public Guid? PersonId { get; init; }

    /// <summary>A province it is in.</summary>
    public int? ProvinceId { get; init; }
}

/// <summary>Rows of this entity belong to a record of the same module and are seen with it, never without.</summary>
/// <param name="record">The record's entity, which has <see cref="RecordAttribute"/>.</param>
/// <param name="id">Property with its id.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class WithRecordAttribute(Type record, string id) : Attribute
{
    /// <summary>The record's entity.</summary>
    public Type Record { get; } = record;

    /// <summary>Property with its id.</summary>
    public string Id { get; } = id;
}

/// <summary>Roles close fields of this entity although it looks after its scope itself and so has no <see cref="RecordAttribute"/>.</summary>
/// <param name="key">Key of the kind, as the API calls it.</param>
/// <param name="table">Schema and table.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RecordFieldsAttribute(string key, string table) : Attribute
{
    /// <summary>Key of the kind.</summary>
    public string Key { get; } = key;

    /// <summary>Schema and table.</summary>
    public string Table { get; } = table;
}

/// <summary>A text that may hold values of any field of a kind of record (answers to a form that asks for a customer's fields): in the history it is hidden from whoever has one of them hidden.</summary>
/// <param name="key">Key of the kind.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TellsRecordAttribute(string key) : Attribute
{
    /// <summary>Key of the kind.</summary>
    public string Key { get; } = key;
}

/// <summary>The kinds of record of all modules and their entities.</summary>
public sealed class RecordTypes
{
    private readonly FrozenDictionary<string, RecordRights> _rights;
    private readonly FrozenDictionary<string, (Type Entity, RecordAttribute Record)> _entities;
    private readonly FrozenDictionary<string, string> _audited;
    private readonly FrozenDictionary<string, (string Record, string Field)> _parts;

    /// <summary>From the declarations of the modules and the marks of their entities.</summary>
    public RecordTypes(IEnumerable<IRecordRightsSource> sources, IEnumerable<ModuleDbRegistration> contexts)
    {
        _rights = sources.SelectMany(s => s.Records).ToFrozenDictionary(r => r.Key, StringComparer.Ordinal);
        var marked = contexts.SelectMany(c => c.Context.Assembly.GetTypes()).Where(t => RecordScope.FieldsOf(t) is not null).ToList();
        _entities = marked.Select(t => (Entity: t, Record: RecordScope.Of(t))).Where(t => t.Record is not null).ToFrozenDictionary(t => t.Record!.Key, t => (t.Entity, t.Record!), StringComparer.Ordinal);
        var fields = marked.Select(t => (Entity: t, Of: RecordScope.FieldsOf(t))).ToDictionary(t => t.Of!.Value.Key, t => (t.Entity, t.Of!.Value.Table), StringComparer.Ordinal);
        _audited = fields.ToFrozenDictionary(f => $"{Schema(f.Value.Table)}.{f.Value.Entity.Name}", f => f.Key, StringComparer.Ordinal);
        _parts = _rights.Values.Where(r => fields.ContainsKey(r.Key)).SelectMany(r => r.Fields.Where(f => f.Part is not null).Select(f => (Name: $"{Schema(fields[r.Key].Table)}.{f.Part}", r.Key, f.Name)))
            .ToFrozenDictionary(p => p.Item1, p => (p.Key, p.Item3), StringComparer.Ordinal);
        static string Schema(string table) => table[..table.IndexOf('.', StringComparison.Ordinal)];
    }

    /// <summary>The field that rows of an entity (by its name in the audit, <c>contacts.ContactPhone</c>) are; null for all others.</summary>
    public (string Record, string Field)? PartField(string entity) => _parts.TryGetValue(entity, out var part) ? part : null;

    /// <summary>The declared field that a property in the audit is; null where there is none.</summary>
    /// <param name="entity">The entity as the audit calls it, for example <c>contacts.Contact</c>.</param>
    /// <param name="property">The property as the audit calls it, for example <c>nationalId</c>.</param>
    public (string Record, string Field)? FieldOf(string entity, string property)
    {
        if (PartField(entity) is { } part) return part;
        if (!_audited.TryGetValue(entity, out var key) || Find(key) is not { } rights) return null;
        return rights.Fields.FirstOrDefault(f => f.Properties.Any(p => string.Equals(p, property, StringComparison.OrdinalIgnoreCase))) is { } field ? (key, field.Name) : null;
    }

    /// <summary>All kinds, in order.</summary>
    public IReadOnlyList<RecordRights> All => [.. _rights.Values.OrderBy(r => r.Order).ThenBy(r => r.Key, StringComparer.Ordinal)];

    /// <summary>A kind by its key, or null.</summary>
    public RecordRights? Find(string key) => _rights.GetValueOrDefault(key);

    /// <summary>The entity of a kind, or null where the module looks after the scope itself.</summary>
    public Type? EntityOf(string key) => _entities.TryGetValue(key, out var found) ? found.Entity : null;

    /// <summary>Kinds with an entity whose table keeps the scope.</summary>
    public IEnumerable<(Type Entity, RecordAttribute Record)> Entities => _entities.Values;
}

/// <summary>A condition in SQL and what fills its parameters.</summary>
/// <param name="Text">To stand after <c>where</c> or <c>and</c>, in brackets where it needs them.</param>
/// <param name="Parameters">By name, without the <c>@</c>.</param>
public sealed record RecordSql(string Text, IReadOnlyDictionary<string, object> Parameters);

/// <summary>The one policy about who reaches which record, as a condition for LINQ and as SQL text.</summary>
public static class RecordScope
{
    private static readonly ConcurrentDictionary<Type, RecordAttribute?> s_records = new();
    private static readonly ConcurrentDictionary<Type, RecordFieldsAttribute?> s_fields = new();

    private static readonly Expression<Func<Reach, Guid, bool>> s_inWall = (r, branch) =>
        r.AnyBranch != null || (r.OneBranch != null && branch == r.OneBranch) || (r.Branches != null && r.Branches.Contains(branch));

    private static readonly Expression<Func<Reach, Guid?, bool>> s_isOneOrRole = (r, person) =>
        (r.OnePerson != null && person == r.OnePerson) || (r.People != null && person != null && r.People.Contains(person.Value)) || (r.Roles != null && person != null && r.Roles.Contains(person.Value));

    private static readonly Expression<Func<Reach, Guid?, bool>> s_isOne = (r, person) =>
        (r.OnePerson != null && person == r.OnePerson) || (r.People != null && person != null && r.People.Contains(person.Value));

    private static readonly Expression<Func<Reach, int?, bool>> s_inProvince = (r, province) => r.Provinces != null && province != null && r.Provinces.Contains(province.Value);

    /// <summary>The kind of record whose fields roles close on this entity, with its table; null for none.</summary>
    public static (string Key, string Table)? FieldsOf(Type entity) =>
        Of(entity) is { } record ? (record.Key, record.Table) : s_fields.GetOrAdd(entity, static t => t.GetCustomAttribute<RecordFieldsAttribute>(inherit: false)) is { } fields ? (fields.Key, fields.Table) : null;

    /// <summary>With which record rows of the entity are seen; null for all others.</summary>
    public static WithRecordAttribute? WithOf(Type entity) => entity.GetCustomAttribute<WithRecordAttribute>(inherit: false);

    /// <summary>What the entity says of itself as a record; null for what is none.</summary>
    public static RecordAttribute? Of(Type entity) => s_records.GetOrAdd(entity, static t => t.GetCustomAttribute<RecordAttribute>(inherit: false));

    /// <summary>
    /// The policy for an operation as SQL over the entity's table under an alias. Deleted records are the caller's matter. Use it for every statement that reads records past the context; the names of the
    /// parameters begin with <paramref name="prefix"/>.
    /// </summary>
    public static RecordSql Sql<T>(ICurrentUser user, string alias, Operation operation = Operation.See, string prefix = "scope") where T : class => Sql(typeof(T), user, alias, operation, prefix);

    /// <inheritdoc cref="Sql{T}"/>
    public static RecordSql Sql(Type entity, ICurrentUser user, string alias, Operation operation = Operation.See, string prefix = "scope")
    {
        ArgumentNullException.ThrowIfNull(user);
        var record = Of(entity) ?? throw new InvalidOperationException($"{entity.Name} is no kind of record: it has no [Record].");
        var parameters = new Dictionary<string, object>(StringComparer.Ordinal);
        return new(Text(entity, record, user, alias, operation, prefix, parameters), parameters);
    }

    /// <summary>The policy over the rows of the global search under an alias: those of no declared kind as their branch allows.</summary>
    public static RecordSql SearchSql(RecordTypes types, ICurrentUser user, string alias, string prefix = "scope")
    {
        ArgumentNullException.ThrowIfNull(types);
        ArgumentNullException.ThrowIfNull(user);
        var parameters = new Dictionary<string, object>(StringComparer.Ordinal);
        var kinds = new List<string>();
        foreach (var (entity, record) in types.Entities.OrderBy(e => e.Record.Key, StringComparer.Ordinal))
        {
            var reach = user.ReachOf(record.Key);
            if (record.People is not null && reach.Asks is not null)
            {
                // Who is in charge stands in no row of the search: the record itself is asked.
                kinds.Add($"when '{record.Key}' then exists (select 1 from {record.Table} r{kinds.Count} where r{kinds.Count}.id = {alias}.id and {Text(entity, record, user, "r" + kinds.Count, Operation.See, prefix + kinds.Count, parameters)})");
                continue;
            }

            var text = Parts(reach, prefix + kinds.Count, parameters, $"{alias}.branch_id", [$"{alias}.owner_id"], $"{alias}.province_id");
            if (record.Parent is { } parent && Of(parent) is { } above)
            {
                var of = user.ReachOf(above.Key);
                var name = prefix + kinds.Count + "p";
                var own = Parts(reach, prefix + kinds.Count, parameters, "up.branch_id", ["up.owner_id"], "up.province_id");
                if (text != "true") text = $"({text} or exists (select 1 from platform.search up where up.id = {alias}.parent_id and {own}))";
                if (of.Open is null) text = $"({text} and exists (select 1 from platform.search up where up.id = {alias}.parent_id and {Parts(of, name, parameters, "up.branch_id", ["up.owner_id"], "up.province_id")}))";
            }

            kinds.Add($"when '{record.Key}' then {text}");
        }

        var rest = user.SeesAllBranches ? "true" : $"({alias}.branch_id is null or {alias}.branch_id = any(@{prefix}Wall))";
        if (!user.SeesAllBranches) parameters[prefix + "Wall"] = user.VisibleBranches;
        return new(kinds.Count == 0 ? rest : $"(case {alias}.record {string.Join(' ', kinds)} else {rest} end)", parameters);
    }

    /// <summary>The policy as a condition on the entity.</summary>
    /// <param name="record">What the entity says of itself.</param>
    /// <param name="reach">An expression that gives the <see cref="Reach"/>.</param>
    /// <param name="parents">An expression that gives the set of the entity it hangs on; null where there is none.</param>
    /// <param name="parentOpen">An expression (<c>bool?</c>) that is null when not every one of those is visible.</param>
    /// <param name="inCharge">An expression that gives the set of <see cref="RecordAttribute.People"/>; null where there is none.</param>
    internal static Expression<Func<T, bool>> Condition<T>(RecordAttribute record, Expression reach, Expression? parents, Expression? parentOpen, Expression? inCharge = null)
    {
        var e = Expression.Parameter(typeof(T), "e");
        var wall = e.Type.IsAssignableTo(typeof(IBranchScoped)) ? Put(s_inWall, reach, Expression.Property(e, nameof(IBranchScoped.BranchId))) : null;
        var people = record.Owners.Select(o => Put(s_isOne, reach, Nullable<Guid>(Expression.Property(e, o)))).ToList();
        var places = record.Province is { } p ? [Put(s_inProvince, reach, Nullable<int>(Expression.Property(e, p)))] : new List<Expression>();
        if (record.People is { } view)
        {
            var of = Expression.Parameter(view, "of");
            var same = Expression.Equal(Expression.Property(of, nameof(RecordPerson.RecordId)), Expression.Property(e, nameof(Entity.Id)));
            people.Add(Any(inCharge!, of, Expression.AndAlso(same, Put(s_isOneOrRole, reach, Expression.Property(of, nameof(RecordPerson.PersonId))))));
            places.Add(Any(inCharge!, of, Expression.AndAlso(same, Put(s_inProvince, reach, Expression.Property(of, nameof(RecordPerson.ProvinceId))))));
        }

        Expression? withParent = null;
        if (record.Parent is { } parent && Of(parent) is { } above)
        {
            var up = Expression.Parameter(parent, "up");
            var same = Expression.Equal(Expression.Property(up, nameof(Entity.Id)), Expression.Property(e, record.ParentId!));
            people.AddRange(above.Owners.Select(o => Any(parents!, up, Expression.AndAlso(same, Put(s_isOne, reach, Nullable<Guid>(Expression.Property(up, o)))))));
            if (above.Province is { } place) places.Add(Any(parents!, up, Expression.AndAlso(same, Put(s_inProvince, reach, Nullable<int>(Expression.Property(up, place))))));
            withParent = Expression.OrElse(IsSet(parentOpen!), Any(parents!, up, same));
        }

        var inside = IsSet(Part(reach, nameof(Reach.ByBranch)));
        if (people.Count > 0) inside = Expression.OrElse(inside, Expression.AndAlso(IsSet(Part(reach, nameof(Reach.ByPerson))), people.Aggregate(Expression.OrElse)));
        if (wall is not null) inside = Expression.AndAlso(wall, inside);
        var body = Expression.OrElse(IsSet(Part(reach, nameof(Reach.All))), inside);
        if (places.Count > 0) body = Expression.OrElse(body, Expression.AndAlso(Expression.NotEqual(Part(reach, nameof(Reach.Provinces)), Expression.Constant(null, typeof(int[]))), places.Aggregate(Expression.OrElse)));
        if (withParent is not null) body = Expression.AndAlso(body, withParent);
        return Expression.Lambda<Func<T, bool>>(new AsParameters().Visit(body), e);
    }

    /// <summary>The condition for rows that are seen with their record.</summary>
    internal static Expression<Func<T, bool>> WithRecord<T>(WithRecordAttribute with, Expression reach, Expression records)
    {
        var e = Expression.Parameter(typeof(T), "e");
        var record = Expression.Parameter(with.Record, "of");
        var seen = Expression.AndAlso(IsSet(Part(reach, nameof(Reach.Asks))), Any(records, record, Expression.Equal(Expression.Property(record, nameof(Entity.Id)), Expression.Property(e, with.Id))));
        var inside = IsSet(Part(reach, nameof(Reach.ByBranch)));
        if (typeof(T).IsAssignableTo(typeof(IBranchScoped))) inside = Expression.AndAlso(inside, Put(s_inWall, reach, Expression.Property(e, nameof(IBranchScoped.BranchId))));
        return Expression.Lambda<Func<T, bool>>(new AsParameters().Visit(Expression.OrElse(IsSet(Part(reach, nameof(Reach.All))), Expression.OrElse(inside, seen))), e);
    }

    private static string Text(Type entity, RecordAttribute record, ICurrentUser user, string alias, Operation operation, string prefix, Dictionary<string, object> parameters)
    {
        var reach = user.ReachOf(record.Key, operation);
        var branch = typeof(IBranchScoped).IsAssignableFrom(entity) ? $"{alias}.branch_id" : null;
        List<string> people = [.. record.Owners.Select(o => $"{alias}.{ModuleDb.SnakeCase(o)}")];
        var province = record.Province is { } p ? $"{alias}.{ModuleDb.SnakeCase(p)}" : null;
        if (record.PeopleView is { } view) return Parts(reach, prefix, parameters, branch, people, province, $"{view} {alias}_of where {alias}_of.record_id = {alias}.id and {alias}_of");
        if (record.Parent is not { } parent || Of(parent) is not { } above) return Parts(reach, prefix, parameters, branch, people, province);

        var id = $"{alias}.{ModuleDb.SnakeCase(record.ParentId!)}";
        var up = alias + "_up";
        var alive = typeof(ISoftDeletable).IsAssignableFrom(parent) ? $"{up}.deleted_at is null and " : "";
        string Exists(string condition) => $"exists (select 1 from {above.Table} {up} where {up}.id = {id} and {alive}{condition})";
        var mine = Parts(reach, prefix, parameters, branch, people, province);
        if (reach.ByPerson is not null || reach.Provinces is not null)
        {
            var theirs = Parts(reach, prefix, parameters, typeof(IBranchScoped).IsAssignableFrom(parent) ? $"{up}.branch_id" : null, [.. above.Owners.Select(o => $"{up}.{ModuleDb.SnakeCase(o)}")], above.Province is { } place ? $"{up}.{ModuleDb.SnakeCase(place)}" : null);
            mine = $"({mine} or {Exists(theirs)})";
        }

        return user.ReachOf(above.Key).Open is not null ? mine : $"({mine} and {Exists(Text(parent, above, user, up, Operation.See, prefix + "Up", parameters))})";
    }

    // «of»: where the rows of people and places besides stand, up to the dot before their column.
    private static string Parts(Reach reach, string prefix, Dictionary<string, object> parameters, string? branch, IReadOnlyList<string> people, string? province, string? of = null)
    {
        if (reach.All is not null) return "true";
        string Put(string name, object value)
        {
            parameters[prefix + name] = value;
            return "@" + prefix + name;
        }

        var parts = new List<string>();
        var wall = branch is null || reach.AnyBranch is not null ? null : reach.OneBranch is { } one ? $"{branch} = {Put("Branch", one)}" : $"{branch} = any({Put("Branches", reach.Branches ?? [])})";
        if (reach.ByBranch is not null) parts.Add(wall ?? "true");
        else if (reach.ByPerson is not null && (people.Count > 0 || of is not null))
        {
            List<string> ones = [.. people.Select(c => reach.OnePerson is { } me ? $"{c} = {Put("Person", me)}" : $"{c} = any({Put("People", reach.People ?? [])})")];
            if (of is not null) ones.Add($"exists (select 1 from {of}.person_id = any({Put("Charge", (Guid[])[.. reach.People ?? [reach.OnePerson!.Value], .. reach.Roles ?? []])}))");
            var is1 = string.Join(" or ", ones);
            if (ones.Count > 1) is1 = $"({is1})";
            parts.Add(wall is null ? is1 : $"({wall} and {is1})");
        }

        if (reach.Provinces is { } provinces && province is not null) parts.Add($"{province} = any({Put("Provinces", provinces)})");
        if (reach.Provinces is { } regions && of is not null) parts.Add($"exists (select 1 from {of}.province_id = any({Put("Provinces", regions)}))");
        return parts.Count switch { 0 => "false", 1 => parts[0], _ => "(" + string.Join(" or ", parts) + ")" };
    }

    private static Expression Any(Expression set, ParameterExpression element, Expression condition) =>
        Expression.Call(typeof(Queryable), nameof(Queryable.Any), [element.Type], set, Expression.Quote(Expression.Lambda(condition, element)));

    private static MemberExpression Part(Expression reach, string name) => Expression.Property(reach, name);

    private static Expression IsSet(Expression flag) => Expression.NotEqual(flag, Expression.Constant(null, typeof(bool?)));

    private static Expression Nullable<TValue>(Expression value) where TValue : struct => value.Type == typeof(TValue) ? Expression.Convert(value, typeof(TValue?)) : value;

    private static Expression Put(LambdaExpression template, Expression reach, Expression value) => new Filling(template.Parameters[0], reach, template.Parameters[1], value).Visit(template.Body);

    /// <summary>
    /// Each part becomes a parameter of its own. Left to itself EF works «is it set?» out beforehand and sends the answer as a flag; as a parameter that is null it leaves the whole branch out of the statement.
    /// </summary>
    private sealed class AsParameters : ExpressionVisitor
    {
        private static readonly MethodInfo s_parameter = typeof(EF).GetMethod(nameof(EF.Parameter))!;

        protected override Expression VisitMember(MemberExpression node) => node.Expression?.Type == typeof(Reach) ? Expression.Call(s_parameter.MakeGenericMethod(node.Type), node) : base.VisitMember(node);
    }

    private sealed class Filling(ParameterExpression first, Expression reach, ParameterExpression second, Expression value) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == first ? reach : node == second ? value : base.VisitParameter(node);
    }
}
