using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Crm.Core;

/// <summary>The calendar a user sees; a setting of its own, apart from the language.</summary>
public enum CalendarKind
{
    /// <summary>Solar Hijri.</summary>
    Jalali,

    /// <summary>Gregorian.</summary>
    Gregorian,
}

/// <summary>Civil dates in both calendars. Written and read as year/month/day (Jalali) or year-month-day (Gregorian).</summary>
public static class Calendars
{
    private static readonly PersianCalendar s_persian = new();

    /// <summary>
    /// First days (day numbers) of the years 1..1499, as far as they were asked for. The framework works them out by astronomy at each call, which was a
    /// twentieth of the customer's page; within a year the months are 31 and 30 days long, so the first day says everything.
    /// </summary>
    private static readonly int[] s_yearStarts = new int[1500];
    private static readonly string[] s_jalaliMonths = ["Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar", "Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand"];
    private static readonly string[] s_gregorianMonths = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    /// <summary>English names of the Jalali months: translation keys.</summary>
    public static IReadOnlyList<string> JalaliMonths => s_jalaliMonths;

    /// <summary>English names of the Gregorian months: translation keys.</summary>
    public static IReadOnlyList<string> GregorianMonths => s_gregorianMonths;

    /// <summary>Year, month and day in a calendar.</summary>
    public static (int Year, int Month, int Day) Parts(DateOnly date, CalendarKind calendar)
    {
        if (calendar == CalendarKind.Gregorian) return (date.Year, date.Month, date.Day);
        var year = date.Year - 622;
        if (year is < 2 or >= 1498)
        {
            var d = date.ToDateTime(TimeOnly.MinValue);
            return (s_persian.GetYear(d), s_persian.GetMonth(d), s_persian.GetDayOfMonth(d));
        }

        if (date.DayNumber >= YearStart(year + 1)) year++;
        var days = date.DayNumber - YearStart(year);
        return days < 186 ? (year, 1 + (days / 31), 1 + (days % 31)) : (year, 7 + ((days - 186) / 30), 1 + ((days - 186) % 30));
    }

    private static int YearStart(int year)
    {
        var known = Volatile.Read(ref s_yearStarts[year]);
        if (known == 0) Volatile.Write(ref s_yearStarts[year], known = DateOnly.FromDateTime(s_persian.ToDateTime(year, 1, 1, 0, 0, 0, 0)).DayNumber);
        return known;
    }

    /// <summary>The date of a year, month and day; null when there is no such day.</summary>
    public static DateOnly? Date(int year, int month, int day, CalendarKind calendar)
    {
        try
        {
            return calendar == CalendarKind.Gregorian
                ? new DateOnly(year, month, day)
                : DateOnly.FromDateTime(s_persian.ToDateTime(year, month, day, 0, 0, 0, 0));
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>1405/01/15 or 2026-04-04: Latin digits, for fields and files.</summary>
    public static string Format(DateOnly date, CalendarKind calendar)
    {
        var (y, m, d) = Parts(date, calendar);
        return calendar == CalendarKind.Jalali
            ? string.Create(CultureInfo.InvariantCulture, $"{y:0000}/{m:00}/{d:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{y:0000}-{m:00}-{d:00}");
    }

    /// <summary>15 Farvardin 1405 in the language of the moment.</summary>
    public static string FormatLong(DateOnly date, CalendarKind calendar)
    {
        var (y, m, d) = Parts(date, calendar);
        var month = Texts.Get(calendar == CalendarKind.Jalali ? s_jalaliMonths[m - 1] : s_gregorianMonths[m - 1]);
        return PersianText.Digits(string.Create(CultureInfo.InvariantCulture, $"{d} {month} {y}"));
    }

    /// <summary>
    /// Reads a date as people type it: digits of any script, <c>/</c>, <c>-</c> or <c>.</c> between the parts. A year from 1200 to 1599 is Jalali and
    /// one from 1700 up is Gregorian, whatever the calendar of the user: the two can't be mistaken. A two-digit year is of the user's calendar.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, CalendarKind calendar, out DateOnly date)
    {
        date = default;
        if (string.IsNullOrWhiteSpace(text)) return false;
        var parts = PersianText.LatinDigits(text.Trim()).Split(['/', '-', '.'], StringSplitOptions.TrimEntries);
        if (parts.Length != 3) return false;
        Span<int> n = stackalloc int[3];
        for (var i = 0; i < 3; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out n[i])) return false;
        }

        var year = n[0];
        if (year < 100) year += calendar == CalendarKind.Jalali ? (year < 50 ? 1400 : 1300) : (year < 50 ? 2000 : 1900);
        var kind = year switch { >= 1200 and < 1600 => CalendarKind.Jalali, >= 1700 and < 2500 => CalendarKind.Gregorian, _ => (CalendarKind?)null };
        if (kind is null || Date(year, n[1], n[2], kind.Value) is not { } d) return false;
        date = d;
        return true;
    }
}

/// <summary>Time zones by IANA name.</summary>
public static class Zones
{
    /// <summary>The zone of those who never chose one.</summary>
    public const string Default = "Asia/Tehran";

    /// <summary>The zone, or the default one when the name is unknown.</summary>
    public static TimeZoneInfo Find(string? name) =>
        name is not null && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.FindSystemTimeZoneById(Default);
}

/// <summary>How one user sees moments and days: language, calendar and zone together. The one formatter of pages, files and messages.</summary>
/// <param name="Language">fa or en.</param>
/// <param name="Calendar">Jalali or Gregorian.</param>
/// <param name="Zone">The user's zone.</param>
public sealed record DateView(string Language, CalendarKind Calendar, TimeZoneInfo Zone)
{
    /// <summary>What a person chose.</summary>
    public static DateView Of(UserAccess? user) => user is null
        ? new("fa", CalendarKind.Jalali, Zones.Find(null))
        : new(user.Language, user.Calendar, Zones.Find(user.TimeZone));

    /// <summary>The civil date of a moment in the user's zone.</summary>
    public DateOnly DayOf(DateTimeOffset moment) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, Zone).DateTime);

    /// <summary>The moment of a civil date and time in the user's zone; a time that daylight saving skips moves on by the gap.</summary>
    public DateTimeOffset Moment(DateOnly day, TimeOnly time)
    {
        var local = day.ToDateTime(time, DateTimeKind.Unspecified);
        while (Zone.IsInvalidTime(local)) local = local.AddMinutes(30);
        return new DateTimeOffset(local, Zone.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>۱۴۰۵/۰۱/۱۵ or 2026-04-04.</summary>
    public string Day(DateOnly day) => Localize(Calendars.Format(day, Calendar));

    /// <summary>۱۴۰۵/۰۱/۱۵ ۱۴:۳۰ or 2026-04-04 14:30.</summary>
    public string DayAndTime(DateTimeOffset moment) => Localize($"{Calendars.Format(DayOf(moment), Calendar)} {ClockOf(moment)}");

    /// <summary>۱۴:۳۰.</summary>
    public string Clock(DateTimeOffset moment) => Localize(ClockOf(moment));

    private string ClockOf(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, Zone).ToString("HH:mm", CultureInfo.InvariantCulture);

    private string Localize(string s) => Language == "fa" ? PersianText.PersianDigits(s) : s;
}
