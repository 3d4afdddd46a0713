using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Features.WorkingTime;
using Crm.Platform.Working;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Platform;

/// <summary>Sunday to Wednesday and Saturday 08:00–16:30, Thursday 08:00–12:30, Friday off, in Tehran (UTC+3:30 all year).</summary>
public sealed class WorkingTimeTests
{
    private static readonly DayHours s_full = DayHours.Parse("08:00-16:30")!;
    private static readonly DayHours[] s_week = [s_full, s_full, s_full, s_full, DayHours.Parse("08:00-12:30")!, DayHours.Off, s_full];

    private static WorkCalendar Calendar(params string[] holidays) => new([(new DateOnly(2020, 1, 1), s_week)], holidays.ToDictionary(h => Jalali(h), _ => DayHours.Off), Zones.Find("Asia/Tehran"));

    private static DateOnly Jalali(string day) => Calendars.TryParse(day, CalendarKind.Jalali, out var d) ? d : throw new FormatException(day);

    private static DateTimeOffset At(string day, string time) => new(Jalali(day).ToDateTime(TimeOnly.Parse(time, System.Globalization.CultureInfo.InvariantCulture)), TimeSpan.FromMinutes(210));

    [Theory]
    [InlineData("1405/02/05", "09:00", 2, "1405/02/05", "11:00")] // a Saturday morning
    [InlineData("1405/02/05", "15:30", 2, "1405/02/06", "09:00")] // over the night
    [InlineData("1405/02/09", "15:30", 2, "1405/02/10", "09:00")] // Wednesday evening to Thursday
    [InlineData("1405/02/10", "11:30", 2, "1405/02/12", "09:00")] // over Thursday's noon and Friday
    [InlineData("1405/02/11", "10:00", 1, "1405/02/12", "09:00")] // begun on a Friday
    [InlineData("1405/02/05", "03:00", 1, "1405/02/05", "09:00")] // begun before the day does
    [InlineData("1405/02/05", "16:30", 1, "1405/02/06", "09:00")] // begun at the very end of it
    public void Deadlines_count_working_hours_only(string day, string time, double hours, string dueDay, string dueTime)
    {
        var due = Calendar().Add(At(day, time), TimeSpan.FromHours(hours));
        due.Should().Be(At(dueDay, dueTime));
        Calendar().Between(At(day, time), due).Should().Be(TimeSpan.FromHours(hours));
    }

    [Fact]
    public void The_last_hour_of_a_day_is_due_at_its_end_not_at_the_next_morning() =>
        Calendar().Add(At("1405/02/05", "15:30"), TimeSpan.FromHours(1)).Should().Be(At("1405/02/05", "16:30"));

    [Fact]
    public void Nowruz_is_stepped_over()
    {
        var calendar = Calendar("1404/12/29", "1405/01/01", "1405/01/02", "1405/01/03", "1405/01/04");
        // Thursday 28 Esfand 1404, half day; then the holidays; Wednesday 5 Farvardin is the first working day.
        calendar.Add(At("1404/12/28", "12:00"), TimeSpan.FromHours(1)).Should().Be(At("1405/01/05", "08:30"));
        calendar.Subtract(At("1405/01/05", "08:30"), TimeSpan.FromHours(1)).Should().Be(At("1404/12/28", "12:00"));
    }

