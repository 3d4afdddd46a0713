using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ActivityReports;

/// <summary>A manager rates a report and says something to it, or gives it back to be written again.</summary>
[Requires(ContactsPermissions.ReviewActivityReports)]
internal sealed record ReviewActivityReportCommand : ICommand
{
    public Guid Id { get; init; }

    public uint? Version { get; init; }

    public int? Rating { get; init; }

    [Web.MultilineText]
    public string? Comment { get; init; }

    public bool SendBack { get; init; }
}

internal sealed class ReviewActivityReportValidator : AbstractValidator<ReviewActivityReportCommand>
{
    public ReviewActivityReportValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.Rating).InclusiveBetween(1, 5);
        RuleFor(c => c.Rating).NotNull().When(c => !c.SendBack).WithMessage("Rate the report from 1 to 5.");
        RuleFor(c => c.Comment).MaximumLength(ActivityReport.TextLength);
        RuleFor(c => c.Comment).NotEmpty().When(c => c.SendBack).WithMessage("Say what is to be changed.");
    }
}

internal sealed class ReviewActivityReportHandler(ContactsDb db, INotifier notifier, ICurrentUser me, TimeProvider time) : IRequestHandler<ReviewActivityReportCommand, Unit>
{
    public async Task<Unit> Handle(ReviewActivityReportCommand command, CancellationToken cancellationToken)
    {
        var report = await db.ActivityReports.SingleOrDefaultAsync(r => r.Id == command.Id && r.State != ReportState.Draft, cancellationToken) ?? throw new NotFound(nameof(ActivityReport), command.Id);
        if (report.AuthorId == me.Id) throw new RuleBroken("activity-report.own", "Nobody reviews his own report.");
        db.ExpectVersion(report, command.Version);
        report.Review(me.Id ?? throw new NotFound("user"), time.GetUtcNow(), command.Rating, command.Comment, command.SendBack);
        notifier.Notify([report.AuthorId], command.SendBack ? "{0} gave your report back." : "{0} reviewed your report.", [me.Name], $"/activity-reports/{report.Id}");
        return Unit.Value;
    }
}
