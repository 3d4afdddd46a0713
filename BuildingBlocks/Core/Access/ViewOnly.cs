namespace Crm.Core;

/// <summary>An administrator who looks at the application as somebody else changes nothing: neither by a page nor by the API, nor by what opening a page does on the side.</summary>
public static class ViewOnly
{
    /// <summary>Path of the page that ends it; there and at signing out the administrator is himself.</summary>
    public const string EndPath = "/settings/view-as/end";

    /// <summary>What is said to whoever tries.</summary>
    public static RuleBroken Refusal(ICurrentUser user) => new("view-as.read-only", "You see the application as “{0}”: nothing can be changed. End that first.", user?.Access?.Name);
}
