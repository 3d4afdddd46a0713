using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Working;
using Crm.Platform.Shared;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.WorkingTime;

[Requires(PlatformPermissions.ManageSettings)]
internal sealed class WorkingTimePage(PlatformDb db, WorkCalendars calendars, WorkPlaces places, TimeProvider time) : PageBase
{
    [BindProperty]
    public SaveWorkWeekCommand Command { get; set; } = new();

    [BindProperty]
    public SaveSpecialDayCommand DayCommand { get; set; } = new();

    [BindProperty]
    public AddClosureCommand Closure { get; set; } = new();

    /// <summary>What the closure that is being entered would move; null before somebody asked to enter it.</summary>
    public IReadOnlyList<WouldMove>? Moves { get; private set; }

    /// <summary>Year of the list, in the user's calendar.</summary>
    [BindProperty(SupportsGet = true)]
    public int Year { get; set; }

    /// <summary>Whose hours are shown: everybody's when empty.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Place { get; set; }

    public string Zone { get; private set; } = "";

    public IReadOnlyList<Special> Days { get; private set; } = [];

    public IReadOnlyList<Week> Weeks { get; private set; } = [];

    public IReadOnlyList<ClosureRow> Closures { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Places { get; private set; } = [];

    /// <summary>The Jalali year that the shown year begins in, or is.</summary>
    public int JalaliYear => Dates.Calendar == CalendarKind.Jalali ? Year : Year - 621;

    /// <summary>True when the place has no hours of its own yet: those of the wider one are shown.</summary>
    public bool Wider { get; private set; }

    public async Task OnGetAsync()
    {
        Command = Written(await FormAsync());
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Only(nameof(Command));
        return Send(Command, then: () =>
        {
            Toast("Working time saved.");
            return Redirect("/settings/working-time" + (string.IsNullOrEmpty(Command.Place) ? "" : "?place=" + Command.Place));
        });
    }

    public async Task<IActionResult> OnPostDayAsync()
    {
        Command = Written(await FormAsync());
        Only(nameof(DayCommand));
        return await Send(DayCommand, then: () =>
        {
            Toast("The day was added.");
            return Redirect($"/settings/working-time?year={Calendars.Parts(DayCommand.Day!.Value, Dates.Calendar).Year}");
        });
    }

    public async Task<IActionResult> OnPostClosureAsync(string? agreed)
    {
        Command = Written(await FormAsync());
        Only(nameof(Closure));
        // Nobody moves the deadlines of a whole company without having seen how many.
        if (agreed != Closure.Span)
        {
            var answer = await Send(new WeighClosureCommand(Closure), then: moves =>
            {
                Moves = moves;
                return Page();
            });
            if (Moves is not { Count: 0 })
            {
                if (Moves is not null) await LoadAsync();
                return answer;
            }
        }

        return await Send(Closure, then: _ =>
        {
            Toast("The closure was entered. What was reckoned by the working time is being reckoned again.");
            return Redirect("/settings/working-time#closures");
        });
    }

    public async Task<IActionResult> OnPostTakeBackAsync(Guid closure)
    {
        Command = Written(await FormAsync());
        Only("");
        return await Send(new TakeBackClosureCommand(closure), then: () =>
        {
            Toast("The closure was taken back. What was reckoned by the working time is being reckoned again.");
            return Redirect("/settings/working-time#closures");
        });
    }

    public async Task<IActionResult> OnPostDeleteDayAsync(Guid day)
    {
        await Mediator.Send(new DeleteSpecialDayCommand(day), HttpContext.RequestAborted);
        Toast("The day was deleted.");
        return Redirect($"/settings/working-time?year={Year}");
    }

    public async Task<IActionResult> OnPostHolidaysAsync(int jalaliYear)
    {
        Command = Written(await FormAsync());
        Only("");
        return await Send(new AddOfficialHolidaysCommand(jalaliYear), then: added =>
        {
            Toast(added > 0 ? "The holidays were added." : "They stand there already.");
            return Redirect($"/settings/working-time?year={Year}");
        });
    }

    public async Task<IActionResult> OnPostDeleteWeekAsync(Guid week)
    {
        Command = Written(await FormAsync());
        Only("");
        return await Send(new DeleteWorkWeekCommand(week), then: () =>
        {
            Toast("The hours were deleted.");
            return Redirect("/settings/working-time");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        db.ChangeTracker.Clear();
        Zone = ZoneNames.Of((await calendars.ZoneAsync(ct)).Id);
        if (Year == 0) Year = Calendars.Parts(Dates.DayOf(time.GetUtcNow()), Dates.Calendar).Year;
        if (Calendars.Date(Year, 1, 1, Dates.Calendar) is not { } first || Calendars.Date(Year + 1, 1, 1, Dates.Calendar) is not { } end) throw new NotFound("year", Year);
        var all = await places.AllAsync(ct);
        var titles = all.ToDictionary(p => p.Place, p => p.Title);
        string? Where(Guid? branch, int? province) => branch is null && province is null ? null : titles.GetValueOrDefault(new Place(branch, province));
        Places = [.. all.Where(p => p.Open).Select(p => new SelectListItem(p.Title, p.Place.ToString()))];
        Days = [.. (await db.SpecialDays.AsNoTracking().Where(d => d.Day >= first && d.Day < end).OrderBy(d => d.Day).ToListAsync(ct)).Select(d => new Special(d.Id, d.Day, d.Title, d.Hours, Where(d.BranchId, d.ProvinceId)))];
        Weeks = [.. (await db.WorkWeeks.AsNoTracking().OrderBy(w => w.From).ToListAsync(ct)).OrderBy(w => w.BranchId is not null || w.ProvinceId is not null).Select(w => new Week(w.Id, w.From, Where(w.BranchId, w.ProvinceId), new Place(w.BranchId, w.ProvinceId).ToString(), w.Days))];
        Closures = [.. (await db.Closures.AsNoTracking().Where(c => c.Until >= first && c.From < end).OrderByDescending(c => c.From).ToListAsync(ct))
            .Select(c => new ClosureRow(c.Id, c.From, c.Until, c.FromTime, c.UntilTime, c.Title, c.Decree, Where(c.BranchId, c.ProvinceId), c.TakenBackAt))];
    }

    protected override async Task<object?> LoadNewerAsync() => await FormAsync();

    private async Task<SaveWorkWeekCommand> FormAsync()
    {
        var today = Dates.DayOf(time.GetUtcNow());
        var place = Working.Place.Parse(Place) ?? throw new NotFound("place", Place);
        var own = await OwnAsync(place, today);
        Wider = own is null;
        var week = own ?? await OwnAsync(default, today);
        if (week is null) return new() { From = today, Place = Place };
        var d = week.Days;
        // Hours that a place gets for the first time begin today, those it has are changed where they began.
        return new() { From = own is null ? today : week.From, Version = own?.Version, Place = Place, Sunday = d[0], Monday = d[1], Tuesday = d[2], Wednesday = d[3], Thursday = d[4], Friday = d[5], Saturday = d[6] };
    }

    // As people of the language read hours; what they type is understood in either digits.
    private static SaveWorkWeekCommand Written(SaveWorkWeekCommand c) => c with
    {
        Saturday = Shown(c.Saturday), Sunday = Shown(c.Sunday), Monday = Shown(c.Monday), Tuesday = Shown(c.Tuesday),
        Wednesday = Shown(c.Wednesday), Thursday = Shown(c.Thursday), Friday = Shown(c.Friday),
    };

    private static string? Shown(string? hours) => hours is null ? null : PersianText.Digits(hours);

    private async Task<WorkWeek?> OwnAsync(Place place, DateOnly today)
    {
        var (branch, province) = (place.BranchId, place.ProvinceId);
        var own = db.WorkWeeks.AsNoTracking().Where(w => w.BranchId == branch && w.ProvinceId == province);
        return await own.Where(w => w.From <= today).OrderByDescending(w => w.From).FirstOrDefaultAsync() ?? await own.OrderBy(w => w.From).FirstOrDefaultAsync();
    }

    internal sealed record Special(Guid Id, DateOnly Day, string Title, string Hours, string? Where);

    internal sealed record Week(Guid Id, DateOnly From, string? Where, string Place, IReadOnlyList<string> Days);

    internal sealed record ClosureRow(Guid Id, DateOnly From, DateOnly Until, TimeOnly? FromTime, TimeOnly? UntilTime, string Title, string? Decree, string? Where, DateTimeOffset? TakenBackAt);
}
