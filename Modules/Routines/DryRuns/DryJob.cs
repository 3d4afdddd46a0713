using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Messaging.Contracts;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Crm.Routines.Versions;
using Crm.Workflows;

namespace Crm.Routines.DryRuns;

/// <summary>For whom a dry job runs.</summary>
internal sealed record DryCase(Guid JobId, Guid? ContactId, JsonObject Customer, string CustomerName, Guid? Expert, Guid? Starter, string RoutineName, Guid? BranchId);

/// <summary>What dry jobs share.</summary>
internal sealed record DryWorld(CompiledWorkflow Workflow, DryPeople People, IReadOnlyDictionary<Guid, FormDesign?> Forms, IWorkingTime WorkingTime, ITemplatePreviews? Templates, ActivityDirectory Activities, RoutinesCatalogNames Names, InterpreterLimits Limits);

/// <summary>Titles of routines and of boxes' types, for what a dry job would have done.</summary>
internal sealed class RoutinesCatalogNames(IActivityCatalog catalog, SettingWords words, IReadOnlyDictionary<string, string> routines)
{
    public string TypeTitle(string type) => catalog.Find(type) is { } descriptor ? Texts.Get(descriptor.DisplayName) : type;

    public string Routine(string id) => routines.GetValueOrDefault(id) ?? id;

    public async Task<IReadOnlyList<(string, string)>> FactsAsync(string type, JsonObject inputs, CancellationToken ct)
    {
        var facts = new List<(string, string)>();
        foreach (var input in catalog.Find(type)?.Inputs ?? [])
            if (inputs[input.PropertyName] is { } value && await words.ShownAsync(value, type, input, ct) is { Length: > 0 } shown) facts.Add((Texts.Get(input.DisplayName), shown));
        return facts;
    }
}

/// <summary>
/// A job in memory on any drawing that compiles, published or not, run by the same interpreter as real ones. What it asks of the world is written down instead of done; stages, tasks and started routines
/// wait until somebody says how they ended. Nothing of it is kept.
/// </summary>
internal sealed class DryJob
{
    private const string OpenTask = "Crm.OpenTask";
    private readonly DryWorld _world;
    private readonly JsonObject _data;
    private readonly List<(string ActivityId, string Title, Guid? Doer)> _doers = [];

    public DryJob(DryWorld world, DryCase of, DateTimeOffset start)
    {
        _world = world;
        Case = of;
        Now = start;
        var workflow = world.Workflow;
        State = new WorkflowState { Id = of.JobId, DefinitionId = workflow.DefinitionId, DefinitionVersionId = workflow.VersionId, DefinitionVersion = workflow.Version, SubStatus = WorkflowSubStatus.Pending };
        _data = new JsonObject
        {
            ["customer"] = of.Customer.DeepClone(),
            ["job"] = new JsonObject
            {
                ["id"] = of.JobId.ToString(), ["number"] = 0, ["title"] = of.CustomerName.Length == 0 ? of.RoutineName : $"{of.RoutineName} – {of.CustomerName}", ["routine"] = of.RoutineName, ["startedAt"] = start,
                ["startedBy"] = of.Starter?.ToString(), ["agents"] = new JsonArray([.. Agents.Select(a => (JsonNode)a.ToString())]),
            },
            ["answers"] = new JsonObject(),
        };
    }

    public DryCase Case { get; }

    public CompiledWorkflow Workflow => _world.Workflow;

    public WorkflowState State { get; private set; }

    public DateTimeOffset Now { get; set; }

    public List<JournalEntry> Journal { get; } = [];

    public List<DryAct> Acts { get; } = [];

    public List<DryStand> Stands { get; } = [];

    /// <summary>Everything that expressions and templates see.</summary>
    public JsonObject Data
    {
        get
        {
            var all = (JsonObject)_data.DeepClone();
            all["answers"] = JobData.Answers(State);
            foreach (var (name, value) in State.Variables) all.TryAdd(name, value?.DeepClone());
            return all;
        }
    }

