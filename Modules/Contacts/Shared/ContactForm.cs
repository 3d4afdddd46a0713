using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Contacts.Shared;

/// <summary>What the form of a contact needs besides its command: the same for adding and changing.</summary>
internal abstract class ContactFormPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users) : PageBase
{
    /// <summary>The command as the form sees it.</summary>
    public abstract ContactFields Fields { get; }

    public BaseValues Lists { get; private set; } = new([]);

    public Places Towns { get; private set; } = new([]);

    public IReadOnlyList<UserCard> Users { get; private set; } = [];

    public string? CompanyTitle { get; private set; }

    /// <summary>Values of custom fields that stand in the record.</summary>
    public string? CustomNow { get; private set; }

    /// <summary>Contacts that have one of the numbers or the national ID already, after a save that stopped for it.</summary>
    public IReadOnlyList<KnownContact> Known { get; private set; } = [];

    /// <summary>Whether this field of a contact is not shown to the user.</summary>
    public bool Hides(string field) => Me.Hides(ContactsRights.Contacts, field);

    protected ContactsDb Db => db;

    protected BaseDataCache BaseData => baseData;

    protected abstract Guid? Self { get; }

    public string? AddGroupUrl => Me.Can(ContactsPermissions.ManageGroups) ? "/contacts/groups/add" : null;

    public IEnumerable<SelectListItem> Groups => Lists.Groups.Choices(Fields.GroupIds).Select(g => new SelectListItem(Lists.Groups.Path(g.Id), g.Id.ToString()));

    public string? AddUrl(string list) => Me.Can(ContactsPermissions.ManageBaseData) ? "/contacts/settings/base-data/add?list=" + list : null;

    public IEnumerable<SelectListItem> Items(string list, Guid? chosen) => Lists.Choices(list, chosen).Select(v => new SelectListItem(v.Title, v.Id.ToString()));

    public IEnumerable<SelectListItem> UserItems => Users.Select(u => new SelectListItem(u.Name, u.Id.ToString()));

    public bool SeesSensitive => Me.Can(ContactsPermissions.SeeSensitive);

    public MapSettings Map => HttpContext.RequestServices.GetRequiredService<MapSettings>();

    public IEnumerable<SelectListItem> CountryItems => Countries.All.Select(c => new SelectListItem(c.Title, c.Code));

    public IEnumerable<SelectListItem> Provinces => Towns.Provinces.Select(p => new SelectListItem(Places.TitleOf(p), p.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>Counties of the province that is chosen, else all with their province: without scripts one of them must be there to choose.</summary>
    public IEnumerable<SelectListItem> Counties(AddressFields a) => PlaceItems.Counties(Towns, Province(a));

    /// <summary>Cities of the county, else of the province that is chosen, in their districts.</summary>
    public IEnumerable<SelectListItem> Cities(AddressFields a) => PlaceItems.Cities(Towns, Province(a), Towns.Find(a.CityId)?.CountyId ?? a.CountyId);

    private int? Province(AddressFields a) => Towns.Find(a.CityId)?.ProvinceId ?? Towns.Find(a.CountyId)?.ProvinceId ?? a.ProvinceId;

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        ViewData[FieldRights.Key] = ClosedFields.Of(Me, adding: Self is null);
        Map.Allow(HttpContext);
        Lists = await baseData.GetAsync(ct);
        Towns = await places.GetAsync(ct);
        Users = await users.ActiveAsync(ct);
        if (Self is { } self) CustomNow = await db.Contacts.Where(c => c.Id == self).Select(c => c.Custom).SingleOrDefaultAsync(ct);
        if (Fields.CompanyId is { } company) CompanyTitle = await db.Contacts.Where(c => c.Id == company).Select(c => c.Name).SingleOrDefaultAsync(ct);
        if (HttpContext.Request.Method == HttpMethods.Post) Known = await KnownContacts.FindAsync(db, Fields.Phones, Fields.NationalId, Fields.Kind == ContactKind.Company, Self, ct);
        // The form itself says who it is and asks what to do: a second alert above would say the same.
        if (Known.Count > 0 && ModelState.TryGetValue("", out var whole))
        {
            foreach (var error in whole.Errors.Where(e => Known.Any(k => e.ErrorMessage == k.Sentence)).ToList()) whole.Errors.Remove(error);
        }
    }
}

/// <summary>The form's view of a page: fields are named after its command.</summary>
internal interface IContactForm
{
    ContactFields Command { get; }

    ContactFormPage Form { get; }
}

/// <summary>A page as its form sees it, with empty rows to type into.</summary>
internal sealed record ContactFormModel(ContactFields Command, ContactFormPage Form) : IContactForm
{
    public static ContactFormModel Of(ContactFormPage page)
    {
        var f = page.Fields;
        return new(
            f with
            {
                Phones = Rows(f.Phones, new PhoneFields(), 2),
                Emails = Rows(f.Emails, new EmailFields(), 1),
                Ibans = Rows(f.Ibans, null, 1),
                BankCards = Rows(f.BankCards, null, 1),
                Addresses = Rows(f.Addresses, new AddressFields(), 1),
            },
            page);
    }

    // Rows left empty in a form that comes back are the same empty rows, not further ones.
    private static List<T> Rows<T>(IReadOnlyList<T> typed, T empty, int least)
    {
        var rows = typed.ToList();
        while (rows.Count > 0 && EqualityComparer<T>.Default.Equals(rows[^1], empty)) rows.RemoveAt(rows.Count - 1);
        do rows.Add(empty);
        while (rows.Count < least);
        return rows;
    }
}
