using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ChangeContacts;

/// <summary>Sets one field of some contacts: what a list does in place and in bulk. Answers how many got another value.</summary>
[Requires(ContactsPermissions.Change)]
internal sealed record ChangeContactsCommand(IReadOnlyCollection<Guid> Ids, string Field, IReadOnlyList<string> Values) : ICommand<int>;

internal sealed class ChangeContactsValidator : AbstractValidator<ChangeContactsCommand>
{
    public ChangeContactsValidator()
    {
        RuleFor(c => c.Ids).Must(i => i.Count is > 0 and <= 5000).WithMessage("Too many values.");
        RuleFor(c => c.Field).NotEmpty();
        RuleFor(c => c.Values).Must(v => v.Count <= 50).WithMessage("Too many values.");
    }
}

internal sealed class ChangeContactsHandler(ContactsDb db, ContactFieldChange changes) : IRequestHandler<ChangeContactsCommand, int>
{
    public async Task<int> Handle(ChangeContactsCommand request, CancellationToken cancellationToken)
    {
        var change = await changes.ReadAsync(request.Field, request.Values, cancellationToken);
        var contacts = await db.Contacts.Where(c => request.Ids.Contains(c.Id)).ToListAsync(cancellationToken);
        if (contacts.Count == 0) throw new NotFound(nameof(Contact), request.Ids.First());
        foreach (var contact in contacts) change(contact);
        db.ChangeTracker.DetectChanges();
        return contacts.Count(c => db.Entry(c).State == EntityState.Modified);
    }
}

/// <summary>What a new value of a declared field does to a contact: for lists, and for forms that write back.</summary>
internal sealed class ContactFieldChange(ListValues read, BaseDataCache baseData)
{
    /// <exception cref="InvalidInput">The value can't be taken.</exception>
    public async Task<Action<Contact>> ReadAsync(string name, IReadOnlyList<string> values, CancellationToken ct)
    {
        if (name.StartsWith("custom.", StringComparison.Ordinal))
        {
            var change = await read.CustomAsync(ContactRecords.RecordKey, name, values, ct);
            return contact => contact.SetCustom(change(contact.Custom));
        }

        switch (name)
        {
            case "status": return await BaseAsync(BaseLists.Status, (x, id) => x.SetStatus(id));
            case "type": return await BaseAsync(BaseLists.Type, (x, id) => x.SetType(id));
            case "rank": return await BaseAsync(BaseLists.Rank, (x, id) => x.SetRank(id));
            case "source": return await BaseAsync(BaseLists.Source, (x, id) => x.SetSource(id));
            case "fieldOfActivity": return await BaseAsync(BaseLists.FieldOfActivity, (x, id) => x.SetFieldOfActivity(id));
            case "importance": return await BaseAsync(BaseLists.Importance, (x, id) => x.SetImportance(id));
            case "roles":
                var lists = await baseData.GetAsync(ct);
                var roles = values.Select(v => Guid.TryParse(v, out var id) && lists.Has(BaseLists.Role, id) ? id : throw ListValues.Wrong()).ToList();
                return x => x.SetRoles(roles);
            case "owner":
                var owner = await read.UserAsync(values, ct);
                return x => x.SetOwner(owner);
            case "standing":
                var standing = values is [var text] && Enum.GetNames<Standing>().Contains(text) ? Enum.Parse<Standing>(text) : throw ListValues.Wrong();
                return x => x.SetStanding(standing);
            case "notes":
                var notes = ListValues.Text(values, 8000, lines: true);
                return x => x.SetNotes(notes);
            default: throw new NotFound("field", name);
        }

        async Task<Action<Contact>> BaseAsync(string list, Action<Contact, Guid?> set)
        {
            var id = await read.BaseAsync(list, values, ct);
            return x => set(x, id);
        }
    }
}
