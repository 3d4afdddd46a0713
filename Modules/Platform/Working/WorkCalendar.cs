using Crm.Core;

namespace Crm.Platform.Working;

/// <summary>Working time of one place as a pure function of the data: hours by weekday from a date on, special days, closures, the company's zone.</summary>
/// <param name="Weeks">The company's, by first day, earliest first. Days before the first one go by the first.</param>
/// <param name="Special">Days that differ from their weekday.</param>
/// <param name="Zone">Zone in which the hours are meant.</param>
internal sealed record WorkCalendar(IReadOnlyList<(DateOnly From, DayHours[] Days)> Weeks, IReadOnlyDictionary<DateOnly, DayHours> Special, TimeZoneInfo Zone)
{
    // Three years without an hour of work: nobody works here any more.
    private const int MostDaysOff = 1100;
    private readonly DateView _view = new("en", CalendarKind.Gregorian, Zone);

    /// <summary>Weeks of the place itself, the nearest first (branch, province); a day that none of them reaches goes by <see cref="Weeks"/>.</summary>
    public IReadOnlyList<IReadOnlyList<(DateOnly From, DayHours[] Days)>> Nearer { get; init; } = [];

    /// <summary>What is closed by decree on days, in minutes of the day.</summary>
    public IReadOnlyList<(DateOnly From, DateOnly Until, int FromMinute, int UntilMinute)> Closed { get; init; } = [];

    /// <summary>Hours of a day.</summary>
    public DayHours On(DateOnly day)
    {
        var hours = Usual(day);
        foreach (var c in Closed)
        {
            if (c.From <= day && day <= c.Until) hours = hours.Without(c.FromMinute, c.UntilMinute);
        }

        return hours;
    }

    private DayHours Usual(DateOnly day)
    {
        if (Special.TryGetValue(day, out var special)) return special;
        foreach (var layer in Nearer)
        {
            for (var i = layer.Count - 1; i >= 0; i--)
            {
                if (layer[i].From <= day) return layer[i].Days[(int)day.DayOfWeek];
            }
        }

        var week = Weeks[0];
        foreach (var w in Weeks)
        {
            if (w.From > day) break;
            week = w;
        }

        return week.Days[(int)day.DayOfWeek];
    }

    /// <summary>The moment when that much working time has passed.</summary>
    public DateTimeOffset Add(DateTimeOffset start, TimeSpan work)
    {
        if (work < TimeSpan.Zero) return Subtract(start, -work);
        if (work == TimeSpan.Zero) return start;
        var left = work;
        var off = 0;
        for (var day = _view.DayOf(start); ; day = day.AddDays(1))
        {
            var worked = false;
            foreach (var (from, to) in Spans(day))
            {
                if (to <= start) continue;
                worked = true;
                var begin = from > start ? from : start;
                if (to - begin >= left) return (begin + left).ToUniversalTime();
                left -= to - begin;
            }

            off = worked ? 0 : off + 1;
            if (off > MostDaysOff) throw NoWork();
        }
    }

    /// <summary>The moment that much working time earlier.</summary>
    public DateTimeOffset Subtract(DateTimeOffset end, TimeSpan work)
    {
        if (work < TimeSpan.Zero) return Add(end, -work);
        if (work == TimeSpan.Zero) return end;
        var left = work;
        var off = 0;
        for (var day = _view.DayOf(end); ; day = day.AddDays(-1))
        {
            var worked = false;
            foreach (var (from, to) in Spans(day).Reverse())
            {
                if (from >= end) continue;
                worked = true;
                var stop = to < end ? to : end;
                if (stop - from >= left) return (stop - left).ToUniversalTime();
                left -= stop - from;
            }

            off = worked ? 0 : off + 1;
            if (off > MostDaysOff) throw NoWork();
        }
    }

    /// <summary>The moment itself when it is working time, else when the next working time begins.</summary>
    public DateTimeOffset Next(DateTimeOffset at)
    {
        var day = _view.DayOf(at);
        for (var off = 0; off <= MostDaysOff; off++, day = day.AddDays(1))
        {
            foreach (var (from, to) in Spans(day))
            {
                if (to > at) return from > at ? from.ToUniversalTime() : at;
            }
        }

        throw NoWork();
    }

    /// <summary>
    /// So many working days later, at the same time of day. A day without work does not count; where nobody works at that hour on the last day it is the next working moment of that day, or the end of its work.
    /// </summary>
    public DateTimeOffset AddDays(DateTimeOffset start, int days)
    {
        if (days <= 0) return Next(start);
        var day = _view.DayOf(start);
        for (int left = days, off = 0; left > 0;)
        {
            day = day.AddDays(1);
            if (On(day).Minutes > 0) (left, off) = (left - 1, 0);
            else if (++off > MostDaysOff) throw NoWork();
        }

        var clock = TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(start, Zone).DateTime);
        var wish = _view.Moment(day, clock);
        DateTimeOffset last = wish;
        foreach (var (from, to) in Spans(day))
        {
            if (to > wish) return from > wish ? from : wish;
            last = to;
        }

        return last;
    }

    /// <summary>Working time between two moments.</summary>
    public TimeSpan Between(DateTimeOffset from, DateTimeOffset to)
    {
        if (to <= from) return TimeSpan.Zero;
        var sum = TimeSpan.Zero;
        var last = _view.DayOf(to);
        for (var day = _view.DayOf(from); day <= last; day = day.AddDays(1))
        {
            foreach (var (begin, end) in Spans(day))
            {
                var a = begin > from ? begin : from;
                var b = end < to ? end : to;
                if (b > a) sum += b - a;
            }
        }

        return sum;
    }

    // As moments, so that a span over a change to daylight saving is as long as it really is.
    private IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Spans(DateOnly day) => On(day).Spans.Select(s => (Moment(day, s.From), Moment(day, s.To)));

    private DateTimeOffset Moment(DateOnly day, int minute) => minute == DayHours.Day
        ? _view.Moment(day.AddDays(1), TimeOnly.MinValue)
        : _view.Moment(day, new TimeOnly(minute / 60, minute % 60));

    private static RuleBroken NoWork() => new("working-time.none", "The working calendar has no working hours. Set them in the settings.");
}
