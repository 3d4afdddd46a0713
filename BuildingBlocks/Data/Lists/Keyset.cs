using System.Buffers.Text;
using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Crm.Data;

/// <summary>One order of a list: by a key and, where that can repeat, by a second one that cannot.</summary>
public abstract class SortOrder<T>(string name)
{
    /// <summary>Name in the query string, without the minus.</summary>
    public string Name { get; } = name;

    internal abstract IQueryable<T> Apply(IQueryable<T> query, bool descending, JsonElement[]? after);

    /// <summary>Whether the keys of a cursor are of this order's types: anybody can write a cursor.</summary>
    internal abstract bool Fits(JsonElement[] keys);

    private static bool Is<TKey>(JsonElement key)
    {
        try
        {
            return key.Deserialize<TKey>() is not null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>By a key that never repeats.</summary>
    public static SortOrder<T> By<TKey>(string name, Expression<Func<T, TKey>> key) => new Single<TKey>(name, key);

    /// <summary>By a key that can repeat, then by one that can't.</summary>
    public static SortOrder<T> By<TKey, TTie>(string name, Expression<Func<T, TKey>> key, Expression<Func<T, TTie>> tie) => new Double<TKey, TTie>(name, key, tie);

    private sealed class Single<TKey>(string name, Expression<Func<T, TKey>> key) : SortOrder<T>(name)
    {
        internal override bool Fits(JsonElement[] keys) => keys.Length == 1 && Is<TKey>(keys[0]);

        internal override IQueryable<T> Apply(IQueryable<T> query, bool descending, JsonElement[]? after)
        {
            if (after is not null) query = query.Where(Compare(key, after[0].Deserialize<TKey>()!, descending));
            return descending ? query.OrderByDescending(key) : query.OrderBy(key);
        }
    }

    private sealed class Double<TKey, TTie>(string name, Expression<Func<T, TKey>> key, Expression<Func<T, TTie>> tie) : SortOrder<T>(name)
    {
        internal override bool Fits(JsonElement[] keys) => keys.Length == 2 && Is<TKey>(keys[0]) && Is<TTie>(keys[1]);

        internal override IQueryable<T> Apply(IQueryable<T> query, bool descending, JsonElement[]? after)
        {
            if (after is not null)
            {
                var k0 = after[0].Deserialize<TKey>()!;
                var t0 = after[1].Deserialize<TTie>()!;
                // A row comparison is what an index on both columns can seek to.
                Expression<Func<TKey, TTie, bool>> beyond = descending
                    ? (k, t) => EF.Functions.LessThan(ValueTuple.Create(k, t), ValueTuple.Create(k0, t0))
                    : (k, t) => EF.Functions.GreaterThan(ValueTuple.Create(k, t), ValueTuple.Create(k0, t0));
                var body = Swap.In(Swap.In(beyond.Body, beyond.Parameters[0], key.Body), beyond.Parameters[1], Swap.In(tie.Body, tie.Parameters[0], key.Parameters[0]));
                query = query.Where(Expression.Lambda<Func<T, bool>>(body, key.Parameters[0]));
            }

            return descending ? query.OrderByDescending(key).ThenByDescending(tie) : query.OrderBy(key).ThenBy(tie);
        }
    }

    private static Expression<Func<T, bool>> Compare<TKey>(Expression<Func<T, TKey>> key, TKey from, bool descending)
    {
        // Through a closure, so that the value is a parameter of the query and not part of its text.
        Expression<Func<TKey>> value = () => from;
        var body = descending ? Expression.LessThan(key.Body, value.Body) : Expression.GreaterThan(key.Body, value.Body);
        return Expression.Lambda<Func<T, bool>>(body, key.Parameters[0]);
    }

    private sealed class Swap(Expression what, Expression by) : ExpressionVisitor
    {
        public static Expression In(Expression tree, Expression what, Expression by) => new Swap(what, by).Visit(tree)!;

        public override Expression? Visit(Expression? node) => node == what ? by : base.Visit(node);
    }
}

/// <summary>
/// Pages of a list by key instead of by offset: the ten-thousandth page costs what the first one does. The sort stands in the query string as
/// <c>name</c> or <c>-name</c>; the cursor names the last row that was seen.
/// </summary>
public sealed class Keyset<T>(string fallback, params SortOrder<T>[] orders)
{
    /// <summary>A sort that this list knows; the usual one where there is none or a foreign one.</summary>
    public string Normalize(string? sort) => sort is not null && Find(sort) is not null ? sort : fallback;

    /// <summary>Whether the list knows the sort.</summary>
    public bool Knows(string sort) => Find(sort) is not null;

    /// <summary>Orders the query and starts it behind the cursor. A cursor of another sort or a damaged one starts at the beginning.</summary>
    /// <param name="query">What is to be listed.</param>
    /// <param name="sort">A normalised sort.</param>
    /// <param name="after">The cursor, or null.</param>
    /// <param name="backwards">Gives what stands before the cursor, nearest first: turn the rows round before showing them.</param>
    public IQueryable<T> Page(IQueryable<T> query, string sort, string? after, bool backwards = false) =>
        Find(sort)!.Apply(query, sort[0] == '-' ^ backwards, Reads(after, sort) ? Read(after, sort) : null);

    /// <summary>The cursor behind a row.</summary>
    /// <param name="sort">The sort.</param>
    /// <param name="keys">The row's key of that sort and, where it has two, the second.</param>
    public static string Cursor(string sort, params object[] keys) =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { s = sort, k = keys }));

    /// <summary>Whether the cursor is one of this sort; for those who must tell a caller that it is not.</summary>
    public bool Reads(string? cursor, string sort) => Read(cursor, sort) is { } keys && Find(sort)?.Fits(keys) == true;

    private SortOrder<T>? Find(string sort) => Array.Find(orders, o => o.Name == sort.TrimStart('-'));

    private static JsonElement[]? Read(string? text, string sort)
    {
        if (string.IsNullOrEmpty(text) || text.Length > 1000 || !Base64Url.IsValid(text)) return null;
        try
        {
            using var cursor = JsonDocument.Parse(Base64Url.DecodeFromChars(text));
            return cursor.RootElement.ValueKind == JsonValueKind.Object
                && cursor.RootElement.TryGetProperty("s", out var s) && s.ValueKind == JsonValueKind.String && s.GetString() == sort
                && cursor.RootElement.TryGetProperty("k", out var k) && k.ValueKind == JsonValueKind.Array
                ? [.. k.EnumerateArray().Select(e => e.Clone())]
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
