using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Domain;
using Crm.Platform.Features.SignIn;
using FluentValidation;
using MediatR;

namespace Crm.Platform.Features.SignOut;

/// <summary>Ends all of the user's sessions but the one he looks through.</summary>
[SignedIn]
internal sealed record SignOutOthersCommand(Guid StayId) : ICommand<int>;

internal sealed class SignOutOthersValidator : AbstractValidator<SignOutOthersCommand>
{
    public SignOutOthersValidator() => RuleFor(c => c.StayId).NotEmpty();
}

internal sealed class SignOutOthersHandler(ICurrentUser me, OpenSessions sessions, SignInLog log) : IRequestHandler<SignOutOthersCommand, int>
{
    public async Task<int> Handle(SignOutOthersCommand request, CancellationToken cancellationToken)
    {
        var ended = await sessions.EndAsync(me.Id!.Value, only: null, butNot: request.StayId, cancellationToken);
        for (var i = 0; i < ended; i++) log.Note(SignInOutcome.SessionEnded, me.Id, me.Access!.UserName);
        return ended;
    }
}
