using Crm.Contacts.Data;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ChangeCommunications;

/// <summary>Moves some communications to the recycle bin together. Answers how many.</summary>
[Requires(ContactsPermissions.DeleteCommunications)]
internal sealed record DeleteCommunicationsCommand(IReadOnlyCollection<Guid> Ids) : ICommand<int>;

internal sealed class DeleteCommunicationsValidator : AbstractValidator<DeleteCommunicationsCommand>
{
    public DeleteCommunicationsValidator() => RuleFor(c => c.Ids).Must(i => i.Count is > 0 and <= 500).WithMessage("Too many values.");
}

internal sealed class DeleteCommunicationsHandler(ContactsDb db) : IRequestHandler<DeleteCommunicationsCommand, int>
{
    public async Task<int> Handle(DeleteCommunicationsCommand request, CancellationToken cancellationToken)
    {
        var all = await db.Communications.Where(c => request.Ids.Contains(c.Id)).ToListAsync(cancellationToken);
        db.RemoveRange(all);
        return all.Count;
    }
}
