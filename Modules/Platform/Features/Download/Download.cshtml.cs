using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Files;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace Crm.Platform.Features.Download;

/// <summary>The only door to stored files. Asks for the file's own permission; whatever it is, a browser gets it as a download that can run nothing.</summary>
[SignedIn]
[ContentSecurityPolicy("sandbox; default-src 'none'; img-src 'self'; style-src 'none'; frame-ancestors 'none'")]
internal sealed class DownloadPage(IFileStore files, FileThumbnails thumbnails) : PageBase
{
    public async Task<IActionResult> OnGetAsync(Guid id)
    {
        var (file, content) = await files.OpenAsync(id, HttpContext.RequestAborted);
        if (Request.Query.ContainsKey("thumb") && await thumbnails.PathAsync(id, HttpContext.RequestAborted) is { } small)
        {
            // Made by us from a picture, under the hash of its bytes: it never changes.
            await content.DisposeAsync();
            Response.Headers.CacheControl = "private, max-age=86400";
            return new FileStreamResult(new FileStream(small, FileMode.Open, FileAccess.Read, FileShare.Read, 16 * 1024, FileOptions.Asynchronous), await IsPngAsync(small) ? "image/png" : "image/jpeg");
        }

        var show = Request.Query.ContainsKey("show") && FileKinds.MayShow(file.ContentType);
        var disposition = new ContentDispositionHeaderValue(show ? "inline" : "attachment");
        disposition.SetHttpFileName(file.Name);
        Response.Headers.ContentDisposition = disposition.ToString();
        Response.Headers.CacheControl = "private, no-cache";
        // A text is shown as text by no browser's guess: it has a character set and is not sniffed.
        var type = file.ContentType.StartsWith("text/", StringComparison.Ordinal) ? file.ContentType + "; charset=utf-8" : file.ContentType;
        return new FileStreamResult(content, type) { EnableRangeProcessing = true };
    }

    private static async Task<bool> IsPngAsync(string path)
    {
        await using var file = System.IO.File.OpenRead(path);
        return file.ReadByte() == 0x89;
    }
}