    [Fact]
    public void The_thirtieth_of_Esfand_of_a_leap_year_is_a_day_like_any_other()
    {
        Jalali("1408/12/30").Should().Be(Jalali("1409/01/01").AddDays(-1));
        Calendar().Between(At("1408/12/30", "00:00"), At("1409/01/01", "00:00")).Should().Be(Calendar().On(Jalali("1408/12/30")).Minutes * TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Going_back_is_the_inverse_of_going_on()
    {
        var calendar = Calendar("1405/02/07");
        for (var minutes = 10; minutes < 6000; minutes += 37)
        {
            var due = calendar.Add(At("1405/02/05", "08:00"), TimeSpan.FromMinutes(minutes));
            calendar.Between(calendar.Subtract(due, TimeSpan.FromMinutes(minutes)), due).Should().Be(TimeSpan.FromMinutes(minutes));
        }
    }

    [Fact]
    public void New_hours_hold_from_their_day_on_and_leave_the_past_alone()
    {
        var early = s_week.Select(_ => DayHours.Parse("06:00-07:00")!).ToArray();
        var calendar = new WorkCalendar([(new DateOnly(2020, 1, 1), s_week), (Jalali("1405/03/01"), early)], new Dictionary<DateOnly, DayHours>(), Zones.Find("Asia/Tehran"));
        calendar.On(Jalali("1405/02/31")).Should().Be(s_week[(int)Jalali("1405/02/31").DayOfWeek]);
        calendar.On(Jalali("1405/03/01")).Minutes.Should().Be(60);
    }

    [Fact]
    public void A_worked_Friday_counts()
    {
        var calendar = Calendar() with { Special = new Dictionary<DateOnly, DayHours> { [Jalali("1405/02/11")] = DayHours.Parse("09:00-10:00")! } };
        calendar.Add(At("1405/02/10", "12:00"), TimeSpan.FromHours(1)).Should().Be(At("1405/02/11", "09:30"));
    }

    [Fact]
    public void Hours_closed_by_decree_are_taken_out_of_the_day_and_a_whole_day_out_of_the_week()
    {
        var day = Jalali("1405/02/05");
        var noon = Calendar() with { Closed = [(day, day, 12 * 60, DayHours.Day)] };
        noon.On(day).ToString().Should().Be("08:00-12:00");
        noon.Add(At("1405/02/05", "11:00"), TimeSpan.FromHours(2)).Should().Be(At("1405/02/06", "09:00"));
        var middle = Calendar() with { Closed = [(day, day, 10 * 60, 11 * 60)] };
        middle.On(day).ToString().Should().Be("08:00-10:00,11:00-16:30");
        var whole = Calendar() with { Closed = [(day, day.AddDays(1), 0, DayHours.Day)] };
        whole.Add(At("1405/02/05", "09:00"), TimeSpan.FromHours(1)).Should().Be(At("1405/02/07", "09:00"));
    }

    [Fact]
    public void A_branch_goes_by_its_own_hours_then_its_provinces_then_the_companys_and_by_closures_of_all_three()
    {
        var (branch, other, province) = (Guid.CreateVersion7(), Guid.CreateVersion7(), 8);
        DayHours[] Week(string hours) => [.. Enumerable.Repeat(DayHours.Parse(hours)!, 7)];
        var day = Jalali("1405/02/05");
        var set = new CalendarSet(
            [(new DateOnly(2020, 1, 1), Week("08:00-16:00"), null, null), (day, Week("09:00-15:00"), null, province), (day.AddDays(2), Week("10:00-14:00"), branch, null)],
            [(day.AddDays(5), DayHours.Off, null, null), (day.AddDays(5), DayHours.Parse("08:00-09:00")!, branch, null)],
            [(day.AddDays(3), day.AddDays(3), 0, 11 * 60, null, province), (day.AddDays(4), day.AddDays(4), 0, DayHours.Day, other, null)],
            new Dictionary<Guid, int?> { [branch] = province, [other] = null }, Zones.Find(null));
        string On(Guid? place, int after) => set.Of(place).On(day.AddDays(after)).ToString();
        On(branch, -1).Should().Be("08:00-16:00", "neither the branch nor the province had hours yet");
        On(branch, 0).Should().Be("09:00-15:00");
        On(branch, 2).Should().Be("10:00-14:00");
        On(branch, 3).Should().Be("11:00-14:00", "the province is closed in the morning");
        On(branch, 4).Should().Be("10:00-14:00", "only another branch is closed");
        On(branch, 5).Should().Be("08:00-09:00", "the branch works an hour on the holiday");
        On(other, 2).Should().Be("08:00-16:00");
        On(other, 4).Should().Be("");
        On(null, 3).Should().Be("08:00-16:00");
        On(null, 5).Should().Be("");
    }

    [Theory]
    [InlineData("1405/02/05", "10:00", 1, "1405/02/06", "10:00")]
    [InlineData("1405/02/09", "15:00", 1, "1405/02/10", "12:30")] // Thursday ends earlier
    [InlineData("1405/02/10", "10:00", 1, "1405/02/12", "10:00")] // over Friday
    [InlineData("1405/02/11", "03:00", 2, "1405/02/13", "08:00")] // begun in the night
    [InlineData("1405/02/05", "10:00", 0, "1405/02/05", "10:00")]
    [InlineData("1405/02/11", "10:00", 0, "1405/02/12", "08:00")] // the next working moment
    public void Working_days_keep_the_time_of_day_as_far_as_there_is_work_then(string day, string time, int days, string dueDay, string dueTime) =>
        Calendar().AddDays(At(day, time), days).Should().Be(At(dueDay, dueTime));

    [Fact]
    public void A_span_over_a_change_to_summer_time_is_as_long_as_it_really_is()
    {
        var calendar = new WorkCalendar([(new DateOnly(2020, 1, 1), [.. Enumerable.Repeat(DayHours.Parse("00:00-24:00")!, 7)])], new Dictionary<DateOnly, DayHours>(), Zones.Find("Europe/Berlin"));
        calendar.Between(new(2026, 3, 28, 23, 0, 0, TimeSpan.Zero), new(2026, 3, 29, 22, 0, 0, TimeSpan.Zero)).Should().Be(TimeSpan.FromHours(23));
        // In Tehran the clocks have stood still since 1401.
        Zones.Find("Asia/Tehran").GetUtcOffset(At("1405/05/01", "12:00")).Should().Be(TimeSpan.FromMinutes(210));
    }

    [Fact]
    public void A_calendar_without_work_says_so_instead_of_searching_for_ever()
    {
        var none = new WorkCalendar([(DateOnly.MinValue, [.. Enumerable.Repeat(DayHours.Off, 7)])], new Dictionary<DateOnly, DayHours>(), Zones.Find(null));
        var add = () => none.Add(At("1405/01/01", "08:00"), TimeSpan.FromHours(1));
        add.Should().Throw<RuleBroken>().Which.Code.Should().Be("working-time.none");
    }

    [Theory]
    [InlineData("08:00-12:00, 13:00-17:00", "08:00-12:00,13:00-17:00")]
    [InlineData("۸-۱۲ ، ۱۳:۰۰–۱۶:۳۰", "08:00-12:00,13:00-16:30")]
    [InlineData("", "")]
    [InlineData("0-24", "00:00-24:00")]
    public void Hours_are_read_as_people_write_them(string typed, string kept) => DayHours.Parse(typed)!.ToString().Should().Be(kept);

    [Theory]
    [InlineData("17:00-08:00")]
    [InlineData("08:00-12:00,11:00-13:00")]
    [InlineData("8 to 5")]
    [InlineData("25:00-26:00")]
    [InlineData("08:70-09:00")]
    public void What_is_no_time_is_refused(string typed) => DayHours.Parse(typed).Should().BeNull();
}

public sealed class WorkingTimePageTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    [Fact]
    public async Task The_seeded_calendar_knows_Thursday_Friday_and_Nowruz()
    {
        // Thursday 28 Esfand 1404 10:00 in Tehran, a half day, before Nowruz.
        var start = new DateTimeOffset(2026, 3, 19, 10, 0, 0, TimeSpan.FromMinutes(210));
        var due = await app.InScopeAsync(sp => sp.GetRequiredService<IWorkingTime>().AddAsync(start, TimeSpan.FromHours(4), default));
        due.Should().Be(new DateTimeOffset(2026, 3, 25, 9, 30, 0, TimeSpan.FromMinutes(210)), "the rest falls on Wednesday 5 Farvardin");
    }

    [Fact]
    public async Task A_holiday_added_in_the_browser_moves_deadlines_at_once()
    {
        var admin = await app.As("admin");
        var start = new DateTimeOffset(2026, 7, 1, 15, 30, 0, TimeSpan.FromMinutes(210)); // Wednesday 10 Tir 1405
        Task<DateTimeOffset> Due() => app.InScopeAsync(sp => sp.GetRequiredService<IWorkingTime>().AddAsync(start, TimeSpan.FromHours(2), default));
        (await Due()).Should().Be(new DateTimeOffset(2026, 7, 2, 9, 0, 0, TimeSpan.FromMinutes(210)));
        await admin.PostAsync("/settings/working-time", [("DayCommand.Day", "۱۴۰۵/۰۴/۱۱"), ("DayCommand.Title", "تعطیلی آلودگی هوا")], action: "handler=Day");
        admin.Location.Should().Be("/settings/working-time?year=1405");
        (await Due()).Should().Be(new DateTimeOffset(2026, 7, 4, 9, 0, 0, TimeSpan.FromMinutes(210)));
        (await admin.OpenAsync(admin.Location!)).Text.Should().Contain("تعطیلی آلودگی هوا");
    }

    [Fact]
    public async Task A_branch_is_called_by_its_name_alone_in_the_choice_of_places()
    {
        await app.SendAsync(new Crm.Platform.Features.BranchList.SaveBranchCommand { Name = "شعبهٔ آزمون جا" });
        var admin = await app.As("admin");
        (await admin.OpenAsync("/settings/working-time")).Text.Should().Contain("شعبهٔ آزمون جا").And.NotContain("شعبهٔ شعبهٔ");
    }

    [Fact]
    public async Task A_week_without_work_is_refused()
    {
        var refused = () => app.SendAsync(new SaveWorkWeekCommand { From = new DateOnly(2027, 1, 1) });
        await refused.Should().ThrowAsync<InvalidInput>();
    }
}
