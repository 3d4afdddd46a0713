using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Features.SignOut;
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

    public IEnumerable<SelectListItem> Languages => [new("فارسی", "fa"), new("English", "en")];

    public IEnumerable<SelectListItem> CalendarKinds => [new(T["Jalali (solar Hijri)"], nameof(CalendarKind.Jalali)), new(T["Gregorian"], nameof(CalendarKind.Gregorian))];

    public IEnumerable<SelectListItem> Themes => [new(T["As the device"], "auto"), new(T["Light"], "light"), new(T["Dark"], "dark")];

    public IEnumerable<SelectListItem> TimeZones => s_zones.Select(z => new SelectListItem(z, z));

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

    public Task<IActionResult> OnPostEndAsync(Guid session) => Send(new SignOutCommand(session), then: () => Redirect("/profile"));

    protected override async Task LoadAsync()
    {
        var me = Me.Id;
        var now = time.GetUtcNow();
        var mine = Schemes.SessionOf(User);
        Devices = await db.Sessions.Where(s => s.UserId == me && s.EndedAt == null && s.ExpiresAt > now).OrderByDescending(s => s.Id).Take(50)
            .Select(s => new Device(s.Id, s.Agent ?? "", s.Address, s.StartedAt, s.Id == mine)).ToListAsync();
        Devices = [.. Devices.Select(d => d with { Agent = Agents.Short(d.Agent) })];
    }

    internal sealed record Device(Guid Id, string Agent, string Address, DateTimeOffset StartedAt, bool IsThis);
}

/// <summary>A browser's name for people: the parts of its long introduction that they know.</summary>
internal static class Agents
{
    private static readonly (string Mark, string Name)[] s_browsers = [("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    private static readonly (string Mark, string Name)[] s_systems = [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux")];

    public static string Short(string agent)
    {
        var browser = s_browsers.FirstOrDefault(b => agent.Contains(b.Mark, StringComparison.Ordinal)).Name;
        var system = s_systems.FirstOrDefault(s => agent.Contains(s.Mark, StringComparison.Ordinal)).Name;
        return browser is null ? (agent.Length == 0 ? "?" : agent[..Math.Min(40, agent.Length)]) : system is null ? browser : $"{browser} · {system}";
    }
}
