using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.EditContact;

[Requires(ContactsPermissions.Change)]
[Unique("ux_contacts_card_number", nameof(CardNumber), "Another customer has this card number.")]
internal sealed record EditContactCommand : ContactFields, ICommand
{
    public Guid Id { get; init; }

    /// <summary>Version that was on the form; null saves over whatever is there.</summary>
    public uint? Version { get; init; }

    public bool AllowKnownPhone { get; init; }

    /// <summary>False for who sends single fields (API, import): custom fields that must be filled are not demanded of him.</summary>
    public bool WholeForm { get; init; } = true;

    /// <summary>The contact as it is now, as the form or a PATCH starts from it.</summary>
    public static EditContactCommand Of(Contact c)
    {
        var post = c.MainPost;
        return new()
        {
            Id = c.Id, Version = c.Version, Kind = c.Kind, SalutationId = c.SalutationId, FirstName = c.FirstName, LastName = c.LastName,
            CompanyName = c.Kind == ContactKind.Company ? c.CompanyName : null, NationalId = c.NationalId, EconomicCode = c.EconomicCode, CardNumber = c.CardNumber, Ibans = [.. c.Ibans ?? []], BankCards = [.. c.BankCards ?? []], Birthday = c.Birthday, MarriedOn = c.MarriedOn, MaritalStatusId = c.MaritalStatusId, ReligionId = c.ReligionId, Preferences = c.Preferences, Standing = c.Standing, RoleIds = [.. c.RoleIds], GroupIds = [.. c.GroupIds ?? []],
            TypeId = c.TypeId, RankId = c.RankId, StatusId = c.StatusId, SourceId = c.SourceId, FieldOfActivityId = c.FieldOfActivityId, ImportanceId = c.ImportanceId, OwnerId = c.OwnerId, Notes = c.Notes,
            Phones = [.. c.Phones.OrderBy(p => p.Position).Select(p => new PhoneFields { Kind = p.Kind, Number = p.Number })],
            Emails = [.. c.Emails.OrderBy(e => e.Position).Select(e => new EmailFields { Address = e.Address })],
            Addresses = [.. c.Addresses.OrderBy(a => a.Position).Select(a => new AddressFields
            {
                Purpose = a.Purpose, Country = a.Country, ProvinceId = a.ProvinceId, CountyId = a.CountyId, CityId = a.CityId, District = a.District, PostalCode = a.PostalCode, Text = a.Text, Latitude = a.Latitude, Longitude = a.Longitude,
            })],
            CompanyId = post?.CompanyId, PositionId = post?.PositionId, DepartmentId = post?.DepartmentId,
        };
    }
}

internal sealed class EditContactValidator : ContactFieldsValidator<EditContactCommand>
{
    public EditContactValidator(TimeProvider time) : base(time) => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class EditContactHandler(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, TimeProvider time, DateView dates, ICustomFields custom, ICurrentUser user)
    : IRequestHandler<EditContactCommand, Unit>
{
    public async Task<Unit> Handle(EditContactCommand command, CancellationToken cancellationToken)
    {
        var contact = db.Held(command.Id) ?? await db.LoadContactAsync(command.Id, cancellationToken) ?? throw new NotFound(nameof(Contact), command.Id);
        var was = EditContactCommand.Of(contact);
        command = ClosedFields.Keep(command, was, user);
        // A person does not become a company: the kind of the record counts, whatever was sent.
        command = command with
        {
            Kind = contact.Kind, Addresses = (await places.GetAsync(cancellationToken)).Complete(command.Addresses), GroupIds = (await baseData.GetAsync(cancellationToken)).Groups.Present(command.GroupIds),
        };
        // Whoever does not see these facts does not change them either: his form has no fields for them.
        if (!db.SeesSensitive) command = command with { MarriedOn = contact.MarriedOn, MaritalStatusId = contact.MaritalStatusId, ReligionId = contact.ReligionId };
        var employer = await ContactReferences.CheckAsync(command, contact, db, baseData, places, users, cancellationToken);
        var had = contact.Phones.Select(p => p.Number).ToHashSet(StringComparer.Ordinal);
        var fresh = command.Phones.Where(p => PhoneNumber.TryParse(p.Number, out var n) && !had.Contains(n.Value));
        var company = contact.Kind == ContactKind.Company;
        var freshId = IranianId.Whole(command.NationalId, company) == contact.NationalId ? null : command.NationalId;
        if (!command.AllowKnownPhone && await KnownContacts.FindAsync(db, fresh, freshId, company, contact.Id, cancellationToken) is [var known, ..]) throw known.Question;

        var name = contact.Name;
        db.ExpectVersion(contact, command.Version);
        contact.Change(command, employer, dates.DayOf(time.GetUtcNow()));
        contact.SetCustom(CustomValues.Apply(await custom.OfAsync(ContactRecords.RecordKey, cancellationToken), contact.Custom, command.Custom, user, dates, whole: command.WholeForm));
        if (command.CompanyId != was.CompanyId) await PresentPosts.AgreeAsync(db, contact, cancellationToken);
        // Parts have rows of their own: the contact's version and search entry move with them.
        db.Touch(contact);
        if (contact.Kind == ContactKind.Company && contact.Name != name) await RenameAtStaffAsync(contact, cancellationToken);
        return Unit.Value;
    }

    private async Task RenameAtStaffAsync(Contact company, CancellationToken ct)
    {
        var staff = await db.Contacts.WithParts()
            .Where(c => c.Positions.Any(p => p.CompanyId == company.Id && p.To == null)).ToListAsync(ct);
        foreach (var person in staff)
        {
            person.CompanyRenamed(company.Name);
            db.AsConsequence(person);
        }
    }
}
