using System.Globalization;

namespace Crm.Workflows;

/// <summary>
/// A schedule by a civil calendar, Jalali or Gregorian: at times of day, on days of the month, in months, on weekdays. What is limited must all fit: day 1 to 7 and Saturday is the first Saturday.
/// As text: <c>jalali at=08:00,14:30 day=1,15,L month=1-6 weekday=sat,sun</c>; what is left out is not limited, and the time is needed. <c>L</c> is the last day of the month and <c>L-2</c> two days before it,
/// so that a month of 29, 30 or 31 days is met; day 30 is met only in months that have one.
/// </summary>
public sealed class CalendarSchedule
{
    private static readonly string[] s_weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private static readonly PersianCalendar s_persian = new();

    // A 30 Esfand that falls on a certain weekday may be twenty-nine years away.
    private const int MostYears = 34;
    private readonly TimeOnly[] times;
    private readonly ulong days, fromEnd, months, weekdays;

    private CalendarSchedule(bool jalali, TimeOnly[] times, ulong days, ulong fromEnd, ulong months, ulong weekdays) =>
        (IsJalali, this.times, this.days, this.fromEnd, this.months, this.weekdays) = (jalali, times, days, fromEnd, months, weekdays);

    /// <summary>Whether days and months are those of the Jalali calendar.</summary>
    public bool IsJalali { get; }

    /// <summary>The times of day, in order.</summary>
    public IReadOnlyList<TimeOnly> Times => times;

    /// <summary>Days of the month; empty when they are not limited.</summary>
    public IEnumerable<int> Days => Enumerable.Range(1, 31).Where(d => Has(days, d));

    /// <summary>Days counted from the end of the month, 0 for the last; empty when there are none.</summary>
    public IEnumerable<int> DaysFromEnd => Enumerable.Range(0, 31).Where(d => Has(fromEnd, d));

    /// <summary>Months; empty when they are not limited.</summary>
    public IEnumerable<int> Months => Enumerable.Range(1, 12).Where(m => Has(months, m));

    /// <summary>Weekdays; empty when they are not limited.</summary>
    public IEnumerable<DayOfWeek> Weekdays => Enumerable.Range(0, 7).Where(d => Has(weekdays, d)).Select(d => (DayOfWeek)d);

    /// <summary>Whether a text is meant as one: it names its calendar.</summary>
    public static bool IsMeant(string? text) => text is not null && (text.StartsWith("jalali ", StringComparison.OrdinalIgnoreCase) || text.StartsWith("gregorian ", StringComparison.OrdinalIgnoreCase));

