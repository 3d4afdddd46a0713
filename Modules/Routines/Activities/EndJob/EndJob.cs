using Crm.Core;

namespace Crm.Routines.Activities;

internal sealed record EndJobInput
{
    [Input("Reason", Description = "Stands on the job's page.")]
    public string Reason { get; set; } = "";
}

/// <summary>Ends the whole job at once, with all its branches. The runtime does it within the step itself, so nothing of the job runs after it.</summary>
[Activity(TypeName, Title = "End job", Description = "Ends the whole job at once: everything that still waits in it is taken back.", Category = "Routine", Icon = "flag-off", Order = 9)]
internal sealed class EndJob : Activity<EndJobInput>
{
    public const string TypeName = "Crm.EndJob";

    public override IReadOnlyList<Outcome> Outcomes => [Outcome.Done];

    protected override Task<ActivityResult> RunAsync(EndJobInput input, ActivityContext context, CancellationToken ct) => Task.FromResult(ActivityResult.Go(Outcome.Done));
}
