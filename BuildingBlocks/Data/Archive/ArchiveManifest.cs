using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Crm.Data;

/// <summary>What an archive says of itself.</summary>
/// <param name="Format">Always <see cref="FormatName"/>.</param>
/// <param name="FormatVersion">Of the archive, not of the program.</param>
/// <param name="Made">When and by what.</param>
/// <param name="Digest">SHA-256 of the content: two archives of the same data have the same.</param>
/// <param name="Content">What is in it.</param>
public sealed record ArchiveManifest(string Format, int FormatVersion, ArchiveMade Made, string Digest, ArchiveContent Content)
{
    internal const string FormatName = "crm-archive";
    internal const int Newest = 1;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static ArchiveManifest Of(ArchiveMade made, ArchiveContent content) => new(FormatName, Newest, made, DigestOf(content), content);

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, s_json);

    /// <summary>Null where it is none, or not what it was.</summary>
    internal static ArchiveManifest? Read(Stream json)
    {
        try
        {
            var read = JsonSerializer.Deserialize<ArchiveManifest>(json, s_json);
            return read is { Format: FormatName, Made: not null, Content: { Steps: not null, Tables: not null, Sequences: not null, Folders: not null } } && (read.FormatVersion > Newest || read.Digest == DigestOf(read.Content)) ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string DigestOf(ArchiveContent content) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content, s_json)));
}

/// <summary>How an archive came to be; the same data taken out again has another one.</summary>
/// <param name="At">When it was begun: the moment whose data it holds.</param>
/// <param name="Program">Version of the program.</param>
/// <param name="Postgres">Version of the database server.</param>
public sealed record ArchiveMade(DateTimeOffset At, string Program, string Postgres);

/// <summary>What is in an archive.</summary>
/// <param name="Steps">Every migration that the database had taken: the data fit exactly these.</param>
/// <param name="Tables">Tables with their rows, in order of their names.</param>
/// <param name="Sequences">Where numbers go on.</param>
/// <param name="Folders">Stored files.</param>
public sealed record ArchiveContent(IReadOnlyList<string> Steps, IReadOnlyList<ArchivedTable> Tables, IReadOnlyList<ArchivedSequence> Sequences, IReadOnlyList<ArchivedFiles> Folders);

/// <summary>A table: its rows are PostgreSQL's COPY in text form, in the order of the primary key.</summary>
public sealed record ArchivedTable(string Name, IReadOnlyList<string> Columns, long Rows, long Bytes, string Sha256);

/// <summary>A sequence.</summary>
public sealed record ArchivedSequence(string Name, long Next);

/// <summary>A folder: its files are one tar.</summary>
public sealed record ArchivedFiles(string Name, long Files, long Missing, long Bytes, string Sha256);
