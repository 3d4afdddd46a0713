using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ViewFeatures;

namespace Crm.Web;

/// <summary>URLs of static files with the hash of their content, which browsers may keep for ever.</summary>
public sealed class Assets(IFileVersionProvider versions)
{
    private readonly ConcurrentDictionary<string, string> _urls = new(StringComparer.Ordinal);

    /// <summary>For example <c>/lib/htmx/htmx.min.js</c> → <c>/lib/htmx/htmx.min.js?v=…</c>.</summary>
    public string Url(string path)
    {
        if (_urls.TryGetValue(path, out var known)) return known;
        var url = versions.AddFileVersionToPath(PathString.Empty, path);
        // A file that is not there yet (parts still being restored) is asked for again next time.
        return url == path ? path : _urls.GetOrAdd(path, url);
    }
}
