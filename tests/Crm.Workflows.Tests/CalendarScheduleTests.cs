using System.Globalization;
using FluentAssertions;

namespace Crm.Workflows.Tests;

public sealed class CalendarScheduleTests
{
    private static readonly TimeZoneInfo s_tehran = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tehran");
    private static readonly TimeZoneInfo s_berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly PersianCalendar s_persian = new();

    private static CalendarSchedule Read(string text) => CalendarSchedule.TryParse(text, out var schedule, out var error) ? schedule : throw new FormatException(error);

    private static DateTimeOffset Jalali(int year, int month, int day, int hour = 0, int minute = 0)
    {
        var local = s_persian.ToDateTime(year, month, day, hour, minute, 0, 0);
        return new DateTimeOffset(local, s_tehran.GetUtcOffset(local));
    }

    private static string Show(DateTimeOffset? moment)
    {
        var local = TimeZoneInfo.ConvertTime(moment!.Value, s_tehran).DateTime;
        return string.Create(CultureInfo.InvariantCulture, $"{s_persian.GetYear(local)}/{s_persian.GetMonth(local)}/{s_persian.GetDayOfMonth(local)} {local:HH:mm}");
    }

    private static List<string> Five(string text, DateTimeOffset after)
    {
        var schedule = Read(text);
        List<string> all = [];
        for (var at = schedule.Next(after, s_tehran); at is not null && all.Count < 5; at = schedule.Next(at.Value, s_tehran)) all.Add(Show(at));
        return all;
    }

    [Fact]
    public void Nowruz_comes_on_the_first_of_Farvardin_whatever_Gregorian_day_that_is()
    {
        Five("jalali at=08:00 day=1 month=1", Jalali(1404, 6, 1)).Should().Equal("1405/1/1 08:00", "1406/1/1 08:00", "1407/1/1 08:00", "1408/1/1 08:00", "1409/1/1 08:00");
        Read("jalali at=08:00 day=1 month=1").Next(Jalali(1404, 1, 1, 8), s_tehran)!.Value.Date.Should().Be(new DateTime(2026, 3, 21));
        Read("jalali at=08:00 day=1 month=1").Next(Jalali(1408, 1, 1, 8), s_tehran)!.Value.Date.Should().Be(new DateTime(2030, 3, 21), "1408 is a leap year");
    }

    [Fact]
    public void The_last_day_is_the_twenty_ninth_thirtieth_or_thirty_first() =>
        Five("jalali at=17:30 day=L", Jalali(1405, 6, 1)).Should().Equal("1405/6/31 17:30", "1405/7/30 17:30", "1405/8/30 17:30", "1405/9/30 17:30", "1405/10/30 17:30");

    [Fact]
    public void The_end_of_Esfand_follows_the_leap_year()
    {
        Five("jalali at=12:00 day=L month=12", Jalali(1406, 1, 1)).Take(3).Should().Equal("1406/12/29 12:00", "1407/12/29 12:00", "1408/12/30 12:00");
        Five("jalali at=12:00 day=30 month=12", Jalali(1404, 1, 1)).Take(2).Should().Equal("1408/12/30 12:00", "1412/12/30 12:00");
    }

    [Fact]
    public void Two_days_before_the_last_is_counted_from_the_end() =>
        Five("jalali at=09:00 day=L-2", Jalali(1405, 11, 1)).Take(3).Should().Equal("1405/11/28 09:00", "1405/12/27 09:00", "1406/1/29 09:00");

    [Fact]
    public void Days_and_weekdays_must_both_fit_so_the_first_Saturday_can_be_said()
    {
        var found = Five("jalali at=08:00 day=1-7 weekday=sat", Jalali(1405, 1, 1));
        found.Should().HaveCount(5).And.StartWith("1405/1/1 08:00");
        found.Select(f => f.Split('/')[1]).Should().Equal("1", "2", "3", "4", "5");
    }

