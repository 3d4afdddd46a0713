using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.JobTrace;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.DoStage;

/// <summary>Lays a file into an open stage.</summary>
[Requires(RoutinesPermissions.Work)]
internal sealed record AddStageFileCommand(Guid StageId, string Asked, string Name, Stream Content) : ICommand<Guid>;

internal sealed class AddStageFileValidator : AbstractValidator<AddStageFileCommand>
{
    public AddStageFileValidator()
    {
        RuleFor(c => c.StageId).NotEmpty();
        RuleFor(c => c.Asked).MaximumLength(200);
        RuleFor(c => c.Name).NotEmpty().MaximumLength(255);
    }
}

internal sealed class AddStageFileHandler(RoutinesDb db, StageAccess stages, MyStandIn standIns, IFileStore files, ICurrentUser user, TimeProvider time) : IRequestHandler<AddStageFileCommand, Guid>
{
    public async Task<Guid> Handle(AddStageFileCommand command, CancellationToken cancellationToken)
    {
        var (stage, job) = await stages.LoadAsync(command.StageId, cancellationToken);
        if (stage.Status != StageStatus.Open) throw new RuleBroken("stage.done", "This stage was finished already: {0}.", stage.Outcome);
        if (!stage.MayEnd(user, job.StartedBy, await standIns.GetAsync(cancellationToken))) throw new Forbidden(RoutinesPermissions.SeeAllJobs);
        var file = await files.SaveAsync(StageFiles.Owner, stage.Id, RoutinesPermissions.SeeJobs, command.Name, command.Content, cancellationToken);
        db.Add(new StageFile { FileId = file.Id, StageItemId = stage.Id, Asked = stage.Setup.Files.Contains(command.Asked) ? command.Asked : "", AddedBy = user.Id, At = time.GetUtcNow() });
        return file.Id;
    }
}

/// <summary>Keeps a file, picture or signature of the stage's form until the form is taken.</summary>
[Requires(RoutinesPermissions.Work)]
internal sealed record KeepFormFileCommand(Guid StageId, string Name, Stream Content) : ICommand<CustomFile>;

internal sealed class KeepFormFileValidator : AbstractValidator<KeepFormFileCommand>
{
    public KeepFormFileValidator()
    {
        RuleFor(c => c.StageId).NotEmpty();
        RuleFor(c => c.Name).NotEmpty().MaximumLength(255);
    }
}

internal sealed class KeepFormFileHandler(StageAccess stages, IFileStore files, MyStandIn standIns, ICurrentUser user) : IRequestHandler<KeepFormFileCommand, CustomFile>
{
    public async Task<CustomFile> Handle(KeepFormFileCommand command, CancellationToken cancellationToken)
    {
        var (stage, job) = await stages.LoadAsync(command.StageId, cancellationToken);
        if (stage.Status != StageStatus.Open) throw new RuleBroken("stage.done", "This stage was finished already: {0}.", stage.Outcome);
        if (!stage.MayEnd(user, job.StartedBy, await standIns.GetAsync(cancellationToken))) throw new Forbidden(RoutinesPermissions.SeeAllJobs);
        var file = await files.SaveAsync(StageFiles.Owner, stage.Id, RoutinesPermissions.SeeJobs, command.Name, command.Content, cancellationToken);
        return new(file.Id, file.Size, file.Name);
    }
}

/// <summary>Files of stages are seen by whoever sees the job, or has to do the stage.</summary>
internal sealed class StageFileOwner(RoutinesDb db, StageAccess stages) : IFileOwner
{
    public string Owner => StageFiles.Owner;

    public string Permission => RoutinesPermissions.SeeJobs;

    // Files come in by the stage's own page.
    public string ChangePermission => RoutinesPermissions.SeeAllJobs;

    public async Task<bool> MaySeeAsync(Guid ownerId, CancellationToken ct)
    {
        try
        {
            await stages.LoadAsync(ownerId, ct, tracked: false);
            return true;
        }
        catch (NotFound)
        {
            return false;
        }
    }

    public async Task<IReadOnlySet<Guid>?> ExistingAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var all = ids.ToArray();
        return (await db.Stages.IgnoreQueryFilters().Where(s => all.Contains(s.Id)).Select(s => s.Id).ToListAsync(ct)).ToHashSet();
    }
}
