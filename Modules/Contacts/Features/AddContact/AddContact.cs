using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using MediatR;

namespace Crm.Contacts.Features.AddContact;

[Requires(ContactsPermissions.Add)]
[Unique("ux_contacts_card_number", nameof(CardNumber), "Another customer has this card number.")]
internal sealed record AddContactCommand : ContactFields, ICommand<Guid>
{
    /// <summary>Adds it although another contact has one of the numbers, or the national ID.</summary>
    public bool AllowKnownPhone { get; init; }
}

internal sealed class AddContactValidator(TimeProvider time) : ContactFieldsValidator<AddContactCommand>(time);

internal sealed class AddContactHandler(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, TimeProvider time, DateView dates, ICustomFields custom, ICurrentUser me)
    : IRequestHandler<AddContactCommand, Guid>
{
    public async Task<Guid> Handle(AddContactCommand command, CancellationToken cancellationToken)
    {
        command = ClosedFields.Keep(command, new AddContactCommand(), me, adding: true);
        // Who sees only what people are in charge of would not see again what he has just written.
        if (command.OwnerId is null && me.Id is not null && me.ReachOf(ContactsRights.Contacts).ByPerson is not null) command = command with { OwnerId = me.Id };
        command = command with { Addresses = (await places.GetAsync(cancellationToken)).Complete(command.Addresses), GroupIds = (await baseData.GetAsync(cancellationToken)).Groups.Present(command.GroupIds) };
        if (!db.SeesSensitive && (command.MarriedOn, command.MaritalStatusId, command.ReligionId) is not (null, null, null)) throw new Forbidden(ContactsPermissions.SeeSensitive);
        var employer = await ContactReferences.CheckAsync(command, null, db, baseData, places, users, cancellationToken);
        if (!command.AllowKnownPhone && await KnownContacts.FindAsync(db, command.Phones, command.NationalId, command.Kind == ContactKind.Company, null, cancellationToken) is [var known, ..]) throw known.Question;
        var contact = new Contact(command, employer, dates.DayOf(time.GetUtcNow()), CustomValues.Apply(await custom.OfAsync(ContactRecords.RecordKey, cancellationToken), null, command.Custom, me, dates));
        // What a new contact does not hold it does not have.
        foreach (var parts in db.Add(contact).Collections) parts.IsLoaded = true;
        return contact.Id;
    }
}