    private Guid[] Agents => Case.Starter is { } starter ? [starter] : [];

    /// <summary>The next moment that the job itself waits for.</summary>
    public Bookmark? NextTimer => State.Bookmarks.Where(b => b.DueAt is not null).OrderBy(b => b.DueAt).ThenBy(b => b.Id).FirstOrDefault();

    /// <returns>False when it no longer fits.</returns>
    public async Task<bool> GiveAsync(Stimulus stimulus, CancellationToken ct)
    {
        var own = new Queue<Stimulus>();
        own.Enqueue(stimulus);
        var applied = false;
        var first = true;
        while (own.TryDequeue(out var next))
        {
            _data["answers"] = JobData.Answers(State, next);
            var result = Interpreter.Run(_world.Workflow, State, next, Now, _data, _world.Limits);
            if (first) applied = result.Applied;
            first = false;
            if (!result.Applied) continue;
            State = result.State;
            Journal.AddRange(result.Journal);
            foreach (var effect in result.Effects) await AnswerAsync(effect, own, ct);
            Stands.RemoveAll(stand => State.Execution(stand.ExecutionId) is not { Status: ActivityStatus.Running });
        }

        return applied;
    }

    /// <summary>A person ends what the job stands at.</summary>
    public async Task FinishAsync(DryStand stand, string outcome, JsonObject answers, Guid? by, CancellationToken ct)
    {
        _doers.Add((stand.ActivityId, stand.Title, by));
        if (stand.Stage is { } input)
        {
            if (input.StatusId is { } status) await DeedAsync(stand.ActivityId, "flag", "The customer would get another status", Stage.TypeName, new JsonObject { ["statusId"] = status.ToString() }, ct);
            if (input.LeaveTemplate is { } template) await MessageAsync(stand.ActivityId, template, input.LeaveTo == StageAddressee.Customer, stand.Users, stand.Role, stand.Title, ct);
        }

        Stands.Remove(stand);
        var output = new JsonObject { ["Answers"] = answers.DeepClone(), ["Outcome"] = outcome, ["By"] = by?.ToString(), ["Stage"] = stand.Title };
        if (State.Bookmarks.Exists(b => b.ExecutionId == stand.ExecutionId && b.Kind == BookmarkKind.Child)) await GiveAsync(new ChildFinished(stand.ExecutionId, outcome switch { "Canceled" => WorkflowSubStatus.Cancelled, "Faulted" => WorkflowSubStatus.Faulted, _ => WorkflowSubStatus.Finished }), ct);
        else if (State.Bookmarks.Exists(b => b.ExecutionId == stand.ExecutionId && b.Kind == BookmarkKind.Task)) await GiveAsync(new TaskCompleted(stand.ExecutionId), ct);
        else await GiveAsync(new ActivityCompleted(stand.ExecutionId, [outcome], new JsonObject { ["Output"] = output }), ct);
    }

    /// <summary>The message of a stage that is late.</summary>
    public Task TellLateAsync(DryStand stand, CancellationToken ct) =>
        stand.Stage is { LateTemplate: { } template } input ? MessageAsync(stand.ActivityId, template, input.LateTo == StageAddressee.Customer, stand.Users, stand.Role, stand.Title, ct) : Task.CompletedTask;

