using System.Globalization;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Contacts.Features.ContactList;

/// <summary>
/// Finds contacts the way people ask: words in any order, in either spelling of ی and ک, with or without half-spaces; numbers and phones
/// however they are typed. Terms of three letters and more may stand anywhere in a word, shorter ones at its start: the trigram index serves both.
/// </summary>
internal static class ContactSearch
{
    private const int MaxTerms = 6;

    // The fields besides the names that the searched text is made of.
    private static readonly string[] s_searched = ["nationalId", "cardNumber", "phones", "emails"];

    /// <param name="contacts">All of them.</param>
    /// <param name="text">What was typed.</param>
    /// <param name="me">Who asks: nobody finds a contact by what is hidden from him.</param>
    public static IQueryable<Contact> Apply(IQueryable<Contact> contacts, string? text, ICurrentUser? me)
    {
        var folded = PersianText.Fold(text);
        if (folded.Length == 0) return contacts;
        if (me is not null && s_searched.Any(f => me.Hides(ContactsRights.Contacts, f))) contacts = Shown(contacts, folded, me);
        if (IsNumber(folded)) return ByNumber(contacts, folded);
        foreach (var word in folded.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MaxTerms))
        {
            var term = word.Length < 3 ? " " + word : word;
            contacts = contacts.Where(c => c.SearchText.Contains(term));
        }

        return contacts;
    }

    // Each word stands in something that is shown: the search text holds the hidden values too.
    private static IQueryable<Contact> Shown(IQueryable<Contact> contacts, string folded, ICurrentUser me)
    {
        bool nationalId = !me.Hides(ContactsRights.Contacts, "nationalId"), phones = !me.Hides(ContactsRights.Contacts, "phones"), emails = !me.Hides(ContactsRights.Contacts, "emails"), cards = !me.Hides(ContactsRights.Contacts, "cardNumber");
        foreach (var term in folded.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MaxTerms))
        {
            var digits = new string([.. term.Where(char.IsAsciiDigit)]);
            var number = long.TryParse(digits, CultureInfo.InvariantCulture, out var n) ? n : 0;
            var line = digits.TrimStart('0') is var d && d.StartsWith("98", StringComparison.Ordinal) && d.Length > 5 ? d[2..] : d;
            var dialled = phones && line.Length > 0;
            contacts = contacts.Where(c => ContactsDb.Fold(c.Name)!.Contains(term) || ContactsDb.Fold(c.CompanyName)!.Contains(term) || c.Number == number
                || (nationalId && c.NationalId!.Contains(term)) || (dialled && c.Phones.Any(p => p.Number.Contains(line))) || (cards && c.CardNumber!.Contains(term)) || (emails && c.Emails.Any(e => e.Address.Contains(term))));
        }

        return contacts;
    }

    private static IQueryable<Contact> ByNumber(IQueryable<Contact> contacts, string typed)
    {
        var digits = new string([.. typed.Where(char.IsAsciiDigit)]);
        if (typed[0] == '#')
            return long.TryParse(digits, CultureInfo.InvariantCulture, out var exact) ? contacts.Where(c => c.Number == exact) : contacts.Where(_ => false);

        // Iranian numbers are kept as they are dialled at home: +98 912…, 0098 912… and 98 912… are asked for as 0912….
        var international = typed[0] == '+' || digits.StartsWith("00", StringComparison.Ordinal);
        if (digits.StartsWith("00", StringComparison.Ordinal)) digits = digits[2..];
        var home = digits.StartsWith("98", StringComparison.Ordinal) && digits.Length > 3 ? "0" + digits[2..].TrimStart('0') : null;
        if (international && home is not null) return contacts.Where(c => c.SearchText.Contains(home));

        var term = digits.Length < 3 ? " " + digits : digits;
        var other = home ?? term;
        return digits.Length <= 9 && long.TryParse(digits, CultureInfo.InvariantCulture, out var number)
            ? contacts.Where(c => c.Number == number || c.SearchText.Contains(term) || c.SearchText.Contains(other))
            : contacts.Where(c => c.SearchText.Contains(term) || c.SearchText.Contains(other));
    }

    /// <summary>The same as SQL, for the list.</summary>
    public static void Add(SqlText sql, string? text, ICurrentUser me)
    {
        var folded = PersianText.Fold(text);
        if (folded.Length == 0) return;
        if (s_searched.Any(f => me.Hides(ContactsRights.Contacts, f))) Shown(sql, folded, me);
        if (!IsNumber(folded))
        {
            foreach (var word in folded.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MaxTerms)) Has(sql.Add(" and "), word.Length < 3 ? " " + word : word);
            return;
        }

        var digits = new string([.. folded.Where(char.IsAsciiDigit)]);
        if (folded[0] == '#')
        {
            sql.Add(" and t.number = ").Value(long.TryParse(digits, CultureInfo.InvariantCulture, out var exact) ? exact : -1L);
            return;
        }

        var international = folded[0] == '+' || digits.StartsWith("00", StringComparison.Ordinal);
        if (digits.StartsWith("00", StringComparison.Ordinal)) digits = digits[2..];
        var home = digits.StartsWith("98", StringComparison.Ordinal) && digits.Length > 3 ? "0" + digits[2..].TrimStart('0') : null;
        if (international && home is not null)
        {
            Has(sql.Add(" and "), home);
            return;
        }

        Has(sql.Add(" and ("), digits.Length < 3 ? " " + digits : digits);
        if (home is not null) Has(sql.Add(" or "), home);
        if (digits.Length <= 9 && long.TryParse(digits, CultureInfo.InvariantCulture, out var number)) sql.Add(" or t.number = ").Value(number);
        sql.Add(")");
    }

    // Each word stands in something that is shown: the search text holds the hidden values too.
    private static void Shown(SqlText sql, string folded, ICurrentUser me)
    {
        foreach (var term in folded.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MaxTerms))
        {
            var digits = new string([.. term.Where(char.IsAsciiDigit)]);
            var like = sql.Parameter(Anywhere(term));
            sql.Add($" and (platform.fold_fa(t.name) like {like} or platform.fold_fa(t.company_name) like {like}");
            if (long.TryParse(digits, CultureInfo.InvariantCulture, out var number)) sql.Add(" or t.number = ").Value(number);
            if (!me.Hides(ContactsRights.Contacts, "nationalId")) sql.Add($" or t.national_id like {like}");
            if (!me.Hides(ContactsRights.Contacts, "cardNumber")) sql.Add($" or t.card_number like {like}");
            if (!me.Hides(ContactsRights.Contacts, "emails")) sql.Add($" or exists (select 1 from contacts.contact_emails e where e.contact_id = t.id and e.address like {like})");
            var line = digits.TrimStart('0') is var d && d.StartsWith("98", StringComparison.Ordinal) && d.Length > 5 ? d[2..] : d;
            if (line.Length > 0 && !me.Hides(ContactsRights.Contacts, "phones")) sql.Add(" or exists (select 1 from contacts.contact_phones p where p.contact_id = t.id and p.number like ").Value(Anywhere(line)).Add(")");
            sql.Add(")");
        }
    }

    private static void Has(SqlText sql, string term) => sql.Add("t.search_text like ").Value(Anywhere(term));

    private static string Anywhere(string term) =>
        "%" + term.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%";

    private static bool IsNumber(string folded) =>
        folded.Any(char.IsAsciiDigit) && folded.All(c => char.IsAsciiDigit(c) || c is ' ' or '+' or '-' or '(' or ')' or '.' or '/' or '#' or '–')
        && (folded[0] != '#' || folded.Skip(1).All(char.IsAsciiDigit));
}
