using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Features.SignIn;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditUser;

/// <summary>Deactivates a user, who is out within five seconds everywhere, or lets him in again.</summary>
[Requires(PlatformPermissions.ManageUsers)]
internal sealed record SetUserActiveCommand(Guid Id, bool Active) : ICommand;

internal sealed class SetUserActiveValidator : AbstractValidator<SetUserActiveCommand>
{
    public SetUserActiveValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class SetUserActiveHandler(PlatformDb db, ICurrentUser actor, RecordTypes records, OpenSessions sessions) : IRequestHandler<SetUserActiveCommand, Unit>
{
    public async Task<Unit> Handle(SetUserActiveCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.FirstOrDefaultAsync(u => u.Id == request.Id, cancellationToken) ?? throw new NotFound("user", request.Id);
        await ChangeUser.MayChangeAsync(db, actor, user, records, cancellationToken);
        if (request.Active)
        {
            user.Activate();
        }
        else
        {
            if (user.Id == actor.Id) throw new RuleBroken("users.self", "You can't deactivate yourself.");
            if (await db.Roles.AnyAsync(r => r.IsAdministrator && user.RoleIds.Contains(r.Id), cancellationToken)) await Rights.KeepAnAdministratorAsync(db, user.Id, cancellationToken);
            user.Deactivate();
            await sessions.EndAsync(user.Id, only: null, butNot: null, cancellationToken);
        }

        return Unit.Value;
    }
}