    private async Task AnswerAsync(Effect effect, Queue<Stimulus> own, CancellationToken ct)
    {
        switch (effect)
        {
            case RunActivity run when _world.Activities.Trigger(run.Type) is not null:
                own.Enqueue(new ActivityWaiting(run.ExecutionId, [new NewBookmark(Burst.TriggerPrefix + run.Type, run.Inputs.DeepClone())]));
                break;
            case RunActivity { Type: EndJob.TypeName } end:
                own.Enqueue(new ActivityCompleted(end.ExecutionId, []));
                own.Enqueue(new Cancel(end.Inputs["reason"]?.ToString()));
                break;
            case RunActivity { Type: Stage.TypeName } stage:
                await StageAsync(stage, own, ct);
                break;
            case RunActivity { Type: Approve.TypeName } approve:
                await ApproveAsync(approve, own, ct);
                break;
            case RunActivity { Type: WaitForWorkingTime.TypeName } wait:
                if (Bound<WaitForWorkingTimeInput>(wait.ExecutionId, wait.Inputs, own, input => input.Check()) is not { } asked) break;
                var (minutes, days) = asked.Amounts();
                var until = await Deadlines.DeadlineMover.DueAsync(_world.WorkingTime, Now, minutes, days, Case.BranchId ?? Branches.HeadOffice, ct);
                own.Enqueue(until <= Now ? new ActivityCompleted(wait.ExecutionId, [Outcome.Done.Name]) : new ActivityWaiting(wait.ExecutionId, [new NewBookmark(Burst.WaitName, null, until)]));
                break;
            case RunActivity run:
                await RunAsync(run, own, ct);
                break;
            case ResumeActivity resume:
                own.Enqueue(resume.TimedOut ? new ActivityCompleted(resume.ExecutionId, [Timeout(resume.Type)]) : new ActivityCompleted(resume.ExecutionId, [], (resume.Payload as JsonObject)?.DeepClone().AsObject()));
                break;
            case PublishEvent published:
                Acts.Add(new DryDeed(Now, Activity(published.ExecutionId), "bolt", Texts.Get("Would tell the event “{0}”", published.EventName), []));
                // The job may wait for what it says itself.
                own.Enqueue(new EventReceived(published.EventName, published.Payload?.DeepClone()));
                break;
            case StartChild child:
                var title = _world.Names.Routine(child.DefinitionId);
                Acts.Add(new DryDeed(Now, Activity(child.ExecutionId), "subtask", Texts.Get("Would start the routine “{0}”", title), []));
                if (child.Wait) Stands.Add(new DryStand { ExecutionId = child.ExecutionId, ActivityId = Activity(child.ExecutionId), Title = title, Icon = "subtask", Since = Now, Outcomes = ["Done", "Canceled", "Faulted"] });
                break;
            case CommitAndGoOn:
                // Nothing is saved, so nothing has to be waited for.
                own.Enqueue(new GoOnCommitted());
                break;
            case RunTask task:
                Stands.Add(new DryStand { ExecutionId = task.ExecutionId, ActivityId = Activity(task.ExecutionId), Title = task.TaskName, Icon = "checklist", Since = Now, Outcomes = ["Done"] });
                break;
        }
    }

    private async Task StageAsync(RunActivity run, Queue<Stimulus> own, CancellationToken ct)
    {
        if (Bound<StageInput>(run.ExecutionId, run.Inputs, own) is not { } input) return;
        var title = input.Title.Trim();
        FormDesign? form = null;
        if (input.FormId is { } formId && (!_world.Forms.TryGetValue(formId, out form) || form is null))
        {
            own.Enqueue(DryTexts.Fault(run.ExecutionId, form is null && _world.Forms.ContainsKey(formId) ? "The form of the stage “{0}” was never published." : "The form of the stage “{0}” does not exist.", title));
            return;
        }

        var stand = await OpenAsync(run, title, input, ct);
        Stands.Add(stand with { Stage = input, Outcomes = input.Outcomes.Count == 0 ? [Outcome.Done.Name] : [.. input.Outcomes.Distinct(StringComparer.Ordinal)], Form = form });
        if (input.EntryTemplate is { } template) await MessageAsync(run.ActivityId, template, input.EntryTo == StageAddressee.Customer, stand.Users, stand.Role, title, ct);
        own.Enqueue(new ActivityWaiting(run.ExecutionId, [new NewBookmark(Burst.WaitName, new JsonObject { ["waitsFor"] = "Stage: {0}", ["argument"] = title })]));
    }

