using System.Globalization;
using Crm.Core;

namespace Crm.Web;

/// <summary>Cells as people read them; the same in the table of a page and beside a chart.</summary>
public static class ReportText
{
    /// <summary>The value in the user's digits and calendar.</summary>
    public static string Of(object? value, ReportKind kind, DateView dates)
    {
        ArgumentNullException.ThrowIfNull(dates);
        return value switch
        {
            null => "",
            DateOnly day => dates.Day(day),
            DateTimeOffset moment => dates.DayAndTime(moment),
            int or long when kind == ReportKind.Percent => PersianText.Number(Convert.ToInt64(value, CultureInfo.InvariantCulture)) + (Texts.IsPersian ? "٪" : "%"),
            int or long => PersianText.Number(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
            double or decimal => PersianText.Digits(Convert.ToDecimal(value, CultureInfo.InvariantCulture).ToString("0.#", CultureInfo.InvariantCulture)),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };
    }

    /// <summary>Part of a whole in percent, rounded; null where there is no whole.</summary>
    public static long? Share(long part, long whole) => whole == 0 ? null : (long)Math.Round(100d * part / whole);
}
