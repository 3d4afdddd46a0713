using System.IO.Compression;

namespace Crm.Platform.Files;

/// <summary>Looks into the directory of a ZIP (and of the office documents that are one), without unpacking anything: a small file that would unpack to a huge one is refused.</summary>
internal static class Archives
{
    private const long Harmless = 200L * 1024 * 1024;
    private const long Most = 4L * 1024 * 1024 * 1024;
    private const int MostTimes = 100;
    private const int MostEntries = 20_000;

    /// <summary>Whether it may be a bomb; a directory that can't be read is none that anybody should unpack either.</summary>
    public static bool IsBomb(string path)
    {
        try
        {
            var size = new FileInfo(path).Length;
            using var zip = ZipFile.OpenRead(path);
            if (zip.Entries.Count > MostEntries) return true;
            long whole = 0;
            foreach (var entry in zip.Entries)
            {
                // What the directory says may be a lie as well: never less than what lies there packed.
                whole += Math.Max(entry.Length, entry.CompressedLength);
                if (whole > Most) return true;
            }

            return whole > Harmless && whole / Math.Max(1, size) > MostTimes;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }
}
