using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.ViewAs;

/// <summary>The administrator is himself again.</summary>
[SignedIn]
internal sealed record EndViewAsCommand(Guid SessionId) : ICommand<Guid?>;

internal sealed class EndViewAsValidator : AbstractValidator<EndViewAsCommand>
{
    public EndViewAsValidator() => RuleFor(c => c.SessionId).NotEmpty();
}

internal sealed class EndViewAsHandler(PlatformDb db, ICurrentUser me, SignInLog log) : IRequestHandler<EndViewAsCommand, Guid?>
{
    public async Task<Guid?> Handle(EndViewAsCommand request, CancellationToken cancellationToken)
    {
        var session = await db.Sessions.FirstOrDefaultAsync(s => s.Id == request.SessionId && s.UserId == me.Id, cancellationToken) ?? throw new NotFound("session", request.SessionId);
        if (session.ViewsAs is not { } seen) return null;
        session.View(null);
        var name = await db.Users.IgnoreQueryFilters([Filters.Branch]).Where(u => u.Id == seen).Select(u => u.UserName).FirstOrDefaultAsync(cancellationToken);
        log.Note(SignInOutcome.ViewEnded, seen, name ?? "");
        return seen;
    }
}
