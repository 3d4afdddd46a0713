using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.FilesOf;

/// <summary>Takes a file off a record; the module that owns the record says who may. Its bytes follow with the nightly clean-up.</summary>
[SignedIn]
internal sealed record DeleteFileCommand(string Owner, Guid OwnerId, Guid FileId) : ICommand;

internal sealed class DeleteFileValidator : AbstractValidator<DeleteFileCommand>
{
    public DeleteFileValidator() => RuleFor(c => c.FileId).NotEmpty();
}

internal sealed class DeleteFileHandler(PlatformDb db, IEnumerable<IFileOwner> owners, ICurrentUser me) : IRequestHandler<DeleteFileCommand, Unit>
{
    public async Task<Unit> Handle(DeleteFileCommand request, CancellationToken cancellationToken)
    {
        var owner = owners.FirstOrDefault(o => o.Owner == request.Owner) ?? throw new NotFound(request.Owner, request.OwnerId);
        if (!me.Can(owner.Permission) || !await owner.MaySeeAsync(request.OwnerId, cancellationToken)) throw new NotFound(request.Owner, request.OwnerId);
        if (!me.Can(owner.ChangePermission)) throw new Forbidden(owner.ChangePermission);
        var file = await db.Files.IgnoreQueryFilters([Crm.Data.Filters.Branch]).FirstOrDefaultAsync(f => f.Id == request.FileId && f.Owner == request.Owner && f.OwnerId == request.OwnerId, cancellationToken)
            ?? throw new NotFound("file", request.FileId);
        db.Files.Remove(file);
        return Unit.Value;
    }
}
