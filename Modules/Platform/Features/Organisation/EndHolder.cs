using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Organisation;

/// <summary>Says until when somebody holds a post; without a day the line was a mistake and is taken away.</summary>
[Requires(PlatformPermissions.ManageUnits)]
internal sealed record EndHolderCommand : ICommand
{
    public Guid Id { get; init; }

    [Display(Name = "Until")]
    public DateOnly? Until { get; init; }

    public bool Remove { get; init; }
}

internal sealed class EndHolderValidator : AbstractValidator<EndHolderCommand>
{
    public EndHolderValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.Until).NotEmpty().Unless(c => c.Remove);
    }
}

internal sealed class EndHolderHandler(PlatformDb db) : IRequestHandler<EndHolderCommand, Unit>
{
    public async Task<Unit> Handle(EndHolderCommand request, CancellationToken cancellationToken)
    {
        var holder = await db.PostHolders.FirstOrDefaultAsync(h => h.Id == request.Id, cancellationToken) ?? throw new NotFound("holder", request.Id);
        if (request.Remove)
        {
            db.PostHolders.Remove(holder);
            return Unit.Value;
        }

        if (request.Until < holder.From) throw new InvalidInput(nameof(request.Until), "This can't be before the first day.");
        holder.Until = request.Until;
        return Unit.Value;
    }
}
