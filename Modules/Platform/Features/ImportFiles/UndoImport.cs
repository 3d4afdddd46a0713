using Crm.Core;
using Crm.Platform.Data;
using Crm.Platform.Importing;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.ImportFiles;

/// <summary>Takes back what an import did, in the background.</summary>
[SignedIn]
internal sealed record UndoImportCommand(Guid Id) : ICommand;

internal sealed class UndoImportValidator : AbstractValidator<UndoImportCommand>
{
    public UndoImportValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class UndoImportHandler(PlatformDb db, IEnumerable<IImportTarget> targets, IBackgroundWork work, ICurrentUser me) : IRequestHandler<UndoImportCommand, Unit>
{
    public async Task<Unit> Handle(UndoImportCommand request, CancellationToken cancellationToken)
    {
        var id = me.Id;
        var import = await db.Imports.FirstOrDefaultAsync(i => i.Id == request.Id && i.UserId == id, cancellationToken) ?? throw new NotFound("import", request.Id);
        ImportTargets.Find(targets, import.Target, me);
        if (import.RunId is not { } run || await work.FindAsync(run, cancellationToken) is { IsOver: false }) throw new RuleBroken("import.running", "This import is not over yet.");
        if (import.UndoId is not null) throw new RuleBroken("import.undone", "This import was taken back already.");
        import.Undoing(await work.StartAsync(UndoImportJob.Name, new ImportArgs(import.Id), import.FileName, cancellationToken));
        return Unit.Value;
    }
}
