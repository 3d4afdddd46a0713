using Crm.Contacts.Data;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ChangeContacts;

/// <summary>Moves some contacts to the recycle bin together. Answers how many.</summary>
[Requires(ContactsPermissions.Delete)]
internal sealed record DeleteContactsCommand(IReadOnlyCollection<Guid> Ids) : ICommand<int>;

internal sealed class DeleteContactsValidator : AbstractValidator<DeleteContactsCommand>
{
    public DeleteContactsValidator() => RuleFor(c => c.Ids).Must(i => i.Count is > 0 and <= 5000).WithMessage("Too many values.");
}

internal sealed class DeleteContactsHandler(ContactsDb db) : IRequestHandler<DeleteContactsCommand, int>
{
    public async Task<int> Handle(DeleteContactsCommand request, CancellationToken cancellationToken)
    {
        var contacts = await db.Contacts.Where(c => request.Ids.Contains(c.Id)).ToListAsync(cancellationToken);
        foreach (var contact in contacts)
        {
            contact.Deleting();
            db.Remove(contact);
        }

        return contacts.Count;
    }
}
