using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Contacts.Features.Costs;

/// <summary>A cost with its communication. Filled by its properties, not by a constructor: the database can then narrow and sum it.</summary>
internal sealed record CostLine
{
    public Guid CommunicationId { get; init; }

    public Guid ContactId { get; init; }

    public Guid? UserId { get; init; }

    public Guid CommunicationKindId { get; init; }

    public DateTimeOffset At { get; init; }

    public Guid KindId { get; init; }

    public long Amount { get; init; }

    public string? Note { get; init; }
}

internal static class CostQuery
{
    /// <summary>Costs of the communications that the user sees.</summary>
    public static IQueryable<CostLine> Lines(IQueryable<Communication> communications) =>
        communications.SelectMany(c => c.Costs, (c, k) => new CostLine
        {
            CommunicationId = c.Id, ContactId = c.ContactId, UserId = c.UserId, CommunicationKindId = c.KindId, At = c.StartedAt, KindId = k.KindId, Amount = k.Amount, Note = k.Note,
        });

    public static IQueryable<Communication> Within(IQueryable<Communication> communications, Period period, DateView dates)
    {
        var (from, until) = period.In(dates);
        return communications.Where(c => c.StartedAt >= from && c.StartedAt < until);
    }

    /// <summary>Base data by the order of its list.</summary>
    public static IReadOnlyList<BaseValue> Kinds(BaseValues lists, IEnumerable<Guid> used)
    {
        var ids = used.ToHashSet();
        return [.. lists.All(BaseLists.CostKind).Where(v => ids.Contains(v.Id))];
    }
}
