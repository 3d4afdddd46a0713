using Crm.Core;

namespace Crm.Routines;

internal sealed class RoutinesMenu : IMenuSource
{
    public IEnumerable<MenuItem> Items { get; } =
    [
        new("Routines", 430, "Routines", "/routines", "sitemap", RoutinesPermissions.See, Key: "KeyR"),
        new("Routines", 60, "New routine", "/routines/new", "sitemap", RoutinesPermissions.Design, MenuPlace.New),
    ];
}
