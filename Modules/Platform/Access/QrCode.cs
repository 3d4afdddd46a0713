using System.Globalization;
using System.Text;
using QRCoder;

namespace Crm.Platform.Access;

/// <summary>A QR code as the path of an inline SVG: our content-security policy needs no exception for it, and the secret in it stands in no address that could be logged.</summary>
internal sealed record QrCode(int Size, string Path)
{
    public static QrCode Of(string text)
    {
        using var data = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var rows = data.ModuleMatrix;
        var path = new StringBuilder();
        for (var y = 0; y < rows.Count; y++)
        {
            for (var x = 0; x < rows[y].Count; x++)
            {
                if (!rows[y][x]) continue;
                var length = 1;
                while (x + length < rows[y].Count && rows[y][x + length]) length++;
                path.Append(CultureInfo.InvariantCulture, $"M{x} {y}h{length}v1h-{length}z");
                x += length;
            }
        }

        return new(rows.Count, path.ToString());
    }
}

/// <summary>The same for other modules.</summary>
internal sealed class QrCodes : Crm.Platform.Contracts.IQrCodes
{
    public Crm.Platform.Contracts.QrImage Of(string text) 
    {
        var code = QrCode.Of(text);
        return new(code.Size, code.Path);
    }
}
