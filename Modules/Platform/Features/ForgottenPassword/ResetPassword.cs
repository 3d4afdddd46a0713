using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Features.SignIn;
using Crm.Web;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.ForgottenPassword;

/// <summary>Sets a new password by a link. Public: the secret of the link says who it is. Every session ends, no browser is trusted any more; the code of a two-factor sign-in is asked for as before.</summary>
[Public]
internal sealed record ResetPasswordCommand : ICommand
{
    [Verbatim]
    public string Token { get; init; } = "";

    [Display(Name = "New password")]
    [DataType(DataType.Password)]
    public string? Password { get; init; }

    [Display(Name = "New password again")]
    [DataType(DataType.Password)]
    public string? Again { get; init; }
}

internal sealed class ResetPasswordValidator : AbstractValidator<ResetPasswordCommand>
{
    public ResetPasswordValidator()
    {
        RuleFor(c => c.Password).NotEmpty().Custom(Passwords.Rule);
        RuleFor(c => c.Again).Cascade(CascadeMode.Stop).NotEmpty().Equal(c => c.Password).WithMessage("The two are not the same.");
    }
}

internal sealed class ResetPasswordHandler(PlatformDb db, Passwords passwords, SignInLog log, OpenSessions sessions, TimeProvider time) : IRequestHandler<ResetPasswordCommand, Unit>
{
    public async Task<Unit> Handle(ResetPasswordCommand request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var reset = await ResetTokens.FindAsync(db, request.Token, now, cancellationToken);
        var user = reset is null ? null : await db.Users.IgnoreQueryFilters([Filters.Branch]).FirstOrDefaultAsync(u => u.Id == reset.UserId && u.Active, cancellationToken);
        if (user is null) throw new RuleBroken("reset.gone", "This link was used already or is older than half an hour. Ask for a new one.");
        user.SetPassword(await passwords.HashAsync(nameof(request.Password), request.Password, user.UserName, cancellationToken));
        // A second link that is still in the mailbox must not set it once more.
        foreach (var open in await db.PasswordResets.Where(r => r.UserId == user.Id && r.UsedAt == null).ToListAsync(cancellationToken)) open.Use(now);
        await sessions.EndAsync(user.Id, only: null, butNot: null, cancellationToken);
        log.Note(SignInOutcome.PasswordReset, user.Id, user.UserName);
        return Unit.Value;
    }
}

internal static class ResetTokens
{
    /// <summary>The link that a secret belongs to, while it works.</summary>
    public static async Task<PasswordReset?> FindAsync(PlatformDb db, string? token, DateTimeOffset now, CancellationToken ct)
    {
        if (token is not { Length: 64 }) return null;
        var hash = PasswordReset.Hash(token);
        return await db.PasswordResets.FirstOrDefaultAsync(r => r.TokenHash == hash, ct) is { } reset && reset.Works(now) ? reset : null;
    }
}
