using System.Text.Json.Nodes;
using Crm.Routines.Activities;
using Crm.Routines.Domain;
using Crm.Workflows;

namespace Crm.Routines.Runtime;

/// <summary>A stimulus taken from the queue.</summary>
internal sealed record TakenStimulus(long Id, string Body, int Attempts);

/// <summary>
/// What one burst does with one job, in memory: feeds the stimuli to the interpreter one after another, answers at once what needs nobody, and collects what
/// has to be written. Holds no connection and knows no clock of its own.
/// </summary>
internal sealed class Burst(Guid jobId, JobVersion version, WorkflowState state, JobStatus status, bool paused, DateTimeOffset now, JsonObject? data, InterpreterLimits limits, ActivityDirectory activities)
{
    /// <summary>Name that the bookmark of a waiting module's activity carries.</summary>
    public const string WaitName = "wait";

    /// <summary>What the bookmark of an activity that waits for a happening is called.</summary>
    public const string TriggerPrefix = "trigger:";

    private readonly WorkflowState _before = state;

    public Guid JobId { get; } = jobId;

    public JobVersion Version { get; } = version;

    public WorkflowState State { get; private set; } = state;

    public JobStatus StatusBefore { get; } = status;

    public JobStatus Status { get; private set; } = status;

    public bool Paused { get; private set; } = paused;

    public bool Resumed { get; private set; }

    public List<JournalEntry> Journal { get; } = [];

    public List<Call> Calls { get; } = [];

    public List<Incident> NewIncidents { get; } = [];

    /// <summary>What came while the job is suspended: goes back into the queue, put aside.</summary>
    public List<TakenStimulus> PutAside { get; } = [];

    /// <summary>Executions that started jobs and are no longer wanted: those jobs end too.</summary>
    public List<Guid> OrphanedParents { get; } = [];

    public string? CancelReason { get; private set; }

    /// <summary>What the HTTP request that brought the job here is answered with; the last one counts.</summary>
    public WriteHttpResponse? Response { get; private set; }

    /// <summary>A commit point was reached: the job goes on in a burst of its own.</summary>
    public bool GoesOn { get; private set; }

    /// <summary>The job was given another name, or belongs to something else.</summary>
    public bool Renamed => State.Name != _before.Name || State.CorrelationId != _before.CorrelationId;

    public IEnumerable<Guid> GoneBookmarks => _before.Bookmarks.Select(b => b.Id).Except(State.Bookmarks.Select(b => b.Id));

    public IEnumerable<Bookmark> NewBookmarks => State.Bookmarks.ExceptBy(_before.Bookmarks.Select(b => b.Id), b => b.Id);

    public IEnumerable<Guid> GoneIncidents => _before.Incidents.Select(i => i.Id).Except(State.Incidents.Select(i => i.Id));

    public void Take(TakenStimulus taken)
    {
        var stimulus = StimulusText.Read(taken.Body);
        switch (stimulus)
        {
            case PauseJob:
                Paused = true;
                break;
            case ResumeJob:
                Paused = false;
                Resumed = true;
                break;
            case Cancel cancel:
                // Ending wins over a suspension: nobody has to resume a job to end it.
                Paused = false;
                CancelReason = cancel.Reason;
                Feed(stimulus);
                break;
            default:
                if (Paused) PutAside.Add(taken);
                else Feed(stimulus);
                break;
        }
    }

    /// <summary>What was opened outside and goes on under another name since the job was moved.</summary>
    public List<ActivityMoved> Retold { get; } = [];

    /// <summary>Takes in what a move to <see cref="Version"/> gave; what it asked for goes out as from any burst.</summary>
    public void TakeMove(RunResult run)
    {
        var own = new Queue<Stimulus>();
        Take(run, own);
        Feed(own);
    }

    private void Feed(Stimulus stimulus)
    {
        var own = new Queue<Stimulus>();
        own.Enqueue(stimulus);
        Feed(own);
    }

    private void Take(RunResult result, Queue<Stimulus> own)
    {
        State = result.State;
        Journal.AddRange(result.Journal);
        foreach (var effect in result.Effects) Answer(effect, own);
    }

