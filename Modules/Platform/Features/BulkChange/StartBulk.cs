using Crm.Core;
using Crm.Platform.Lists;
using FluentValidation;
using MediatR;

namespace Crm.Platform.Features.BulkChange;

/// <summary>Starts a change of many records in the background.</summary>
[SignedIn]
internal sealed record StartBulkCommand(BulkArguments Work) : ICommand<Guid>;

internal sealed class StartBulkValidator : AbstractValidator<StartBulkCommand>
{
    private const int MaxChosen = 10_000;

    public StartBulkValidator()
    {
        RuleFor(c => c.Work.Query).MaximumLength(8000);
        RuleFor(c => c.Work.Ids).Must(i => i is null or { Count: <= MaxChosen }).WithMessage("Too many values.");
        RuleFor(c => c.Work.Values).Must(v => v.Count <= 500).WithMessage("Too many values.");
    }
}

internal sealed class StartBulkHandler(IRecordTypes types, ICurrentUser user, IBackgroundWork work) : IRequestHandler<StartBulkCommand, Guid>
{
    public async Task<Guid> Handle(StartBulkCommand request, CancellationToken cancellationToken)
    {
        var type = types.Find(request.Work.Record) ?? throw new NotFound("record type", request.Work.Record);
        var right = (request.Work.Field is not { } field ? type.Delete : type.Verbs.FirstOrDefault(v => RecordVerb.Prefix + v.Key == field)?.Permission ?? type.Change) ?? throw new NotFound("record changes", type.Key);
        if (!user.Can(right)) throw new Forbidden(right);
        return await work.StartAsync(BulkJob.JobKey, request.Work, Texts.Get(type.Title), cancellationToken);
    }
}
