using System.Globalization;
using FluentAssertions;

namespace Crm.Workflows.Tests;

public class CronTests
{
    [Theory]
    [InlineData("* * * * *", "2026-03-21T12:01:00Z")]
    [InlineData("0 0 * * * *", "2026-03-21T13:00:00Z")]
    [InlineData("*/15 * * * * *", "2026-03-21T12:00:15Z")]
    [InlineData("30 8-16/4 * * *", "2026-03-21T12:30:00Z")]
    [InlineData("0 9 * * MON-FRI", "2026-03-23T09:00:00Z")]
    [InlineData("0 9 * * 5-7", "2026-03-22T09:00:00Z")]
    [InlineData("0 9 1,15 * *", "2026-04-01T09:00:00Z")]
    [InlineData("0 9 29 2 *", "2028-02-29T09:00:00Z")]
    [InlineData("0 0 L * ?", "2026-03-31T00:00:00Z")]
    [InlineData("0 0 13 * FRI", "2026-03-27T00:00:00Z")]
    [InlineData("0 0 9 ? * SAT", "2026-03-28T09:00:00Z")]
    [InlineData("@daily", "2026-03-22T00:00:00Z")]
    [InlineData("0 0 1 JAN-MAR *", "2027-01-01T00:00:00Z")]
    [InlineData("0 8 * * SAT-WED", "2026-03-22T08:00:00Z")]
    public void The_next_moment(string cron, string expected)
    {
        CronSchedule.TryParse(cron, out var schedule, out _).Should().BeTrue();
        schedule.Next(Kit.Noon, TimeZoneInfo.Utc).Should().Be(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("*/0 * * * *")]
    [InlineData("a * * * *")]
    [InlineData("5-1 * * * *")]
    public void What_is_no_schedule(string cron) => CronSchedule.TryParse(cron, out _, out _).Should().BeFalse();

    [Fact]
    public void A_day_that_never_comes_has_no_next() => (CronSchedule.TryParse("0 0 30 2 *", out var schedule, out _) ? schedule.Next(Kit.Noon, TimeZoneInfo.Utc) : Kit.Noon).Should().BeNull();

    [Fact]
    public void Summer_time_skips_no_day_and_doubles_none()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        CronSchedule.TryParse("30 2 * * *", out var schedule, out _);
        var moments = new List<DateTimeOffset>();
        var at = new DateTimeOffset(2026, 3, 27, 0, 0, 0, TimeSpan.Zero);
        for (var i = 0; i < 4; i++) moments.Add(at = schedule.Next(at, berlin)!.Value);
        moments.Select(moment => moment.UtcDateTime.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture)).Should().Equal("03-27 01:30", "03-28 01:30", "03-29 01:30", "03-30 00:30");
        at = new DateTimeOffset(2026, 10, 24, 12, 0, 0, TimeSpan.Zero);
        moments.Clear();
        for (var i = 0; i < 2; i++) moments.Add(at = schedule.Next(at, berlin)!.Value);
        moments.Select(moment => moment.UtcDateTime.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture)).Should().Equal("10-25 00:30", "10-26 01:30");
    }
}
