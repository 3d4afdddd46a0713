using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Shared;

/// <summary>After a person's posts changed: the name of the company he carries is that of his main post, and no company that he left has him as its liaison.</summary>
internal static class PresentPosts
{
    public static async Task AgreeAsync(ContactsDb db, Contact person, CancellationToken ct)
    {
        if (person.Kind != ContactKind.Person) return;
        // A company out of the user's reach is not shown; who works there carries its name all the same.
        var company = person.MainPost is { } post ? await db.Contacts.IgnoreQueryFilters([Filters.Scope]).Where(c => c.Id == post.CompanyId).Select(c => c.Name).SingleOrDefaultAsync(ct) : null;
        if (person.CompanyName != company) person.CompanyRenamed(company);
        var held = person.Positions.Where(p => p.To is null).Select(p => p.CompanyId).ToHashSet();
        foreach (var left in await db.Contacts.IgnoreQueryFilters([Filters.Scope]).Include(c => c.Phones).Where(c => c.LiaisonId == person.Id).ToListAsync(ct))
        {
            if (held.Contains(left.Id)) continue;
            left.SetLiaison(null);
            db.AsConsequence(left);
        }
    }
}
