using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.MergeContacts;

/// <summary>What merging and undoing it have in common.</summary>
internal static class MergedContacts
{
    /// <summary>Who merges decides about every field: one that is closed to him can't be decided.</summary>
    public static void RefuseClosed(ICurrentUser me)
    {
        if (AnyClosed(me)) throw new RuleBroken("contact.merge-closed", "Some fields of contacts are closed to you: ask somebody who may change all of them.");
    }

    public static bool AnyClosed(ICurrentUser me) => FieldTitles.All.Any(f => me.ReadOnly(ContactsRights.Contacts, f.Name) || me.Hides(ContactsRights.Contacts, f.Name));

    /// <summary>The contact that this one became, whatever was merged since; null when it was not merged, or not for this user to see.</summary>
    public static async Task<Guid?> SurvivorAsync(ContactsDb db, Guid id, CancellationToken ct)
    {
        Guid? into = null;
        for (var steps = 0; steps < 20; steps++)
        {
            var next = await db.Contacts.IgnoreQueryFilters().Where(c => c.Id == (into ?? id)).Select(c => c.MergedIntoId).SingleOrDefaultAsync(ct);
            if (next is null) break;
            into = next;
        }

        return into is { } survivor && await db.Contacts.AnyAsync(c => c.Id == survivor, ct) ? survivor : null;
    }

    /// <summary>Companies whose liaison was the one have the other; only those of <paramref name="among"/>, if given.</summary>
    public static async Task<List<Guid>> RepointLiaisonsAsync(ContactsDb db, Guid fromId, Guid toId, List<Guid>? among, CancellationToken ct)
    {
        var companies = await db.Contacts.IgnoreQueryFilters().Include(c => c.Phones).Where(c => c.LiaisonId == fromId && (among == null || among.Contains(c.Id))).ToListAsync(ct);
        foreach (var company in companies)
        {
            company.SetLiaison(toId);
            db.AsConsequence(company);
        }

        return [.. companies.Select(c => c.Id)];
    }

    /// <summary>Whoever holds or held a post in one of the companies, those in the bin too, ready to be renamed.</summary>
    public static Task<List<Contact>> StaffAsync(ContactsDb db, Guid[] companies, CancellationToken ct) => db.Contacts.IgnoreQueryFilters()
        .WithParts().Where(c => c.Positions.Any(p => companies.Contains(p.CompanyId))).ToListAsync(ct);

    /// <summary>People carry the name of the company of their main post.</summary>
    public static void Rename(ContactsDb db, List<Contact> staff, Contact[] companies)
    {
        foreach (var person in staff)
        {
            if (person.MainPost is not { } post || Array.Find(companies, c => c.Id == post.CompanyId) is not { } company || person.CompanyName == company.Name) continue;
            person.CompanyRenamed(company.Name);
            db.AsConsequence(person);
        }
    }

    // Not by Remove: its parts are loaded, and would be removed with it for good.
    public static void Hide(ContactsDb db, Contact contact, DateTimeOffset at, Guid? by) => Mark(db, contact, at, by, Guid.CreateVersion7());

    public static void Show(ContactsDb db, Contact contact) => Mark(db, contact, null, null, null);

    private static void Mark(ContactsDb db, Contact contact, DateTimeOffset? at, Guid? by, Guid? deletion)
    {
        var entry = db.Entry(contact);
        foreach (var (name, value) in new (string, object?)[] { (nameof(ISoftDeletable.DeletedAt), at), (nameof(ISoftDeletable.DeletedBy), by), (nameof(ISoftDeletable.DeletionId), deletion) })
        {
            entry.Property(name).CurrentValue = value;
            entry.Property(name).IsModified = true;
        }
    }
}

/// <summary>Relations of kinds without a reverse title are the same both ways.</summary>
internal static class RelationOrder
{
    public static bool IsMutual(BaseValues lists, Guid kindId) => lists.Find(kindId) is { Reverse: null };
}