    private async Task ApproveAsync(RunActivity run, Queue<Stimulus> own, CancellationToken ct)
    {
        if (Bound<ApproveInput>(run.ExecutionId, run.Inputs, own, i => i.Check(i.Title.Trim())) is not { } input) return;
        var title = input.Title.Trim();
        var stand = await OpenAsync(run, title, input, ct);
        Stands.Add(stand with { Icon = "checks", Outcomes = [Approve.Approved.Name, Approve.Rejected.Name], Timeout = stand.Due is null ? null : Approve.Timeout.Name, Stage = new StageInput() });
        own.Enqueue(new ActivityWaiting(run.ExecutionId, [new NewBookmark(Burst.WaitName, new JsonObject { ["waitsFor"] = "Waits for agreement: {0}", ["argument"] = title })]));
    }

    /// <summary>What is set on a box; null where it does not fit or a rule forbids it, which stops the job as it would a real one.</summary>
    private static T? Bound<T>(Guid execution, JsonObject inputs, Queue<Stimulus> own, Action<T>? check = null) where T : class
    {
        try
        {
            var input = (T)ActivityDirectory.Bind(typeof(T), inputs);
            check?.Invoke(input);
            return input;
        }
        catch (CrmException e)
        {
            own.Enqueue(DryTexts.Fault(execution, e.Message, [.. e.Args.Select(a => Convert.ToString(a, System.Globalization.CultureInfo.InvariantCulture) ?? "")]));
            return null;
        }
    }

    private async Task<DryStand> OpenAsync(RunActivity run, string title, IAsksPeople input, CancellationToken ct)
    {
        var planned = input.PlannedMinutes;
        var (users, role) = await _world.People.ChooseAsync(input.Wanted, Case, Agents, named => named.Length == 0 ? _doers.Select(d => d.Doer).LastOrDefault(d => d is not null) : _doers.LastOrDefault(d => d.Title == named || d.ActivityId == named).Doer, Now, ct);
        var due = planned is { } minutes ? await _world.WorkingTime.AddAsync(Now, TimeSpan.FromMinutes(minutes), Case.BranchId, ct) : (DateTimeOffset?)null;
        Acts.Add(new DryTask(Now, run.ActivityId, title, users, role, due));
        return new DryStand { ExecutionId = run.ExecutionId, ActivityId = run.ActivityId, Title = title, Icon = "user-check", Since = Now, Users = users, Role = role, Planned = planned, Due = due };
    }

