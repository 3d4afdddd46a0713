using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using Crm.Platform.Contracts;
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
internal sealed class ContactFieldChange(BaseDataCache baseData, IUserDirectory users, ICustomFields custom, ICurrentUser user, DateView dates)
{
    /// <exception cref="InvalidInput">The value can't be taken.</exception>
    public async Task<Action<Contact>> ReadAsync(string name, IReadOnlyList<string> values, CancellationToken ct)
    {
        const string field = "value";
        if (name.StartsWith("custom.", StringComparison.Ordinal))
        {
            var fields = await custom.OfAsync(ContactRecords.RecordKey, ct);
            var input = new Dictionary<string, List<string?>> { [name["custom.".Length..]] = [.. values] };
            return contact => contact.SetCustom(CustomValues.Apply(fields, contact.Custom, input, user, dates, whole: false));
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
                var roles = values.Select(v => Guid.TryParse(v, out var id) && lists.Has(BaseLists.Role, id) ? id : throw Wrong()).ToList();
                return x => x.SetRoles(roles);
            case "owner":
                var owner = One();
                if (owner is { } o && (await users.CardsAsync([o], ct)).GetValueOrDefault(o) is not { Active: true }) throw Wrong();
                return x => x.SetOwner(owner);
            case "standing":
                var standing = values is [var text] && Enum.GetNames<Standing>().Contains(text) ? Enum.Parse<Standing>(text) : throw Wrong();
                return x => x.SetStanding(standing);
            case "notes":
                var notes = PersianText.Clean(values.FirstOrDefault(), multiline: true);
                if (notes is { Length: > 8000 }) throw new InvalidInput(field, "At most {0} characters.", 8000);
                return x => x.SetNotes(notes);
            default: throw new NotFound("field", name);
        }

        Guid? One() => values.Count == 0 ? null : values.Count == 1 && Guid.TryParse(values[0], out var id) ? id : throw Wrong();

        async Task<Action<Contact>> BaseAsync(string list, Action<Contact, Guid?> set)
        {
            var id = One();
            if (!(await baseData.GetAsync(ct)).Has(list, id)) throw Wrong();
            return x => set(x, id);
        }

        static InvalidInput Wrong() => new(field, "Choose one of the list.");
    }
}
