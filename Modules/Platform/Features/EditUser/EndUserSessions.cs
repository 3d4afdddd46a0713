using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Features.SignIn;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditUser;

/// <summary>An administrator ends one session of a user, or all of them.</summary>
[Requires(PlatformPermissions.ManageUsers)]
internal sealed record EndUserSessionsCommand(Guid UserId, Guid? SessionId) : ICommand<int>;

internal sealed class EndUserSessionsValidator : AbstractValidator<EndUserSessionsCommand>
{
    public EndUserSessionsValidator() => RuleFor(c => c.UserId).NotEmpty();
}

internal sealed class EndUserSessionsHandler(PlatformDb db, ICurrentUser actor, RecordTypes records, OpenSessions sessions, SignInLog log) : IRequestHandler<EndUserSessionsCommand, int>
{
    public async Task<int> Handle(EndUserSessionsCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.FirstOrDefaultAsync(u => u.Id == request.UserId, cancellationToken) ?? throw new NotFound("user", request.UserId);
        await ChangeUser.MayChangeAsync(db, actor, user, records, cancellationToken);
        var ended = await sessions.EndAsync(user.Id, request.SessionId, butNot: null, cancellationToken);
        for (var i = 0; i < ended; i++) log.Note(SignInOutcome.SessionEnded, user.Id, user.UserName);
        return ended;
    }
}
