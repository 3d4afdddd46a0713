using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Web;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.MergeContacts;

/// <summary>Two contacts that may be one; reasons are translation keys.</summary>
internal sealed record DuplicatePair(Guid OneId, long OneNumber, string One, Guid OtherId, long OtherNumber, string Other, int Score, IReadOnlyList<string> Reasons);

/// <summary>A contact that has what is being typed; the reason is a translation key.</summary>
internal sealed record LikeContact(Guid Id, long Number, string Name, ContactKind Kind, string? Company, string Reason);

/// <summary>Contacts that look as if they were one, likeliest first. Each rule is one statement over the indexes of what it compares; the contacts' own filters say whom the user sees.</summary>
internal sealed class DuplicateFinder(ContactsDb db, ICurrentUser me)
{
    // What makes two contacts look like one, and how much it says. The list of pairs and the hint while typing go by the same.
    private static readonly (string Reason, int Score) s_nationalId = ("Same national ID", 60), s_phone = ("Same telephone", 40), s_email = ("Same e-mail", 40), s_name = ("Same name, and company or city", 35);
    private const int Hinted = 5;

    public const int Most = 200;

    private sealed record Found(Guid OneId, long OneNumber, string One, Guid OtherId, long OtherNumber, string Other);

    public async Task<IReadOnlyList<DuplicatePair>> FindAsync(CancellationToken ct)
    {
        var contacts = db.Contacts.AsNoTracking();
        Dictionary<(Guid, Guid), (Found Pair, int Score, List<string> Reasons)> pairs = [];
        if (!Hidden("nationalId"))
        {
            await TakeAsync(s_nationalId, from a in contacts from b in contacts where a.NationalId != null && a.NationalId == b.NationalId && a.Number < b.Number && a.Kind == b.Kind select new Pair { A = a, B = b });
        }

        if (!Hidden("phones"))
        {
            await TakeAsync(s_phone, from p in db.Phones from q in db.Phones where p.Number == q.Number && p.ContactId != q.ContactId
                                                 join a in contacts on p.ContactId equals a.Id join b in contacts on q.ContactId equals b.Id where a.Number < b.Number && a.Kind == b.Kind select new Pair { A = a, B = b });
        }

        if (!Hidden("emails"))
        {
            await TakeAsync(s_email, from p in db.Emails from q in db.Emails where p.Address == q.Address && p.ContactId != q.ContactId
                                              join a in contacts on p.ContactId equals a.Id join b in contacts on q.ContactId equals b.Id where a.Number < b.Number && a.Kind == b.Kind select new Pair { A = a, B = b });
        }

        if (!Hidden("addresses") && !Hidden("companyName"))
        {
            await TakeAsync(s_name, from a in contacts join b in contacts on ContactsDb.Fold(a.Name) equals ContactsDb.Fold(b.Name)
                                                                 where a.Number < b.Number && a.Kind == b.Kind && ((a.CityId != null && a.CityId == b.CityId) || (a.Kind == ContactKind.Person && a.CompanyName != null && a.CompanyName == b.CompanyName))
                                                                 select new Pair { A = a, B = b });
        }

        return [.. pairs.Values.Select(p => new DuplicatePair(p.Pair.OneId, p.Pair.OneNumber, p.Pair.One, p.Pair.OtherId, p.Pair.OtherNumber, p.Pair.Other, Math.Min(100, p.Score), p.Reasons))
            .OrderByDescending(p => p.Score).ThenByDescending(p => p.OtherNumber).ThenBy(p => p.OneNumber).Take(Most)];

        async Task TakeAsync((string Reason, int Score) why, IQueryable<Pair> rule)
        {
            var (reason, score) = why;
            var found = await rule.Where(p => !db.Distinct.Any(d => d.ContactId == p.A.Id && d.OtherId == p.B.Id))
                .Select(p => new { OneId = p.A.Id, OneNumber = p.A.Number, One = p.A.Name, OtherId = p.B.Id, OtherNumber = p.B.Number, Other = p.B.Name }).Distinct()
                .OrderByDescending(f => f.OtherNumber).ThenBy(f => f.OneNumber).Take(Most).ToListAsync(ct);
            foreach (var f in found)
            {
                var key = (f.OneId, f.OtherId);
                if (pairs.TryGetValue(key, out var known))
                {
                    known.Reasons.Add(reason);
                    pairs[key] = known with { Score = known.Score + score };
                }
                else
                {
                    pairs[key] = (new(f.OneId, f.OneNumber, f.One, f.OtherId, f.OtherNumber, f.Other), score, [reason]);
                }
            }
        }
    }

