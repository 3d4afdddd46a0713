using Crm.Core;

namespace Crm.Tasks.Shared;

/// <summary>When something is due, as it is shown: how late it is, or how long there is.</summary>
internal sealed record Due(DateTimeOffset? At, bool Waits, DateTimeOffset Now)
{
    public bool Late => Waits && At < Now;

    /// <summary>«2 days late», «today 14:30», «tomorrow 09:00», «in 3 days»; the date when it is far off.</summary>
    public string Words(DateView dates)
    {
        if (At is not { } at) return Texts.Get("some day");
        if (!Waits) return dates.DayAndTime(at);
        var days = dates.DayOf(at).DayNumber - dates.DayOf(Now).DayNumber;
        if (at < Now)
        {
            var late = Now - at;
            return days < 0
                ? Texts.Get("{0} days late", PersianText.Number(-days))
                : late.TotalMinutes < 60 ? Texts.Get("{0} minutes late", PersianText.Number((long)late.TotalMinutes)) : Texts.Get("{0} hours late", PersianText.Number((long)late.TotalHours));
        }

        return days switch
        {
            0 => Texts.Get("today {0}", dates.Clock(at)),
            1 => Texts.Get("tomorrow {0}", dates.Clock(at)),
            < 7 => Texts.Get("in {0} days", PersianText.Number(days)),
            _ => dates.Day(dates.DayOf(at)),
        };
    }
}
