using Crm.Core;

namespace Crm.Routines.Contracts;

/// <summary>A job was started for a customer.</summary>
[EventName("routines.job-started")]
public sealed record JobStarted(Guid JobId, long Number, Guid RoutineId, Guid? ContactId) : IntegrationEvent;

/// <summary>A job came to its end.</summary>
/// <param name="JobId">The job.</param>
/// <param name="RoutineId">The routine.</param>
/// <param name="ContactId">The customer.</param>
/// <param name="Result">finished, cancelled or ended.</param>
[EventName("routines.job-ended")]
public sealed record JobEnded(Guid JobId, Guid RoutineId, Guid? ContactId, string Result) : IntegrationEvent;

/// <summary>A job entered a stage.</summary>
[EventName("routines.stage-opened")]
public sealed record StageOpened(Guid StageItemId, Guid JobId, Guid? ContactId, string Title) : IntegrationEvent;
