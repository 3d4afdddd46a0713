using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SignOut;

/// <summary>Ends one of the user's own sessions on the server: a copy of its cookie opens nothing any more.</summary>
[SignedIn]
internal sealed record SignOutCommand(Guid SessionId, bool Elsewhere = false) : ICommand;

internal sealed class SignOutValidator : AbstractValidator<SignOutCommand>
{
    public SignOutValidator() => RuleFor(c => c.SessionId).NotEmpty();
}

internal sealed class SignOutHandler(PlatformDb db, ICurrentUser me, TimeProvider time, SignInLog log) : IRequestHandler<SignOutCommand, Unit>
{
    public async Task<Unit> Handle(SignOutCommand request, CancellationToken cancellationToken)
    {
        var session = await db.Sessions.FirstOrDefaultAsync(s => s.Id == request.SessionId && s.UserId == me.Id, cancellationToken) ?? throw new NotFound("session", request.SessionId);
        if (session.EndedAt is null) log.Note(request.Elsewhere ? SignInOutcome.SessionEnded : SignInOutcome.SignedOut, me.Id, me.Access!.UserName);
        session.End(time.GetUtcNow());
        return Unit.Value;
    }
}
