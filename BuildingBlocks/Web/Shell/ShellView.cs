using Crm.Core;
using Microsoft.AspNetCore.Http;

namespace Crm.Web;

/// <summary>What the layout needs to know: menu by the user's rights, language, theme. No database.</summary>
public sealed class ShellView(IEnumerable<IMenuSource> menus, ICurrentUser me, IHttpContextAccessor http)
{
    /// <summary>Cookie of those who are not signed in.</summary>
    public const string ThemeCookie = "crm.theme";

    private List<MenuItem>? _items;

    /// <summary>Who looks.</summary>
    public ICurrentUser Me => me;

    /// <summary>Address of the texts that our scripts need, for pages with a frame of their own.</summary>
    public static string Words => ScriptWords.Url();

    /// <summary>Side menu, by group, in order.</summary>
    public IEnumerable<IGrouping<string, MenuItem>> Groups => Items.Where(i => i.Place == MenuPlace.Side).GroupBy(i => i.Group, StringComparer.Ordinal);

    /// <summary>The «new» menu.</summary>
    public IEnumerable<MenuItem> New => Items.Where(i => i.Place == MenuPlace.New);

    /// <summary>The settings group.</summary>
    public IEnumerable<MenuItem> Settings => Items.Where(i => i.Place == MenuPlace.Settings);

    /// <summary><c>light</c>, <c>dark</c> or <c>auto</c>.</summary>
    public string Theme => me.Access?.Theme ?? (http.HttpContext?.Request.Cookies[ThemeCookie] is "light" or "dark" ? http.HttpContext.Request.Cookies[ThemeCookie]! : "auto");

    /// <summary>Path and query of the page, to come back to after switching language or theme.</summary>
    public string Here => http.HttpContext is { } c ? c.Request.Path + c.Request.QueryString.Value : "/";

    /// <summary>The entry of the page that is shown: the longest URL that its path begins with.</summary>
    public MenuItem? Current => field ??= Items.Where(i => i.Place != MenuPlace.New && Leads(i.Url)).OrderByDescending(i => i.Url == "/reports").ThenByDescending(i => i.Url.Length).FirstOrDefault();

    private List<MenuItem> Items => _items ??= [.. menus.SelectMany(m => m.Items).Where(i => i.Permission is null ? me.Access is not null : me.Can(i.Permission)).OrderBy(i => i.Order)];

    private bool Leads(string url)
    {
        var path = http.HttpContext?.Request.Path.Value ?? "";
        // Reports of every module belong to the one entry that lists them.
        if (url == "/reports" && path.Contains("/reports/", StringComparison.OrdinalIgnoreCase) && !path.StartsWith("/api/", StringComparison.OrdinalIgnoreCase)) return true;
        return path.StartsWith(url, StringComparison.OrdinalIgnoreCase) && (path.Length == url.Length || path[url.Length] == '/' || url == "/" && path == "/");
    }
}
