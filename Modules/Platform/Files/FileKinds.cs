using System.Buffers.Binary;
using System.Text;

namespace Crm.Platform.Files;

/// <summary>A kind of file that is taken.</summary>
/// <param name="ContentType">As it is served.</param>
/// <param name="Extensions">Names it may have; the first is given to a file whose name says something else.</param>
internal sealed record FileKind(string ContentType, params string[] Extensions);

/// <summary>
/// Tells by content what a file is, and takes only kinds that staff attach: pictures, documents, sound, film, archives, plain text. Whatever a browser could run (HTML, SVG,
/// XML), programs and everything unknown are refused, whatever they are called.
/// </summary>
internal static class FileKinds
{
    /// <summary>How much of the beginning is looked at.</summary>
    public const int Head = 8192;

    private const int MaxPixels = 12_000;

    private static readonly FileKind s_pdf = new("application/pdf", ".pdf");
    private static readonly FileKind s_png = new("image/png", ".png");
    private static readonly FileKind s_jpeg = new("image/jpeg", ".jpg", ".jpeg", ".jfif");
    private static readonly FileKind s_gif = new("image/gif", ".gif");
    private static readonly FileKind s_webp = new("image/webp", ".webp");
    private static readonly FileKind s_tiff = new("image/tiff", ".tif", ".tiff");
    private static readonly FileKind s_bmp = new("image/bmp", ".bmp");
    private static readonly FileKind s_heic = new("image/heic", ".heic", ".heif");
    private static readonly FileKind s_zip = new("application/zip", ".zip");
    private static readonly FileKind s_docx = new("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx");
    private static readonly FileKind s_xlsx = new("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx");
    private static readonly FileKind s_pptx = new("application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx");
    private static readonly FileKind s_odt = new("application/vnd.oasis.opendocument.text", ".odt");
    private static readonly FileKind s_ods = new("application/vnd.oasis.opendocument.spreadsheet", ".ods");
    private static readonly FileKind s_odp = new("application/vnd.oasis.opendocument.presentation", ".odp");
    private static readonly FileKind s_oldOffice = new("application/x-ole-storage", ".doc", ".xls", ".ppt", ".msg");
    private static readonly FileKind s_rtf = new("application/rtf", ".rtf");
    private static readonly FileKind s_7z = new("application/x-7z-compressed", ".7z");
    private static readonly FileKind s_rar = new("application/vnd.rar", ".rar");
    private static readonly FileKind s_gzip = new("application/gzip", ".gz", ".tgz");
    private static readonly FileKind s_mp3 = new("audio/mpeg", ".mp3");
    private static readonly FileKind s_wav = new("audio/wav", ".wav");
    private static readonly FileKind s_ogg = new("audio/ogg", ".ogg", ".oga", ".opus");
    private static readonly FileKind s_m4a = new("audio/mp4", ".m4a");
    private static readonly FileKind s_mp4 = new("video/mp4", ".mp4", ".m4v", ".mov", ".3gp");
    private static readonly FileKind s_webm = new("video/webm", ".webm", ".mkv");
    private static readonly FileKind s_dwg = new("image/vnd.dwg", ".dwg");
    private static readonly FileKind s_text = new("text/plain", ".txt", ".log", ".md");
    private static readonly FileKind s_csv = new("text/csv", ".csv");
    private static readonly FileKind s_vcard = new("text/vcard", ".vcf");
    private static readonly FileKind s_calendar = new("text/calendar", ".ics");

    private static readonly HashSet<string> s_names =
    [
        .. new[]
        {
            s_pdf, s_png, s_jpeg, s_gif, s_webp, s_tiff, s_bmp, s_heic, s_zip, s_docx, s_xlsx, s_pptx, s_odt, s_ods, s_odp, s_oldOffice, s_rtf, s_7z, s_rar, s_gzip, s_mp3, s_wav, s_ogg, s_m4a, s_mp4, s_webm, s_dwg, s_text, s_csv, s_vcard,
            s_calendar,
        }.SelectMany(k => k.Extensions),
    ];

