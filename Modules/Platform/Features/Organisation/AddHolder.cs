using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Organisation;

/// <summary>Gives somebody a post from a day on, also one in the past or to come.</summary>
[Requires(PlatformPermissions.ManageUnits)]
internal sealed record AddHolderCommand : ICommand<Guid>
{
    public Guid PostId { get; init; }

    [Display(Name = "Holder")]
    public Guid? UserId { get; init; }

    [Display(Name = "From")]
    public DateOnly? From { get; init; }

    [Display(Name = "Until")]
    public DateOnly? Until { get; init; }
}

internal sealed class AddHolderValidator : AbstractValidator<AddHolderCommand>
{
    public AddHolderValidator()
    {
        RuleFor(c => c.PostId).NotEmpty();
        RuleFor(c => c.UserId).NotEmpty();
        RuleFor(c => c.From).NotEmpty();
        RuleFor(c => c.Until).Must((c, until) => until is null || until >= c.From).WithMessage("This can't be before the first day.");
    }
}

internal sealed class AddHolderHandler(PlatformDb db) : IRequestHandler<AddHolderCommand, Guid>
{
    public async Task<Guid> Handle(AddHolderCommand request, CancellationToken cancellationToken)
    {
        if (!await db.Posts.AnyAsync(p => p.Id == request.PostId, cancellationToken)) throw new NotFound("post", request.PostId);
        if (!await db.Users.IgnoreQueryFilters([Filters.Branch]).AnyAsync(u => u.Id == request.UserId, cancellationToken)) throw new InvalidInput(nameof(request.UserId), "Choose one of the list.");
        var (from, until) = (request.From!.Value, request.Until ?? DateOnly.MaxValue);
        if (await db.PostHolders.AnyAsync(h => h.PostId == request.PostId && h.UserId == request.UserId && h.From <= until && (h.Until == null || h.Until >= from), cancellationToken))
            throw new InvalidInput(nameof(request.From), "This person holds the post in that time already.");
        return db.PostHolders.Add(new PostHolder(request.PostId, request.UserId!.Value, from, request.Until)).Entity.Id;
    }
}
