using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SavedViews;

/// <summary>Takes one's own view away.</summary>
[SignedIn]
internal sealed record DeleteViewCommand(Guid Id) : ICommand;

internal sealed class DeleteViewValidator : AbstractValidator<DeleteViewCommand>
{
    public DeleteViewValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteViewHandler(PlatformDb db, ICurrentUser user) : IRequestHandler<DeleteViewCommand, Unit>
{
    public async Task<Unit> Handle(DeleteViewCommand request, CancellationToken cancellationToken)
    {
        db.ListViews.Remove(await db.ListViews.FirstOrDefaultAsync(v => v.Id == request.Id && v.OwnerId == user.Id, cancellationToken) ?? throw new NotFound("view", request.Id));
        return Unit.Value;
    }
}
