using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.FollowUps;

internal sealed record FollowUpRow(Guid Id, Guid ContactId, string Contact, string? Phone, Guid KindId, DateTimeOffset DueAt, Guid AssigneeId, string? Text, FollowUpState State);

/// <summary>What a list of follow-ups is narrowed to.</summary>
internal sealed record FollowUpFilter
{
    /// <summary>Person in charge.</summary>
    public Guid? User { get; init; }

    public Guid? Contact { get; init; }

    public Guid? Kind { get; init; }

    public int[]? Cities { get; init; }

    /// <summary>First day it was due, in the user's zone.</summary>
    public DateOnly? From { get; init; }

    public DateOnly? To { get; init; }

    /// <summary>in-time, late (done after its day), missed (its time has passed and it is open), waiting (its time has not come), cancelled.</summary>
    public string? Outcome { get; init; }
}

internal static class FollowUpListQuery
{
    public static IQueryable<FollowUp> Narrow(IQueryable<FollowUp> all, FollowUpFilter f, DateView dates, DateTimeOffset now)
    {
        if (f.User is { } user) all = all.Where(x => x.AssigneeId == user);
        if (f.Contact is { } contact) all = all.Where(x => x.ContactId == contact);
        if (f.Kind is { } kind) all = all.Where(x => x.KindId == kind);
        if (f.Cities is { } cities) all = all.Where(x => x.Contact!.CityId != null && cities.Contains(x.Contact.CityId.Value));
        if (f.From is { } from)
        {
            var start = dates.Moment(from, TimeOnly.MinValue);
            all = all.Where(x => x.DueAt >= start);
        }

        if (f.To is { } to)
        {
            var end = dates.Moment(to.AddDays(1), TimeOnly.MinValue);
            all = all.Where(x => x.DueAt < end);
        }

        var zone = dates.Zone.Id;
        return f.Outcome switch
        {
            "in-time" => all.Where(x => x.State == FollowUpState.Done && LocalDay.Of(x.EndedAt!.Value, zone) <= LocalDay.Of(x.DueAt, zone)),
            "late" => all.Where(x => x.State == FollowUpState.Done && LocalDay.Of(x.EndedAt!.Value, zone) > LocalDay.Of(x.DueAt, zone)),
            "missed" => all.Where(x => x.State == FollowUpState.Open && x.DueAt < now),
            "waiting" => all.Where(x => x.State == FollowUpState.Open && x.DueAt >= now),
            "cancelled" => all.Where(x => x.State == FollowUpState.Cancelled),
            _ => all,
        };
    }

    /// <summary>By person in charge: in time is what was done by the end of the day that it was planned for.</summary>
    public static async Task<IReadOnlyList<Reports.FollowUpFigures>> FiguresAsync(IQueryable<FollowUp> all, DateView dates, DateTimeOffset now, CancellationToken ct)
    {
        var zone = dates.Zone.Id;
        return await all.GroupBy(f => f.AssigneeId).Select(g => new Reports.FollowUpFigures(
            g.Key, g.LongCount(),
            g.LongCount(f => f.State == FollowUpState.Done && LocalDay.Of(f.EndedAt!.Value, zone) <= LocalDay.Of(f.DueAt, zone)),
            g.LongCount(f => f.State == FollowUpState.Done && LocalDay.Of(f.EndedAt!.Value, zone) > LocalDay.Of(f.DueAt, zone)),
            g.LongCount(f => f.State == FollowUpState.Open && f.DueAt < now),
            g.LongCount(f => f.State == FollowUpState.Open && f.DueAt >= now),
            g.LongCount(f => f.State == FollowUpState.Cancelled))).ToListAsync(ct);
    }

    public static readonly Keyset<FollowUp> Orders = new("dueAt", SortOrder<FollowUp>.By("dueAt", f => f.DueAt, f => f.Id), SortOrder<FollowUp>.By("createdAt", f => f.Id));
}

[Requires(ContactsPermissions.SeeCommunications)]
internal sealed class FollowUpListPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, TimeProvider time) : PageBase
{
    private const int Size = 50;
    private const string Sort = "dueAt";

    /// <summary>mine (default), all.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Whose { get; set; }

    /// <summary>open (default), late, done, cancelled.</summary>
    [BindProperty(SupportsGet = true)]
    public string? State { get; set; }

    [BindProperty(SupportsGet = true, Name = "")]
    public FollowUpFilter Filter { get; set; } = new();

    [BindProperty(SupportsGet = true)]
    public int? Province { get; set; }

    /// <summary>What the list is narrowed to besides, in words.</summary>
    public IReadOnlyList<string> Narrowed { get; private set; } = [];

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? After { get; set; }

    public IReadOnlyList<FollowUpRow> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public BaseValues Lists { get; private set; } = new([]);

    public DateTimeOffset Now { get; private set; }

    private IReadOnlyDictionary<Guid, UserCard> _names = new Dictionary<Guid, UserCard>();

    public string? NameOf(Guid id) => _names.GetValueOrDefault(id)?.Name;

    public async Task OnGetAsync(CancellationToken ct)
    {
        Now = time.GetUtcNow();
        Lists = await baseData.GetAsync(ct);
        var all = db.FollowUps.AsNoTracking().Where(f => f.Contact!.DeletedAt == null);
        var towns = await places.GetAsync(ct);
        all = FollowUpListQuery.Narrow(all, Filter with { Cities = Province is { } p ? [.. towns.Cities[p].Select(c => c.Id)] : null }, Dates, Now);
        if (Whose != "all") all = all.Where(f => f.AssigneeId == Me.Id);
        all = State switch
        {
            "late" => all.Where(f => f.State == FollowUpState.Open && f.DueAt < Now),
            "done" => all.Where(f => f.State == FollowUpState.Done),
            "cancelled" => all.Where(f => f.State == FollowUpState.Cancelled),
            "any" => all,
            _ => all.Where(f => f.State == FollowUpState.Open),
        };
        var rows = await FollowUpListQuery.Orders.Page(all, Sort, After).Take(Size + 1)
            .Select(f => new FollowUpRow(f.Id, f.ContactId, f.Contact!.Name, f.Contact.MainPhone, f.KindId, f.DueAt, f.AssigneeId, f.Text, f.State)).ToListAsync(ct);
        if (rows.Count > Size)
        {
            rows.RemoveAt(Size);
            Next = Keyset<FollowUp>.Cursor(Sort, rows[^1].DueAt, rows[^1].Id);
        }

        Rows = rows;
        _names = await users.CardsAsync([.. rows.Select(r => r.AssigneeId).Append(Filter.User ?? Guid.Empty).Distinct()], ct);
        Narrowed =
        [
            .. new[]
            {
                Filter.User is { } user ? NameOf(user) : null, Lists.Title(Filter.Kind), towns.Title(Province), Filter.Contact is { } contact ? await db.Contacts.Where(c => c.Id == contact).Select(c => c.Name).FirstOrDefaultAsync(ct) : null,
                Filter.From is { } from ? T["from {0}", Dates.Day(from)] : null, Filter.To is { } to ? T["until {0}", Dates.Day(to)] : null,
                Filter.Outcome switch { "in-time" => T["In time"], "late" => T["Late"], "missed" => T["Missed"], "waiting" => T["Waiting"], "cancelled" => T["Cancelled"], _ => null },
            }.OfType<string>(),
        ];
    }

    public string With(string whose, string state) => $"/follow-ups?whose={whose}&state={state}";
}
