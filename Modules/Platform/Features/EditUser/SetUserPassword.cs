using System.ComponentModel.DataAnnotations;
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

/// <summary>An administrator sets a new password for somebody who forgot his. Ends all sessions of that user.</summary>
[Requires(PlatformPermissions.ManageUsers)]
internal sealed record SetUserPasswordCommand : ICommand
{
    public Guid Id { get; init; }

    [Display(Name = "New password")]
    [DataType(DataType.Password)]
    public string? Password { get; init; }
}

internal sealed class SetUserPasswordValidator : AbstractValidator<SetUserPasswordCommand>
{
    public SetUserPasswordValidator() => RuleFor(c => c.Password).NotEmpty().Custom(Passwords.Rule);
}

internal sealed class SetUserPasswordHandler(PlatformDb db, ICurrentUser actor, RecordTypes records, Passwords passwords, OpenSessions sessions, SignInLog log) : IRequestHandler<SetUserPasswordCommand, Unit>
{
    public async Task<Unit> Handle(SetUserPasswordCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.FirstOrDefaultAsync(u => u.Id == request.Id, cancellationToken) ?? throw new NotFound("user", request.Id);
        await ChangeUser.MayChangeAsync(db, actor, user, records, cancellationToken);
        user.SetPassword(await passwords.HashAsync(nameof(request.Password), request.Password, user.UserName, cancellationToken));
        await sessions.EndAsync(user.Id, only: null, butNot: null, cancellationToken);
        log.Note(SignInOutcome.PasswordSet, user.Id, user.UserName);
        return Unit.Value;
    }
}