    [Fact]
    public void Several_times_of_a_day_come_in_order() =>
        Five("jalali at=14:30,08:00 day=1,15", Jalali(1405, 1, 1, 9)).Should().Equal("1405/1/1 14:30", "1405/1/15 08:00", "1405/1/15 14:30", "1405/2/1 08:00", "1405/2/1 14:30");

    [Fact]
    public void The_Gregorian_calendar_has_its_own_months()
    {
        var schedule = Read("gregorian at=00:00 day=L month=2");
        schedule.Next(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero), TimeZoneInfo.Utc).Should().Be(new DateTimeOffset(2027, 2, 28, 0, 0, 0, TimeSpan.Zero));
        schedule.Next(new DateTimeOffset(2028, 1, 1, 0, 0, 0, TimeSpan.Zero), TimeZoneInfo.Utc).Should().Be(new DateTimeOffset(2028, 2, 29, 0, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public void A_time_that_summer_time_skips_is_an_hour_later_and_one_that_comes_twice_comes_once()
    {
        var schedule = Read("gregorian at=02:30");
        // 29 March 2026: 02:00 becomes 03:00.
        schedule.Next(new DateTimeOffset(2026, 3, 28, 12, 0, 0, TimeSpan.Zero), s_berlin).Should().Be(new DateTimeOffset(2026, 3, 29, 3, 30, 0, TimeSpan.FromHours(2)));
        // 25 October 2026: 02:30 comes twice, the first time in summer time.
        var first = schedule.Next(new DateTimeOffset(2026, 10, 24, 12, 0, 0, TimeSpan.Zero), s_berlin);
        first.Should().Be(new DateTimeOffset(2026, 10, 25, 2, 30, 0, TimeSpan.FromHours(2)));
        schedule.Next(first!.Value, s_berlin).Should().Be(new DateTimeOffset(2026, 10, 26, 2, 30, 0, TimeSpan.FromHours(1)));
        // In Tehran there was summer time until 1401: the clocks went on at midnight of 2 Farvardin.
        Read("jalali at=00:30 day=2 month=1").Next(Jalali(1400, 12, 1), s_tehran).Should().Be(new DateTimeOffset(2022, 3, 22, 1, 30, 0, TimeSpan.FromHours(4.5)));
    }

    [Theory]
    [InlineData("jalali", "at=")]
    [InlineData("jalali day=1", "at=")]
    [InlineData("jalali at=25:00", "at=25:00")]
    [InlineData("jalali at=08:00 day=32", "day=32")]
    [InlineData("jalali at=08:00 day=L-29", "day=l-29")]
    [InlineData("jalali at=08:00 month=13", "month=13")]
    [InlineData("jalali at=08:00 weekday=holiday", "weekday=holiday")]
    [InlineData("jalali at=08:00 hour=3", "hour=3")]
    [InlineData("0 8 * * *", "0 8 * * *")]
    public void What_can_not_be_read_is_refused_with_the_part_named(string text, string part)
    {
        CalendarSchedule.TryParse(text, out _, out var error).Should().BeFalse();
        error.Should().Be(text is "jalali" ? "jalali" : part);
    }

    [Fact]
    public void It_is_put_together_as_people_type_it() =>
        CalendarSchedule.Compose(true, "۰۸:۰۰ ، ۱۴:۳۰", "۱، L", null, "sat,sun").Should().Be("jalali at=08:00,14:30 day=1,L weekday=sat,sun");

    [Fact]
    public void What_never_comes_says_so() => Read("jalali at=08:00 day=31 month=7").Next(Jalali(1405, 1, 1), s_tehran).Should().BeNull();

    [Fact]
    public void Drawn_as_a_trigger_it_knows_its_next_moment_and_in_the_middle_it_waits_for_it()
    {
        var inputs = new System.Text.Json.Nodes.JsonObject { ["calendar"] = "Jalali", ["times"] = "08:00", ["days"] = "L", ["weekdays"] = new System.Text.Json.Nodes.JsonArray() };
        new TriggerInfo("a", StandardActivities.CalendarType, 1, inputs).NextDue(Jalali(1405, 12, 1), s_tehran).Should().Be(Jalali(1405, 12, 29, 8));
    }
}
