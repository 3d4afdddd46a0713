using Crm.Core;
using Crm.Tasks.Contracts;

namespace Crm.Tasks.Features.Worklist;

/// <summary>How soon something has to be done.</summary>
internal enum WorklistGroup
{
    Late,
    Today,
    ThisWeek,
    Later,
    SomeDay,
}

/// <summary>Sorts what waits by the user's own days: his zone says when a day ends, his calendar when a week does.</summary>
internal static class WorklistGroups
{
    public static WorklistGroup Of(DateTimeOffset? dueAt, DateTimeOffset now, DateView dates)
    {
        if (dueAt is not { } due) return WorklistGroup.SomeDay;
        if (due < now) return WorklistGroup.Late;
        var (today, day) = (dates.DayOf(now), dates.DayOf(due));
        if (day == today) return WorklistGroup.Today;
        return day <= EndOfWeek(today, dates.Calendar) ? WorklistGroup.ThisWeek : WorklistGroup.Later;
    }

    /// <summary>Due first, then the longest waiting; what has no date at the end.</summary>
    public static IReadOnlyList<WorklistItem> Sort(IEnumerable<WorklistItem> items) =>
        [.. items.OrderBy(i => i.DueAt is null).ThenBy(i => i.DueAt).ThenBy(i => i.Since).ThenBy(i => i.Id)];

    // The week ends on Friday in the Jalali calendar, on Sunday in the Gregorian one.
    private static DateOnly EndOfWeek(DateOnly day, CalendarKind calendar)
    {
        var last = calendar == CalendarKind.Jalali ? DayOfWeek.Friday : DayOfWeek.Sunday;
        return day.AddDays(((int)last - (int)day.DayOfWeek + 7) % 7);
    }
}
