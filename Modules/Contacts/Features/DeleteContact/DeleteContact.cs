using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.DeleteContact;

/// <summary>Moves a contact to the recycle bin; what belongs to it stays and comes back with it.</summary>
[Requires(ContactsPermissions.Delete)]
internal sealed record DeleteContactCommand(Guid Id, uint? Version = null) : ICommand;

internal sealed class DeleteContactValidator : AbstractValidator<DeleteContactCommand>
{
    public DeleteContactValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteContactHandler(ContactsDb db) : IRequestHandler<DeleteContactCommand, Unit>
{
    public async Task<Unit> Handle(DeleteContactCommand command, CancellationToken cancellationToken)
    {
        var contact = await db.Contacts.SingleOrDefaultAsync(c => c.Id == command.Id, cancellationToken) ?? throw new NotFound(nameof(Contact), command.Id);
        db.ExpectVersion(contact, command.Version);
        contact.Deleting();
        db.Remove(contact);
        return Unit.Value;
    }
}
