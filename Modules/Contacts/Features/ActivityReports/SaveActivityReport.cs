using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ActivityReports;

/// <summary>What the author writes; with <see cref="Refill"/> what happened meanwhile is added, with <see cref="Send"/> it goes to those who review.</summary>
[Requires(ContactsPermissions.WriteActivityReports)]
internal sealed record SaveActivityReportCommand : ICommand
{
    public Guid Id { get; init; }

    public uint? Version { get; init; }

    [Web.MultilineText]
    public string? Summary { get; init; }

    public List<ReportLineFields> Lines { get; init; } = [];

    public bool Refill { get; init; }

    public bool Send { get; init; }
}

internal sealed class SaveActivityReportValidator : AbstractValidator<SaveActivityReportCommand>
{
    public SaveActivityReportValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.Summary).MaximumLength(20000);
        RuleFor(c => c.Lines).Must(l => l.Count <= 1000);
        RuleForEach(c => c.Lines).ChildRules(l => l.RuleFor(x => x.Text).MaximumLength(ActivityReport.TextLength));
    }
}

internal sealed class SaveActivityReportHandler(ContactsDb db, ActivityLines lines, IUserDirectory users, INotifier notifier, ICurrentUser me, DateView dates, TimeProvider time) : IRequestHandler<SaveActivityReportCommand, Unit>
{
    public async Task<Unit> Handle(SaveActivityReportCommand command, CancellationToken cancellationToken)
    {
        // Another's report is not there for the writer, whatever he may read.
        var report = await db.ActivityReports.Include(r => r.Lines).SingleOrDefaultAsync(r => r.Id == command.Id && r.AuthorId == me.Id, cancellationToken) ?? throw new NotFound(nameof(ActivityReport), command.Id);
        db.ExpectVersion(report, command.Version);
        db.Touch(report);
        var now = time.GetUtcNow();
        var named = command.Lines.Select(l => l.ContactId).OfType<Guid>().Distinct().ToList();
        if (named.Count > 0 && await db.Contacts.CountAsync(c => named.Contains(c.Id), cancellationToken) < named.Count) throw new NotFound(nameof(Contact));
        report.Write(command.Summary, command.Lines, now);
        if (command.Refill) report.Fill(await lines.OfAsync(report, dates, cancellationToken));
        if (!command.Send) return Unit.Value;
        report.Send(now);
        var reviewers = (await users.WithPermissionAsync(ContactsPermissions.ReviewActivityReports, cancellationToken)).Select(u => u.Id).Where(u => u != me.Id).ToList();
        notifier.Notify(reviewers, report.Span == ReportSpan.Day ? "{0} sent the report of a day." : "{0} sent the report of a week.", [me.Name], $"/activity-reports/{report.Id}");
        return Unit.Value;
    }
}
