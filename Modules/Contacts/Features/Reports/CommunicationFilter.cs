using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Contacts.Features.Reports;

/// <summary>What a report over communications is narrowed to.</summary>
internal sealed record CommunicationFilter
{
    public Guid? Contact { get; init; }

    public Guid? Kind { get; init; }

    public Guid? Result { get; init; }

    public Guid? User { get; init; }

    /// <summary>First day, in the user's zone.</summary>
    public DateOnly? From { get; init; }

    /// <summary>Last day, in the user's zone.</summary>
    public DateOnly? To { get; init; }
}

internal static class CommunicationsOfReport
{
    public static IQueryable<Communication> Narrow(IQueryable<Communication> all, CommunicationFilter f, DateView dates)
    {
        if (f.Contact is { } contact) all = all.Where(c => c.ContactId == contact);
        if (f.Kind is { } kind) all = all.Where(c => c.KindId == kind);
        if (f.Result is { } result) all = all.Where(c => c.ResultId == result);
        if (f.User is { } user) all = all.Where(c => c.UserId == user);
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

        return all;
    }

    /// <summary>Those with contacts of a role or in a province.</summary>
    public static IQueryable<Communication> OfContacts(ContactsDb db, IQueryable<Communication> all, Guid? role, int? province)
    {
        if (role is null && province is null) return all;
        var contacts = db.Contacts.AsQueryable();
        if (role is { } r) contacts = contacts.Where(c => c.RoleIds.Contains(r));
        if (province is { } p) contacts = contacts.Where(c => c.ProvinceId == p);
        return all.Where(c => contacts.Any(x => x.Id == c.ContactId));
    }
}
