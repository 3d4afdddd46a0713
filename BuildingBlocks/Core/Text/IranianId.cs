namespace Crm.Core;

/// <summary>Check digits of Iranian national ids.</summary>
public static class IranianId
{
    /// <summary>Ten digits of a person; where the zeros before them were lost, as spreadsheets do, eight or nine.</summary>
    public static bool IsPerson(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length is 8 or 9) id = id.PadLeft(10, '0');
        if (id.Length != 10 || !id.All(char.IsAsciiDigit) || id.Distinct().Count() == 1) return false;
        var sum = 0;
        for (var i = 0; i < 9; i++) sum += (id[i] - '0') * (10 - i);
        var rest = sum % 11;
        return id[9] - '0' == (rest < 2 ? rest : 11 - rest);
    }

    /// <summary>Eleven digits of a legal person.</summary>
    public static bool IsCompany(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length != 11 || !id.All(char.IsAsciiDigit) || id.Distinct().Count() == 1) return false;
        ReadOnlySpan<int> weights = [29, 27, 23, 19, 17, 29, 27, 23, 19, 17];
        var tens = id[9] - '0' + 2;
        var sum = 0;
        for (var i = 0; i < 10; i++) sum += (id[i] - '0' + tens) * weights[i];
        var rest = sum % 11;
        return id[10] - '0' == (rest == 10 ? 0 : rest);
    }

    /// <summary>The id in full: with the zeros that were lost before it.</summary>
    public static string? Whole(string? id, bool company) => !company && id is { Length: 8 or 9 } && IsPerson(id) ? id.PadLeft(10, '0') : id;

    /// <summary>A postal code of Iran has ten digits and does not begin with a zero.</summary>
    public static bool IsPostalCode(string code) => code is not null && code.Length == 10 && code.All(char.IsAsciiDigit) && code[0] != '0' && code.Distinct().Count() > 1;

    /// <summary>A valid Iranian id of the kind, or the number of a foreigner's paper, which has no check digit we know.</summary>
    public static bool IsAcceptable(string id, bool company)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length is < 5 or > 20 || !id.All(char.IsAsciiLetterOrDigit)) return false;
        if (!id.All(char.IsAsciiDigit)) return true;
        return id.Length switch
        {
            10 => !company && IsPerson(id),
            11 => company && IsCompany(id),
            _ => true,
        };
    }
}
