using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.EditCommunication;

[Requires(ContactsPermissions.DeleteCommunications)]
internal sealed record DeleteCommunicationCommand(Guid Id, uint? Version = null) : ICommand;

internal sealed class DeleteCommunicationValidator : AbstractValidator<DeleteCommunicationCommand>
{
    public DeleteCommunicationValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteCommunicationHandler(ContactsDb db) : IRequestHandler<DeleteCommunicationCommand, Unit>
{
    public async Task<Unit> Handle(DeleteCommunicationCommand command, CancellationToken cancellationToken)
    {
        var communication = await db.Communications.SingleOrDefaultAsync(c => c.Id == command.Id, cancellationToken) ?? throw new NotFound(nameof(Communication), command.Id);
        db.ExpectVersion(communication, command.Version);
        db.Remove(communication);
        return Unit.Value;
    }
}
