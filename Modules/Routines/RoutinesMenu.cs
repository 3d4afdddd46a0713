using Crm.Core;

namespace Crm.Routines;

internal sealed class RoutinesMenu : IMenuSource
{
    public IEnumerable<MenuItem> Items { get; } =
    [
        new("Routines", 400, "Jobs", "/jobs", "route", RoutinesPermissions.SeeJobs, Key: "KeyJ"),
        new("Routines", 410, "Incidents of jobs", "/jobs/incidents", "alert-triangle", RoutinesPermissions.Incidents),
        new("Routines", 430, "Routines", "/routines", "sitemap", RoutinesPermissions.See, Key: "KeyR"),
        new("Routines", 440, "Forms", "/routines/forms", "forms", RoutinesPermissions.Forms),
        new("Routines", 50, "Start a job", "/jobs/new", "route", RoutinesPermissions.Start, MenuPlace.New),
        new("Routines", 60, "New routine", "/routines/new", "sitemap", RoutinesPermissions.Design, MenuPlace.New),
    ];
}
