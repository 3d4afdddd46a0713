using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.Costs;

/// <summary>What the communications with one customer have cost.</summary>
[Requires(ContactsPermissions.SeeCommunications)]
internal sealed class ContactCostsPage(ContactsDb db, BaseDataCache baseData, IUserDirectory users, TimeProvider time) : PageBase
{
    private const int Most = 5000;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Period { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? To { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Kind { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Export { get; set; }

    public string ContactName { get; private set; } = "";

    public ReportFilter Filter { get; private set; } = null!;

    public ReportView Lines { get; private set; } = null!;

    public ReportView Sums { get; private set; } = null!;

    public long Total { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken ct)
    {
        if (Me.Hides(ContactsRights.Communications, "costs")) throw new Forbidden(ContactsRights.Communications + ".costs");
        // Who logged a communication is a field of its own.
        var staff = !Me.Hides(ContactsRights.Communications, "userId");
        ContactName = await db.Contacts.Where(c => c.Id == Id).Select(c => c.Name).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(Contact), Id);
        var lists = await baseData.GetAsync(ct);
        var period = Periods.Of(Period, From, To, time.GetUtcNow(), Dates, "this-year");
        var lines = CostQuery.Lines(CostQuery.Within(db.Communications.AsNoTracking().Where(c => c.ContactId == Id), period, Dates));
        if (Kind is { } kind) lines = lines.Where(l => l.KindId == kind);
        var found = await lines.OrderByDescending(l => l.At).Take(Most).ToListAsync(ct);
        var names = staff ? await users.CardsAsync([.. found.Where(l => l.UserId is not null).Select(l => l.UserId!.Value).Distinct()], ct) : new Dictionary<Guid, UserCard>();
        IEnumerable<T> Who<T>(T cell) => staff ? [cell] : [];
        Total = found.Sum(l => l.Amount);
        Lines = new(null, new(
            "costs",
            [new(T["When"], ReportKind.Moment), new(T["Communication"]), new(T["Kind of cost"]), new(T["Amount (Rials)"], ReportKind.Money), new(T["Note"]), .. Who(new ReportColumn(T["Who"]))],
            [.. found.Select(l => (ReportCell[])[new(l.At, $"/communications/{l.CommunicationId}"), new(lists.Title(l.CommunicationKindId)), new(lists.Title(l.KindId)), new(l.Amount), new(l.Note), .. Who(new ReportCell(l.UserId is { } u ? names.GetValueOrDefault(u)?.Name : null))])],
            found.Count == 0 ? null : [new(T["Together"]), new(null), new(null), new(Total), new(null), .. Who(new ReportCell(null))]), "No costs in this time.") { MayExport = Me.Can(ContactsPermissions.ExportCommunications) };
        var sums = found.GroupBy(l => l.KindId).ToDictionary(g => g.Key, g => g.Sum(l => l.Amount));
        Sums = new(null, new("costs", [new(T["Kind of cost"]), new(T["Amount (Rials)"], ReportKind.Money)], [.. CostQuery.Kinds(lists, sums.Keys).Select(k => (ReportCell[])[new(k.Title), new(sums[k.Id])])]));
        if (Export is not null && !Lines.MayExport) throw new Forbidden(ContactsPermissions.ExportCommunications);
        if (Export is not null) return await ReportFile.OfAsync(Lines.Table, Export, Dates, $"{T["Costs"]} {ContactName}", time.GetUtcNow());
        Filter = new($"/contacts/{Id}/costs", period, [new("kind", T["Kind of cost"], lists.Choices(BaseLists.CostKind, Kind).Select(v => new SelectListItem(v.Title, v.Id.ToString())), Kind?.ToString())]);
        return Page();
    }
}
