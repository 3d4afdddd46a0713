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
        if (Asked.Read(text) is not { } asked) return contacts;
        if (me is not null && HidesAny(me)) contacts = Shown(contacts, asked.Words, me);
        if (asked.Exact is { } exact) return contacts.Where(c => c.Number == exact);
        foreach (var term in asked.All) contacts = contacts.Where(c => c.SearchText.Contains(term));
        if (asked.Any.Count == 0) return contacts;
        var (one, other) = (asked.Any[0], asked.Any[^1]);
        return asked.Number is { } number
            ? contacts.Where(c => c.Number == number || c.SearchText.Contains(one) || c.SearchText.Contains(other))
            : contacts.Where(c => c.SearchText.Contains(one) || c.SearchText.Contains(other));
    }

    /// <summary>The same as SQL, for lists.</summary>
    public static void Add(SqlText sql, string? text, ICurrentUser me, string alias = "t")
    {
        if (Asked.Read(text) is not { } asked) return;
        if (HidesAny(me)) Shown(sql, asked.Words, me, alias);
        if (asked.Exact is { } exact)
        {
            sql.Add($" and {alias}.number = ").Value(exact);
            return;
        }

        foreach (var term in asked.All) Has(sql.Add(" and "), term, alias);
        if (asked.Any.Count == 0) return;
        sql.Add(" and (");
        for (var i = 0; i < asked.Any.Count; i++) Has(i > 0 ? sql.Add(" or ") : sql, asked.Any[i], alias);
        if (asked.Number is { } number) sql.Add($" or {alias}.number = ").Value(number);
        sql.Add(")");
    }

    /// <summary>What the search box says it looks in: nothing that is hidden from who reads it.</summary>
    public static string Hint(ICurrentUser me) => Texts.Get((me.Hides(ContactsRights.Contacts, "phones"), me.Hides(ContactsRights.Contacts, "emails"), me.Hides(ContactsRights.Contacts, "nationalId")) switch
    {
        (false, false, false) => "Name, phone, number, e-mail or national ID",
        (false, false, true) => "Name, phone, number or e-mail",
        (false, true, false) => "Name, phone, number or national ID",
        (false, true, true) => "Name, phone or number",
        (true, false, false) => "Name, number, e-mail or national ID",
        (true, false, true) => "Name, number or e-mail",
        (true, true, false) => "Name, number or national ID",
        (true, true, true) => "Name or number",
    });

    private static bool HidesAny(ICurrentUser me) => s_searched.Any(f => me.Hides(ContactsRights.Contacts, f));

    // Each word stands in something that is shown: the search text holds the hidden values too.
    private static IQueryable<Contact> Shown(IQueryable<Contact> contacts, IEnumerable<string> words, ICurrentUser me)
    {
        bool nationalId = !me.Hides(ContactsRights.Contacts, "nationalId"), phones = !me.Hides(ContactsRights.Contacts, "phones"), emails = !me.Hides(ContactsRights.Contacts, "emails"), cards = !me.Hides(ContactsRights.Contacts, "cardNumber");
        foreach (var term in words)
        {
            var (digits, line) = Digits(term);
            var number = long.TryParse(digits, CultureInfo.InvariantCulture, out var n) ? n : 0;
            var dialled = phones && line.Length > 0;
            contacts = contacts.Where(c => ContactsDb.Fold(c.Name)!.Contains(term) || ContactsDb.Fold(c.CompanyName)!.Contains(term) || c.Number == number
                || (nationalId && c.NationalId!.Contains(term)) || (dialled && c.Phones.Any(p => p.Number.Contains(line))) || (cards && c.CardNumber!.Contains(term)) || (emails && c.Emails.Any(e => e.Address.Contains(term))));
        }

        return contacts;
    }

    private static void Shown(SqlText sql, IEnumerable<string> words, ICurrentUser me, string t)
    {
        foreach (var term in words)
        {
            var (digits, line) = Digits(term);
            var like = sql.Parameter(LikePattern.Anywhere(term));
            sql.Add($" and (platform.fold_fa({t}.name) like {like} or platform.fold_fa({t}.company_name) like {like}");
            if (long.TryParse(digits, CultureInfo.InvariantCulture, out var number)) sql.Add($" or {t}.number = ").Value(number);
            if (!me.Hides(ContactsRights.Contacts, "nationalId")) sql.Add($" or {t}.national_id like {like}");
            if (!me.Hides(ContactsRights.Contacts, "cardNumber")) sql.Add($" or {t}.card_number like {like}");
            if (!me.Hides(ContactsRights.Contacts, "emails")) sql.Add($" or exists (select 1 from contacts.contact_emails e where e.contact_id = {t}.id and e.address like {like})");
            if (line.Length > 0 && !me.Hides(ContactsRights.Contacts, "phones")) sql.Add($" or exists (select 1 from contacts.contact_phones p where p.contact_id = {t}.id and p.number like ").Value(LikePattern.Anywhere(line)).Add(")");
            sql.Add(")");
        }
    }

    /// <summary>The digits of a word, and what of them stands in a number in international form.</summary>
    private static (string Digits, string Line) Digits(string term)
    {
        var digits = new string([.. term.Where(char.IsAsciiDigit)]);
        return (digits, digits.TrimStart('0') is var d && d.StartsWith("98", StringComparison.Ordinal) && d.Length > 5 ? d[2..] : d);
    }

    private static void Has(SqlText sql, string term, string alias) => sql.Add($"{alias}.search_text like ").Value(LikePattern.Anywhere(term));

    /// <summary>What is asked for: <see cref="All"/> must stand in the searched text, one of <see cref="Any"/> or the <see cref="Number"/> is enough, <see cref="Exact"/> is the number and nothing else.</summary>
    private sealed record Asked(IReadOnlyList<string> Words, IReadOnlyList<string> All, IReadOnlyList<string> Any, long? Number = null, long? Exact = null)
    {
        /// <summary>Null for nothing.</summary>
        public static Asked? Read(string? text)
        {
            var folded = PersianText.Fold(text);
            if (folded.Length == 0) return null;
            string[] words = [.. folded.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MaxTerms)];
            if (!IsNumber(folded)) return new(words, [.. words.Select(AtStart)], []);
            var digits = new string([.. folded.Where(char.IsAsciiDigit)]);
            // Nobody has the number -1.
            if (folded[0] == '#') return new(words, [], [], Exact: long.TryParse(digits, CultureInfo.InvariantCulture, out var exact) ? exact : -1);

            // Iranian numbers are kept as they are dialled at home: +98 912…, 0098 912… and 98 912… are asked for as 0912….
            var international = folded[0] == '+' || digits.StartsWith("00", StringComparison.Ordinal);
            if (digits.StartsWith("00", StringComparison.Ordinal)) digits = digits[2..];
            var home = digits.StartsWith("98", StringComparison.Ordinal) && digits.Length > 3 ? "0" + digits[2..].TrimStart('0') : null;
            if (international && home is not null) return new(words, [home], []);
            return new(words, [], home is null ? [AtStart(digits)] : [AtStart(digits), home], digits.Length <= 9 && long.TryParse(digits, CultureInfo.InvariantCulture, out var number) ? number : null);
        }

        // One or two letters stand at the start of a word: the trigram index serves that too.
        private static string AtStart(string term) => term.Length < 3 ? " " + term : term;

        private static bool IsNumber(string folded) =>
            folded.Any(char.IsAsciiDigit) && folded.All(c => char.IsAsciiDigit(c) || c is ' ' or '+' or '-' or '(' or ')' or '.' or '/' or '#' or '–')
            && (folded[0] != '#' || folded.Skip(1).All(char.IsAsciiDigit));
    }
}
