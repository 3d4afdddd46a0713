using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;

namespace Crm.Platform.Features.Bin;

/// <summary>Removes a deletion for good; the bin asks each type for its right. Answers what depends on it: then nothing was removed.</summary>
[SignedIn]
internal sealed record PurgeDeletionCommand(Guid DeletionId) : ICommand<IReadOnlyList<Dependant>>;

internal sealed class PurgeDeletionValidator : AbstractValidator<PurgeDeletionCommand>
{
    public PurgeDeletionValidator() => RuleFor(c => c.DeletionId).NotEmpty();
}

internal sealed class PurgeDeletionHandler(RecycleBin bin) : IRequestHandler<PurgeDeletionCommand, IReadOnlyList<Dependant>>
{
    public Task<IReadOnlyList<Dependant>> Handle(PurgeDeletionCommand request, CancellationToken cancellationToken) => bin.PurgeAsync(request.DeletionId, cancellationToken);
}
