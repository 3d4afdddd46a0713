using Crm.Core;

namespace Crm.Routines;

internal sealed class RoutinesPermissions : IPermissionSource
{
    public const string See = "routines.see";
    public const string Design = "routines.design";
    public const string Publish = "routines.publish";
    public const string SeeJobs = "routines.jobs.see";
    public const string SeeAllJobs = "routines.jobs.see-all";
    public const string ExportJobs = "routines.jobs.export";
    public const string ReportJobs = "routines.jobs.report";
    public const string Start = "routines.jobs.start";
    public const string Work = "routines.jobs.work";
    public const string Steer = "routines.jobs.steer";
    public const string End = "routines.jobs.end";
    public const string Move = "routines.jobs.move";
    public const string Incidents = "routines.incidents";
    public const string Forms = "routines.forms";
    public const string Fill = "routines.forms.fill";
    public const string Purge = "routines.purge";

    public IEnumerable<Permission> Permissions =>
    [
        new(See, "See routines"),
        new(Design, "Draw and change routines"),
        new(Publish, "Publish routines and bind them to customers"),
        new(SeeJobs, "See jobs"),
        new(SeeAllJobs, "Do the stages of others"),
        new(ExportJobs, "Take jobs out as files"),
        new(ReportJobs, "See reports of jobs"),
        new(Start, "Start jobs"),
        new(Work, "Work on stages"),
        new(Steer, "Suspend and resume jobs, change their agents and give their stages to others"),
        new(End, "End jobs"),
        new(Move, "Move running jobs to another version"),
        new(Incidents, "Handle incidents of jobs"),
        new(Forms, "Make forms"),
        new(Fill, "Fill forms for customers and see filled ones"),
        new(Purge, "Remove routines and forms for good"),
    ];
}
