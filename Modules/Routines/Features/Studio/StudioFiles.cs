using System.Collections.Frozen;
using Crm.Data.Postgres;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;

namespace Crm.Routines.Features.Studio;

/// <summary>
/// Elsa Studio's files as npm brings them: 30 MB of WebAssembly, each file also packed with Brotli and gzip. They are served from where npm put them and not
/// copied into the output: that would add 92 MB to every build.
/// </summary>
internal sealed class StudioFiles
{
    public const string Package = "@elsa-workflows/elsa-studio-wasm";

    private static readonly FileExtensionContentTypeProvider s_types = new(new Dictionary<string, string>(new FileExtensionContentTypeProvider().Mappings, StringComparer.OrdinalIgnoreCase)
    {
        [".wasm"] = "application/wasm", [".dat"] = "application/octet-stream", [".blat"] = "application/octet-stream", [".map"] = "application/json", [".webmanifest"] = "application/manifest+json",
    });

    private readonly Lazy<FrozenDictionary<string, StudioFile>?> _files = new(Read);

    /// <summary>False where npm's parts were not restored: pages then say so.</summary>
    public bool ArePresent => _files.Value is not null;

    /// <summary>The file of this path below the package; null when it has none. Only what was found by listing the folder is ever served.</summary>
    public StudioFile? Find(string path) => _files.Value?.GetValueOrDefault(path);

    private static FrozenDictionary<string, StudioFile>? Read()
    {
        if (NpmParts.Find(Package) is not { } folder) return null;
        var all = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToHashSet(StringComparer.Ordinal);
        var files = new Dictionary<string, StudioFile>(StringComparer.Ordinal);
        foreach (var file in all)
        {
            if ((file.EndsWith(".br", StringComparison.Ordinal) || file.EndsWith(".gz", StringComparison.Ordinal)) && all.Contains(file[..^3])) continue;
            var path = Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/');
            if (!s_types.TryGetContentType(file, out var type)) type = "application/octet-stream";
            if (type.StartsWith("text/", StringComparison.Ordinal)) type += "; charset=utf-8";
            files[path] = new StudioFile(file, type, IsHashed(path), all.Contains(file + ".br"), all.Contains(file + ".gz"));
        }

        return files.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary><c>_framework/MudBlazor.fk4q4b3gx5.wasm</c>: the name changes with the content.</summary>
    private static bool IsHashed(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..].Split('.');
        return name.Length > 2 && name[^2].Length == 10 && name[^2].All(char.IsAsciiLetterOrDigit) && path.StartsWith("_framework/", StringComparison.Ordinal);
    }
}

/// <param name="Path">On disk.</param>
/// <param name="Type">Content type.</param>
/// <param name="Hashed">Whether the name carries a hash of the content.</param>
/// <param name="Brotli">Whether a packed twin lies beside it.</param>
/// <param name="Gzip">Likewise.</param>
internal sealed record StudioFile(string Path, string Type, bool Hashed, bool Brotli, bool Gzip)
{
    private string? _tag;

    public async Task SendAsync(HttpContext context)
    {
        var response = context.Response;
        var accepts = context.Request.Headers.AcceptEncoding.ToString();
        var (file, encoding) = Brotli && accepts.Contains("br", StringComparison.Ordinal) ? (Path + ".br", "br")
            : Gzip && accepts.Contains("gzip", StringComparison.Ordinal) ? (Path + ".gz", "gzip") : (Path, null);
        response.ContentType = Type;
        response.Headers.Vary = "Accept-Encoding";
        // Behind the sign-in, but the same for everybody: only the browser may keep it.
        response.Headers.CacheControl = Hashed ? "private, max-age=31536000, immutable" : "private, no-cache";
        if (encoding is not null) response.Headers.ContentEncoding = encoding;
        var info = new FileInfo(file);
        _tag ??= $"{new FileInfo(Path).Length:x}-{new FileInfo(Path).LastWriteTimeUtc.Ticks:x}";
        var tag = $"\"{_tag}{(encoding is null ? "" : "-" + encoding)}\"";
        response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch.ToString().Contains(tag, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentLength = info.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await response.SendFileAsync(file, context.RequestAborted);
    }
}
