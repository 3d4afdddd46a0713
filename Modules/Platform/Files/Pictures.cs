using SkiaSharp;

namespace Crm.Platform.Files;

/// <summary>
/// Looks into a picture: whether it is one, how large it is, and a small copy for lists. The sizes are read before anything is decoded; what would take more memory than a phone's
/// photo is kept without a small copy, and what is larger still is refused. One at a time: ten uploads at once must not take ten times the memory.
/// </summary>
internal static class Pictures
{
    /// <summary>Largest side of a picture that is taken.</summary>
    public const int LargestSide = 12_000;

    /// <summary>Side of the small copy.</summary>
    public const int ThumbnailSide = 320;

    // Four bytes each: 64 MB at most.
    private const long MostPixels = 16_000_000;

    private static readonly SemaphoreSlim s_one = new(1);

    /// <summary>Width and height as the decoder reads them; null when it is no picture of this kind.</summary>
    public static (int Width, int Height)? Measure(string path)
    {
        using var stream = new SKFileStream(path);
        using var codec = SKCodec.Create(stream);
        return codec is null ? null : (codec.Info.Width, codec.Info.Height);
    }

    /// <summary>A small JPEG or PNG (where something shows through) of the picture; null when it can't be made.</summary>
    public static async Task<byte[]?> ThumbnailAsync(string path, CancellationToken ct)
    {
        await s_one.WaitAsync(ct);
        try
        {
            return Thumbnail(path);
        }
        finally
        {
            s_one.Release();
        }
    }

    private static byte[]? Thumbnail(string path)
    {
        using var stream = new SKFileStream(path);
        using var codec = SKCodec.Create(stream);
        if (codec is null) return null;
        var whole = codec.Info;
        // JPEG decodes at an eighth and more of its size; other kinds only whole.
        var wanted = Math.Min(1f, ThumbnailSide * 2f / Math.Max(whole.Width, whole.Height));
        var size = codec.GetScaledDimensions(wanted);
        if ((long)size.Width * size.Height > MostPixels) return null;
        using var bitmap = new SKBitmap(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, whole.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Premul));
        if (codec.GetPixels(bitmap.Info, bitmap.GetPixels()) is not (SKCodecResult.Success or SKCodecResult.IncompleteInput)) return null;
        var scale = Math.Min(1f, (float)ThumbnailSide / Math.Max(size.Width, size.Height));
        var (width, height) = (Math.Max(1, (int)(size.Width * scale)), Math.Max(1, (int)(size.Height * scale)));
        var turned = codec.EncodedOrigin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        using var surface = SKSurface.Create(new SKImageInfo(turned ? height : width, turned ? width : height, SKColorType.Rgba8888, bitmap.AlphaType));
        if (surface is null) return null;
        // Phones hold the camera any way and say so beside the picture.
        switch (codec.EncodedOrigin)
        {
            case SKEncodedOrigin.BottomRight: surface.Canvas.RotateDegrees(180, width / 2f, height / 2f); break;
            case SKEncodedOrigin.RightTop: surface.Canvas.Translate(height, 0); surface.Canvas.RotateDegrees(90); break;
            case SKEncodedOrigin.LeftBottom: surface.Canvas.Translate(0, width); surface.Canvas.RotateDegrees(270); break;
        }

        using var image = SKImage.FromBitmap(bitmap);
        surface.Canvas.DrawImage(image, new SKRect(0, 0, width, height), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using var small = surface.Snapshot();
        using var data = small.Encode(bitmap.AlphaType == SKAlphaType.Opaque ? SKEncodedImageFormat.Jpeg : SKEncodedImageFormat.Png, 82);
        return data?.ToArray();
    }
}
