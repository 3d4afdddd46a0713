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
        if (whole > 0) Average = 100 - (long)Math.Round(s_parts.Sum(p => p.Weight * (double)missing[p.Key] / whole));
        var ordered = s_parts.Where(p => missing.GetValueOrDefault(p.Key) > 0).OrderByDescending(p => missing[p.Key]).ToList();
        string Self(string key) => Link("/contacts/reports/completeness", ("missing", key), ("owner", Owner), ("role", Role));
        Report = new(
            whole == 0 ? null : new(ChartShape.Bars, T["Missing in so many files"], [.. ordered.Select(p => T[p.Title])], [new(T["Missing"], [.. ordered.Select(p => missing[p.Key])])], [.. ordered.Select(p => (string?)Self(p.Key))]),
            new("completeness", [new(T["What is missing"]), new(T["Counts for"], ReportKind.Percent), new(T["Contacts"], ReportKind.Number), new(T["Share"], ReportKind.Percent)],
                [.. ordered.Select(p => (ReportCell[])[new(T[p.Title], Self(p.Key)), new((long)p.Weight), new(missing[p.Key], Self(p.Key)), new(ReportText.Share(missing[p.Key], whole))])]),
            "Nothing is missing anywhere.");
        Filter = new(
            "/contacts/reports/completeness", null,
            [
                new("missing", T["What is missing"], s_parts.Select(p => new SelectListItem(T[p.Title], p.Key)), Missing),
                new("owner", T["Expert"], (await users.ActiveAsync(Ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString())), Owner?.ToString()), Choice("role", "Role of the contact", BaseLists.Role, Role),
            ]);
        if (Export is null) await ReadRowsAsync(all);
        return await ShownAsync();
    }

    private async Task ReadRowsAsync(IQueryable<Contact> all)
    {
        var part = s_parts.FirstOrDefault(p => p.Key == Missing);
        all = part.Missing is { } one ? all.Where(one) : all.Where(c => c.MainPhone == null || c.CityId == null || c.NationalId == null || c.TypeId == null || c.SourceId == null || c.OwnerId == null || c.FieldOfActivityId == null || !c.Emails.Any());
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

        Rows = [.. rows.Select(r => new IncompleteRow(r.Id, r.Number, r.Name, r.OwnerId, 100 - s_parts.Where((_, i) => r.Lacks[i]).Sum(p => p.Weight), [.. s_parts.Where((_, i) => r.Lacks[i]).Select(p => p.Title)]))];
        _names = await users.CardsAsync([.. rows.Where(r => r.OwnerId is not null).Select(r => r.OwnerId!.Value).Distinct()], Ct);
    }
}
