using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Features.SignInList;
using Crm.Platform.Features.SignOut;
using Crm.Platform.Shared;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Account;

[SignedIn]
internal sealed class AccountPage(PlatformDb db, TimeProvider time) : PageBase
{
    [BindProperty]
    public SaveProfileCommand Command { get; set; } = new();

    public IReadOnlyList<Device> Devices { get; private set; } = [];

    public IReadOnlyList<SignInRow> SignIns { get; private set; } = [];

    public IEnumerable<SelectListItem> Languages => [new("فارسی", "fa"), new("English", "en")];

    public IEnumerable<SelectListItem> CalendarKinds => [new(T["Jalali (solar Hijri)"], nameof(CalendarKind.Jalali)), new(T["Gregorian"], nameof(CalendarKind.Gregorian))];

    public IEnumerable<SelectListItem> Themes => [new(T["As the device"], "auto"), new(T["Light"], "light"), new(T["Dark"], "dark")];

    public IEnumerable<SelectListItem> TimeZones => s_zones.Select(z => new SelectListItem(ZoneNames.Of(z), z));

    private static readonly string[] s_zones = [.. TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id).Where(z => z.Contains('/', StringComparison.Ordinal) && !z.StartsWith("Etc/", StringComparison.Ordinal)).Append("UTC").Order(StringComparer.Ordinal)];

    public async Task OnGetAsync()
    {
        var me = Me.Access!;
        Command = new() { Language = me.Language, Calendar = me.Calendar, TimeZone = me.TimeZone, Theme = me.Theme };
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync() => Send(Command, then: () =>
    {
        RequestLanguage.Use(Command.Language ?? Texts.Language);
        Toast("Profile saved.");
        return Redirect("/profile");
    });

    public Task<IActionResult> OnPostEndAsync(Guid session) => Send(new SignOutCommand(session, Elsewhere: true), then: () => Redirect("/profile"));

    public Task<IActionResult> OnPostEndOthersAsync() => Send(new SignOutOthersCommand(Schemes.SessionOf(User) ?? Guid.Empty), then: ended =>
    {
        Toast("Signed out on {0} other devices.", ended);
        return Redirect("/profile");
    });

    protected override async Task LoadAsync()
    {
        Devices = await Device.LoadAsync(db, Me.Id!.Value, Schemes.SessionOf(User), time.GetUtcNow(), HttpContext.RequestAborted);
        SignIns = await SignInRow.LoadAsync(db.SignIns.Where(s => s.UserId == Me.Id).OrderByDescending(s => s.Id).Take(10), db, HttpContext.RequestAborted);
    }
}

/// <summary>A session as people see it.</summary>
internal sealed record Device(Guid Id, string Agent, string Address, DateTimeOffset StartedAt, DateTimeOffset LastSeenAt, bool IsThis)
{
    public static async Task<IReadOnlyList<Device>> LoadAsync(PlatformDb db, Guid userId, Guid? mine, DateTimeOffset now, CancellationToken ct) =>
        await db.Sessions.Where(s => s.UserId == userId && s.EndedAt == null && s.ExpiresAt > now).OrderByDescending(s => s.Id == mine).ThenByDescending(s => s.LastSeenAt).Take(50)
            .Select(s => new Device(s.Id, s.Agent ?? "", s.Address, s.StartedAt, s.LastSeenAt, s.Id == mine)).ToListAsync(ct);
}

/// <summary>A browser's name for people: the parts of its long introduction that they know.</summary>
internal static class Agents
{
    private static readonly (string Mark, string Name)[] s_browsers = [("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    private static readonly (string Mark, string Name)[] s_systems = [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")];

    public static string Short(string agent)
    {
        var browser = s_browsers.FirstOrDefault(b => agent.Contains(b.Mark, StringComparison.Ordinal)).Name;
        var system = s_systems.FirstOrDefault(s => agent.Contains(s.Mark, StringComparison.Ordinal)).Name;
        return browser is null ? (agent.Length == 0 ? "?" : agent[..Math.Min(40, agent.Length)]) : system is null ? browser : Texts.Get("{0} on {1}", browser, system);
    }
}
