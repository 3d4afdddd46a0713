namespace Crm.Messaging.Templates;

/// <summary>How long an SMS is and in how many parts it travels.</summary>
/// <param name="Units">Counted units: septets of the GSM alphabet, or 16-bit units.</param>
/// <param name="Parts">Number of parts; 0 for nothing.</param>
/// <param name="PerPart">Units that fit into one part of such a message.</param>
/// <param name="Unicode">Whether it holds letters beyond the GSM alphabet (Persian does).</param>
internal sealed record SmsLength(int Units, int Parts, int PerPart, bool Unicode);

internal static class SmsParts
{
    private const string Basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    private const string Extended = "^{}\\[~]|€\f";

    /// <summary>160 GSM characters or 70 others in one part; 153 or 67 in each of several.</summary>
    public static SmsLength Of(string text)
    {
        var units = 0;
        var unicode = false;
        foreach (var c in text)
        {
            if (Basic.Contains(c, StringComparison.Ordinal)) units++;
            else if (Extended.Contains(c, StringComparison.Ordinal)) units += 2;
            else
            {
                unicode = true;
                break;
            }
        }

        if (unicode) units = text.Length;
        var (one, many) = unicode ? (70, 67) : (160, 153);
        if (units == 0) return new(0, 0, one, unicode);
        return units <= one ? new(units, 1, one, unicode) : new(units, (units + many - 1) / many, many, unicode);
    }
}
