using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Organisation;

/// <summary>Takes a post out of the chart with the list of its holders; the history of changes keeps both.</summary>
[Requires(PlatformPermissions.ManageUnits)]
internal sealed record DeletePostCommand(Guid Id) : ICommand;

internal sealed class DeletePostValidator : AbstractValidator<DeletePostCommand>
{
    public DeletePostValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeletePostHandler(PlatformDb db) : IRequestHandler<DeletePostCommand, Unit>
{
    public async Task<Unit> Handle(DeletePostCommand request, CancellationToken cancellationToken)
    {
        var post = await db.Posts.FirstOrDefaultAsync(p => p.Id == request.Id, cancellationToken) ?? throw new NotFound("post", request.Id);
        if (await db.Posts.AnyAsync(p => p.ReportsToId == post.Id, cancellationToken)) throw new RuleBroken("posts.has-posts", "Other posts report to this one. Change them first.");
        db.PostHolders.RemoveRange(await db.PostHolders.Where(h => h.PostId == post.Id).ToListAsync(cancellationToken));
        db.Posts.Remove(post);
        return Unit.Value;
    }
}
