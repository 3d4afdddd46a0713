using Crm.Core;
using Crm.Platform.Data;
using Crm.Platform.Working;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.WorkingTime;

[Requires(PlatformPermissions.ManageSettings)]
internal sealed class WorkingTimePage(PlatformDb db, WorkCalendars calendars, TimeProvider time) : PageBase
{
    [BindProperty]
    public SaveWorkWeekCommand Command { get; set; } = new();

    [BindProperty]
    public SaveSpecialDayCommand DayCommand { get; set; } = new();

    /// <summary>Year of the list, in the user's calendar.</summary>
    [BindProperty(SupportsGet = true)]
    public int Year { get; set; }

    public string Zone { get; private set; } = "";

    public IReadOnlyList<Special> Days { get; private set; } = [];

    public IReadOnlyList<DateOnly> Weeks { get; private set; } = [];

    public async Task OnGetAsync()
    {
        Command = await FormAsync();
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync() => Send(Command, then: () =>
    {
        Toast("Working time saved.");
        return Redirect("/settings/working-time");
    });

    public async Task<IActionResult> OnPostDayAsync()
    {
        Command = await FormAsync();
        foreach (var key in ModelState.Keys.Where(k => k.StartsWith("Command.", StringComparison.Ordinal)).ToList()) ModelState.Remove(key);
        return await Send(DayCommand, then: () =>
        {
            Toast("The day was added.");
            return Redirect($"/settings/working-time?year={Calendars.Parts(DayCommand.Day!.Value, Dates.Calendar).Year}");
        });
    }

    public async Task<IActionResult> OnPostDeleteDayAsync(Guid day)
    {
        await Mediator.Send(new DeleteSpecialDayCommand(day), HttpContext.RequestAborted);
        Toast("The day was deleted.");
        return Redirect($"/settings/working-time?year={Year}");
    }

    protected override async Task LoadAsync()
    {
        Zone = (await calendars.GetAsync(HttpContext.RequestAborted)).Zone.Id;
        if (Year == 0) Year = Calendars.Parts(Dates.DayOf(time.GetUtcNow()), Dates.Calendar).Year;
        if (Calendars.Date(Year, 1, 1, Dates.Calendar) is not { } first || Calendars.Date(Year + 1, 1, 1, Dates.Calendar) is not { } end) throw new NotFound("year", Year);
        Days = await db.SpecialDays.Where(d => d.Day >= first && d.Day < end).OrderBy(d => d.Day).Select(d => new Special(d.Id, d.Day, d.Title, d.Hours)).ToListAsync();
        Weeks = await db.WorkWeeks.OrderBy(w => w.From).Select(w => w.From).ToListAsync();
    }

    protected override async Task<object?> LoadNewerAsync() => await FormAsync();

    private async Task<SaveWorkWeekCommand> FormAsync()
    {
        var today = Dates.DayOf(time.GetUtcNow());
        var week = await db.WorkWeeks.AsNoTracking().Where(w => w.From <= today).OrderByDescending(w => w.From).FirstOrDefaultAsync() ?? await db.WorkWeeks.AsNoTracking().OrderBy(w => w.From).FirstOrDefaultAsync();
        if (week is null) return new() { From = today };
        var d = week.Days;
        return new() { From = week.From, Version = week.Version, Sunday = d[0], Monday = d[1], Tuesday = d[2], Wednesday = d[3], Thursday = d[4], Friday = d[5], Saturday = d[6] };
    }

    internal sealed record Special(Guid Id, DateOnly Day, string Title, string Hours);
}
