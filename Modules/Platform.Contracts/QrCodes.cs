namespace Crm.Platform.Contracts;

/// <summary>A QR code as the path of an inline SVG, one unit a module: <c>&lt;svg viewBox="0 0 @qr.Size @qr.Size"&gt;&lt;path d="@qr.Path" /&gt;&lt;/svg&gt;</c>.</summary>
/// <param name="Size">Width and height in modules.</param>
/// <param name="Path">The dark modules.</param>
public sealed record QrImage(int Size, string Path);

/// <summary>Draws QR codes.</summary>
public interface IQrCodes
{
    /// <summary>The code of a text.</summary>
    QrImage Of(string text);
}
