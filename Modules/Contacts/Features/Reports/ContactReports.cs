using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.Reports;

internal sealed class ContactReports : IReportSource
{
    public IEnumerable<ReportLink> Reports { get; } =
    [
        new("Contacts", "Visits and calls", "How many communications, with whom, by whom, of which kind and with which result, by day, week or month.", "/contacts/reports/communications", "messages", ContactsPermissions.ReportCommunications),
        new("Contacts", "Performance in follow-ups", "What each of us had planned, and did in time, late or not at all.", "/contacts/reports/follow-ups", "calendar-check", ContactsPermissions.ReportCommunications),
        new("Contacts", "Customers, representatives and suppliers", "How many there are by type, rank, status, province, source and expert, and how they grow.", "/contacts/reports/contacts", "users", ContactsPermissions.Report),
        new("Contacts", "Scores of suppliers", "How suppliers compare by their scores and each criterion, and who is to be scored again.", "/contacts/reports/suppliers", "star", ContactsPermissions.ReportSuppliers),
        new("Contacts", "Costs of visits", "What communications have cost, by person, kind, customer and time.", "/contacts/reports/costs", "cash", ContactsPermissions.ReportCommunications),
        new("Contacts", "Forgotten and silent contacts", "With whom nobody has spoken for long, and who was active once.", "/contacts/reports/forgotten", "user-question", ContactsPermissions.SeeCommunications),
        new("Contacts", "Completeness of contacts", "What is missing in the files, and whose file it is.", "/contacts/reports/completeness", "list-details", ContactsPermissions.See),
    ];
}

/// <summary>What the reports of this module have in common: the days they cover, the file, links to the lists behind the numbers.</summary>
internal abstract class ContactsReportPage(BaseDataCache baseData, PlacesCache places, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Period { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? To { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Export { get; set; }

    public ReportFilter Filter { get; protected set; } = null!;

    public ReportView Report { get; protected set; } = null!;

    protected BaseValues Lists { get; private set; } = new([]);

    protected Places Towns { get; private set; } = new([]);

    protected DateTimeOffset Now { get; } = time.GetUtcNow();

    protected CancellationToken Ct => HttpContext.RequestAborted;

    protected async Task ReadListsAsync()
    {
        Lists = await baseData.GetAsync(Ct);
        Towns = await places.GetAsync(Ct);
    }

    /// <summary>The page, or the file when one is asked for.</summary>
    protected async Task<IActionResult> ShownAsync() => Export is "csv" or "xlsx" ? await ReportFile.OfAsync(Report.Table, Export, Dates) : Page();

    /// <summary>Whether a field of contacts is hidden from who asks: no report is made by it, and none narrowed.</summary>
    protected bool Hides(string field) => Me.Hides(ContactsRights.Contacts, field);

    /// <summary>A choice, unless it is by a field that is hidden.</summary>
    protected IEnumerable<ReportChoice> Unless(string field, ReportChoice choice) => Hides(field) ? [] : [choice];

    protected ReportChoice Choice(string name, string label, string list, Guid? value) => new(name, T[label], Lists.Choices(list, value).Select(v => new SelectListItem(v.Title, v.Id.ToString())), value?.ToString());

    protected ReportChoice Provinces(int? value) => new("province", T["Province"], Towns.Provinces.Select(p => new SelectListItem(Places.TitleOf(p), p.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))), value?.ToString(System.Globalization.CultureInfo.InvariantCulture));

    protected static ReportChoice Titled(string name, string label, IEnumerable<(string Key, string Title)> values, string chosen) =>
        new(name, label, values.Select(v => new SelectListItem(v.Title, v.Key)), chosen) { Always = true };

    protected static string Link(string path, params (string Name, object? Value)[] query) =>
        QueryHelpers.AddQueryString(path, query.Where(q => q.Value is not null).Select(q => KeyValuePair.Create(q.Name, Convert.ToString(q.Value, System.Globalization.CultureInfo.InvariantCulture))));

    /// <summary>A day as a link carries it: of the user's calendar, in Latin digits.</summary>
    protected string Day(DateOnly day) => Calendars.Format(day, Dates.Calendar);

    /// <summary>The cities of a province, for conditions.</summary>
    protected int[] CitiesOf(int province) => [.. Towns.Cities[province].Select(c => c.Id)];
}

internal static class ReportQueries
{
    /// <summary>Communications within the user's rights whose contact is not in the bin: the few deleted ones are taken out, so that a million others need not be joined.</summary>
    public static IQueryable<Communication> Communications(ContactsDb db) =>
        db.Communications.AsNoTracking().Where(c => !db.Set<BinnedContact>().Any(x => x.Id == c.ContactId));
}
