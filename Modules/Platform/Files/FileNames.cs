using System.Text;
using Crm.Core;

namespace Crm.Platform.Files;

/// <summary>Names of uploads: only the last part of a path, nothing a file system or a header would stumble over, and an ending that fits the content.</summary>
internal static class FileNames
{
    private const int MaxLength = 150;

    public static string Extension(string? name)
    {
        var last = Last(name);
        var dot = last.LastIndexOf('.');
        return dot < 0 ? "" : last[dot..].ToLowerInvariant();
    }

    public static string Clean(string? name, FileKind kind)
    {
        var b = new StringBuilder();
        foreach (var c in PersianText.Clean(Last(name)) ?? "")
        {
            // U+200E … U+2069 turn the direction of what follows: cod.exe would be read as exe.doc.
            if (char.IsControl(c) || c is >= '\u200E' and <= '\u200F' or >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069') continue;
            b.Append(c is '<' or '>' or ':' or '"' or '|' or '?' or '*' or ';' or '%' ? '_' : c);
        }

        var clean = b.ToString().Trim(' ', '.');
        if (clean.Length == 0) clean = "file";
        var extension = Extension(clean);
        if (!kind.Extensions.Contains(extension))
        {
            extension = kind.Extensions[0];
            clean += extension;
        }

        if (clean.Length > MaxLength) clean = clean[..(MaxLength - extension.Length)].TrimEnd(' ', '.') + extension;
        return clean;
    }

    private static string Last(string? name)
    {
        if (name is null) return "";
        var cut = name.LastIndexOfAny(['/', '\\']);
        return cut < 0 ? name : name[(cut + 1)..];
    }
}
