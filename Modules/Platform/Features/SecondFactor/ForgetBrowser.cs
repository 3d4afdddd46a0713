using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SecondFactor;

/// <summary>One of one's own trusted browsers is asked for a code again; without an id all of them are.</summary>
[SignedIn]
internal sealed record ForgetBrowserCommand(Guid? Id) : ICommand;

internal sealed class ForgetBrowserValidator : AbstractValidator<ForgetBrowserCommand>
{
    public ForgetBrowserValidator() => RuleFor(c => c.Id).NotEqual(Guid.Empty);
}

internal sealed class ForgetBrowserHandler(PlatformDb db, ICurrentUser me, SignInLog log) : IRequestHandler<ForgetBrowserCommand, Unit>
{
    public async Task<Unit> Handle(ForgetBrowserCommand request, CancellationToken cancellationToken)
    {
        var browsers = await db.TrustedBrowsers.Where(t => t.UserId == me.Id && (request.Id == null || t.Id == request.Id)).ToListAsync(cancellationToken);
        if (browsers.Count == 0 && request.Id is not null) throw new NotFound("browser", request.Id);
        db.TrustedBrowsers.RemoveRange(browsers);
        foreach (var _ in browsers) log.Note(SignInOutcome.BrowserForgotten, me.Id, me.Access!.UserName);
        return Unit.Value;
    }
}
