using Crm.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>What the shell asks for after the page is there: one request for all counters and the recent records; language and theme.</summary>
internal static class ShellEndpoints
{
    private static readonly TimeSpan s_year = TimeSpan.FromDays(365);

    private sealed record Answer(IReadOnlyDictionary<string, int> Counts, IReadOnlyList<Recent> Recent);

    /// <summary>What the palette offers: a page (<c>Url</c>), or a form of the shell to send (<c>Post</c> with one field), or the list of keys (<c>Help</c>).</summary>
    private sealed record PaletteEntry(string Group, string Title, string Other, string? Sub, string? Url, string? Post, string? Name, string? Value, bool Help);

    private sealed record Recent(string Type, string Title, string Url);

    public static void MapShell(this IEndpointRouteBuilder app)
    {
        app.MapGet("/shell", (Delegate)LookAsync).WithMetadata(new SignedInAttribute());
        app.MapGet("/shell/palette", (Delegate)Palette).WithMetadata(new SignedInAttribute());
        app.MapPost("/shell", (Delegate)OpenedAsync).WithMetadata(new SignedInAttribute());
        // Public: the sign-in page has both switches too.
        app.MapPost("/language", (Delegate)LanguageAsync).WithMetadata(new PublicAttribute());
        app.MapPost("/theme", (Delegate)ThemeAsync).WithMetadata(new PublicAttribute());
    }

    /// <summary>Pages and actions for the palette, each with its title in the other language too: whoever reads Persian may think of «contacts».</summary>
    private static IResult Palette(HttpContext context, ICurrentUser me)
    {
        var items = context.RequestServices.GetServices<IMenuSource>().SelectMany(m => m.Items).Where(i => i.Permission is null || me.Can(i.Permission)).OrderBy(i => i.Order).ToList();
        var other = Texts.IsPersian ? "en" : "fa";
        List<PaletteEntry> entries = [.. items.Select(i => Entry(i.Title, i.Place == MenuPlace.New ? Texts.Get("Actions") : Texts.Get("Pages"), i.Place == MenuPlace.Settings ? Texts.Get("Settings") : null, url: i.Url))];
        entries.Add(Entry("My profile", Texts.Get("Pages"), null, url: "/profile"));
        entries.Add(Entry("Change password", Texts.Get("Pages"), null, url: "/profile/password"));
        entries.Add(Entry("Change the language", Texts.Get("Actions"), null, post: "/language", name: "language", value: other));
        entries.Add(Entry("Dark colours", Texts.Get("Actions"), null, post: "/theme", name: "theme", value: "dark"));
        entries.Add(Entry("Light colours", Texts.Get("Actions"), null, post: "/theme", name: "theme", value: "light"));
        entries.Add(Entry("Keyboard shortcuts", Texts.Get("Actions"), null, help: true));
        entries.Add(Entry("Sign out", Texts.Get("Actions"), null, post: "/sign-out"));
        return TypedResults.Json(entries);

        PaletteEntry Entry(string title, string group, string? sub, string? url = null, string? post = null, string? name = null, string? value = null, bool help = false) =>
            new(group, Texts.Get(title), Texts.In(other, title), sub, url, post, name, value, help);
    }

    private static async Task<IResult> LookAsync(HttpContext context)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var source in context.RequestServices.GetServices<IShellCount>())
            counts[source.Key] = counts.GetValueOrDefault(source.Key) + await source.CountAsync(context.RequestAborted);

        var recent = new List<Recent>();
        foreach (var source in context.RequestServices.GetServices<IRecentRecords>())
        {
            foreach (var r in await source.LatestAsync(8, context.RequestAborted))
                recent.Add(new(Texts.Get(r.Type), r.Title, r.Url));
        }

        return TypedResults.Json(new Answer(counts, recent));
    }

    private static async Task<IResult> OpenedAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (Guid.TryParse(form["id"], out var id) && form["type"] is [{ Length: > 0 and <= 50 } type] && form["title"] is [{ Length: > 0 and <= 400 } title]
            && form["url"] is [{ Length: > 0 and <= 300 } url] && IsLocal(url))
        {
            foreach (var recent in context.RequestServices.GetServices<IRecentRecords>())
                await recent.OpenedAsync(new(type, id, title, url), context.RequestAborted);
        }

        return await LookAsync(context);
    }

    private static async Task<IResult> LanguageAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var language = form["language"] == "en" ? "en" : "fa";
        Remember(context, RequestLanguage.Cookie, language);
        if (context.RequestServices.GetRequiredService<ICurrentUser>().Access is not null)
        {
            foreach (var preferences in context.RequestServices.GetServices<IUserPreferences>())
                await preferences.SetLanguageAsync(language, context.RequestAborted);
        }

        return Back(form);
    }

    private static async Task<IResult> ThemeAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var theme = form["theme"].ToString() is "light" or "dark" ? form["theme"].ToString() : "auto";
        Remember(context, ShellView.ThemeCookie, theme);
        if (context.RequestServices.GetRequiredService<ICurrentUser>().Access is not null)
        {
            foreach (var preferences in context.RequestServices.GetServices<IUserPreferences>())
                await preferences.SetThemeAsync(theme, context.RequestAborted);
        }

        return Back(form);
    }

    private static void Remember(HttpContext context, string cookie, string value) =>
        context.Response.Cookies.Append(cookie, value, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, MaxAge = s_year, Path = "/", IsEssential = true });

    private static IResult Back(IFormCollection form) =>
        form["returnUrl"].ToString() is var url && IsLocal(url) ? TypedResults.LocalRedirect(url) : TypedResults.LocalRedirect("/");

    /// <summary>A path of ours: not <c>//elsewhere</c>, not <c>/\elsewhere</c>, no control characters.</summary>
    internal static bool IsLocal(string? url) =>
        url is ['/', ..] && (url.Length == 1 || url[1] is not ('/' or '\\')) && !url.Any(char.IsControl);
}
