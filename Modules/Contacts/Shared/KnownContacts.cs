using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Shared;

/// <summary>A contact that has one of the telephone numbers, or the national ID, already.</summary>
/// <param name="ContactId">Who.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Phone">The number both have; null where it is the national ID.</param>
internal sealed record KnownContact(Guid ContactId, string Name, string? Phone)
{
    /// <summary>Why saving stops: asked once, done when the answer is yes.</summary>
    public RuleBroken Question => Phone is null ? new("contact.national-id-known", IdSentence, Name) : new("contact.phone-known", PhoneSentence, Name);

    /// <summary>The same as people read it.</summary>
    public string Sentence => Texts.Get(Phone is null ? IdSentence : PhoneSentence, Name);

    private const string PhoneSentence = "{0} has this telephone number already.", IdSentence = "{0} has this national ID already.";
}

/// <summary>Contacts, other than the one at hand, that have one of the numbers or the national ID: perhaps the same customer typed in twice.</summary>
internal static class KnownContacts
{
    private const int Most = 5;

    // Asked at every saving of a contact: built once.
    private static readonly Func<ContactsDb, string[], Guid?, IAsyncEnumerable<KnownContact>> s_byPhone = EF.CompileAsyncQuery((ContactsDb db, string[] numbers, Guid? except) =>
        db.Contacts.Where(c => c.Id != except)
            .SelectMany(c => c.Phones.Where(p => numbers.Contains(p.Number)), (c, p) => new { c.Id, c.Name, c.Number, Phone = p.Number })
            .OrderBy(r => r.Number).Take(Most)
            .Select(r => new KnownContact(r.Id, r.Name, r.Phone)));

    public static async Task<IReadOnlyList<KnownContact>> FindAsync(ContactsDb db, IEnumerable<PhoneFields> phones, string? nationalId, bool company, Guid? except, CancellationToken ct)
    {
        var numbers = phones.Select(p => PhoneNumber.TryParse(p.Number, out var n) ? n.Value : null).Where(n => n is not null).Select(n => n!).Distinct().ToArray();
        List<KnownContact> known = numbers.Length == 0 ? [] : await s_byPhone(db, numbers, except).ToListAsync(ct);
        if (IranianId.Whole(nationalId, company) is { Length: > 0 } id)
            known.AddRange(await db.Contacts.Where(c => c.NationalId == id && c.Id != except).OrderBy(c => c.Number).Take(Most).Select(c => new KnownContact(c.Id, c.Name, null)).ToListAsync(ct));
        return known;
    }
}
