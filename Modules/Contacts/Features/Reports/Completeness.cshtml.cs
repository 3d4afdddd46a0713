using System.Globalization;
using System.Linq.Expressions;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.Reports;

internal sealed record IncompleteRow(Guid Id, long Number, string Name, Guid? OwnerId, int Score, IReadOnlyList<string> Missing);

/// <summary>What is missing in the files: how often, and in which.</summary>
[Requires(ContactsPermissions.See)]
internal sealed class CompletenessPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, TimeProvider time) : ContactsReportPage(baseData, places, time)
{
    private const int Size = 50;

    /// <summary>What a file should say, what it counts for (a hundred together), and when it is missing.</summary>
    private static readonly (string Key, string Title, int Weight, Expression<Func<Contact, bool>> Missing)[] s_parts =
    [
        ("phone", "Telephone", 25, c => c.MainPhone == null),
        ("email", "E-mail", 10, c => !c.Emails.Any()),
        ("city", "City", 15, c => c.CityId == null),
        ("national-id", "National ID", 15, c => c.NationalId == null),
        ("type", "Type", 10, c => c.TypeId == null),
        ("source", "Source", 10, c => c.SourceId == null),
        ("owner", "Expert", 10, c => c.OwnerId == null),
        ("field", "Field of activity", 5, c => c.FieldOfActivityId == null),
    ];

    // What is hidden from somebody is neither counted nor told to be missing.
    private static readonly Dictionary<string, string> s_fields = new(StringComparer.Ordinal)
    {
        ["phone"] = "phones", ["email"] = "emails", ["city"] = "addresses", ["national-id"] = "nationalId", ["type"] = "typeId", ["source"] = "sourceId", ["owner"] = "ownerId", ["field"] = "fieldOfActivityId",
    };

    private bool Counts(string part) => !Hides(s_fields[part]);

