using Crm.Core;

namespace Crm.Routines;

/// <summary>What roles can say about jobs. Ending, moving and mending jobs and reports over them reach as far as steering does.</summary>
internal sealed class RoutinesRights : IRecordRightsSource
{
    public const string Jobs = "jobs";

    public IEnumerable<RecordRights> Records { get; } =
    [
        new()
        {
            Key = Jobs, Title = "Jobs", Order = 40, Own = "The user started it, is its agent, has or had a stage of it, or is its customer's expert.",
            Permissions = new Dictionary<Operation, string>
            {
                [Operation.See] = RoutinesPermissions.SeeJobs, [Operation.Add] = RoutinesPermissions.Start, [Operation.Change] = RoutinesPermissions.Steer, [Operation.Export] = RoutinesPermissions.ExportJobs, [Operation.Report] = RoutinesPermissions.ReportJobs,
            },
        },
    ];
}
