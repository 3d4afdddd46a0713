using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ActivityReports;

/// <summary>One's own report of a day or of the week that a day lies in: begun and filled with what was done, or the one that is there already.</summary>
[Requires(ContactsPermissions.WriteActivityReports)]
[Unique("ux_activity_reports_author_id_span_from", nameof(Day), "There is a report of this time already.")]
internal sealed record StartActivityReportCommand : ICommand<Guid>
{
    public ReportSpan Span { get; init; }

    public DateOnly? Day { get; init; }
}

internal sealed class StartActivityReportValidator : AbstractValidator<StartActivityReportCommand>
{
    public StartActivityReportValidator() => RuleFor(c => c.Day).NotNull();
}

internal sealed class StartActivityReportHandler(ContactsDb db, ActivityLines lines, ICurrentUser me, DateView dates, TimeProvider time) : IRequestHandler<StartActivityReportCommand, Guid>
{
    public async Task<Guid> Handle(StartActivityReportCommand command, CancellationToken cancellationToken)
    {
        var author = me.Id ?? throw new NotFound("user");
        var (from, to) = Periods.Step(command.Day!.Value, command.Span == ReportSpan.Day ? TimeStep.Day : TimeStep.Week, dates);
        if (from > dates.DayOf(time.GetUtcNow())) throw new InvalidInput(nameof(command.Day), "This day is still to come.");
        if (await db.ActivityReports.Where(r => r.AuthorId == author && r.Span == command.Span && r.From == from).Select(r => (Guid?)r.Id).FirstOrDefaultAsync(cancellationToken) is { } known) return known;
        var report = new ActivityReport(author, command.Span, from, to);
        report.Fill(await lines.OfAsync(report, dates, cancellationToken));
        db.Add(report);
        return report.Id;
    }
}

/// <summary>What all modules know of somebody's day or week.</summary>
internal sealed class ActivityLines(IEnumerable<IActivitySource> sources)
{
    public IReadOnlyList<(string Key, string Title)> Sections { get; } = [.. sources.OrderBy(s => s.Order).Select(s => (s.Key, s.Title))];

    public async Task<IReadOnlyList<(string Section, Guid SourceId, DateTimeOffset At, string Title, string? Url, Guid? ContactId)>> OfAsync(ActivityReport report, DateView dates, CancellationToken ct)
    {
        var (from, until) = new Period(null, report.From, report.To).In(dates);
        List<(string, Guid, DateTimeOffset, string, string?, Guid?)> all = [];
        foreach (var source in sources.OrderBy(s => s.Order))
            all.AddRange((await source.LinesAsync(report.AuthorId, from, until, ct)).DistinctBy(l => l.Id).Select(l => (source.Key, l.Id, l.At, l.Title, l.Url, l.ContactId)));
        return all;
    }
}
