using System.Globalization;
using Crm.Core;

namespace Crm.Platform.Working;

/// <summary>Working hours of a day, as people write them: <c>08:00-12:00, 13:00-17:00</c>; nothing for a day off.</summary>
internal sealed record DayHours(IReadOnlyList<(int From, int To)> Spans)
{
    public const int Day = 24 * 60;

    public static readonly DayHours Off = new([]);

    /// <summary>Working minutes.</summary>
    public int Minutes => Spans.Sum(s => s.To - s.From);

    /// <summary>Reads it; null when it can't be read or the spans overlap.</summary>
    public static DayHours? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Off;
        var spans = new List<(int From, int To)>();
        foreach (var part in PersianText.LatinDigits(text).Split([',', '،', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split(['-', '–', '—'], StringSplitOptions.TrimEntries);
            if (ends.Length != 2 || Minute(ends[0]) is not { } from || Minute(ends[1]) is not { } to || to <= from) return null;
            if (spans.Count > 0 && from < spans[^1].To) return null;
            spans.Add((from, to));
        }

        return spans.Count > 6 ? null : new(spans);
    }

    /// <summary>The hours that are left when a stretch of the day is closed.</summary>
    public DayHours Without(int from, int to)
    {
        if (!Spans.Any(s => s.From < to && s.To > from)) return this;
        List<(int From, int To)> left = [];
        foreach (var (begin, end) in Spans)
        {
            if (begin < Math.Min(end, from)) left.Add((begin, Math.Min(end, from)));
            if (Math.Max(begin, to) < end) left.Add((Math.Max(begin, to), end));
        }

        return new(left);
    }

    public override string ToString() => string.Join(',', Spans.Select(s => $"{Clock(s.From)}-{Clock(s.To)}"));

    private static string Clock(int minute) => string.Create(CultureInfo.InvariantCulture, $"{minute / 60:00}:{minute % 60:00}");

    private static int? Minute(string text)
    {
        var parts = text.Split(':');
        if (parts.Length > 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var hour)) return null;
        var minute = 0;
        if (parts.Length == 2 && (parts[1].Length != 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out minute))) return null;
        var all = hour * 60 + minute;
        return minute < 60 && all <= Day ? all : null;
    }
}