    /// <summary>Whether files with this ending are taken, if their content is what it says.</summary>
    public static bool AreTaken(string extension) => s_names.Contains(extension);

    /// <summary>Kinds that may be shown within a page instead of downloaded: pictures that carry no script.</summary>
    public static bool MayShow(string contentType) => contentType is "image/png" or "image/jpeg" or "image/gif" or "image/webp";

    /// <summary>ZIP files and the office documents that are one.</summary>
    public static bool IsArchive(string contentType) => contentType == s_zip.ContentType || contentType.StartsWith("application/vnd.openxmlformats", StringComparison.Ordinal) || contentType.StartsWith("application/vnd.oasis", StringComparison.Ordinal);

    /// <summary>What it is; null when it is not taken.</summary>
    /// <param name="head">The first bytes, at most <see cref="Head"/>.</param>
    /// <param name="extension">From the name, lower case; only chooses among kinds that look the same.</param>
    public static FileKind? Of(ReadOnlySpan<byte> head, string extension)
    {
        if (head.StartsWith("%PDF-"u8)) return s_pdf;
        if (head.StartsWith(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A })) return s_png;
        if (head.StartsWith(new byte[] { 0xFF, 0xD8, 0xFF })) return s_jpeg;
        if (head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8)) return s_gif;
        if (head.StartsWith("RIFF"u8) && head.Length >= 12)
        {
            if (head[8..].StartsWith("WEBP"u8)) return s_webp;
            if (head[8..].StartsWith("WAVE"u8)) return s_wav;
            return null;
        }

        if (head.StartsWith(new byte[] { 0x49, 0x49, 0x2A, 0x00 }) || head.StartsWith(new byte[] { 0x4D, 0x4D, 0x00, 0x2A })) return s_tiff;
        if (head.StartsWith("BM"u8) && head.Length > 26 && head[6..10].IndexOfAnyExcept((byte)0) < 0) return s_bmp;
        if (head.Length >= 12 && head[4..].StartsWith("ftyp"u8))
        {
            var brand = Encoding.ASCII.GetString(head[8..12]);
            return brand is "heic" or "heix" or "mif1" or "msf1" ? s_heic : brand is "M4A " ? s_m4a : s_mp4;
        }

        if (head.StartsWith(new byte[] { 0x50, 0x4B, 0x03, 0x04 })) return Zipped(head, extension);
        if (head.StartsWith(new byte[] { 0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1 })) return s_oldOffice.Extensions.Contains(extension) ? s_oldOffice : null;
        if (head.StartsWith("{\\rtf"u8)) return s_rtf;
        if (head.StartsWith(new byte[] { 0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C })) return s_7z;
        if (head.StartsWith("Rar!"u8)) return s_rar;
        if (head.StartsWith(new byte[] { 0x1F, 0x8B, 0x08 })) return s_gzip;
        if (head.StartsWith("ID3"u8) || (head.Length > 2 && head[0] == 0xFF && head[1] is 0xFB or 0xF3 or 0xF2)) return s_mp3;
        if (head.StartsWith("OggS"u8)) return s_ogg;
        if (head.StartsWith(new byte[] { 0x1A, 0x45, 0xDF, 0xA3 })) return s_webm;
        if (head.StartsWith("AC10"u8) && s_dwg.Extensions.Contains(extension)) return s_dwg;
        return Texts(head, extension);
    }

    /// <summary>Whether a picture is so large that showing it would cost a phone its memory.</summary>
    public static bool IsTooLarge(FileKind kind, ReadOnlySpan<byte> head)
    {
        var (width, height) = Pixels(kind, head);
        return width > MaxPixels || height > MaxPixels;
    }

    private static FileKind? Zipped(ReadOnlySpan<byte> head, string extension)
    {
        if (head.Length < 30) return null;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(head[26..]);
        var first = head.Length >= 30 + length ? Encoding.UTF8.GetString(head.Slice(30, length)) : "";
        if (first == "mimetype")
        {
            var rest = head[(30 + length)..];
            foreach (var kind in (FileKind[])[s_odt, s_ods, s_odp])
            {
                if (rest.IndexOf(Encoding.ASCII.GetBytes(kind.ContentType)) is >= 0 and < 64) return kind;
            }

            return s_zip;
        }

        var office = first is "[Content_Types].xml" || first.StartsWith("_rels/", StringComparison.Ordinal) || first.StartsWith("docProps/", StringComparison.Ordinal)
            || first.StartsWith("word/", StringComparison.Ordinal) || first.StartsWith("xl/", StringComparison.Ordinal) || first.StartsWith("ppt/", StringComparison.Ordinal);
        if (office)
        {
            // .docm and its like carry macros: they fall through to a plain archive, under that name.
            foreach (var kind in (FileKind[])[s_docx, s_xlsx, s_pptx])
            {
                if (kind.Extensions.Contains(extension)) return kind;
            }
        }

        return s_zip;
    }

    private static FileKind? Texts(ReadOnlySpan<byte> head, string extension)
    {
        if (head.IsEmpty || head.Contains((byte)0) || head.StartsWith("MZ"u8) || head.StartsWith("#!"u8)) return null;
        string text;
        try
        {
            // The end may cut a letter in two: up to three bytes of it are not judged.
            var whole = head;
            if (head.Length == Head)
            {
                var cut = head.Length;
                for (var i = 1; i <= 3; i++)
                {
                    if ((head[^i] & 0xC0) == 0xC0) cut = head.Length - i;
                    if ((head[^i] & 0xC0) != 0x80) break;
                }

                whole = head[..cut];
            }

            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(whole);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }

        if (text.Any(c => char.IsControl(c) && c is not ('\r' or '\n' or '\t' or '\f'))) return null;
        // What any browser might take for a page, wherever in the beginning it stands.
        string[] marks = ["<!doctype", "<html", "<head", "<body", "<script", "<iframe", "<svg", "<?xml", "<?php", "<math", "<object", "<embed", "<link", "<style", "<meta", "<img", "javascript:"];
        if (marks.Any(m => text.Contains(m, StringComparison.OrdinalIgnoreCase))) return null;
        if (extension == ".csv") return s_csv;
        if (extension == ".vcf" && text.TrimStart('\uFEFF').StartsWith("BEGIN:VCARD", StringComparison.OrdinalIgnoreCase)) return s_vcard;
        if (extension == ".ics" && text.TrimStart('\uFEFF').StartsWith("BEGIN:VCALENDAR", StringComparison.OrdinalIgnoreCase)) return s_calendar;
        return s_text;
    }

    private static (int Width, int Height) Pixels(FileKind kind, ReadOnlySpan<byte> head)
    {
        if (kind == s_png && head.Length >= 24) return ((int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32BigEndian(head[16..])), (int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32BigEndian(head[20..])));
        if (kind == s_gif && head.Length >= 10) return (BinaryPrimitives.ReadUInt16LittleEndian(head[6..]), BinaryPrimitives.ReadUInt16LittleEndian(head[8..]));
        if (kind == s_bmp && head.Length >= 26) return (Math.Abs(BinaryPrimitives.ReadInt32LittleEndian(head[18..])), Math.Abs(BinaryPrimitives.ReadInt32LittleEndian(head[22..])));
        if (kind == s_webp && head.Length >= 30 && head[12..].StartsWith("VP8X"u8)) return (1 + (head[24] | head[25] << 8 | head[26] << 16), 1 + (head[27] | head[28] << 8 | head[29] << 16));
        if (kind == s_jpeg)
        {
            // Walks the segments to the frame header; a large one before it (EXIF) may end what is looked at, then nothing is known.
            var at = 2;
            while (at + 9 < head.Length && head[at] == 0xFF)
            {
                var marker = head[at + 1];
                if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                    return (BinaryPrimitives.ReadUInt16BigEndian(head[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(head[(at + 5)..]));
                at += 2 + BinaryPrimitives.ReadUInt16BigEndian(head[(at + 2)..]);
            }
        }

        return (0, 0);
    }
}
