using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Domain;
using Crm.Platform.Features.SignIn;
using FluentValidation;
using MediatR;

namespace Crm.Platform.Features.ForgottenPassword;

/// <summary>Asks for a link that sets a new password. Public: who forgot his password can't sign in. Whether there is such a user shows neither in the answer nor in its time: that is found out afterwards.</summary>
[Public]
internal sealed record AskResetCommand : ICommand<TimeSpan?>
{
    [Display(Name = "User name or e-mail address")]
    public string UserName { get; init; } = "";
}

internal sealed class AskResetValidator : AbstractValidator<AskResetCommand>
{
    public AskResetValidator() => RuleFor(c => c.UserName).NotEmpty().MaximumLength(200);
}

internal sealed class AskResetHandler(ResetLinks links, SignInGuard guard, SignInLog log, IEventSink events, ISignInOrigin origin) : IRequestHandler<AskResetCommand, TimeSpan?>
{
    public async Task<TimeSpan?> Handle(AskResetCommand request, CancellationToken cancellationToken)
    {
        if (!links.Work) throw new RuleBroken("reset.off", "A forgotten password is set by your administrator.");
        // Counted apart from the sign-in: asking for a link must not use up the tries of who remembers after all.
        if (await guard.EnterAsync("reset:" + PasswordReset.Hash(request.UserName.ToLowerInvariant())[..40], origin.Address, cancellationToken) is { } wait) return wait;
        log.Note(SignInOutcome.ResetAsked, null, request.UserName.ToLowerInvariant());
        events.Tell(new PasswordResetAsked(links.Hide(request.UserName)));
        return null;
    }
}
