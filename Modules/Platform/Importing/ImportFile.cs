using System.Security.Cryptography;
using System.Text;
using Crm.Core;
using Crm.Data;
using Crm.Data.Import;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Configuration;

namespace Crm.Platform.Importing;

/// <summary>A file that brings records in, and how it is read.</summary>
[NotAudited]
internal sealed class ImportFile : Entity
{
    private ImportFile()
    {
    }

    public ImportFile(Guid id, string target, string fileName, long size, TableShape shape, IReadOnlyList<string> heads, Guid? userId, DateTimeOffset at)
    {
        Id = id;
        Target = target;
        FileName = fileName;
        Size = size;
        UserId = userId;
        CreatedAt = at;
        Reshape(shape, heads);
    }

    public string Target { get; private set; } = "";

    public string FileName { get; private set; } = "";

    public long Size { get; private set; }

    public TableKind Kind { get; private set; }

    public string Encoding { get; private set; } = "";

    public string Delimiter { get; private set; } = ",";

    public string[] Heads { get; private set; } = [];

    /// <summary>Hash of the heads: files of one shape are read alike.</summary>
    public string Shape { get; private set; } = "";

    /// <summary>For each column the key of a field, or nothing.</summary>
    public string[] Columns { get; private set; } = [];

    public string? KeyField { get; private set; }

    public ImportMode Mode { get; private set; }

    public bool AddsValues { get; private set; }

    public bool Tells { get; private set; }

    public Guid? UserId { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? RunId { get; private set; }

    public Guid? UndoId { get; private set; }

    public long Added { get; private set; }

    public long Changed { get; private set; }

    public long Same { get; private set; }

    public long Refused { get; private set; }

    public long Undone { get; private set; }

    public long Kept { get; private set; }

    public TableShape How => new(Kind, Encoding, Delimiter[0]);

    public ImportPlan Plan => new([.. Columns.Select(c => c.Length == 0 ? null : c)], KeyField, Mode, AddsValues, Tells);

    /// <summary>The file is read in another way: other heads, so nothing is known of its columns.</summary>
    public void Reshape(TableShape shape, IReadOnlyList<string> heads)
    {
        (Kind, Encoding, Delimiter) = (shape.Kind, shape.Encoding, shape.Delimiter.ToString());
        Heads = [.. heads];
        Shape = ShapeOf(heads);
        Columns = [.. heads.Select(_ => "")];
    }

    public void Map(IReadOnlyList<string?> columns, string? key, ImportMode mode, bool addsValues, bool tells)
    {
        Columns = [.. Heads.Select((h, i) => ReasonsColumn.Is(h) ? "" : columns.ElementAtOrDefault(i) ?? "")];
        (KeyField, Mode, AddsValues, Tells) = (string.IsNullOrEmpty(key) ? null : key, mode, addsValues, tells);
    }

    public void Started(Guid run) => RunId = run;

    public void Undoing(Guid run) => UndoId = run;

    // The column with reasons does not count: the file of the refused rows has the shape of the first.
    private static string ShapeOf(IReadOnlyList<string> heads) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(string.Join('\u001f', heads.Where(h => !ReasonsColumn.Is(h)).Select(PersianText.Fold)))));
}

internal sealed class ImportFileMapping : IEntityTypeConfiguration<ImportFile>
{
    public void Configure(EntityTypeBuilder<ImportFile> b)
    {
        // Its table is made by Crm.Data (006_imports.sql), beside those that the run writes in whatever transaction the data have.
        b.ToTable("imports", "platform", t => t.ExcludeFromMigrations());
        foreach (var name in (string[])[nameof(ImportFile.Target), nameof(ImportFile.FileName), nameof(ImportFile.Encoding), nameof(ImportFile.Delimiter), nameof(ImportFile.Shape), nameof(ImportFile.KeyField)])
            b.Property(name).HasColumnType("text");
        b.Ignore(f => f.How);
        b.Ignore(f => f.Plan);
    }
}

/// <summary>The column of the refused rows that says why; an import leaves it out.</summary>
internal static class ReasonsColumn
{
    public static string Head => Texts.Get("Why it was refused");

    public static bool Is(string head) => PersianText.Fold(head) is var folded && (folded == PersianText.Fold(Texts.In("en", "Why it was refused")) || folded == PersianText.Fold(Texts.In("fa", "Why it was refused")));
}

/// <summary>Where the uploaded files lie: <c>&lt;data directory&gt;/imports/&lt;id&gt;</c>, outside the web root, shared by all hosts, for a month.</summary>
internal sealed class ImportFolder(IConfiguration configuration, DiskRoom room)
{
    private readonly string _root = Path.Combine(Path.GetFullPath(configuration["Crm:DataDirectory"] ?? ".data"), "imports");

    /// <summary>The folder itself.</summary>
    public string Root => _root;

    /// <summary>Largest file in bytes.</summary>
    public long MaxSize { get; } = configuration.GetValue("Crm:Import:MaxSize", 500L * 1024 * 1024);

    public async Task<long> StoreAsync(Guid id, Stream content, CancellationToken ct)
    {
        Directory.CreateDirectory(_root);
        // A nearly full disk takes no more: PostgreSQL must never be the one who finds out.
        if (!room.Fits(content.Length)) throw new RuleBroken("import.disk", "The disk of the server is nearly full. Ask your administrator to make room, then try again.");
        await using var file = new FileStream(PathOf(id), FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 * 1024, FileOptions.Asynchronous);
        await content.CopyToAsync(file, ct);
        file.Flush(flushToDisk: true);
        return file.Length;
    }

    public Stream Open(Guid id) => File.Exists(PathOf(id))
        ? new FileStream(PathOf(id), FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.SequentialScan)
        : throw new RuleBroken("import.gone", "The file is no longer there: files are kept for a month.");

    // Nothing was stored yet on a fresh server: then there is no folder either.
    public void Forget(Guid id)
    {
        if (File.Exists(PathOf(id))) File.Delete(PathOf(id));
    }

    public void ForgetBefore(DateTimeOffset moment)
    {
        if (!Directory.Exists(_root)) return;
        foreach (var old in Directory.EnumerateFiles(_root).Where(f => File.GetLastWriteTimeUtc(f) < moment.UtcDateTime)) File.Delete(old);
    }

    private string PathOf(Guid id) => Path.Combine(_root, id.ToString("N"));
}

/// <summary>Which field a column means, by its head.</summary>
internal static class ColumnGuess
{
    /// <summary>One field for each column, or nothing. A field is given once, except those that may stand several times.</summary>
    public static string[] Of(IReadOnlyList<string> heads, IReadOnlyList<ImportField> fields)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in fields)
        {
            foreach (var alias in field.Aliases.Append(field.Title).Append(field.Key)) names.TryAdd(Plain(alias), field.Key);
        }

        var taken = new HashSet<string>(StringComparer.Ordinal);
        return [.. heads.Select(head =>
        {
            if (ReasonsColumn.Is(head)) return "";
            var plain = Plain(head);
            // «Mobile 2», «تلفن (۲)»: the same field once more.
            var key = names.GetValueOrDefault(plain) ?? names.GetValueOrDefault(plain.TrimEnd("0123456789".ToCharArray()));
            return key is not null && (taken.Add(key) || fields.First(f => f.Key == key).Repeats) ? key : "";
        })];
    }

    private static string Plain(string text)
    {
        var b = new StringBuilder();
        foreach (var c in PersianText.Fold(text))
        {
            if (char.IsLetterOrDigit(c)) b.Append(c);
        }

        return b.ToString();
    }
}
