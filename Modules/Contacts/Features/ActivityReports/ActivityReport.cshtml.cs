using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ActivityReports;

/// <summary>A report: written by its author, read and rated by managers.</summary>
[Requires(ContactsPermissions.WriteActivityReports)]
internal sealed class ActivityReportPage(ContactsDb db, ActivityLines lines, IUserDirectory users) : PageBase
{
    private const int Empty = 2;

    private Dictionary<Guid, string> _contacts = [];

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public SaveActivityReportCommand Command { get; set; } = new();

    [BindProperty]
    public ReviewActivityReportCommand Review { get; set; } = new();

    public ActivityReport Record { get; private set; } = null!;

    public string? Author { get; private set; }

    public string? Reviewer { get; private set; }

    public IReadOnlyList<(string Key, string Title)> Sections => lines.Sections;

    public bool MayWrite => Record.AuthorId == Me.Id && Record.MayBeWritten && Me.Can(ContactsPermissions.WriteActivityReports);

    public bool MayReview => Record.AuthorId != Me.Id && Record.State is ReportState.Sent or ReportState.Reviewed && Me.Can(ContactsPermissions.ReviewActivityReports) && Record.AuthorId != Me.Id;

    public string When => Record.Span == ReportSpan.Day ? Dates.Day(Record.From) : T["Week {0} – {1}", Dates.Day(Record.From), Dates.Day(Record.To)];

    public IEnumerable<SelectListItem> Ratings { get; } = Enumerable.Range(1, 5).Select(i => new SelectListItem(PersianText.Number(i), i.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>The author's own parts, and two more to fill; what was typed and not saved stands there again.</summary>
    public IReadOnlyList<ReportLineFields> OwnParts
    {
        get
        {
            var known = Record.Lines.Where(l => l.SourceId is not null).Select(l => l.Id).ToHashSet();
            var own = Command.Lines.Count > 0
                ? Command.Lines.Where(l => (l.Id is null || !known.Contains(l.Id.Value)) && (l.Text is not null || l.ContactId is not null)).ToList()
                : [.. Record.Lines.Where(l => l.SourceId is null).OrderBy(l => l.Id).Select(l => new ReportLineFields { Id = l.Id, Text = l.Text, ContactId = l.ContactId })];
            return [.. own, .. Enumerable.Range(0, Empty).Select(_ => new ReportLineFields())];
        }
    }

    public string? TextOf(ActivityReportLine line) => Command.Lines.FirstOrDefault(l => l.Id == line.Id) is { } typed ? typed.Text : line.Text;

    public string? ContactName(Guid id) => _contacts.GetValueOrDefault(id);

    public async Task OnGetAsync()
    {
        await LoadAsync();
        Command = new() { Id = Id, Version = Record.Version, Summary = Record.Summary };
        Review = new() { Id = Id, Version = Record.Version, Rating = Record.Rating, Comment = Record.Comment };
    }

    [Requires(ContactsPermissions.WriteActivityReports)]
    public Task<IActionResult> OnPostAsync()
    {
        Ignore(nameof(Review));
        Command = Command with { Id = Id };
        return Send(Command, then: () =>
        {
            Toast(Command.Send ? "Report sent." : "Report saved.");
            return Redirect($"/activity-reports/{Id}");
        });
    }

    [Requires(ContactsPermissions.ReviewActivityReports)]
    public Task<IActionResult> OnPostReviewAsync()
    {
        Ignore(nameof(Command));
        Review = Review with { Id = Id };
        return Send(Review, then: () =>
        {
            Toast(Review.SendBack ? "Report given back." : "Report reviewed.");
            return Redirect($"/activity-reports/{Id}");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Record = await ActivityReportQuery.Visible(db, Me).Include(r => r.Lines).SingleOrDefaultAsync(r => r.Id == Id, ct) ?? throw new NotFound(nameof(ActivityReport), Id);
        var names = await users.CardsAsync([.. new[] { Record.AuthorId, Record.ReviewedBy ?? Guid.Empty }.Distinct()], ct);
        Author = names.GetValueOrDefault(Record.AuthorId)?.Name;
        Reviewer = Record.ReviewedBy is { } by ? names.GetValueOrDefault(by)?.Name : null;
        var ids = Record.Lines.Where(l => l.SourceId is null).Select(l => l.ContactId).Concat(Command.Lines.Select(l => l.ContactId)).OfType<Guid>().Distinct().ToList();
        _contacts = await db.Contacts.AsNoTracking().Where(c => ids.Contains(c.Id)).Select(c => new { c.Id, c.Name }).ToDictionaryAsync(c => c.Id, c => c.Name, ct);
    }
}
