using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;

namespace Crm.Contacts.Features.ContactList;

/// <summary>What a list of contacts is narrowed to; the same words in the page's query string and in the API's filter.</summary>
internal sealed record ContactFilter
{
    public string? Q { get; init; }

    public ContactKind? Kind { get; init; }

    public Guid? Type { get; init; }

    public Guid? Rank { get; init; }

    public Guid? Status { get; init; }

    public Guid? Source { get; init; }

    public Guid? Role { get; init; }

    /// <summary>A group, with everything under it.</summary>
    public Guid? Group { get; init; }

    public Guid? Owner { get; init; }

    public Guid? Branch { get; init; }

    public Standing? Standing { get; init; }

    public int? Province { get; init; }

    public int? County { get; init; }

    public int? City { get; init; }

    public bool Any => this != new ContactFilter();
}

/// <summary>Filter and order of contacts: what the list, the API and later the export have in common.</summary>
internal static class ContactListQuery
{
    /// <summary>The orders a list can have. Numbers are drawn in the order of adding, so «newest first» is the number downwards.</summary>
    public static readonly Keyset<Contact> Orders = new(
        "-number",
        SortOrder<Contact>.By("number", c => c.Number),
        SortOrder<Contact>.By("createdAt", c => c.Number),
        SortOrder<Contact>.By("name", c => c.Name, c => c.Number),
        SortOrder<Contact>.By("updatedAt", c => c.UpdatedAt, c => c.Number));

    public static IQueryable<Contact> Narrow(IQueryable<Contact> contacts, ContactFilter f, GroupTree groups, ICurrentUser me)
    {
        // Nobody narrows by what is hidden from him: the answer would tell it.
        f = Shared.ClosedFields.Blank(f, me);
        if (f.Kind is { } kind) contacts = contacts.Where(c => c.Kind == kind);
        if (f.Type is { } type) contacts = contacts.Where(c => c.TypeId == type);
        if (f.Rank is { } rank) contacts = contacts.Where(c => c.RankId == rank);
        if (f.Status is { } status) contacts = contacts.Where(c => c.StatusId == status);
        if (f.Source is { } source) contacts = contacts.Where(c => c.SourceId == source);
        if (f.Role is { } role) contacts = contacts.Where(c => c.RoleIds.Contains(role));
        if (f.Group is { } group)
        {
            var under = groups.Under(group);
            contacts = contacts.Where(c => c.GroupIds!.Any(g => under.Contains(g)));
        }

        if (f.Owner is { } owner) contacts = contacts.Where(c => c.OwnerId == owner);
        if (f.Branch is { } branch) contacts = contacts.Where(c => c.BranchId == branch);
        if (f.Standing is { } standing) contacts = contacts.Where(c => c.Standing == standing);
        if (f.County is { } county) contacts = contacts.Where(c => c.Addresses.Any(a => a.CountyId == county));
        if (f.City is { } city) contacts = contacts.Where(c => c.CityId == city);
        if (f.Province is { } province) contacts = contacts.Where(c => c.Addresses.Any(a => a.ProvinceId == province));
        return ContactSearch.Apply(contacts, f.Q, me);
    }
}
