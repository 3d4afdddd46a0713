using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;

namespace Crm.Platform.Features.Bin;

/// <summary>Brings back all that went in one deletion; the bin asks each type for its right. Named by the deletion or, right after it, by the record.</summary>
[SignedIn]
internal sealed record RestoreDeletionCommand(Guid DeletionId, Guid? RecordId = null) : ICommand<string>;

internal sealed class RestoreDeletionValidator : AbstractValidator<RestoreDeletionCommand>
{
    public RestoreDeletionValidator() => RuleFor(c => c.DeletionId).NotEmpty().When(c => c.RecordId is null);
}

internal sealed class RestoreDeletionHandler(RecycleBin bin) : IRequestHandler<RestoreDeletionCommand, string>
{
    public async Task<string> Handle(RestoreDeletionCommand request, CancellationToken cancellationToken)
    {
        var id = request.RecordId is { } record ? await bin.DeletionOfAsync(record, cancellationToken) : request.DeletionId;
        return (await bin.RestoreAsync(id, cancellationToken)).Records[0].Record.Title;
    }
}
