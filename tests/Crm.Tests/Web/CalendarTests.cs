using System.Globalization;
using Crm.Core;

namespace Crm.Tests.Web;

public sealed class CalendarTests
{
    [Fact]
    public void Every_day_of_three_centuries_is_the_one_that_the_frameworks_calendar_says()
    {
        var official = new PersianCalendar();
        for (var day = new DateOnly(1800, 1, 1); day.Year < 2121; day = day.AddDays(1))
        {
            var at = day.ToDateTime(TimeOnly.MinValue);
            var (year, month, date) = Calendars.Parts(day, CalendarKind.Jalali);
            if ((year, month, date) != (official.GetYear(at), official.GetMonth(at), official.GetDayOfMonth(at))) Assert.Fail($"{day:O}: {year}/{month}/{date}");
        }

        Calendars.Parts(new DateOnly(2026, 3, 20), CalendarKind.Jalali).Should().Be((1404, 12, 29));
        Calendars.Parts(new DateOnly(2026, 3, 21), CalendarKind.Jalali).Should().Be((1405, 1, 1));
    }
}