    private void Feed(Queue<Stimulus> own)
    {
        while (own.TryDequeue(out var next))
        {
            if (Version.UsesAnswers && data is not null) data["answers"] = JobData.Answers(State, next);
            var result = Interpreter.Run(Version.Routine.Workflow, State, next, now, data, limits);
            if (result.Applied) Take(result, own);
        }

        Status = State.SubStatus switch
        {
            WorkflowSubStatus.Finished => JobStatus.Finished,
            WorkflowSubStatus.Cancelled => JobStatus.Cancelled,
            WorkflowSubStatus.Faulted => JobStatus.Faulted,
            _ => JobStatus.Running,
        };
    }

    private void Answer(Effect effect, Queue<Stimulus> own)
    {
        switch (effect)
        {
            case RunActivity run when activities.Trigger(run.Type) is not null:
                // In the middle of a drawing a trigger waits for its happening.
                own.Enqueue(new ActivityWaiting(run.ExecutionId, [new NewBookmark(TriggerPrefix + run.Type, run.Inputs.DeepClone())]));
                break;
            case RunActivity { Type: EndJob.TypeName } end:
                var reason = end.Inputs["reason"]?.ToString();
                CancelReason = string.IsNullOrWhiteSpace(reason) ? null : reason;
                own.Enqueue(new ActivityCompleted(end.ExecutionId, []));
                own.Enqueue(new Cancel(CancelReason));
                break;
            case RunActivity run:
                Add(CallKind.Run, run.ExecutionId, run.Type, new CallText { ActivityId = run.ActivityId, ActivityName = run.ActivityName, Version = run.Version, Attempt = run.Attempt, Inputs = run.Inputs, Retry = run.Retry });
                break;
            case ResumeActivity resume:
                own.Enqueue(resume.TimedOut
                    ? new ActivityCompleted(resume.ExecutionId, [TimeoutOutcome(resume.Type)])
                    : new ActivityCompleted(resume.ExecutionId, [], Outputs(resume.Payload)));
                break;
            case CancelActivity cancel when activities.Find(cancel.Type, 0) is not null:
                Add(CallKind.Cancel, cancel.ExecutionId, cancel.Type, new CallText { ActivityId = cancel.ActivityId });
                break;
            // What no module does was a routine that this one started: by its own activity, by one for many, or by its name on a box.
            case CancelActivity cancel when activities.Trigger(cancel.Type) is null:
                OrphanedParents.Add(cancel.ExecutionId);
                break;
            case ActivityMoved moved:
                Retold.Add(moved);
                break;
            case PublishEvent publish:
                Add(CallKind.Publish, publish.ExecutionId, publish.EventName, new CallText { CorrelationId = publish.CorrelationId, Payload = publish.Payload });
                break;
            case StartChild child:
                Add(CallKind.Child, child.ExecutionId, child.DefinitionId, new CallText { CorrelationId = child.CorrelationId, Inputs = child.Input, Wait = child.Wait, Index = child.Index, VersionId = child.VersionId });
                break;
            case WriteHttpResponse response:
                Response = response;
                break;
            case CommitAndGoOn:
                GoesOn = true;
                break;
            case IncidentOpened opened:
                NewIncidents.Add(opened.Incident);
                Add(CallKind.Incident, opened.Incident.Id, "", new CallText());
                break;
            case Finished finished:
                Add(CallKind.Ended, Keys.Of(JobId, "ended"), finished.SubStatus.ToString(), new CallText { Inputs = finished.Output, Outcomes = finished.Outcomes.Count > 0 ? finished.Outcomes : null });
                break;
        }
    }

    private string TimeoutOutcome(string type)
    {
        var outcomes = activities.Find(type, 0)?.Outcomes ?? [];
        return outcomes.Contains("Timeout") || outcomes.Count == 0 ? "Timeout" : outcomes[0];
    }

    private static JsonObject? Outputs(JsonNode? payload) => (payload as JsonObject)?.DeepClone().AsObject();

    private void Add(CallKind kind, Guid executionId, string type, CallText text) =>
        Calls.Add(new Call { JobId = JobId, ExecutionId = executionId, Kind = kind, Type = type, Body = text.Write(), DueAt = now });
}