    private IReadOnlyDictionary<Guid, UserCard> _names = new Dictionary<Guid, UserCard>();

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Missing { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Owner { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Role { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? After { get; set; }

    public IReadOnlyList<IncompleteRow> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public long? Average { get; private set; }

    public string? NameOf(Guid? id) => id is { } i ? _names.GetValueOrDefault(i)?.Name : null;

    public async Task<IActionResult> OnGetAsync()
    {
        await ReadListsAsync();
        if (Hides("ownerId")) Owner = null;
        if (Hides("roles")) Role = null;
        if (Missing is not null && s_fields.ContainsKey(Missing) && !Counts(Missing)) Missing = null;
        var counted = s_parts.Where(p => Counts(p.Key)).ToList();
        var most = Math.Max(1, counted.Sum(p => p.Weight));
        var all = db.Contacts.AsNoTracking();
        if (Owner is { } owner) all = all.Where(c => c.OwnerId == owner);
        if (Role is { } role) all = all.Where(c => c.RoleIds.Contains(role));

        var counts = await all.GroupBy(c => 1).Select(g => new
        {
            All = g.LongCount(), Phone = g.LongCount(c => c.MainPhone == null), City = g.LongCount(c => c.CityId == null), NationalId = g.LongCount(c => c.NationalId == null), Type = g.LongCount(c => c.TypeId == null),
            Source = g.LongCount(c => c.SourceId == null), Owner = g.LongCount(c => c.OwnerId == null), Field = g.LongCount(c => c.FieldOfActivityId == null),
        }).SingleOrDefaultAsync(Ct);
        var whole = counts?.All ?? 0;
        var missing = counts is null ? [] : new Dictionary<string, long>
        {
            ["phone"] = counts.Phone, ["email"] = await all.LongCountAsync(c => !c.Emails.Any(), Ct), ["city"] = counts.City, ["national-id"] = counts.NationalId, ["type"] = counts.Type, ["source"] = counts.Source, ["owner"] = counts.Owner, ["field"] = counts.Field,
        };
        if (whole > 0) Average = 100 - (long)Math.Round(counted.Sum(p => 100d * p.Weight / most * missing[p.Key] / whole));
        var ordered = counted.Where(p => missing.GetValueOrDefault(p.Key) > 0).OrderByDescending(p => missing[p.Key]).ToList();
        string Self(string key) => Link("/contacts/reports/completeness", ("missing", key), ("owner", Owner), ("role", Role));
        Report = new(
            whole == 0 ? null : new(ChartShape.Bars, T["Missing in so many files"], [.. ordered.Select(p => T[p.Title])], [new(T["Missing"], [.. ordered.Select(p => missing[p.Key])])], [.. ordered.Select(p => (string?)Self(p.Key))]),
            new("completeness", [new(T["What is missing"]), new(T["Counts for"], ReportKind.Percent), new(T["Contacts"], ReportKind.Number), new(T["Share"], ReportKind.Percent)],
                [.. ordered.Select(p => (ReportCell[])[new(T[p.Title], Self(p.Key)), new((long)p.Weight), new(missing[p.Key], Self(p.Key)), new(ReportText.Share(missing[p.Key], whole))])]),
            "Nothing is missing anywhere.");
        Filter = new(
            "/contacts/reports/completeness", null,
            [
                new("missing", T["What is missing"], counted.Select(p => new SelectListItem(T[p.Title], p.Key)), Missing),
                .. Unless("ownerId", new("owner", T["Expert"], (await users.ActiveAsync(Ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString())), Owner?.ToString())), .. Unless("roles", Choice("role", "Role of the contact", BaseLists.Role, Role)),
            ]);
        if (Export is null) await ReadRowsAsync(all);
        return await ShownAsync();
    }

    private async Task ReadRowsAsync(IQueryable<Contact> all)
    {
        var part = s_parts.FirstOrDefault(p => p.Key == Missing);
        var (phone, email, city, nationalId, type, source, owner, field) = (Counts("phone"), Counts("email"), Counts("city"), Counts("national-id"), Counts("type"), Counts("source"), Counts("owner"), Counts("field"));
        all = part.Missing is { } one ? all.Where(one) : all.Where(c => (phone && c.MainPhone == null) || (city && c.CityId == null) || (nationalId && c.NationalId == null) || (type && c.TypeId == null) || (source && c.SourceId == null) || (owner && c.OwnerId == null)
            || (field && c.FieldOfActivityId == null) || (email && !c.Emails.Any()));
        if (long.TryParse(After, NumberStyles.None, CultureInfo.InvariantCulture, out var after)) all = all.Where(c => c.Number < after);
        var rows = await all.OrderByDescending(c => c.Number).Take(Size + 1).Select(c => new
        {
            c.Id, c.Number, c.Name, c.OwnerId,
            // In the order of the parts above.
            Lacks = new[] { c.MainPhone == null, !c.Emails.Any(), c.CityId == null, c.NationalId == null, c.TypeId == null, c.SourceId == null, c.OwnerId == null, c.FieldOfActivityId == null },
        }).ToListAsync(Ct);
        if (rows.Count > Size)
        {
            rows.RemoveAt(Size);
            Next = rows[^1].Number.ToString(CultureInfo.InvariantCulture);
        }

        var most = Math.Max(1, s_parts.Where(p => Counts(p.Key)).Sum(p => p.Weight));
        Rows = [.. rows.Select(r => s_parts.Where((p, i) => r.Lacks[i] && Counts(p.Key)).ToList() is var lacks ? new IncompleteRow(r.Id, r.Number, r.Name, owner ? r.OwnerId : null, 100 - (int)Math.Round(100d * lacks.Sum(p => p.Weight) / most), [.. lacks.Select(p => p.Title)]) : null!)];
        _names = await users.CardsAsync([.. Rows.Where(r => r.OwnerId is not null).Select(r => r.OwnerId!.Value).Distinct()], Ct);
    }
}
