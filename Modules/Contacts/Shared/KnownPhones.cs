using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Shared;

/// <summary>A contact that has one of the numbers already.</summary>
internal sealed record KnownPhone(Guid ContactId, string Name, string Number);

/// <summary>Contacts, other than the one at hand, that have one of the numbers: perhaps the same customer typed in twice.</summary>
internal static class KnownPhones
{
    // Asked at every saving of a contact: built once.
    private static readonly Func<ContactsDb, string[], Guid?, IAsyncEnumerable<KnownPhone>> s_known = EF.CompileAsyncQuery((ContactsDb db, string[] numbers, Guid? except) =>
        db.Contacts.Where(c => c.Id != except)
            .SelectMany(c => c.Phones.Where(p => numbers.Contains(p.Number)), (c, p) => new { c.Id, c.Name, c.Number, Phone = p.Number })
            .OrderBy(r => r.Number).Take(5)
            .Select(r => new KnownPhone(r.Id, r.Name, r.Phone)));

    public static async Task<IReadOnlyList<KnownPhone>> FindAsync(ContactsDb db, IEnumerable<PhoneFields> phones, Guid? except, CancellationToken ct)
    {
        var numbers = phones.Select(p => PhoneNumber.TryParse(p.Number, out var n) ? n.Value : null).Where(n => n is not null).Select(n => n!).Distinct().ToArray();
        if (numbers.Length == 0) return [];
        return await s_known(db, numbers, except).ToListAsync(ct);
    }
}
