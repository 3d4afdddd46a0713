using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.AuditLog;

[Requires(PlatformPermissions.SeeAudit)]
internal sealed class AuditLogPage(PlatformDb db, RecordHistory history, IUserDirectory users) : PageBase
{
    private const int Size = 50;

    [BindProperty(SupportsGet = true, Name = "user")]
    public Guid? UserId { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Kind { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? Until { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Record { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? After { get; set; }

    public IReadOnlyList<HistoryEntry> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public IReadOnlyList<UserCard> Users { get; private set; } = [];

    public IReadOnlyList<(string Key, string Title)> Kinds { get; private set; } = [];

    public bool Filtered => UserId is not null || !string.IsNullOrEmpty(Kind) || From is not null || Until is not null || Record is not null;

    /// <summary>The kind of the one record that is shown, to look at its past; null for several.</summary>
    public string? RecordEntity { get; private set; }

    public string FromText => From is { } d ? Dates.Day(d) : "";

    public string UntilText => Until is { } d ? Dates.Day(d) : "";

    public string DatePattern => Dates.Day(Dates.DayOf(DateTimeOffset.UnixEpoch.AddYears(56)));

    public async Task OnGetAsync()
    {
        Users = await users.ActiveAsync(HttpContext.RequestAborted);
        Kinds = [.. (await AuditQuery.KindsAsync(db, HttpContext.RequestAborted)).Select(k => (k, RecordHistory.Word(k[(k.LastIndexOf('.') + 1)..]))).OrderBy(k => k.Item2, StringComparer.Ordinal)];
        var rows = await new AuditQuery(UserId, Kind, From is { } f ? Dates.Moment(f, TimeOnly.MinValue) : null, Until is { } u ? Dates.Moment(u.AddDays(1), TimeOnly.MinValue) : null, Record, After, Size)
            .RunAsync(db, HttpContext.RequestAborted);
        Rows = await history.ShowAsync([.. rows.Take(Size)], HttpContext.RequestAborted);
        RecordEntity = Record is { } one ? rows.FirstOrDefault(r => r.EntityId == one && r.Action != "P")?.Entity : null;
        Next = rows.Count > Size ? Rows[^1].Id.ToString() : null;
    }
}

/// <summary>A stretch of the history, newest first. Ids are in order of time, so one key does for order and paging.</summary>
internal sealed record AuditQuery(Guid? UserId, string? Kind, DateTimeOffset? From, DateTimeOffset? Until, Guid? Record, Guid? After, int Size)
{
    /// <summary>One row more than <see cref="Size"/> when there are more.</summary>
    public async Task<List<AuditRow>> RunAsync(PlatformDb db, CancellationToken ct)
    {
        var rows = db.Audit.AsNoTracking();
        if (UserId is { } user) rows = rows.Where(a => a.UserId == user);
        if (!string.IsNullOrEmpty(Kind)) rows = rows.Where(a => a.Entity == Kind);
        if (Record is { } record) rows = rows.Where(a => a.EntityId == record || a.RootId == record);
        if (From is { } from) rows = rows.Where(a => a.At >= from);
        if (Until is { } until) rows = rows.Where(a => a.At < until);
        if (After is { } after) rows = rows.Where(a => a.Id.CompareTo(after) < 0);
        return await rows.OrderByDescending(a => a.Id).Take(Size + 1).ToListAsync(ct);
    }

    /// <summary>Kinds of records that stand in the history; a walk from one to the next along the index, not a reading of the whole.</summary>
    [BypassesSave("A loose index scan can't be said in LINQ.")]
    public static async Task<IReadOnlyList<string>> KindsAsync(PlatformDb db, CancellationToken ct) => await db.Database.SqlQueryRaw<string>("""
        with recursive kinds as (
          (select entity from platform.audit order by entity limit 1)
          union all
          select (select a.entity from platform.audit a where a.entity > k.entity order by a.entity limit 1) from kinds k where k.entity is not null)
        select entity as "Value" from kinds where entity is not null
        """).ToListAsync(ct);
}
