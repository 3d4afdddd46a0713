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
internal sealed class DownloadPage(IFileStore files) : PageBase
{
    public async Task<IActionResult> OnGetAsync(Guid id)
    {
        var (file, content) = await files.OpenAsync(id, HttpContext.RequestAborted);
        var show = Request.Query.ContainsKey("show") && FileKinds.MayShow(file.ContentType);
        var disposition = new ContentDispositionHeaderValue(show ? "inline" : "attachment");
        disposition.SetHttpFileName(file.Name);
        Response.Headers.ContentDisposition = disposition.ToString();
        Response.Headers.CacheControl = "private, no-cache";
        // A text is shown as text by no browser's guess: it has a character set and is not sniffed.
        var type = file.ContentType.StartsWith("text/", StringComparison.Ordinal) ? file.ContentType + "; charset=utf-8" : file.ContentType;
        return new FileStreamResult(content, type) { EnableRangeProcessing = true };
    }
}
