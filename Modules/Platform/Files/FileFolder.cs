using System.Buffers;
using System.Security.Cryptography;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.Extensions.Configuration;

namespace Crm.Platform.Files;

/// <summary>Where the bytes lie: <c>&lt;data directory&gt;/files/ab/cd/&lt;sha-256&gt;</c>, outside the web root, without their names. Several hosts share the folder.</summary>
internal sealed class FileFolder(IConfiguration configuration, IEnumerable<IFileScanner> scanners, TimeProvider time)
{
    private const string Small = ".small";

    private readonly string _root = Path.Combine(Path.GetFullPath(configuration["Crm:DataDirectory"] ?? ".data"), "files");
    private readonly long _maxSize = configuration.GetValue("Crm:Files:MaxSize", 25L * 1024 * 1024);

    /// <summary>The folder itself.</summary>
    public string Root => _root;

    /// <summary>Largest file in bytes.</summary>
    public long MaxSize => _maxSize;

    /// <summary>Stores what is read, unless it is there already.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="name">Name as given.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="maxSize">Another limit than that of attachments: for what long work makes or reads.</param>
    /// <exception cref="InvalidInput">Too big, empty, or a kind that is not taken.</exception>
    public async Task<(string Sha256, long Size, FileKind Kind)> StoreAsync(Stream content, string name, CancellationToken ct, long? maxSize = null)
    {
        var most = maxSize ?? _maxSize;
        Directory.CreateDirectory(Path.Combine(_root, "incoming"));
        var temporary = Path.Combine(_root, "incoming", Guid.CreateVersion7().ToString("N"));
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var head = new byte[FileKinds.Head];
            var headLength = 0;
            long size = 0;
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous))
            {
                int n;
                while ((n = await content.ReadAsync(buffer, ct)) > 0)
                {
                    size += n;
                    if (size > most) throw new InvalidInput("File", "A file may have at most {0} MB.", most / 1024 / 1024);
                    var some = Math.Min(n, head.Length - headLength);
                    buffer.AsSpan(0, some).CopyTo(head.AsSpan(headLength));
                    headLength += some;
                    hash.AppendData(buffer, 0, n);
                    await file.WriteAsync(buffer.AsMemory(0, n), ct);
                }

                file.Flush(flushToDisk: true);
            }

            if (size == 0) throw new InvalidInput("File", "This file is empty.");
            var kind = FileKinds.Of(head.AsSpan(0, headLength), FileNames.Extension(name)) ?? throw new InvalidInput("File", FileKinds.AreTaken(FileNames.Extension(name)) ? "What is in this file is not what its name says." : "Files of this kind are not taken: pictures, documents, sound, film, archives and plain text are.");
            if (FileKinds.IsTooLarge(kind, head.AsSpan(0, headLength))) throw new InvalidInput("File", "This picture has too many pixels. Make it smaller first.");
            var picture = FileKinds.MayShow(kind.ContentType);
            if (picture)
            {
                // By the decoder, not by a header that something else may stand behind.
                if (Pictures.Measure(temporary) is not { } pixels) throw new InvalidInput("File", "This picture is damaged.");
                if (Math.Max(pixels.Width, pixels.Height) > Pictures.LargestSide) throw new InvalidInput("File", "This picture has too many pixels. Make it smaller first.");
            }
            else if (maxSize is null && FileKinds.IsArchive(kind.ContentType) && Archives.IsBomb(temporary))
            {
                throw new InvalidInput("File", "This archive would unpack to far more than it is, or is damaged.");
            }

            foreach (var scanner in scanners)
            {
                await using var whole = new FileStream(temporary, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
                if (await scanner.FindAsync(whole, ct) is { } found) throw new InvalidInput("File", "This file carries a virus ({0}) and was not taken.", found);
            }

            var small = picture ? await Pictures.ThumbnailAsync(temporary, ct) : null;
            var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
            var path = PathOf(sha256);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            // Moving over an equal file changes nothing, so two uploads at once do no harm.
            File.Move(temporary, path, overwrite: true);
            if (small is not null)
            {
                await File.WriteAllBytesAsync(temporary, small, ct);
                File.Move(temporary, ThumbnailOf(sha256), overwrite: true);
            }

            return (sha256, size, kind);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            File.Delete(temporary);
        }
    }

    /// <summary>Where the small picture of a hash lies, if it has one.</summary>
    public string ThumbnailOf(string sha256) => PathOf(sha256) + Small;

    /// <summary>All that lies here (bytes, small pictures, what was left of uploads that broke off) and is older than that.</summary>
    public IEnumerable<string> OlderThan(TimeSpan age)
    {
        if (!Directory.Exists(_root)) yield break;
        var before = (time.GetUtcNow() - age).UtcDateTime;
        foreach (var path in Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories))
        {
            if (File.GetLastWriteTimeUtc(path) < before) yield return path;
        }
    }

    /// <summary>Where the bytes of a hash lie.</summary>
    public string PathOf(string sha256) => Path.Combine(_root, sha256[..2], sha256[2..4], sha256);
}
