using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Crm.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Web;

/// <summary>The texts that the shell's scripts need: one small cacheable script a language, so that pages do not carry them.</summary>
internal static class ScriptWords
{
    private static readonly string[] s_keys =
    [
        "Cancel", "Choose a date", "Clear", "Close", "Confirm", "Connection lost. Trying again…", "Go to {0}", "Go to the page's new action", "Keyboard shortcuts",
        "Edit this record", "Leave this page", "Leave without saving", "Loading…", "Log a communication", "Next month", "{0} KB", "No results", "No results for “{0}”", "Nothing opened yet",
        "Open the search", "Pages", "Recently opened", "Previous month", "Records", "Save the form", "Search everything", "Stay", "The page could not be loaded. Try again.",
        "There are unsaved changes on this page.", "This list", "Today", "Type at least two letters", "Actions", "Yes, go on", "What you had typed is back; it is not saved yet. Files have to be chosen again.", "Start afresh", "What you had typed",
        "Show", "Everything that matches is chosen", "Everything that matches is chosen: {0}", "Change “{0}” of everything that matches?", "Change “{0}” of {1} records?", "Click where it is.", "{0} chosen", "Apply", "Yes", "No", "Field", "Comparison", "Take this condition out", "Days", "How the conditions hold together", "all of these", "one of these", "Condition",
        "Group of conditions", "Holds", "Take the group out", "Save", "Saved.", "Change",
        "Ready texts", "Search in texts", "Name of the text", "Everybody sees it", "Everybody", "Keep", "Keep this text", "Keep the marked text", "Manage texts", "No text is kept yet.", "Text kept.",
    ];

    private static readonly ConcurrentDictionary<string, (string Hash, byte[] Script)> s_made = new();

    /// <summary>URL of the script for the language of the moment.</summary>
    public static string Url() => $"/words/{Texts.Language}.js?v={Made(Texts.Language).Hash}";

    public static void MapScriptWords(this IEndpointRouteBuilder app) => app.MapGet("/words/{language:regex(^(fa|en)$)}.js", (string language, HttpContext context) =>
    {
        context.Response.Headers.CacheControl = context.Request.Query["v"] == Made(language).Hash ? "public, max-age=31536000, immutable" : "no-cache";
        return TypedResults.Bytes(Made(language).Script, "text/javascript; charset=utf-8");
    }).WithMetadata(new PublicAttribute()); // Public: the sign-in page has scripts too; there is nothing in it but texts of buttons.

    private static (string Hash, byte[] Script) Made(string language) => s_made.GetOrAdd(language, static l =>
    {
        var words = s_keys.ToDictionary(k => k, k => Texts.In(l, k), StringComparer.Ordinal);
        var months = new { jalali = Calendars.JalaliMonths.Select(m => Texts.In(l, m)), gregorian = Calendars.GregorianMonths.Select(m => Texts.In(l, m)) };
        // Saturday first in Persian, Monday in English; the script turns the list by the first day.
        var days = new[] { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" }
            .Select(d => new { name = Texts.In(l, d), letters = l == "fa" ? Texts.In(l, d)[..1] : d[..2] });
        var json = JsonSerializer.Serialize(new { language = l, words, months, days, firstDay = l == "fa" ? 6 : 1 }, new JsonSerializerOptions { Encoder = JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.All) });
        var script = Encoding.UTF8.GetBytes("window.crmWords=" + json + ";");
        return (Convert.ToHexString(SHA256.HashData(script))[..12].ToLower(CultureInfo.InvariantCulture), script);
    });
}
