using System.Globalization;

namespace Crm.Core;

/// <summary>A stretch of days, both ends within.</summary>
/// <param name="Key">Key of the preset it came from; null when the days were given.</param>
/// <param name="From">First day.</param>
/// <param name="To">Last day.</param>
public sealed record Period(string? Key, DateOnly From, DateOnly To)
{
    /// <summary>How many days.</summary>
    public int Days => To.DayNumber - From.DayNumber + 1;

    /// <summary>The moments it covers in somebody's zone: from the first up to, not including, the second.</summary>
    public (DateTimeOffset From, DateTimeOffset Until) In(DateView dates)
    {
        ArgumentNullException.ThrowIfNull(dates);
        return (dates.Moment(From, TimeOnly.MinValue), dates.Moment(To.AddDays(1), TimeOnly.MinValue));
    }
}

/// <summary>How finely a report counts time.</summary>
public enum TimeStep
{
    /// <summary>Each day.</summary>
    Day,

    /// <summary>Weeks, from the day that a week begins with.</summary>
    Week,

    /// <summary>Months of the user's calendar.</summary>
    Month,

    /// <summary>Years of the user's calendar.</summary>
    Year,
}

/// <summary>«This month», «last week»: stretches of days by the user's calendar, and the steps that a stretch falls into.</summary>
public static class Periods
{
    /// <summary>The days were typed.</summary>
    public const string Given = "days";

    private static readonly (string Key, string Title)[] s_presets =
    [
        ("today", "Today"), ("yesterday", "Yesterday"), ("this-week", "This week"), ("last-week", "Last week"), ("this-month", "This month"), ("last-month", "Last month"),
        ("this-year", "This year"), ("last-year", "Last year"), ("last-7", "Last 7 days"), ("last-30", "Last 30 days"), ("last-90", "Last 90 days"), ("last-365", "Last 365 days"),
    ];

    /// <summary>Keys and English titles (translation keys) of the presets.</summary>
    public static IReadOnlyList<(string Key, string Title)> Presets => s_presets;

    /// <summary>The preset; with days given (<paramref name="key"/> is <see cref="Given"/> or empty), those. An end before the beginning is turned round.</summary>
    public static Period Of(string? key, DateOnly? from, DateOnly? to, DateTimeOffset now, DateView dates, string otherwise = "this-month")
    {
        ArgumentNullException.ThrowIfNull(dates);
        var today = dates.DayOf(now);
        if (key == Given || string.IsNullOrEmpty(key))
        {
            if (from is not null || to is not null)
            {
                var (first, last) = (from ?? to!.Value.AddDays(-29), to ?? (from > today ? from.Value : today));
                return first <= last ? new(null, first, last) : new(null, last, first);
            }

            key = otherwise;
        }

        var (start, end) = key switch
        {
            "today" => (today, today),
            "yesterday" => (today.AddDays(-1), today.AddDays(-1)),
            "this-week" => (WeekOf(today, dates), WeekOf(today, dates).AddDays(6)),
            "last-week" => (WeekOf(today, dates).AddDays(-7), WeekOf(today, dates).AddDays(-1)),
            "this-month" => Step(today, TimeStep.Month, dates),
            "last-month" => Step(Step(today, TimeStep.Month, dates).First.AddDays(-1), TimeStep.Month, dates),
            "this-year" => Step(today, TimeStep.Year, dates),
            "last-year" => Step(Step(today, TimeStep.Year, dates).First.AddDays(-1), TimeStep.Year, dates),
            "last-7" => (today.AddDays(-6), today),
            "last-90" => (today.AddDays(-89), today),
            "last-365" => (today.AddDays(-364), today),
            _ => (today.AddDays(-29), today),
        };
        return new(s_presets.Any(p => p.Key == key) ? key : "last-30", start, end);
    }

    /// <summary>The step that a day lies in: its first and last day.</summary>
    public static (DateOnly First, DateOnly Last) Step(DateOnly day, TimeStep step, DateView dates)
    {
        ArgumentNullException.ThrowIfNull(dates);
        if (step == TimeStep.Day) return (day, day);
        if (step == TimeStep.Week) return (WeekOf(day, dates), WeekOf(day, dates).AddDays(6));
        var (year, month, _) = Calendars.Parts(day, dates.Calendar);
        if (step == TimeStep.Year) return (Calendars.Date(year, 1, 1, dates.Calendar)!.Value, Calendars.Date(year + 1, 1, 1, dates.Calendar)!.Value.AddDays(-1));
        var next = month == 12 ? (year + 1, 1) : (year, month + 1);
        return (Calendars.Date(year, month, 1, dates.Calendar)!.Value, Calendars.Date(next.Item1, next.Item2, 1, dates.Calendar)!.Value.AddDays(-1));
    }

    /// <summary>All steps of a period, in order; those at the ends only as far as the period goes. A step that would give more than 400 is made coarser.</summary>
    public static IReadOnlyList<(DateOnly First, DateOnly Last)> Steps(Period period, ref TimeStep step, DateView dates)
    {
        ArgumentNullException.ThrowIfNull(period);
        if (step == TimeStep.Day && period.Days > 400) step = TimeStep.Week;
        if (step == TimeStep.Week && period.Days > 2800) step = TimeStep.Month;
        if (step == TimeStep.Month && period.Days > 12000) step = TimeStep.Year;
        List<(DateOnly, DateOnly)> steps = [];
        for (var day = period.From; day <= period.To;)
        {
            var (first, last) = Step(day, step, dates);
            steps.Add((first < period.From ? period.From : first, last > period.To ? period.To : last));
            day = last.AddDays(1);
        }

        return steps;
    }

    /// <summary>What a step is called: a day by its date, a week by its first day, a month by name and year.</summary>
    public static string Title(DateOnly first, TimeStep step, DateView dates)
    {
        ArgumentNullException.ThrowIfNull(dates);
        var (year, month, _) = Calendars.Parts(first, dates.Calendar);
        return step switch
        {
            TimeStep.Week => Texts.Get("Week of {0}", dates.Day(first)),
            TimeStep.Month => PersianText.Digits(string.Create(CultureInfo.InvariantCulture, $"{Texts.Get((dates.Calendar == CalendarKind.Jalali ? Calendars.JalaliMonths : Calendars.GregorianMonths)[month - 1])} {year}")),
            TimeStep.Year => PersianText.Digits(year.ToString(CultureInfo.InvariantCulture)),
            _ => dates.Day(first),
        };
    }

    /// <summary>The first day of the week: Saturday in Persian, Monday in English.</summary>
    private static DateOnly WeekOf(DateOnly day, DateView dates)
    {
        var begins = dates.Language == "fa" ? DayOfWeek.Saturday : DayOfWeek.Monday;
        return day.AddDays(-(((int)day.DayOfWeek - (int)begins + 7) % 7));
    }
}
