using System.Globalization;
using Crm.Core;
using Crm.Workflows;

namespace Crm.Routines.Definitions;

/// <summary>Schedules of bindings: five fields of cron, or days of a calendar, read by the engine's own rules, so that a drawn schedule and a bound one mean the same.</summary>
internal static class Schedules
{
    public const int Longest = 400;

    public static bool IsValid(string? text) => text is { Length: > 0 and <= Longest } && (CalendarSchedule.IsMeant(text)
        ? CalendarSchedule.TryParse(text, out _, out _)
        : text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length == 5 && CronSchedule.TryParse(text, out _, out _));

    /// <summary>The next moment; null when there is none.</summary>
    public static DateTimeOffset? Next(string text, DateTimeOffset after, TimeZoneInfo zone) => CalendarSchedule.IsMeant(text)
        ? CalendarSchedule.TryParse(text, out var calendar, out _) ? calendar.Next(after, zone) : null
        : CronSchedule.TryParse(text, out var cron, out _) ? cron.Next(after, zone) : null;

    /// <summary>The next moments, at most so many.</summary>
    public static IReadOnlyList<DateTimeOffset> Next(string text, DateTimeOffset after, TimeZoneInfo zone, int count)
    {
        List<DateTimeOffset> all = [];
        for (var at = Next(text, after, zone); at is { } moment && all.Count < count; at = Next(text, moment, zone)) all.Add(moment);
        return all;
    }

    /// <summary>As people say it, in the language of the moment.</summary>
    public static string Words(string text)
    {
        if (!CalendarSchedule.IsMeant(text) || !CalendarSchedule.TryParse(text, out var schedule, out _)) return Texts.Get("By schedule: {0}", text);
        var comma = Texts.Get("List comma");
        string Number(int n) => PersianText.Digits(n.ToString(CultureInfo.InvariantCulture));
        List<string> parts = [];
        var days = schedule.Days.Select(Number).Concat(schedule.DaysFromEnd.Select(d => d == 0 ? Texts.Get("the last day") : Texts.Get("{0} days before the last", Number(d)))).ToList();
        var weekdays = schedule.Weekdays.OrderBy(d => ((int)d + 1) % 7).Select(d => Texts.Get(d.ToString())).ToList();
        var names = schedule.IsJalali ? Calendars.JalaliMonths : Calendars.GregorianMonths;
        if (weekdays.Count > 0) parts.Add(string.Join(comma, weekdays));
        if (days.Count > 0) parts.Add(Texts.Get("days of the month: {0}", string.Join(comma, days)));
        if (schedule.Months.Any()) parts.Add(string.Join(comma, schedule.Months.Select(m => Texts.Get(names[m - 1]))));
        if (parts.Count == 0) parts.Add(Texts.Get("Every day"));
        parts.Add(Texts.Get("at {0}", string.Join(comma, schedule.Times.Select(t => PersianText.Digits(t.ToString("HH:mm", CultureInfo.InvariantCulture))))));
        return Texts.Get(schedule.IsJalali ? "By the Jalali calendar: {0}" : "By the Gregorian calendar: {0}", string.Join(comma, parts));
    }
}
