using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using FluentValidation;

namespace Crm.Contacts.Shared;

/// <summary>The rules of a contact's fields, the same for adding and changing.</summary>
internal abstract class ContactFieldsValidator<T> : AbstractValidator<T> where T : ContactFields
{
    private const int MaxParts = 30;

    protected ContactFieldsValidator(TimeProvider time)
    {
        // The day that has begun somewhere on earth: whoever asks may be ahead of this machine.
        RuleFor(c => c.Birthday).Must(d => d is null || d <= Latest()).WithMessage("This day lies ahead.");
        RuleFor(c => c.MarriedOn).Must(d => d is null || d <= Latest()).WithMessage("This day lies ahead.");
        RuleFor(c => c.Kind).IsInEnum();
        RuleFor(c => c.Standing).IsInEnum();
        RuleFor(c => c.FirstName).MaximumLength(100);
        RuleFor(c => c.LastName).MaximumLength(150);
        RuleFor(c => c.CompanyName).MaximumLength(300);
        RuleFor(c => c.LastName).NotEmpty().When(c => c.Kind == ContactKind.Person && string.IsNullOrWhiteSpace(c.FirstName)).WithMessage("Give a first or last name.");
        RuleFor(c => c.CompanyName).NotEmpty().When(c => c.Kind == ContactKind.Company);
        RuleFor(c => c.NationalId).Must((c, id) => IranianId.IsAcceptable(id!, c.Kind == ContactKind.Company)).When(c => !string.IsNullOrEmpty(c.NationalId)).WithMessage("This is not a valid national ID.");
        RuleFor(c => c.EconomicCode).Matches("^[0-9]{11,14}$").When(c => !string.IsNullOrEmpty(c.EconomicCode)).WithMessage("An economic code has 11 to 14 digits.");
        RuleFor(c => c.CardNumber).Must(n => BankNumbers.Bare(n) is { Length: >= 4 and <= 30 }).When(c => !string.IsNullOrEmpty(c.CardNumber)).WithMessage("A card number has 4 to 30 letters and digits.");
        RuleFor(c => c.Ibans).Must(p => p.Count <= MaxParts).WithMessage("Too many values.");
        RuleFor(c => c.BankCards).Must(p => p.Count <= MaxParts).WithMessage("Too many values.");
        RuleForEach(c => c.Ibans).Must(n => BankNumbers.Iban(n) is not { } iban || BankNumbers.IsIban(iban)).WithMessage("This is not a valid IBAN.");
        RuleForEach(c => c.BankCards).Must(n => BankNumbers.Bare(n) is not { } card || BankNumbers.IsCard(card)).WithMessage("This is not a valid number of a bank card.");
        RuleFor(c => c.Preferences).MaximumLength(2000);
        RuleFor(c => c.Notes).MaximumLength(8000);
        RuleFor(c => c.RoleIds).Must(r => r.Count <= MaxParts).WithMessage("Too many values.");
        RuleFor(c => c.GroupIds).Must(g => g.Count <= MaxParts).WithMessage("Too many values.");
        RuleFor(c => c.Phones).Must(p => p.Count <= MaxParts).WithMessage("Too many values.");
        RuleFor(c => c.Emails).Must(p => p.Count <= MaxParts).WithMessage("Too many values.");
        RuleFor(c => c.Addresses).Must(p => p.Count <= MaxParts).WithMessage("Too many values.");
        RuleForEach(c => c.Phones).ChildRules(p =>
        {
            p.RuleFor(x => x.Number).Must(PhoneNumber.IsValid).When(x => !string.IsNullOrWhiteSpace(x.Number)).WithMessage("This is not a telephone number.");
            p.RuleFor(x => x.Kind).IsInEnum();
        });
        RuleForEach(c => c.Emails).ChildRules(e =>
            e.RuleFor(x => x.Address).Must(MailAddress.IsValid).WithMessage("This is not a valid e-mail address.").MaximumLength(254).When(x => !string.IsNullOrWhiteSpace(x.Address)));
        RuleForEach(c => c.Addresses).ChildRules(a =>
        {
            a.RuleFor(x => x.Purpose).IsInEnum();
            a.RuleFor(x => x.Country).Must(Countries.Exists).When(x => !string.IsNullOrEmpty(x.Country)).WithMessage("Choose one of the list.");
            a.RuleFor(x => x.Latitude).InclusiveBetween(-90, 90);
            a.RuleFor(x => x.Longitude).InclusiveBetween(-180, 180);
            a.RuleFor(x => x.Longitude).NotNull().When(x => x.Latitude is not null).WithMessage("A position has both degrees.");
            a.RuleFor(x => x.Latitude).NotNull().When(x => x.Longitude is not null).WithMessage("A position has both degrees.");
            a.RuleFor(x => x.District).MaximumLength(150);
            a.RuleFor(x => x.PostalCode).MaximumLength(20);
            a.RuleFor(x => x.PostalCode).Must(code => IranianId.IsPostalCode(code!)).When(x => !string.IsNullOrEmpty(x.PostalCode) && (string.IsNullOrEmpty(x.Country) || string.Equals(x.Country, "IR", StringComparison.OrdinalIgnoreCase)))
                .WithMessage("A postal code has ten digits and does not begin with zero.");
            a.RuleFor(x => x.Text).MaximumLength(1000);
        });

        DateOnly Latest() => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime.AddHours(14));
    }
}
