using Crm.Core;

namespace Crm.Tests.Web;

/// <summary>«This month», «last week» and the steps of reports, at Nowruz and in leap years.</summary>
public sealed class PeriodTests
{
    private static readonly DateView s_jalali = new("fa", CalendarKind.Jalali, Zones.Find("Asia/Tehran"));
    private static readonly DateView s_gregorian = new("en", CalendarKind.Gregorian, Zones.Find("Europe/Berlin"));

    [Theory]
    // 1403 is a leap year: its Esfand has 30 days and ends on 20 March 2025.
    [InlineData("this-month", "2025-03-20T12:00:00Z", "2025-02-19", "2025-03-20")]
    [InlineData("last-month", "2025-03-21T12:00:00Z", "2025-02-19", "2025-03-20")]
    [InlineData("this-year", "2025-03-20T12:00:00Z", "2024-03-20", "2025-03-20")]
    [InlineData("last-year", "2026-03-21T12:00:00Z", "2025-03-21", "2026-03-20")]
    // 23:59 in Tehran of 29 Esfand 1404, and two minutes later: Nowruz.
    [InlineData("today", "2026-03-20T20:29:00Z", "2026-03-20", "2026-03-20")]
    [InlineData("this-year", "2026-03-20T20:31:00Z", "2026-03-21", "2027-03-20")]
    // 4 April 2026 is a Saturday: the week begins.
    [InlineData("this-week", "2026-04-04T08:00:00Z", "2026-04-04", "2026-04-10")]
    [InlineData("last-week", "2026-04-04T08:00:00Z", "2026-03-28", "2026-04-03")]
    public void A_preset_is_of_the_users_calendar(string key, string now, string from, string to) =>
        Periods.Of(key, null, null, DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture), s_jalali).Should().Be(new Period(key, Day(from), Day(to)));

    [Fact]
    public void The_english_week_begins_on_monday_and_february_has_29_days_in_a_leap_year()
    {
        Periods.Step(Day("2028-02-15"), TimeStep.Month, s_gregorian).Should().Be((Day("2028-02-01"), Day("2028-02-29")));
        Periods.Step(Day("2026-04-05"), TimeStep.Week, s_gregorian).Should().Be((Day("2026-03-30"), Day("2026-04-05")));
    }

    [Fact]
    public void Steps_cover_the_period_without_a_gap_and_end_with_it()
    {
        var step = TimeStep.Month;
        var steps = Periods.Steps(new(null, Day("2026-03-25"), Day("2026-06-01")), ref step, s_jalali);
        steps[0].Should().Be((Day("2026-03-25"), Day("2026-04-20")));
        steps[^1].Should().Be((Day("2026-05-22"), Day("2026-06-01")));
        steps.Zip(steps.Skip(1)).Should().OnlyContain(p => p.First.Last.AddDays(1) == p.Second.First);
        step = TimeStep.Day;
        Periods.Steps(new(null, Day("2020-01-01"), Day("2026-01-01")), ref step, s_jalali).Count.Should().BeLessThan(400);
        step.Should().Be(TimeStep.Week, "more than four hundred days are counted by weeks");
    }

    [Fact]
    public void Days_typed_the_wrong_way_round_are_turned()
    {
        var period = Periods.Of(Periods.Given, Day("2026-04-10"), Day("2026-04-01"), DateTimeOffset.UnixEpoch, s_jalali);
        period.Should().Be(new Period(null, Day("2026-04-01"), Day("2026-04-10")));
        period.In(s_jalali).Should().Be((new DateTimeOffset(2026, 3, 31, 20, 30, 0, TimeSpan.Zero), new DateTimeOffset(2026, 4, 10, 20, 30, 0, TimeSpan.Zero)));
    }

    private static DateOnly Day(string text) => DateOnly.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
