using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
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
    public SetUserPasswordValidator() => RuleFor(c => c.Password).NotEmpty();
}

internal sealed class SetUserPasswordHandler(PlatformDb db, ICurrentUser actor, Passwords passwords, TimeProvider time) : IRequestHandler<SetUserPasswordCommand, Unit>
{
    public async Task<Unit> Handle(SetUserPasswordCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.FirstOrDefaultAsync(u => u.Id == request.Id, cancellationToken) ?? throw new NotFound("user", request.Id);
        await ChangeUser.MayChangeAsync(db, actor, user, cancellationToken);
        user.SetPassword(await passwords.HashAsync(nameof(request.Password), request.Password, user.UserName, cancellationToken));
        foreach (var session in await db.Sessions.Where(s => s.UserId == user.Id && s.EndedAt == null).ToListAsync(cancellationToken)) session.End(time.GetUtcNow());
        return Unit.Value;
    }
}
