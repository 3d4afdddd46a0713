using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc.Rendering;
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

/// <summary>What the reports of this module have in common besides: its lists of values and its places.</summary>
internal abstract class ContactsReportPage(BaseDataCache baseData, PlacesCache places, TimeProvider time) : ReportPage(time)
{
    protected BaseValues Lists { get; private set; } = new([]);

    protected Places Towns { get; private set; } = new([]);

    protected async Task ReadListsAsync()
    {
        Lists = await baseData.GetAsync(Ct);
        Towns = await places.GetAsync(Ct);
    }

    /// <summary>Whether a field of contacts is hidden from who asks: no report is made by it, and none narrowed.</summary>
    protected bool Hides(string field) => Me.Hides(ContactsRights.Contacts, field);

    /// <summary>Whether a field of communications is hidden from who asks.</summary>
    protected bool HidesSaid(string field) => Me.Hides(ContactsRights.Communications, field);

    /// <summary>A choice, unless it is by a field that is hidden.</summary>
    protected IEnumerable<ReportChoice> Unless(string field, ReportChoice choice) => Hides(field) ? [] : [choice];

    /// <summary>A choice, unless it is by a field of communications that is hidden.</summary>
    protected IEnumerable<T> UnlessSaid<T>(string field, T choice) => HidesSaid(field) ? [] : [choice];

    protected ReportChoice Choice(string name, string label, string list, Guid? value) => new(name, T[label], Lists.Choices(list, value).Select(v => new SelectListItem(v.Title, v.Id.ToString())), value?.ToString());

    protected ReportChoice Provinces(int? value) => new("province", T["Province"], Towns.Provinces.Select(p => new SelectListItem(Places.TitleOf(p), p.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))), value?.ToString(System.Globalization.CultureInfo.InvariantCulture));
}

internal static class ReportQueries
{
    /// <summary>Communications within the user's rights whose contact is not in the bin: the few deleted ones are taken out, so that a million others need not be joined.</summary>
    public static IQueryable<Communication> Communications(ContactsDb db) =>
        db.Communications.AsNoTracking().Where(c => !db.Set<BinnedContact>().Any(x => x.Id == c.ContactId));

    /// <summary>Those of them that the user's right to reports reaches.</summary>
    public static IQueryable<Communication> Reported(ContactsDb db) => db.Reached(Communications(db), Operation.Report);
}
