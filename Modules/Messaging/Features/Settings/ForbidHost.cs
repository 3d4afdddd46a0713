using Crm.Core;
using Crm.Messaging.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.Settings;

[Requires(MessagingPermissions.AllowHosts)]
internal sealed record ForbidHostCommand(Guid Id) : ICommand;

internal sealed class ForbidHostValidator : AbstractValidator<ForbidHostCommand>
{
    public ForbidHostValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class ForbidHostHandler(MessagingDb db) : IRequestHandler<ForbidHostCommand, Unit>
{
    public async Task<Unit> Handle(ForbidHostCommand request, CancellationToken cancellationToken)
    {
        db.Remove(await db.AllowedHosts.FirstOrDefaultAsync(h => h.Id == request.Id, cancellationToken) ?? throw new NotFound("host", request.Id));
        return Unit.Value;
    }
}
