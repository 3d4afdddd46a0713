namespace Crm.Web;

/// <summary>A step of the breadcrumb: <c>ViewData["Crumbs"] = new Crumb[] { new(T["Contacts"], "/contacts") }</c>.</summary>
/// <param name="Text">As shown.</param>
/// <param name="Url">Where it leads.</param>
public sealed record Crumb(string Text, string Url);
