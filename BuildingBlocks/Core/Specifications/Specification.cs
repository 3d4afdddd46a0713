using System.Linq.Expressions;

namespace Crm.Core;

/// <summary>
/// A predicate with a business name, in the shape of Ardalis.Specification (which cannot be restored here): build it in the
/// constructor with <c>Query.Where(…).OrderBy(…)</c>; apply it with <c>db.Things.WithSpecification(spec)</c>.
/// </summary>
public abstract class Specification<T>
{
    private readonly List<Expression<Func<T, bool>>> _criteria = [];
    private readonly List<(Expression<Func<T, object?>> By, bool Descending)> _orders = [];

    /// <summary>Starts the definition.</summary>
    protected SpecificationBuilder Query => new(this);

    /// <summary>All criteria; a record must meet every one.</summary>
    public IReadOnlyList<Expression<Func<T, bool>>> WhereExpressions => _criteria;

    /// <summary>Whether a record in memory meets the specification.</summary>
    public bool IsSatisfiedBy(T candidate) => _criteria.TrueForAll(c => c.Compile()(candidate));

    internal IQueryable<T> Apply(IQueryable<T> query)
    {
        foreach (var criterion in _criteria)
            query = query.Where(criterion);
        IOrderedQueryable<T>? ordered = null;
        foreach (var (by, descending) in _orders)
        {
            ordered = (ordered, descending) switch
            {
                (null, false) => query.OrderBy(by),
                (null, true) => query.OrderByDescending(by),
                ({ } o, false) => o.ThenBy(by),
                ({ } o, true) => o.ThenByDescending(by),
            };
        }

        return ordered ?? query;
    }

    /// <summary>Collects the parts of a specification.</summary>
    public sealed class SpecificationBuilder
    {
        private readonly Specification<T> _spec;

        internal SpecificationBuilder(Specification<T> spec) => _spec = spec;

        /// <summary>Adds a criterion.</summary>
        public SpecificationBuilder Where(Expression<Func<T, bool>> criterion)
        {
            _spec._criteria.Add(criterion);
            return this;
        }

        /// <summary>Orders ascending; later calls order within.</summary>
        public SpecificationBuilder OrderBy(Expression<Func<T, object?>> by)
        {
            _spec._orders.Add((by, false));
            return this;
        }

        /// <summary>Orders descending; later calls order within.</summary>
        public SpecificationBuilder OrderByDescending(Expression<Func<T, object?>> by)
        {
            _spec._orders.Add((by, true));
            return this;
        }
    }
}

/// <summary>Applies specifications to queries.</summary>
public static class SpecificationEvaluator
{
    /// <summary>Filters and orders the query.</summary>
    public static IQueryable<T> WithSpecification<T>(this IQueryable<T> query, Specification<T> specification) => specification.Apply(query);
}
