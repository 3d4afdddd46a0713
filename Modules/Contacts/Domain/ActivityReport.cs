using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

internal enum ReportSpan
{
    Day,
    Week,
}

internal enum ReportState
{
    Draft,
    Sent,
    Returned,
    Reviewed,
}

/// <summary>What a member of staff did in a day or a week, in his own words beside what the system knows of it.</summary>
internal sealed class ActivityReport : Entity, IBranchScoped, IStamped, IVersioned
{
    public const int TextLength = 4000;

    private readonly List<ActivityReportLine> _lines = [];

    private ActivityReport()
    {
    }

    public ActivityReport(Guid authorId, ReportSpan span, DateOnly from, DateOnly to) => (AuthorId, Span, From, To) = (authorId, span, from, to);

    [Display(Name = "Written by")]
    public Guid AuthorId { get; private set; }

    public Guid BranchId { get; private set; }

    public ReportSpan Span { get; private set; }

    public DateOnly From { get; private set; }

    [Display(Name = "Until")]
    public DateOnly To { get; private set; }

    public ReportState State { get; private set; }

    /// <summary>The whole in the author's words.</summary>
    public string? Summary { get; private set; }

    public DateTimeOffset? SentAt { get; private set; }

    public Guid? ReviewedBy { get; private set; }

    public DateTimeOffset? ReviewedAt { get; private set; }

    /// <summary>1 to 5.</summary>
    public int? Rating { get; private set; }

    public string? Comment { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public IReadOnlyList<ActivityReportLine> Lines => _lines;

    public bool MayBeWritten => State is ReportState.Draft or ReportState.Returned;

    /// <summary>Adds what is not there yet; what the author wrote beside a line stays with it.</summary>
    public void Fill(IEnumerable<(string Section, Guid SourceId, DateTimeOffset At, string Title, string? Url, Guid? ContactId)> found)
    {
        MustBeWritten();
        var known = _lines.Where(l => l.SourceId is not null).ToDictionary(l => (l.Section, l.SourceId!.Value));
        HashSet<(string, Guid)> still = [];
        foreach (var f in found)
        {
            still.Add((f.Section, f.SourceId));
            if (known.TryGetValue((f.Section, f.SourceId), out var line)) line.Update(f.At, Cut(f.Title), f.Url, f.ContactId);
            else _lines.Add(new(Id, f.Section, f.SourceId, f.At, Cut(f.Title), f.Url, f.ContactId));
        }

        // What is true no longer goes, unless the author wrote something beside it.
        _lines.RemoveAll(l => l.SourceId is { } source && l.Text is null && !still.Contains((l.Section, source)));
    }

    /// <summary>Takes over what the author wrote.</summary>
    public void Write(string? summary, IReadOnlyList<ReportLineFields> lines, DateTimeOffset now)
    {
        MustBeWritten();
        Summary = summary;
        foreach (var line in _lines.Where(l => l.SourceId is not null)) line.Say(lines.FirstOrDefault(f => f.Id == line.Id)?.Text);
        var own = lines.Where(f => !string.IsNullOrWhiteSpace(f.Text) && !_lines.Exists(l => l.SourceId is not null && l.Id == f.Id)).ToList();
        _lines.RemoveAll(l => l.SourceId is null && !own.Exists(f => f.Id == l.Id));
        foreach (var f in own)
        {
            if (_lines.Find(l => l.SourceId is null && l.Id == f.Id) is not { } line) _lines.Add(line = new(Id, ActivityReportLine.Own, null, now, "", null, null));
            line.Say(f.Text);
            line.Concern(f.ContactId);
        }
    }

    public void Send(DateTimeOffset now)
    {
        MustBeWritten();
        if (_lines.Count == 0 && Summary is null) throw new RuleBroken("activity-report.empty", "There is nothing in this report yet.");
        State = ReportState.Sent;
        SentAt = now;
    }

    public void Review(Guid by, DateTimeOffset now, int? rating, string? comment, bool sendBack)
    {
        if (State is not (ReportState.Sent or ReportState.Reviewed)) throw new RuleBroken("activity-report.not-sent", "This report has not been sent.");
        (ReviewedBy, ReviewedAt, Rating, Comment) = (by, now, rating, comment);
        State = sendBack ? ReportState.Returned : ReportState.Reviewed;
    }

    private void MustBeWritten()
    {
        if (!MayBeWritten) throw new RuleBroken("activity-report.sent", "A report that was sent is not changed any more.");
    }

    private static string Cut(string title) => title.Length > 300 ? title[..300] : title;
}

/// <summary>A line: something the system knows (with its source) and what the author says of it, or a part in his own words.</summary>
internal sealed class ActivityReportLine : Entity, IPartOf
{
    public const string Own = "own";

    private ActivityReportLine()
    {
    }

    public ActivityReportLine(Guid reportId, string section, Guid? sourceId, DateTimeOffset at, string title, string? url, Guid? contactId)
    {
        (ReportId, Section, SourceId) = (reportId, section, sourceId);
        Update(at, title, url, contactId);
    }

    public Guid ReportId { get; private set; }

    [NotAudited]
    public string Section { get; private set; } = "";

    [NotAudited]
    public Guid? SourceId { get; private set; }

    public DateTimeOffset At { get; private set; }

    public string Title { get; private set; } = "";

    [NotAudited]
    public string? Url { get; private set; }

    public Guid? ContactId { get; private set; }

    public string? Text { get; private set; }

    public Guid RootId => ReportId;

    public void Update(DateTimeOffset at, string title, string? url, Guid? contactId) => (At, Title, Url, ContactId) = (at, title, url, contactId);

    public void Say(string? text) => Text = string.IsNullOrWhiteSpace(text) ? null : text;

    public void Concern(Guid? contactId) => ContactId = contactId;
}

/// <summary>A line of the form.</summary>
internal sealed record ReportLineFields
{
    public Guid? Id { get; init; }

    [Web.MultilineText]
    public string? Text { get; init; }

    /// <summary>Only of one's own parts: the contact it concerns.</summary>
    public Guid? ContactId { get; init; }
}

internal sealed class ActivityReportMapping : IEntityTypeConfiguration<ActivityReport>
{
    public void Configure(EntityTypeBuilder<ActivityReport> builder)
    {
        builder.ToTable("activity_reports");
        builder.Ignore(r => r.MayBeWritten);
        builder.Property(r => r.Summary).HasMaxLength(20000);
        builder.Property(r => r.Comment).HasMaxLength(ActivityReport.TextLength);
        builder.HasMany(r => r.Lines).WithOne().HasForeignKey(l => l.ReportId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(r => new { r.AuthorId, r.Span, r.From }).IsUnique();
        builder.HasIndex(r => new { r.From, r.Id });
        builder.HasIndex(r => r.SentAt).HasFilter("state = 'Sent'");
    }
}

internal sealed class ActivityReportLineMapping : IEntityTypeConfiguration<ActivityReportLine>
{
    public void Configure(EntityTypeBuilder<ActivityReportLine> builder)
    {
        builder.ToTable("activity_report_lines");
        builder.Ignore(l => l.RootId);
        builder.Property(l => l.Section).HasMaxLength(40);
        builder.Property(l => l.Title).HasMaxLength(300);
        builder.Property(l => l.Url).HasMaxLength(300);
        builder.Property(l => l.Text).HasMaxLength(ActivityReport.TextLength);
        builder.HasIndex(l => l.ReportId);
        builder.HasIndex(l => new { l.ContactId, l.At }).HasFilter("contact_id is not null and text is not null");
    }
}