    /// <summary>The text of a schedule from its parts; empty parts are not limited.</summary>
    public static string Compose(bool jalali, string? times, string? days, string? months, string? weekdays)
    {
        var text = new System.Text.StringBuilder(jalali ? "jalali" : "gregorian");
        foreach (var (key, value) in ((string, string?)[])[("at", times), ("day", days), ("month", months), ("weekday", weekdays)])
        {
            // Lists are typed with commas of both scripts and spaces between.
            var clean = string.Join(',', Latin(value ?? "").Split([',', '،', '؛', ';', ' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
            if (clean.Length > 0 && clean != "*") text.Append(' ').Append(key).Append('=').Append(clean);
        }

        return text.ToString();
    }

    /// <summary>Reads a schedule.</summary>
    /// <param name="text">The text.</param>
    /// <param name="schedule">What it says.</param>
    /// <param name="error">The part that cannot be read, when false.</param>
    public static bool TryParse(string? text, out CalendarSchedule schedule, out string? error)
    {
        schedule = null!;
        error = text ?? "";
        if (!IsMeant(text) || text!.Length > 400) return false;
        var parts = Latin(text).ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        List<TimeOnly> times = [];
        ulong days = 0, fromEnd = 0, months = 0, weekdays = 0;
        foreach (var part in parts.Skip(1))
        {
            error = part;
            var cut = part.IndexOf('=', StringComparison.Ordinal);
            if (cut < 1) return false;
            foreach (var item in part[(cut + 1)..].Split(','))
            {
                switch (part[..cut])
                {
                    case "at":
                        if (!TimeOnly.TryParseExact(item.Length is 4 or 1 ? "0" + item : item, ["HH:mm", "HH"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return false;
                        times.Add(time);
                        break;
                    case "day" when item is ['l', ..]:
                        if (item.Length == 1) fromEnd |= 1;
                        else if (item.Length > 2 && item[1] == '-' && Number(item[2..], 0, 28) is { } before) fromEnd |= 1UL << before;
                        else return false;
                        break;
                    case "day":
                        if (!Range(item, 1, 31, ref days)) return false;
                        break;
                    case "month":
                        if (!Range(item, 1, 12, ref months)) return false;
                        break;
                    case "weekday":
                        var at = Array.FindIndex(s_weekdays, w => item.StartsWith(w, StringComparison.Ordinal));
                        if (at < 0) return false;
                        weekdays |= 1UL << at;
                        break;
                    default:
                        return false;
                }
            }
        }

        error = "at=";
        if (times.Count is 0 or > 24) return false;
        error = null;
        schedule = new CalendarSchedule(parts[0] == "jalali", [.. times.Distinct().Order()], days, fromEnd, months, weekdays);
        return true;
    }

    /// <summary>
    /// The first moment after <paramref name="after"/>, by the wall clock of the zone; null when there is none within a generation. A wall clock that summer time skips is taken an hour later, one that comes
    /// twice is taken the first time.
    /// </summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var day = TimeZoneInfo.ConvertTime(after, zone).Date;
        var end = day.Year + MostYears >= 9000 ? day : day.AddYears(MostYears);
        for (; day <= end; day = day.AddDays(1))
        {
            if (!Fits(day)) continue;
            foreach (var time in times)
            {
                var local = DateTime.SpecifyKind(day + time.ToTimeSpan(), DateTimeKind.Unspecified);
                var moment = zone.IsAmbiguousTime(local) ? new DateTimeOffset(local, zone.GetAmbiguousTimeOffsets(local).Max()) : Moments.InZone(local, zone);
                if (moment > after) return moment;
            }
        }

        return null;
    }

    private bool Fits(DateTime day)
    {
        if (weekdays != 0 && !Has(weekdays, (int)day.DayOfWeek)) return false;
        if ((days | fromEnd | months) == 0) return true;
        var (month, number, length) = IsJalali
            ? (s_persian.GetMonth(day), s_persian.GetDayOfMonth(day), s_persian.GetDaysInMonth(s_persian.GetYear(day), s_persian.GetMonth(day)))
            : (day.Month, day.Day, DateTime.DaysInMonth(day.Year, day.Month));
        if (months != 0 && !Has(months, month)) return false;
        return (days | fromEnd) == 0 || Has(days, number) || Has(fromEnd, length - number);
    }

    private static bool Has(ulong set, int value) => (set & (1UL << value)) != 0;

    private static bool Range(string item, int low, int high, ref ulong set)
    {
        var dash = item.IndexOf('-', StringComparison.Ordinal);
        if (Number(dash < 0 ? item : item[..dash], low, high) is not { } from || Number(dash < 0 ? item : item[(dash + 1)..], low, high) is not { } to || to < from) return false;
        for (var value = from; value <= to; value++) set |= 1UL << value;
        return true;
    }

    private static int? Number(string text, int low, int high) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high ? number : null;

    private static string Latin(string text) => string.Create(text.Length, text, (to, from) =>
    {
        for (var i = 0; i < from.Length; i++) to[i] = from[i] switch { >= '۰' and <= '۹' => (char)(from[i] - '۰' + '0'), >= '٠' and <= '٩' => (char)(from[i] - '٠' + '0'), var c => c };
    });
}
