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

internal sealed class ChangeContactsHandler(ContactsDb db, BaseDataCache baseData, IUserDirectory users, ICustomFields custom, ICurrentUser user, DateView dates) : IRequestHandler<ChangeContactsCommand, int>
{
    public async Task<int> Handle(ChangeContactsCommand request, CancellationToken cancellationToken)
    {
        var change = await ReadAsync(request, cancellationToken);
        var contacts = await db.Contacts.Where(c => request.Ids.Contains(c.Id)).ToListAsync(cancellationToken);
        if (contacts.Count == 0) throw new NotFound(nameof(Contact), request.Ids.First());
        foreach (var contact in contacts) change(contact);
        db.ChangeTracker.DetectChanges();
        return contacts.Count(c => db.Entry(c).State == EntityState.Modified);
    }

    private async Task<Action<Contact>> ReadAsync(ChangeContactsCommand c, CancellationToken ct)
    {
        const string field = "value";
        if (c.Field.StartsWith("custom.", StringComparison.Ordinal))
        {
            var fields = await custom.OfAsync(ContactRecords.RecordKey, ct);
            var input = new Dictionary<string, List<string?>> { [c.Field["custom.".Length..]] = [.. c.Values] };
            return contact => contact.SetCustom(CustomValues.Apply(fields, contact.Custom, input, user, dates, whole: false));
        }

        switch (c.Field)
        {
            case "status": return await BaseAsync(BaseLists.Status, (x, id) => x.SetStatus(id));
            case "type": return await BaseAsync(BaseLists.Type, (x, id) => x.SetType(id));
            case "rank": return await BaseAsync(BaseLists.Rank, (x, id) => x.SetRank(id));
            case "source": return await BaseAsync(BaseLists.Source, (x, id) => x.SetSource(id));
            case "fieldOfActivity": return await BaseAsync(BaseLists.FieldOfActivity, (x, id) => x.SetFieldOfActivity(id));
            case "importance": return await BaseAsync(BaseLists.Importance, (x, id) => x.SetImportance(id));
            case "roles":
                var lists = await baseData.GetAsync(ct);
                var roles = c.Values.Select(v => Guid.TryParse(v, out var id) && lists.Has(BaseLists.Role, id) ? id : throw Wrong()).ToList();
                return x => x.SetRoles(roles);
            case "owner":
                var owner = One();
                if (owner is { } o && (await users.CardsAsync([o], ct)).GetValueOrDefault(o) is not { Active: true }) throw Wrong();
                return x => x.SetOwner(owner);
            case "standing":
                var standing = c.Values is [var text] && Enum.GetNames<Standing>().Contains(text) ? Enum.Parse<Standing>(text) : throw Wrong();
                return x => x.SetStanding(standing);
            case "notes":
                var notes = PersianText.Clean(c.Values.FirstOrDefault(), multiline: true);
                if (notes is { Length: > 8000 }) throw new InvalidInput(field, "At most {0} characters.", 8000);
                return x => x.SetNotes(notes);
            default: throw new NotFound("field", c.Field);
        }

        Guid? One() => c.Values.Count == 0 ? null : c.Values.Count == 1 && Guid.TryParse(c.Values[0], out var id) ? id : throw Wrong();

        async Task<Action<Contact>> BaseAsync(string list, Action<Contact, Guid?> set)
        {
            var id = One();
            if (!(await baseData.GetAsync(ct)).Has(list, id)) throw Wrong();
            return x => set(x, id);
        }

        static InvalidInput Wrong() => new(field, "Choose one of the list.");
    }
}
