using System.Globalization;
using Crm.Core;

namespace Crm.Web;

/// <summary>
/// Texts of pages: <c>@T["New contact"]</c>, <c>@T["{0} jobs", n]</c>. Answers plain strings, which Razor encodes. Whole numbers among the
/// arguments get the separators and digits of the language; strings stay as they are.
/// </summary>
public sealed class Localizer
{
    /// <summary>The text in the language of the moment.</summary>
    public string this[string key] => Texts.Get(key);

    /// <summary>The text with its <c>{0}</c> filled.</summary>
    public string this[string key, params object?[] args] => Get(key, args);

    /// <summary>The same as the indexer, for code.</summary>
    public string Get(string key, params object?[] args) => Texts.Get(key, [.. args.Select(Shown)]);

    /// <summary>A whole number with separators and digits of the language.</summary>
    public string Number(long value) => PersianText.Number(value);

    /// <summary>۲۰٪ or 20%.</summary>
    public string Percent(int value) => PersianText.Number(value) + (Texts.IsPersian ? "٪" : "%");

    /// <summary>A number with at most one decimal, in the digits of the language.</summary>
    public string Decimal(decimal value) => PersianText.Decimal(Math.Round(value, 1, MidpointRounding.AwayFromZero));

    /// <summary>Digits of the language in any text.</summary>
    public string Digits(object? value) => PersianText.Digits(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");

    private static object? Shown(object? arg) => arg switch
    {
        int or long or short or byte or uint => PersianText.Number(Convert.ToInt64(arg, CultureInfo.InvariantCulture)),
        decimal or double or float => PersianText.Digits(Convert.ToString(arg, CultureInfo.InvariantCulture)!),
        _ => arg,
    };
}
