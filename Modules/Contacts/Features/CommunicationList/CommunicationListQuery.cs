using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.ContactList;
using Crm.Core;
using Crm.Data;

namespace Crm.Contacts.Features.CommunicationList;

/// <summary>What a list of communications is narrowed to.</summary>
internal sealed record CommunicationFilter
{
    /// <summary>Words that find the contact.</summary>
    public string? Q { get; init; }

    public Guid? Contact { get; init; }

    public Guid? Kind { get; init; }

    public Guid? Result { get; init; }

    public Guid? User { get; init; }

    public Guid? Job { get; init; }

    /// <summary>First day, in the user's zone.</summary>
    public DateOnly? From { get; init; }

    /// <summary>Last day, in the user's zone.</summary>
    public DateOnly? To { get; init; }

    /// <summary>Province of the contact's first address.</summary>
    public int? Province { get; init; }

    /// <summary>Role of the contact.</summary>
    public Guid? Role { get; init; }

    public bool Any => this != new CommunicationFilter();
}

internal static class CommunicationListQuery
{
    public static readonly Keyset<Communication> Orders = new("-startedAt", SortOrder<Communication>.By("startedAt", c => c.StartedAt, c => c.Id), SortOrder<Communication>.By("createdAt", c => c.Id));

    public static IQueryable<Communication> Narrow(ContactsDb db, IQueryable<Communication> all, CommunicationFilter f, DateView dates, bool ofDeleted = false)
    {
        if (f.Contact is { } contact) all = all.Where(c => c.ContactId == contact);
        if (f.Kind is { } kind) all = all.Where(c => c.KindId == kind);
        if (f.Result is { } result) all = all.Where(c => c.ResultId == result);
        if (f.User is { } user) all = all.Where(c => c.UserId == user);
        if (f.Job is { } job) all = all.Where(c => c.JobId == job);
        if (f.From is { } from)
        {
            var start = dates.Moment(from, TimeOnly.MinValue);
            all = all.Where(c => c.StartedAt >= start);
        }

        if (f.To is { } to)
        {
            var end = dates.Moment(to.AddDays(1), TimeOnly.MinValue);
            all = all.Where(c => c.StartedAt < end);
        }

        if (PersianText.Fold(f.Q).Length > 0)
        {
            var found = ContactSearch.Apply(db.Contacts, f.Q, db.Me).Select(c => c.Id);
            all = all.Where(c => found.Contains(c.ContactId));
        }

        // What belongs to a contact in the bin lies there with it.
        return ofDeleted ? all : all.Where(c => c.Contact!.DeletedAt == null);
    }

    /// <summary>Those with contacts of a role or in some cities.</summary>
    public static IQueryable<Communication> OfContacts(ContactsDb db, IQueryable<Communication> all, Guid? role, int[]? cities)
    {
        if (role is null && cities is null) return all;
        var contacts = db.Contacts.AsQueryable();
        if (role is { } r) contacts = contacts.Where(c => c.RoleIds.Contains(r));
        if (cities is not null) contacts = contacts.Where(c => c.CityId != null && cities.Contains(c.CityId.Value));
        return all.Where(c => contacts.Any(x => x.Id == c.ContactId));
    }
}
