using Crm.Core;
using Crm.Web;

namespace Crm.Tests.Web;

public sealed class TypedTextTests
{
    [Theory]
    [InlineData("۱٬۲۵۰٬۰۰۰", "1250000")]
    [InlineData("1,250,000 ", "1250000")]
    [InlineData("۱۲٫۵", "12.5")]
    [InlineData("−۵", "-5")]
    [InlineData("12x", "12x")]
    public void Numbers_are_read_in_both_digits_and_with_separators(string typed, string plain) => NumberBinder.Plain(typed).Should().Be(plain);

    [Theory]
    [InlineData("۱۴:۳۰", 14, 30)]
    [InlineData("9", 9, 0)]
    [InlineData("930", 9, 30)]
    [InlineData("1430", 14, 30)]
    [InlineData("08.05", 8, 5)]
    public void Times_are_read_as_people_type_them(string typed, int hour, int minute)
    {
        TimeBinder.TryReadTime(typed, out var time).Should().BeTrue();
        time.Should().Be(new TimeOnly(hour, minute));
    }

    [Theory]
    [InlineData("25:00")]
    [InlineData("12:60")]
    [InlineData("noon")]
    [InlineData("")]
    public void What_is_no_time_is_refused(string typed) => TimeBinder.TryReadTime(typed, out _).Should().BeFalse();

    [Fact]
    public void Moments_are_said_as_people_say_them()
    {
        RequestLanguage.Use("en");
        var dates = new DateView("en", CalendarKind.Gregorian, Zones.Find("Asia/Tehran"));
        var now = new DateTimeOffset(2026, 4, 4, 8, 0, 0, TimeSpan.Zero);
        RelativeTime.Of(now.AddSeconds(-20), now, dates).Should().Be("just now");
        RelativeTime.Of(now.AddMinutes(-5), now, dates).Should().Be("5 minutes ago");
        RelativeTime.Of(now.AddHours(2), now, dates).Should().Be("in 2 hours");
        RelativeTime.Of(now.AddDays(-1), now, dates).Should().Be("yesterday 11:30");
        RelativeTime.Of(now.AddDays(3), now, dates).Should().Be("in 3 days, 11:30");
        RelativeTime.Of(now.AddDays(30), now, dates).Should().Be(dates.DayAndTime(now.AddDays(30))).And.Contain("11:30");
        RelativeTime.Of(now.AddDays(-30), now, dates).Should().Be("2026-03-05");
    }

    [Fact]
    public void Enum_members_are_titled_by_their_words() => EnumTitles.Key(typeof(DayOfWeek), "PhoneIn").Should().Be("Phone in");

    [Fact]
    public void An_icon_that_is_not_there_is_told_with_how_to_add_it() =>
        FluentActions.Invoking(() => Icons.Svg("no-such-icon")).Should().Throw<InvalidOperationException>().WithMessage("*take.mjs*");
}
