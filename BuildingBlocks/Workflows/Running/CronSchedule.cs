using System.Globalization;

namespace Crm.Workflows;

/// <summary>
/// A cron expression: minute, hour, day of month, month, day of week, with seconds in front when there are six fields.
/// Numbers, lists, ranges, steps, <c>*</c>, <c>?</c>, names of months and days, <c>L</c> for the last day of the month, and
/// <c>@hourly</c> and its like. When both day fields are limited, either is enough, as in Unix cron.
/// </summary>
public sealed class CronSchedule
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private readonly ulong seconds, minutes, hours, days, months, weekdays;
    private readonly bool anyDay, anyWeekday, lastDay;

    private CronSchedule(ulong seconds, ulong minutes, ulong hours, ulong days, ulong months, ulong weekdays, bool anyDay, bool anyWeekday, bool lastDay) =>
        (this.seconds, this.minutes, this.hours, this.days, this.months, this.weekdays, this.anyDay, this.anyWeekday, this.lastDay) = (seconds, minutes, hours, days, months, weekdays, anyDay, anyWeekday, lastDay);

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="schedule">What it says.</param>
    /// <param name="error">The field that cannot be read, when false.</param>
    public static bool TryParse(string? text, out CronSchedule schedule, out string? error)
    {
        schedule = null!;
        error = text ?? "";
        text = text?.Trim() switch
        {
            "@yearly" or "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" or "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            var other => other,
        };
        if (text is null || text.Length > 200) return false;
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        // Seven fields is Quartz with a year; only a free year can be kept.
        if (fields.Length == 7 && fields[6] is "*" or "?") fields = fields[..6];
        if (fields.Length == 5) fields = ["0", .. fields];
        if (fields.Length != 6) return false;
        var lastDay = fields[3] is "L" or "l";
        foreach (var (index, low, high, names, from) in ((int, int, int, string[]?, int)[])[(0, 0, 59, null, 0), (1, 0, 59, null, 0), (2, 0, 23, null, 0), (3, 1, 31, null, 0), (4, 1, 12, Months, 1), (5, 0, 7, Days, 0)])
            if (!(index == 3 && lastDay) && Field(fields[index], low, high, names, from) is null)
            {
                error = fields[index];
                return false;
            }
        var weekdays = Field(fields[5], 0, 7, Days, 0)!.Value;
        if ((weekdays & (1UL << 7)) != 0) weekdays |= 1;
        schedule = new CronSchedule(Field(fields[0], 0, 59, null, 0)!.Value, Field(fields[1], 0, 59, null, 0)!.Value, Field(fields[2], 0, 23, null, 0)!.Value,
            lastDay ? 0 : Field(fields[3], 1, 31, null, 0)!.Value, Field(fields[4], 1, 12, Months, 1)!.Value, weekdays, fields[3] is "*" or "?", fields[5] is "*" or "?", lastDay);
        error = null;
        return true;
    }

    /// <summary>
    /// The first moment after <paramref name="after"/>, by the wall clock of the zone; null when there is none within ten years.
    /// A wall clock that summer time skips is taken an hour later, one that comes twice is taken the first time.
    /// </summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var start = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        var local = new DateTime(start.Year, start.Month, start.Day, start.Hour, start.Minute, start.Second, DateTimeKind.Unspecified).AddSeconds(1);
        var end = local.Year >= 9980 ? DateTime.MaxValue : local.AddYears(10);
        while (local < end)
        {
            if (!Has(months, local.Month)) { local = new DateTime(local.Year, local.Month, 1).AddMonths(1); continue; }
            if (!DayFits(local)) { local = local.Date.AddDays(1); continue; }
            if (!Has(hours, local.Hour)) { local = local.Date.AddHours(local.Hour + 1); continue; }
            if (!Has(minutes, local.Minute)) { local = local.Date.AddHours(local.Hour).AddMinutes(local.Minute + 1); continue; }
            if (!Has(seconds, local.Second)) { local = local.AddSeconds(1); continue; }
            var moment = First(local, zone);
            if (moment > after) return moment;
            local = local.AddSeconds(1);
        }
        return null;
    }

    private static DateTimeOffset First(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsAmbiguousTime(local)) return new DateTimeOffset(local, zone.GetAmbiguousTimeOffsets(local).Max());
        return Moments.InZone(local, zone);
    }

    private bool DayFits(DateTime day)
    {
        var byDay = lastDay ? day.Day == DateTime.DaysInMonth(day.Year, day.Month) : Has(days, day.Day);
        var byWeekday = Has(weekdays, (int)day.DayOfWeek);
        return anyDay ? byWeekday : anyWeekday ? byDay : byDay || byWeekday;
    }

    private static bool Has(ulong set, int value) => (set & (1UL << value)) != 0;

    private static ulong? Field(string text, int low, int high, string[]? names, int namesFrom)
    {
        ulong set = 0;
        foreach (var part in text.Split(','))
        {
            var slash = part.IndexOf('/');
            var range = slash < 0 ? part : part[..slash];
            var step = 1;
            if (slash >= 0 && (!int.TryParse(part.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out step) || step < 1)) return null;
            int from, to;
            if (range is "*" or "?") (from, to) = (low, high == 7 ? 6 : high);
            else if (range.IndexOf('-') is > 0 and var dash)
            {
                if (Value(range[..dash], names, namesFrom) is not { } first || Value(range[(dash + 1)..], names, namesFrom) is not { } last) return null;
                (from, to) = (first, last);
            }
            else
            {
                if (Value(range, names, namesFrom) is not { } one) return null;
                (from, to) = (one, slash < 0 ? one : high == 7 ? 6 : high);
            }
            if (from < low || to > high) return null;
            // FRI-MON goes round the week.
            if (from > to)
            {
                if (names is null) return null;
                var size = high == 7 ? 7 : high - low + 1;
                for (var value = from; value <= to + size; value += step) set |= 1UL << (((value - low) % size) + low);
                continue;
            }
            for (var value = from; value <= to; value += step) set |= 1UL << value;
        }
        return set == 0 ? null : set;
    }

    private static int? Value(string text, string[]? names, int namesFrom)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        if (names is null) return null;
        for (var i = 0; i < names.Length; i++)
            if (text.Equals(names[i], StringComparison.OrdinalIgnoreCase)) return i + namesFrom;
        return null;
    }
}