    private async Task RunAsync(RunActivity run, Queue<Stimulus> own, CancellationToken ct)
    {
        var known = _world.Activities.Find(run.Type, run.Version);
        var outcomes = known?.Outcomes ?? [];
        if (run.Type == OpenTask)
        {
            var title = run.Inputs["title"]?.ToString() ?? "";
            var (users, role) = run.Inputs["who"]?.ToString() switch
            {
                "User" => (Ids(run.Inputs["userId"]), (Guid?)null),
                "Role" => ([], JobData.IdOf(run.Inputs["roleId"])),
                "Expert" => (Case.Expert is { } expert ? [expert] : [], null),
                _ => ((IReadOnlyList<Guid>)Agents, null),
            };
            Acts.Add(new DryTask(Now, run.ActivityId, title, users, role, null));
            if (run.Inputs["wait"]?.ToString().Equals("false", StringComparison.OrdinalIgnoreCase) != true)
            {
                Stands.Add(new DryStand { ExecutionId = run.ExecutionId, ActivityId = run.ActivityId, Title = title, Icon = "checklist", Since = Now, Outcomes = outcomes, Users = users, Role = role });
                own.Enqueue(new ActivityWaiting(run.ExecutionId, [new NewBookmark(Burst.WaitName, new JsonObject { ["waitsFor"] = "Task “{0}”", ["argument"] = title })]));
                return;
            }
        }
        else if (JobData.IdOf(run.Inputs["template"]) is { } template && _world.Templates is not null)
        {
            var toCustomer = run.Inputs["to"]?.ToString() is null or "" or "customer";
            var users = run.Inputs["to"]?.ToString() switch { "user" => Ids(run.Inputs["user"]), "starter" when Case.Starter is { } s => [s], _ => Agents };
            await MessageAsync(run.ActivityId, template, toCustomer, toCustomer ? [] : users, null, "", ct, run.Inputs["extraText"]?.ToString());
        }
        else
        {
            await DeedAsync(run.ActivityId, "settings", _world.Names.TypeTitle(run.Type), run.Type, run.Inputs, ct);
            Learn(run.Inputs);
        }

        // What waits by its nature is ended by whoever plays the world.
        if (run.Type.Contains("Wait", StringComparison.Ordinal))
        {
            Stands.Add(new DryStand { ExecutionId = run.ExecutionId, ActivityId = run.ActivityId, Title = Title(run.ActivityId), Icon = "hourglass", Since = Now, Outcomes = outcomes.Count == 0 ? [Outcome.Done.Name] : outcomes });
            own.Enqueue(new ActivityWaiting(run.ExecutionId, [new NewBookmark(Burst.WaitName)]));
            return;
        }

        own.Enqueue(new ActivityCompleted(run.ExecutionId, outcomes.Count > 0 ? [outcomes[0]] : []));
    }

    private async Task MessageAsync(string activityId, Guid template, bool toCustomer, IReadOnlyList<Guid> users, Guid? role, string stage, CancellationToken ct, string? extra = null)
    {
        if (_world.Templates is not { } templates) return;
        var data = Data;
        data["stage"] = new JsonObject { ["title"] = stage };
        data["extra"] = extra;
        var staff = role is { } of ? _world.People.InRole(of) : users;
        foreach (var to in toCustomer ? Case.ContactId is null ? [] : [Case.CustomerName] : staff.Select(_world.People.Name))
        {
            var preview = await templates.OfAsync(template, _data["customer"] as JsonObject, to, data, ct);
            Acts.Add(preview is null
                ? new DryMessage(Now, activityId, "", "", "", to, "", "", 0, Texts.Get("The template is not there any more."))
                : new DryMessage(Now, activityId, preview.Template, preview.Channel, preview.Category, to, preview.Subject, preview.Text, preview.Parts, preview.Problem));
        }
    }

    private async Task DeedAsync(string activityId, string icon, string title, string type, JsonObject inputs, CancellationToken ct) => Acts.Add(new DryDeed(Now, activityId, icon, Texts.Get(title), await _world.Names.FactsAsync(type, inputs, ct)));

    // What a box would have set of the customer is what later conditions see.
    private void Learn(JsonObject inputs)
    {
        if (_data["customer"] is not JsonObject customer) return;
        foreach (var (name, id) in new[] { ("status", "statusId"), ("rank", "rankId"), ("type", "typeId") })
            if (JobData.IdOf(inputs[name]) is { } value && customer.ContainsKey(id)) customer[id] = value.ToString();
    }

    private string Activity(Guid execution) => State.Execution(execution)?.Activity ?? Journal.LastOrDefault(j => j.ActivityInstanceId == execution)?.ActivityId ?? "";

    private string Title(string activityId) => _world.Workflow.Find(activityId) is { } node ? BoxTitles.Of(node.Activity) : activityId;

    private string Timeout(string type)
    {
        var outcomes = _world.Activities.Find(type, 0)?.Outcomes ?? [];
        return outcomes.Contains("Timeout") || outcomes.Count == 0 ? "Timeout" : outcomes[0];
    }

    private static IReadOnlyList<Guid> Ids(JsonNode? node) => JobData.IdOf(node) is { } id ? [id] : [];
}