    /// <summary>Contacts that have what is being typed, by one of the rules; a name alone is told as well, weaker than with company or city. Nothing by a field that is hidden from the user.</summary>
    /// <param name="rule">phone, email, nationalId, cardNumber or name.</param>
    /// <param name="typed">What stands in the field.</param>
    /// <param name="kind">Of the contact on the form.</param>
    /// <param name="self">The contact on the form, if there is one already.</param>
    /// <param name="companyId">Company of the form.</param>
    /// <param name="cityId">City of the form.</param>
    /// <param name="ct">The request.</param>
    public async Task<IReadOnlyList<LikeContact>> LikeAsync(string rule, string? typed, ContactKind kind, Guid? self, Guid? companyId, int? cityId, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(typed) || typed.Length > 300) return [];
        var others = db.Contacts.AsNoTracking().Where(c => c.Id != self);
        switch (rule)
        {
            case "phone" when !Hidden("phones") && PhoneNumber.TryParse(typed, out var phone):
                var number = phone.Value;
                return await FoundAsync(others.Where(c => c.Phones.Any(p => p.Number == number)), s_phone.Reason);
            case "email" when !Hidden("emails") && typed.Contains('@', StringComparison.Ordinal):
                var address = typed.Trim().ToLowerInvariant();
                return await FoundAsync(others.Where(c => c.Emails.Any(e => e.Address == address)), s_email.Reason);
            case "nationalId" when !Hidden("nationalId") && IranianId.IsAcceptable(typed, kind == ContactKind.Company) && IranianId.Whole(typed, kind == ContactKind.Company) is { } national:
                return await FoundAsync(others.Where(c => c.NationalId == national), s_nationalId.Reason);
            case "cardNumber" when !Hidden("cardNumber") && BankNumbers.Bare(typed) is { Length: >= 4 } card:
                return await FoundAsync(others.Where(c => c.CardNumber == card), "Same card number");
            case "name" when PersianText.Fold(typed) is { Length: >= 3 } folded:
                // یگانه فر, یگانه‌فر and یگانهفر are one name. The global search keeps it joined and has the index; the name itself decides.
                var joined = folded.Replace(" ", "", StringComparison.Ordinal);
                var same = others.Where(c => c.Kind == kind && db.Set<SearchRow>().Any(s => s.Id == c.Id && s.Text.Contains(" " + joined + " ")) && ContactsDb.Fold(c.Name)!.Replace(" ", "") == joined);
                var company = companyId is { } id ? await db.Contacts.Where(c => c.Id == id).Select(c => c.Name).SingleOrDefaultAsync(ct) : null;
                var city = Hidden("addresses") ? null : cityId;
                var near = await FoundAsync(same.Where(c => (city != null && c.CityId == city) || (company != null && c.CompanyName == company)), s_name.Reason);
                var named = await FoundAsync(same, "Same name");
                return [.. near.Concat(named).DistinctBy(c => c.Id).Take(Hinted)];
            default: return [];
        }

        async Task<List<LikeContact>> FoundAsync(IQueryable<Contact> contacts, string reason) => await contacts.OrderBy(c => c.Number).Take(Hinted)
            .Select(c => new LikeContact(c.Id, c.Number, c.Name, c.Kind, c.Kind == ContactKind.Person ? c.CompanyName : null, reason)).ToListAsync(ct);
    }

    private bool Hidden(string field) => me.Hides(ContactsRights.Contacts, field);

    private sealed class Pair
    {
        public required Contact A { get; init; }

        public required Contact B { get; init; }
    }
}

/// <summary>Remembers that two contacts are not the same, however alike they look.</summary>
[Requires(ContactsPermissions.Merge)]
internal sealed record KeepApartCommand(Guid OneId, Guid OtherId) : ICommand;

internal sealed class KeepApartValidator : AbstractValidator<KeepApartCommand>
{
    public KeepApartValidator()
    {
        RuleFor(c => c.OneId).NotEmpty();
        RuleFor(c => c.OtherId).NotEmpty().NotEqual(c => c.OneId).WithMessage("Choose another contact than this one.");
    }
}

internal sealed class KeepApartHandler(ContactsDb db, TimeProvider time, ICurrentUser me) : IRequestHandler<KeepApartCommand, Unit>
{
    public async Task<Unit> Handle(KeepApartCommand command, CancellationToken cancellationToken)
    {
        var both = await db.Contacts.Where(c => c.Id == command.OneId || c.Id == command.OtherId).OrderBy(c => c.Number).Select(c => c.Id).ToListAsync(cancellationToken);
        if (both.Count != 2) throw new NotFound(nameof(Contact), command.OtherId);
        var (one, other) = (both[0], both[1]);
        if (await db.Distinct.AnyAsync(d => d.ContactId == one && d.OtherId == other, cancellationToken)) return Unit.Value;
        db.Add(new DistinctContacts { ContactId = one, OtherId = other, SaidAt = time.GetUtcNow(), SaidBy = me.Id });
        return Unit.Value;
    }
}

[Requires(ContactsPermissions.Merge)]
internal sealed class DuplicatesPage(DuplicateFinder finder) : PageBase
{
    public IReadOnlyList<DuplicatePair> Pairs { get; private set; } = [];

    public async Task OnGetAsync() => await LoadAsync();

    public Task<IActionResult> OnPostApartAsync(Guid one, Guid other) => Send(new KeepApartCommand(one, other), then: () =>
    {
        Toast("Remembered: these two are not the same.");
        return Redirect("/contacts/duplicates");
    });

    protected override async Task LoadAsync() => Pairs = await finder.FindAsync(HttpContext.RequestAborted);
}
