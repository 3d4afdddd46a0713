using System.Text.Json.Nodes;
using Crm.Core;

namespace Crm.Contacts.Contracts;

/// <summary>A person or company was added.</summary>
[EventName("contacts.contact-added")]
public sealed record ContactAdded(Guid ContactId, string Kind, string Name) : IntegrationEvent;

/// <summary>A contact was changed.</summary>
/// <param name="ContactId">The contact.</param>
/// <param name="Fields">camelCase names of the fields that changed, for example <c>statusId</c>, <c>rankId</c>, <c>roles</c>.</param>
[EventName("contacts.contact-changed")]
public sealed record ContactChanged(Guid ContactId, IReadOnlyList<string> Fields) : IntegrationEvent;

/// <summary>A communication was logged.</summary>
/// <param name="CommunicationId">The communication.</param>
/// <param name="ContactId">With whom.</param>
/// <param name="ByUserId">Who logged it.</param>
/// <param name="JobId">The job it belongs to.</param>
/// <param name="StageItemId">When the job is to move on: the stage item that is done with it.</param>
/// <param name="StageOutcome">And by which outcome.</param>
[EventName("contacts.communication-logged")]
public sealed record CommunicationLogged(Guid CommunicationId, Guid ContactId, Guid? ByUserId, Guid? JobId, Guid? StageItemId, string? StageOutcome) : IntegrationEvent;

/// <summary>What other modules show of a contact.</summary>
/// <param name="Id">Id.</param>
/// <param name="Number">Number people say.</param>
/// <param name="Kind">person or company.</param>
/// <param name="Name">Full name as shown.</param>
/// <param name="Phone">Main telephone in international form.</param>
/// <param name="Mobile">A mobile number that takes SMS.</param>
/// <param name="Email">Main e-mail.</param>
/// <param name="OwnerId">The customer's expert.</param>
/// <param name="BranchId">Branch.</param>
public sealed record ContactCard(Guid Id, long Number, string Kind, string Name, string? Phone, string? Mobile, string? Email, Guid? OwnerId, Guid BranchId);

/// <summary>Looks up contacts, in batches and within the rights of the current user.</summary>
public interface IContactDirectory
{
    /// <summary>Cards by id; what is unknown, deleted or of another branch is left out.</summary>
    Task<IReadOnlyDictionary<Guid, ContactCard>> CardsAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>Contacts whose name, number, phone or e-mail contain the text.</summary>
    Task<IReadOnlyList<ContactCard>> SearchAsync(string text, int take, CancellationToken ct);

    /// <summary>The contact of this number; null when there is none within the rights of the user.</summary>
    Task<Guid?> ByNumberAsync(long number, CancellationToken ct);

    /// <summary>
    /// Everything that templates and conditions may use of a contact, by the words of the glossary: <c>name, firstName, lastName, salutation, companyName, kind, number,
    /// roles[], type, rank, status, source, statusId, rankId, typeId, phone, mobile, email, city, address, birthday, ownerId, ownerName, custom{}</c>. Null when there is none.
    /// </summary>
    Task<JsonObject?> DataAsync(Guid id, CancellationToken ct);

    /// <summary>Whether the current user may change this contact, by right and by scope.</summary>
    Task<bool> MayChangeAsync(Guid id, CancellationToken ct);

    /// <summary>Names and English titles of what <see cref="DataAsync"/> gives, for pickers of merge fields and conditions.</summary>
    IReadOnlyList<(string Name, string Title)> Fields { get; }

    /// <summary>All names that <see cref="DataAsync"/> can give, those of <see cref="Fields"/> and those of the ids behind them: what an expression asks for besides is never there.</summary>
    IReadOnlyList<string> DataNames { get; }

    /// <summary>Names of the company's own fields below <c>custom</c>, as they are now.</summary>
    ValueTask<IReadOnlyCollection<string>> CustomNamesAsync(CancellationToken ct);
}

/// <summary>A list of base data: contact type, rank, status, source …</summary>
public interface IBaseDataDirectory
{
    /// <summary>Active values of a list, in order. Keys: <c>contact-type, contact-rank, contact-status, contact-source, field-of-activity, salutation, position, department, contact-role, communication-kind, communication-result</c>.</summary>
    Task<IReadOnlyList<BaseDataValue>> ListAsync(string list, CancellationToken ct);
}

/// <summary>One value of a base-data list.</summary>
/// <param name="Id">Id.</param>
/// <param name="Title">Title in the language of the moment.</param>
public sealed record BaseDataValue(Guid Id, string Title);

/// <summary>Asks Contacts to give a contact another status: told by a routine's stage when it is done. Taken once per <see cref="Key"/>; an unknown status or contact is left alone.</summary>
/// <param name="ContactId">The contact.</param>
/// <param name="StatusId">A value of the list <c>contact-status</c>.</param>
/// <param name="Key">Idempotency key: the same key never changes it twice.</param>
/// <param name="Because">Why, for the history: title of the stage.</param>
[EventName("contacts.contact-status-requested")]
public sealed record ContactStatusRequested(Guid ContactId, Guid StatusId, Guid Key, string Because) : IntegrationEvent;

/// <summary>
/// Asks Contacts to set fields of a contact: told by a form whose answers are written back. Who filled it was allowed to, and the values were looked at, when the form was taken. Taken once per <see cref="Key"/>.
/// </summary>
/// <param name="ContactId">The contact.</param>
/// <param name="Values">A JSON object: lists of texts by field of the declared record (<c>status</c>, <c>custom.floors</c>), as a change from the list takes them; an empty one clears.</param>
/// <param name="Key">Idempotency key: the same key never changes it twice.</param>
/// <param name="Because">Why, for the history: title of the stage or form.</param>
[EventName("contacts.contact-fields-requested")]
public sealed record ContactFieldsRequested(Guid ContactId, string Values, Guid Key, string Because) : IntegrationEvent;

/// <summary>A contact went to the recycle bin.</summary>
[EventName("contacts.contact-deleted")]
public sealed record ContactDeleted(Guid ContactId) : IntegrationEvent;

/// <summary>Two contacts became one: what other modules keep of the first belongs to the second from now on.</summary>
/// <param name="MergeId">The merge, to know it again when it is undone.</param>
/// <param name="FromId">The contact that is no more.</param>
/// <param name="IntoId">The contact that stays.</param>
[EventName("contacts.contacts-merged")]
public sealed record ContactsMerged(Guid MergeId, Guid FromId, Guid IntoId) : IntegrationEvent;

/// <summary>A merge was undone: each module gives the first contact back what it had taken from it.</summary>
/// <param name="MergeId">The merge.</param>
/// <param name="FromId">The contact that is there again.</param>
/// <param name="IntoId">The contact that had stayed.</param>
[EventName("contacts.contacts-unmerged")]
public sealed record ContactsUnmerged(Guid MergeId, Guid FromId, Guid IntoId) : IntegrationEvent;
