using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Reactions;

/// <summary>A module tells that the activity it was asked to do is done: the job that waits for it goes on.</summary>
internal sealed class WhenActivityFinished(RoutinesDb db, TimeProvider time) : IReactTo<ActivityFinished>
{
    [BypassesSave("Finds the job of an execution; the answer to an activity that was quicker than its job stands only in the inbox yet.")]
    public async Task ReactAsync(ActivityFinished e, EventInfo info, CancellationToken ct)
    {
        var jobs = await db.Set<BookmarkRow>().Where(b => b.ExecutionId == e.ExecutionId).Select(b => b.JobId).Take(1).ToListAsync(ct);
        if (jobs.Count == 0)
        {
            jobs = await db.Database.SqlQuery<Guid>($"""
                select (outcome->>'job')::uuid as "Value" from platform.inbox where consumer = 'activity' and message_id = {e.ExecutionId} and outcome ? 'job'
                """).ToListAsync(ct);
        }

        // Neither: the job went on without it, long ago.
        if (jobs.Count == 0) return;
        var output = e.Output is { Length: > 0 } text ? JsonNode.Parse(text) as JsonObject : null;
        if (e.ByUserId is { } by) (output ??= [])["By"] = by.ToString();
        db.Add(new QueuedStimulus { JobId = jobs[0], At = time.GetUtcNow(), Body = StimulusText.Write(new ActivityCompleted(e.ExecutionId, [e.Outcome], output is null ? null : new JsonObject { ["Output"] = output })) });
    }
}

/// <summary>Something happened: jobs of that customer that wait for it go on, and routines that begin with it start.</summary>
internal sealed class WhenTriggerFired(RoutinesDb db, TriggerStarter starter, ActivityDirectory activities, TimeProvider time) : IReactTo<TriggerFired>
{
    // Asked for each change of each customer.
    private static readonly Func<RoutinesDb, string, Guid, IAsyncEnumerable<Waiting>> s_waiting = EF.CompileAsyncQuery((RoutinesDb db, string name, Guid contact) => db.Set<BookmarkRow>().Where(b => b.Name == name)
        .Join(db.Set<JobState>().Where(s => s.ContactId == contact), b => b.JobId, s => s.JobId, (b, s) => new Waiting(b.Id, b.JobId, s.State)));

    private sealed record Waiting(Guid Id, Guid JobId, byte[] State);

    public async Task ReactAsync(TriggerFired e, EventInfo info, CancellationToken ct)
    {
        var payload = JsonNode.Parse(e.Payload) as JsonObject ?? [];
        if (activities.Trigger(e.Trigger) is not { } declaration) return;
        if (e.ContactId is { } contact)
        {
            var name = Burst.TriggerPrefix + e.Trigger;
            await foreach (var mark in s_waiting(db, name, contact).WithCancellation(ct))
            {
                var inputs = WorkflowState.Parse(mark.State).Bookmarks.FirstOrDefault(b => b.Id == mark.Id)?.Payload as JsonObject ?? [];
                if (declaration.Matches(inputs, payload))
                    db.Add(new QueuedStimulus { JobId = mark.JobId, At = time.GetUtcNow(), Body = StimulusText.Write(new BookmarkResumed(mark.Id, payload.DeepClone())) });
            }
        }

        await starter.ByHappeningAsync(e.Trigger, info.EventId, e.ContactId, payload, time.GetUtcNow(), ct);
    }
}

/// <summary>A communication was logged that ends a stage of the customer's job.</summary>
internal sealed class WhenCommunicationLogged(StageFinisher finisher, RoutinesDb db) : IReactTo<CommunicationLogged>
{
    public async Task ReactAsync(CommunicationLogged e, EventInfo info, CancellationToken ct)
    {
        if (e is not { StageItemId: { } id, StageOutcome: { Length: > 0 } outcome }) return;
        var stage = await db.Stages.FirstOrDefaultAsync(s => s.Id == id && s.ContactId == e.ContactId, ct);
        // Somebody was quicker on the stage's own page: nothing is left to end.
        if (stage is not { Status: StageStatus.Open } || !stage.Setup.Outcomes.Contains(outcome)) return;
        if (stage.IsApproval || stage.Fields.Any(f => f.Required || f.RequiredWhen is not null) || stage.Setup.Files.Count > 0) return;
        finisher.Finish(stage, outcome, [], null, e.ByUserId, communication: e.CommunicationId);
    }
}
