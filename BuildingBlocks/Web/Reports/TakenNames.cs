using System.Globalization;
using System.Text;
using Crm.Core;
using Microsoft.Net.Http.Headers;

namespace Crm.Web;

/// <summary>Names of the files that people take away: what is in them, in their language, and the day of their calendar, so that a folder of them can be read and is in order.</summary>
public static class TakenNames
{
    private const int Longest = 80;

    /// <summary><c>contacts-2026-11-26.csv</c>, <c>مخاطبان-1405-09-05.xlsx</c>.</summary>
    /// <param name="title">What is in the file, in the language of the moment.</param>
    /// <param name="dates">The user's calendar and zone.</param>
    /// <param name="now">The moment it is written.</param>
    /// <param name="ending">csv, xlsx …</param>
    public static string Of(string title, DateView dates, DateTimeOffset now, string ending)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(dates);
        var name = new StringBuilder(title.Length);
        foreach (var c in title.ToLowerInvariant())
        {
            // A mark on a letter belongs to it; whatever some file system or shell reads as something else does not stay, nor do half-spaces, for which browsers write underscores.
            if (char.IsLetterOrDigit(c) || (name.Length > 0 && name[^1] != '-' && char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark)) name.Append(c);
            else if (name.Length > 0 && name[^1] != '-') name.Append('-');
        }

        var words = name.ToString();
        if (words.Length > Longest) words = words[..Longest];
        words = words.Trim('-');
        return $"{(words.Length == 0 ? "" : words + "-")}{Calendars.Format(dates.DayOf(now), dates.Calendar).Replace('/', '-')}.{ending}";
    }

    /// <summary>The header that gives a file its name: the whole name by <c>filename*</c>, and one in Latin letters for whoever does not know that.</summary>
    /// <param name="name">The name.</param>
    /// <param name="latin">What stands for it in Latin letters, without an ending.</param>
    public static string Attachment(string name, string latin)
    {
        ArgumentNullException.ThrowIfNull(name);
        var header = new ContentDispositionHeaderValue("attachment");
        header.SetHttpFileName(name);
        if (!name.All(char.IsAscii)) header.FileName = latin + Path.GetExtension(name);
        return header.ToString();
    }
}
