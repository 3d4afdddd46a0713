using Crm.Core;
using Crm.Platform.Lists;
using FluentValidation;
using MediatR;

namespace Crm.Platform.Features.ExportList;

/// <summary>Starts the taking out of a long list in the background.</summary>
[SignedIn]
internal sealed record StartExportCommand(ExportArguments Work) : ICommand<Guid>;

internal sealed class StartExportValidator : AbstractValidator<StartExportCommand>
{
    public StartExportValidator()
    {
        RuleFor(c => c.Work.Query).MaximumLength(400_000);
        RuleFor(c => c.Work.Format).Must(f => f is "csv" or "xlsx").WithMessage("Choose one of the list.");
    }
}

internal sealed class StartExportHandler(IRecordTypes types, ICurrentUser user, IBackgroundWork work) : IRequestHandler<StartExportCommand, Guid>
{
    public async Task<Guid> Handle(StartExportCommand request, CancellationToken cancellationToken)
    {
        var type = types.Find(request.Work.Record) ?? throw new NotFound("record type", request.Work.Record);
        if (!user.Can(type.See)) throw new Forbidden(type.See);
        if (type.Export is { } right && !user.Can(right)) throw new Forbidden(right);
        return await work.StartAsync(ExportJob.JobKey, request.Work, Texts.Get(type.Title), cancellationToken);
    }
}
