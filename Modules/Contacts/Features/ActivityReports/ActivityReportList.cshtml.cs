using System.Globalization;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ActivityReports;

internal sealed record ActivityReportRow(Guid Id, Guid AuthorId, ReportSpan Span, DateOnly From, DateOnly To, ReportState State, int? Rating, DateTimeOffset? SentAt);

internal static class ActivityReportQuery
{
    /// <summary>One's own; for those who review, everybody's that were sent.</summary>
    public static IQueryable<ActivityReport> Visible(ContactsDb db, ICurrentUser me) => me.Can(ContactsPermissions.ReviewActivityReports)
        ? db.ActivityReports.AsNoTracking().Where(r => r.AuthorId == me.Id || r.State != ReportState.Draft)
        : db.ActivityReports.AsNoTracking().Where(r => r.AuthorId == me.Id);
}

/// <summary>One's own reports; for managers those of all who work with them: to review, rated, and who has sent none.</summary>
[Requires(ContactsPermissions.WriteActivityReports)]
internal sealed class ActivityReportListPage(ContactsDb db, IUserDirectory users, TimeProvider time) : PageBase
{
    private const int Size = 50;

    private IReadOnlyDictionary<Guid, UserCard> _names = new Dictionary<Guid, UserCard>();

    /// <summary>mine, review, all, missing.</summary>
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Show { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Period { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? To { get; set; }

    [BindProperty(SupportsGet = true, Name = "user")]
    public Guid? Staff { get; set; }

    [BindProperty(SupportsGet = true)]
    public ReportSpan? Span { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? After { get; set; }

    [BindProperty]
    public StartActivityReportCommand Command { get; set; } = new();

    public IReadOnlyList<ActivityReportRow> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public int ToReview { get; private set; }

    public IReadOnlyList<(string Name, bool Draft)> Missing { get; private set; } = [];

    public ReportFilter? Filter { get; private set; }

    public bool MayWrite => Me.Can(ContactsPermissions.WriteActivityReports);

    public bool MayReview => Me.Can(ContactsPermissions.ReviewActivityReports);

    public IReadOnlyList<(string Key, string Title)> Tabs { get; } = [("review", "To review"), ("all", "Everybody's"), ("missing", "Not sent yet"), ("mine", "Mine")];

    public string Showing => !MayReview ? "mine" : Tabs.Any(t => t.Key == Show) ? Show! : "review";

    public string? NameOf(Guid id) => _names.GetValueOrDefault(id)?.Name;

    public string TitleOf(ReportSpan span, DateOnly from, DateOnly to) => span == ReportSpan.Day ? Dates.Day(from) : T["Week {0} – {1}", Dates.Day(from), Dates.Day(to)];

    public async Task OnGetAsync()
    {
        Command = new() { Day = Dates.DayOf(time.GetUtcNow()) };
        await LoadAsync();
    }

    [Requires(ContactsPermissions.WriteActivityReports)]
    public Task<IActionResult> OnPostAsync() => Send(Command, then: id => Redirect($"/activity-reports/{id}"));

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        if (MayReview) ToReview = await db.ActivityReports.CountAsync(r => r.State == ReportState.Sent && r.AuthorId != Me.Id, ct);
        var staff = MayReview ? await users.ActiveAsync(ct) : [];
        if (Showing == "missing")
        {
            await ReadMissingAsync(ct);
            return;
        }

        var all = ActivityReportQuery.Visible(db, Me);
        all = Showing switch { "mine" => all.Where(r => r.AuthorId == Me.Id), "review" => all.Where(r => r.State == ReportState.Sent && r.AuthorId != Me.Id), _ => all };
        if (Showing == "all")
        {
            var period = Periods.Of(Period, From, To, time.GetUtcNow(), Dates, "last-30");
            all = all.Where(r => r.To >= period.From && r.From <= period.To);
            if (Staff is { } user) all = all.Where(r => r.AuthorId == user);
            if (Span is { } span) all = all.Where(r => r.Span == span);
            Filter = new("/activity-reports", period,
            [
                new("show", T["Filter"], [new SelectListItem(T["Everybody's"], "all")], "all") { Always = true },
                new("user", T["Written by"], staff.Select(u => new SelectListItem(u.Name, u.Id.ToString())), Staff?.ToString()), new("span", T["Report of a"], EnumTitles.Items(typeof(ReportSpan)), Span?.ToString()),
            ]);
        }

        if (After?.Split('_') is [var day, var id] && DateOnly.TryParseExact(day, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var from) && Guid.TryParse(id, out var last))
            all = all.Where(r => r.From < from || (r.From == from && r.Id < last));
        var rows = await all.OrderByDescending(r => r.From).ThenByDescending(r => r.Id).Take(Size + 1).Select(r => new ActivityReportRow(r.Id, r.AuthorId, r.Span, r.From, r.To, r.State, r.Rating, r.SentAt)).ToListAsync(ct);
        if (rows.Count > Size)
        {
            rows.RemoveAt(Size);
            Next = string.Create(CultureInfo.InvariantCulture, $"{rows[^1].From:yyyyMMdd}_{rows[^1].Id}");
        }

        Rows = rows;
        _names = await users.CardsAsync([.. rows.Select(r => r.AuthorId).Distinct()], ct);
    }

    /// <summary>Who writes reports and has not sent that of a day or week.</summary>
    private async Task ReadMissingAsync(CancellationToken ct)
    {
        var span = Span ?? ReportSpan.Day;
        var (from, to) = Periods.Step(From ?? Dates.DayOf(time.GetUtcNow()).AddDays(-1), span == ReportSpan.Day ? TimeStep.Day : TimeStep.Week, Dates);
        var sent = await db.ActivityReports.AsNoTracking().Where(r => r.Span == span && r.From == from).Select(r => new { r.AuthorId, r.State }).ToDictionaryAsync(r => r.AuthorId, r => r.State, ct);
        // A draft is its author's own: only that it was begun is told.
        Missing = [.. (await users.WithPermissionAsync(ContactsPermissions.WriteActivityReports, ct)).Where(u => !sent.TryGetValue(u.Id, out var state) || state is ReportState.Draft or ReportState.Returned).Select(u => (u.Name, sent.ContainsKey(u.Id)))];
        Filter = new("/activity-reports", new Period(null, from, to),
        [
            new("show", T["Filter"], [new SelectListItem(T["Not sent yet"], "missing")], "missing") { Always = true }, new("span", T["Report of a"], EnumTitles.Items(typeof(ReportSpan)), span.ToString()) { Always = true },
        ]);
    }
}
