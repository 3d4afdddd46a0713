using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Tokens;

/// <summary>Makes a token worthless at once: one's own, or anybody's by right.</summary>
[SignedIn]
internal sealed record RevokeTokenCommand(Guid Id) : ICommand;

internal sealed class RevokeTokenValidator : AbstractValidator<RevokeTokenCommand>
{
    public RevokeTokenValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class RevokeTokenHandler(PlatformDb db, ICurrentUser me, TimeProvider time) : IRequestHandler<RevokeTokenCommand, Unit>
{
    public async Task<Unit> Handle(RevokeTokenCommand request, CancellationToken cancellationToken)
    {
        var token = await db.ApiTokens.FirstOrDefaultAsync(t => t.Id == request.Id, cancellationToken);
        if (token is null || (token.UserId != me.Id && !me.Can(PlatformPermissions.ManageTokens))) throw new NotFound("token", request.Id);
        token.Revoke(time.GetUtcNow());
        return Unit.Value;
    }
}
