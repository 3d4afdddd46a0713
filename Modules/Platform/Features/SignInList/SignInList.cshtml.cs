using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SignInList;

[Requires(PlatformPermissions.SeeSignIns)]
internal sealed class SignInListPage(PlatformDb db, IUserDirectory users) : PageBase
{
    private const int Size = 50;

    [BindProperty(SupportsGet = true, Name = "user")]
    public Guid? UserId { get; set; }

    /// <summary>Beginning of the name that was typed.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    [BindProperty(SupportsGet = true)]
    public SignInOutcome? Result { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Address { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? Until { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? After { get; set; }

    public IReadOnlyList<SignInRow> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public IReadOnlyList<UserCard> Users { get; private set; } = [];

    public bool Filtered => UserId is not null || !string.IsNullOrEmpty(Q) || Result is not null || !string.IsNullOrEmpty(Address) || From is not null || Until is not null;

    public string FromText => From is { } d ? Dates.Day(d) : "";

    public string UntilText => Until is { } d ? Dates.Day(d) : "";

    public string DatePattern => Dates.Day(Dates.DayOf(DateTimeOffset.UnixEpoch.AddYears(56)));

    public async Task OnGetAsync()
    {
        var ct = HttpContext.RequestAborted;
        Users = await users.ActiveAsync(ct);
        var rows = db.SignIns.AsNoTracking();
        // Who sees some branches only sees their people; names that nobody bears belong to no branch.
        if (!Me.SeesAllBranches) rows = rows.Where(s => db.Users.Any(u => u.Id == s.UserId));
        if (UserId is { } user) rows = rows.Where(s => s.UserId == user);
        if (!string.IsNullOrEmpty(Q))
        {
            var begins = Q.ToLowerInvariant();
            rows = rows.Where(s => s.UserName.StartsWith(begins));
        }

        if (Result is { } result) rows = rows.Where(s => s.Result == result);
        if (!string.IsNullOrEmpty(Address)) rows = rows.Where(s => s.Address == Address);
        if (From is { } f)
        {
            var from = Dates.Moment(f, TimeOnly.MinValue);
            rows = rows.Where(s => s.At >= from);
        }

        if (Until is { } u)
        {
            var until = Dates.Moment(u.AddDays(1), TimeOnly.MinValue);
            rows = rows.Where(s => s.At < until);
        }

        if (After is { } after) rows = rows.Where(s => s.Id.CompareTo(after) < 0);
        var found = await SignInRow.LoadAsync(rows.OrderByDescending(s => s.Id).Take(Size + 1), db, ct);
        Rows = [.. found.Take(Size)];
        Next = found.Count > Size ? Rows[^1].Id.ToString() : null;
    }
}

/// <summary>A line of the log as people see it.</summary>
internal sealed record SignInRow(Guid Id, DateTimeOffset At, SignInOutcome Result, Guid? UserId, string UserName, string? Name, string? By, string Address, string Agent, int Times)
{
    /// <summary>Green for what opened, red for what was refused, gray for the rest.</summary>
    public string Colour => Result switch
    {
        SignInOutcome.SignedIn or SignInOutcome.TwoFactorOn => "green",
        SignInOutcome.WrongPassword or SignInOutcome.WrongCode or SignInOutcome.UnknownName or SignInOutcome.Deactivated or SignInOutcome.LockedOut => "red",
        SignInOutcome.RecoveryCodeUsed or SignInOutcome.TwoFactorOff or SignInOutcome.PasswordSet => "orange",
        _ => "gray",
    };

    public static async Task<IReadOnlyList<SignInRow>> LoadAsync(IQueryable<SignInEntry> rows, PlatformDb db, CancellationToken ct) =>
        await rows.Select(s => new SignInRow(s.Id, s.LastAt, s.Result, s.UserId, s.UserName,
            db.Users.IgnoreQueryFilters(new[] { Filters.Branch }).Where(u => u.Id == s.UserId).Select(u => u.Name).FirstOrDefault(),
            db.Users.IgnoreQueryFilters(new[] { Filters.Branch }).Where(u => u.Id == s.ById).Select(u => u.Name).FirstOrDefault(),
            s.Address, s.Agent ?? "", s.Times)).ToListAsync(ct);

    /// <summary>An enum's title, as its Display attribute says it.</summary>
    public static string Title(SignInOutcome result) =>
        typeof(SignInOutcome).GetField(result.ToString())?.GetCustomAttributes(typeof(System.ComponentModel.DataAnnotations.DisplayAttribute), false) is [System.ComponentModel.DataAnnotations.DisplayAttribute { Name: { } name }] ? Texts.Get(name) : result.ToString();
}
