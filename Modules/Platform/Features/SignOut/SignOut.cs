using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SignOut;

/// <summary>Ends one of the user's own sessions on the server: a copy of its cookie opens nothing any more.</summary>
[SignedIn]
internal sealed record SignOutCommand(Guid SessionId) : ICommand;

internal sealed class SignOutValidator : AbstractValidator<SignOutCommand>
{
    public SignOutValidator() => RuleFor(c => c.SessionId).NotEmpty();
}

internal sealed class SignOutHandler(PlatformDb db, ICurrentUser me, TimeProvider time) : IRequestHandler<SignOutCommand, Unit>
{
    public async Task<Unit> Handle(SignOutCommand request, CancellationToken cancellationToken)
    {
        var session = await db.Sessions.FirstOrDefaultAsync(s => s.Id == request.SessionId && s.UserId == me.Id, cancellationToken) ?? throw new NotFound("session", request.SessionId);
        session.End(time.GetUtcNow());
        return Unit.Value;
    }
}
