using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.PrintLabels;

/// <summary>Sheets that labels are sold on, and envelopes; sizes in millimetres stand in labels.css under the same names.</summary>
internal enum LabelSheet
{
    A4Of24,
    A4Of21,
    A4Of14,
    A4Of8,
    EnvelopeDl,
    EnvelopeC5,
}

internal sealed record Label(string? Salutation, string Name, string? Company, string? Province, string? City, string? Country, string? District, string? Text, string? PostalCode);

/// <summary>Labels and envelopes of chosen contacts: those of a filter, of a selection, or all staff of a company.</summary>
[Requires(ContactsPermissions.Print)]
internal sealed class PrintLabelsPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, ListedContacts listed) : PageBase
{
    public const int Most = 1000;

    /// <summary>Chosen one by one.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid[] Ids { get; set; } = [];

    /// <summary>Everything that the list of contacts shows under this address: its search, conditions and view.</summary>
    [BindProperty(SupportsGet = true)]
    public bool List { get; set; }

    /// <summary>All staff of this company; who has no address of his own is written to there.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Company { get; set; }

    [BindProperty(SupportsGet = true)]
    public LabelSheet Sheet { get; set; }

    /// <summary>Labels of the first sheet that are used already.</summary>
    [BindProperty(SupportsGet = true)]
    public int Skip { get; set; }

    /// <summary>Those without an address too, as a label with the name.</summary>
    [BindProperty(SupportsGet = true)]
    public bool All { get; set; }

    public IReadOnlyList<Label> Labels { get; private set; } = [];

    public bool More { get; private set; }

    public string? CompanyName { get; private set; }

    /// <summary>Something narrows the list whose rows are meant.</summary>
    public bool Narrowed => List || Chosen.Any(c => !string.Equals(c.Name, "company", StringComparison.OrdinalIgnoreCase) && c.Value.Length > 0);

    public BaseValues Lists { get; private set; } = new([]);

    public int PerSheet => Sheet switch { LabelSheet.A4Of24 => 24, LabelSheet.A4Of21 => 21, LabelSheet.A4Of14 => 14, LabelSheet.A4Of8 => 8, _ => 1 };

    public bool Envelope => PerSheet == 1;

    /// <summary>The labels sheet by sheet; null is a place that stays empty.</summary>
    public IEnumerable<Label?[]> Sheets => Enumerable.Repeat<Label?>(null, Envelope ? 0 : Skip).Concat(Labels).Chunk(PerSheet);

    /// <summary>What of the query string chooses the recipients, for the form.</summary>
    public IEnumerable<(string Name, string Value)> Chosen =>
        Request.Query.Where(q => q.Key is not ("Sheet" or "sheet" or "Skip" or "skip" or "All" or "all")).SelectMany(q => q.Value.Select(v => (q.Key, v ?? "")));

    public async Task OnGetAsync(CancellationToken ct)
    {
        if (!ModelState.IsValid || !Enum.IsDefined(Sheet)) throw new NotFound("sheet", null);
        Lists = await baseData.GetAsync(ct);
        var towns = await places.GetAsync(ct);
        // Where the addresses are hidden from somebody, there is nothing to write on a label.
        if (Me.Hides(ContactsRights.Contacts, "addresses")) return;
        Skip = Math.Clamp(Skip, 0, PerSheet - 1);
        var contacts = await listed.OfAsync(Request.Query, ct, Operation.Print);
        if (Ids.Length > 0) contacts = contacts.Where(c => Ids.Contains(c.Id));
        AddressRow? home = null;
        if (Company is { } company)
        {
            CompanyName = await db.Contacts.Where(c => c.Id == company).Select(c => c.Name).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(Contact), company);
            // Who does not see posts does not get to know whose they are.
            contacts = Me.Hides(ContactsRights.Contacts, "positions") ? contacts.Where(_ => false) : contacts.Where(c => c.Positions.Any(p => p.CompanyId == company && p.To == null));
            home = Best(await db.Addresses.AsNoTracking().Where(a => a.ContactId == company).OrderBy(a => a.Position)
                .Select(a => new AddressRow(a.Purpose, a.Country, a.ProvinceId, a.CityId, a.District, a.PostalCode, a.Text)).ToListAsync(ct));
        }

        var written = home is not null || All;
        if (!written) contacts = contacts.Where(c => c.Addresses.Any(a => a.Text != null || a.PostalCode != null));
        var rows = await contacts.OrderBy(c => c.Name).ThenBy(c => c.Number).Take(Most + 1).AsSplitQuery().Select(c => new
        {
            c.Kind, c.Name, c.CompanyName, c.SalutationId,
            Addresses = c.Addresses.OrderBy(a => a.Position).Select(a => new AddressRow(a.Purpose, a.Country, a.ProvinceId, a.CityId, a.District, a.PostalCode, a.Text)).ToList(),
        }).ToListAsync(ct);
        More = rows.Count > Most;
        Labels = [.. rows.Take(Most).Select(r =>
        {
            var a = Best(r.Addresses) ?? home;
            return new Label(Me.Hides(ContactsRights.Contacts, "salutationId") ? null : Lists.Title(r.SalutationId), r.Name, r.Kind == ContactKind.Person ? r.CompanyName : null, towns.Title(a?.ProvinceId), towns.Title(a?.CityId), a is null or { Country: "IR" } ? null : a.Country, a?.District, a?.Text, a?.PostalCode);
        })];
    }

    // The one for letters before the others; one that can be written on an envelope before one that can't.
    private static AddressRow? Best(List<AddressRow> addresses) =>
        addresses.Where(a => a.Text is not null || a.PostalCode is not null).OrderByDescending(a => a.Purpose == AddressPurpose.Postal).FirstOrDefault();

    private sealed record AddressRow(AddressPurpose Purpose, string Country, int? ProvinceId, int? CityId, string? District, string? PostalCode, string? Text);
}
