using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.Reports;

internal sealed record FollowUpFigures(Guid UserId, long Planned, long InTime, long Late, long Missed, long Waiting, long Cancelled);

/// <summary>How members of staff keep their follow-ups, over all customers or with one.</summary>
[Requires(ContactsPermissions.ReportCommunications)]
internal sealed class FollowUpReportPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, TimeProvider time) : ContactsReportPage(baseData, places, time)
{
    [BindProperty(SupportsGet = true)]
    public Guid? Kind { get; set; }

    [BindProperty(SupportsGet = true, Name = "user")]
    public Guid? Staff { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Contact { get; set; }

    [BindProperty(SupportsGet = true)]
    public int? Province { get; set; }

    public async Task<IActionResult> OnGetAsync()
    {
        await ReadListsAsync();
        if (Hides("addresses")) Province = null;
        var period = Periods.Of(Period, From, To, Now, Dates);
        var filter = new FollowUpFilter { User = Staff, Contact = Contact, Kind = Kind, Province = Province, From = period.From, To = period.To };
        var figures = await FollowUpsOfReport.FiguresAsync(FollowUpsOfReport.Narrow(db.FollowUps.AsNoTracking().Where(f => f.Contact!.DeletedAt == null), filter, Dates), Dates, Now, Ct);
        var names = await users.CardsAsync([.. figures.Select(f => f.UserId)], Ct);
        var contactName = Contact is { } one ? await db.Contacts.Where(c => c.Id == one).Select(c => c.Name).FirstOrDefaultAsync(Ct) : null;
        var rows = figures.OrderByDescending(f => f.Planned).ToList();
        string Behind(Guid? user, string? outcome) => Link(
            "/follow-ups", ("whose", "all"), ("state", "any"), ("user", user ?? Staff), ("outcome", outcome), ("contact", Contact), ("kind", Kind), ("province", Province), ("from", Day(period.From)), ("to", Day(period.To)));
        ReportCell Cell(long n, Guid? user, string? outcome) => new(n, n == 0 ? null : Behind(user, outcome));
        IReadOnlyList<ReportCell> Row(FollowUpFigures f, Guid? user, string name) =>
        [
            new(name, user is null ? null : Behind(user, null)), Cell(f.Planned, user, null), Cell(f.InTime, user, "in-time"), Cell(f.Late, user, "late"), Cell(f.Missed, user, "missed"), Cell(f.Waiting, user, "waiting"), Cell(f.Cancelled, user, "cancelled"),
            // What is not due yet and what was called off says nothing about punctuality.
            new(ReportText.Share(f.InTime, f.InTime + f.Late + f.Missed)),
        ];
        string NameOf(FollowUpFigures f) => names.GetValueOrDefault(f.UserId)?.Name ?? T["Unknown"];
        var all = new FollowUpFigures(default, rows.Sum(r => r.Planned), rows.Sum(r => r.InTime), rows.Sum(r => r.Late), rows.Sum(r => r.Missed), rows.Sum(r => r.Waiting), rows.Sum(r => r.Cancelled));
        Report = new(
            rows.Count == 0 ? null : new(
                ChartShape.Stacked, T["Performance in follow-ups"], [.. rows.Select(NameOf)],
                [new(T["In time"], [.. rows.Select(r => r.InTime)], "green"), new(T["Late"], [.. rows.Select(r => r.Late)], "orange"), new(T["Missed"], [.. rows.Select(r => r.Missed)], "red"), new(T["Waiting"], [.. rows.Select(r => r.Waiting)], "blue")],
                [.. rows.Select(r => Behind(r.UserId, null))]),
            new(
                "follow-ups",
                [new(T["Person in charge"]), new(T["Planned"], ReportKind.Number), new(T["In time"], ReportKind.Number), new(T["Late"], ReportKind.Number), new(T["Missed"], ReportKind.Number), new(T["Waiting"], ReportKind.Number), new(T["Cancelled"], ReportKind.Number), new(T["In time, of those due"], ReportKind.Percent)],
                [.. rows.Select(f => Row(f, f.UserId, NameOf(f)))], rows.Count == 0 ? null : Row(all, null, T["Together"])));
        Filter = new(
            "/contacts/reports/follow-ups", period,
            [
                new("user", T["Person in charge"], (await users.ActiveAsync(Ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString())), Staff?.ToString()),
                new("contact", T["Contact"], [], Contact?.ToString(), "/contacts/lookup", contactName), Choice("kind", "Kind", BaseLists.CommunicationKind, Kind), .. Unless("addresses", Provinces(Province)),
            ]);
        return await ShownAsync();
    }
}
