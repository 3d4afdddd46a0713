using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Activities;

/// <summary>Who does a stage.</summary>
internal enum StageWho
{
    /// <summary>Certain persons.</summary>
    Persons,

    /// <summary>Whoever of a role takes it.</summary>
    Role,

    /// <summary>The customer's expert.</summary>
    Expert,

    /// <summary>Who started the job.</summary>
    Starter,

    /// <summary>The job's agents.</summary>
    Agents,

    /// <summary>Who did another stage of the job.</summary>
    DoerOfStage,

    /// <summary>Chosen when the job gets there, by the one who did the stage before.</summary>
    ChosenThen,
}

/// <summary>Whom a message of a stage goes to.</summary>
internal enum StageAddressee
{
    Customer,
    Doers,
}

internal sealed record StageInput
{
    [Input("Title", Description = "What is to be done, as it stands in the worklist. May contain {{customer.name}} and other data of the job.", Required = true)]
    public string Title { get; set; } = "";

    [Input("Instructions", UiHint = "multiline", Description = "What whoever does it has to know.")]
    public string Instructions { get; set; } = "";

    [Input("Outcomes", UiHint = "dynamic-outcomes", Description = "The ways on: each is an arrow of its own.", Default = "Done")]
    public IReadOnlyList<string> Outcomes { get; set; } = [];

    [Input("Who does it", Category = "People", Default = "Starter")]
    public StageWho Who { get; set; } = StageWho.Starter;

    [Input("Persons", Category = "People", Options = "routines.users", UiHint = "checklist", Description = "With “Persons”, or those to choose from.")]
    public IReadOnlyList<Guid> UserIds { get; set; } = [];

    [Input("Role", Category = "People", Options = "routines.roles", UiHint = "dropdown", Description = "With “Role”: whoever of it takes the stage first does it.")]
    public Guid? RoleId { get; set; }

    [Input("Who did this stage", Category = "People", Options = "routines.stages", UiHint = "dropdown", Description = "With “Doer of stage”: a stage of this drawing.")]
    public string DoerOf { get; set; } = "";

    [Input("Who may end it", Category = "People", Default = "Doers")]
    public StageEnders MayEnd { get; set; }

    [Input("Planned working hours", Category = "Time", Description = "Counted in working time: evenings, weekends and holidays do not count.")]
    public decimal? Hours { get; set; }

    [Input("Alarm before it is due (working hours)", Category = "Time")]
    public decimal? AlarmBefore { get; set; }

    [Input("Alarm when it is late for (working hours)", Category = "Time")]
    public decimal? AlarmAfter { get; set; }

    [Input("Alarm those who do it", Category = "Time", Default = "true")]
    public bool AlarmDoers { get; set; } = true;

    [Input("Alarm also", Category = "Time", Options = "routines.users", UiHint = "checklist")]
    public IReadOnlyList<Guid> AlarmUsers { get; set; } = [];

    [Input("Form", Category = "Content", Options = "routines.forms", UiHint = "dropdown")]
    public Guid? FormId { get; set; }

    [Input("Files asked for", Category = "Content", UiHint = "multitext", Description = "One name each; the stage can't be done before they are there.")]
    public IReadOnlyList<string> Files { get; set; } = [];

    [Input("New status of the customer", Category = "Content", Options = "routines.contact-statuses", UiHint = "dropdown", Description = "Set when the stage is done.")]
    public Guid? StatusId { get; set; }

    [Input("Message on entry", Category = "Messages", Options = "routines.templates", UiHint = "dropdown")]
    public Guid? EntryTemplate { get; set; }

    [Input("Message on entry goes to", Category = "Messages", Default = "Customer")]
    public StageAddressee EntryTo { get; set; }

    [Input("Message when it is late", Category = "Messages", Options = "routines.templates", UiHint = "dropdown")]
    public Guid? LateTemplate { get; set; }

    [Input("Message when it is late goes to", Category = "Messages", Default = "Doers")]
    public StageAddressee LateTo { get; set; } = StageAddressee.Doers;

    [Input("Message when it is done", Category = "Messages", Options = "routines.templates", UiHint = "dropdown")]
    public Guid? LeaveTemplate { get; set; }

    [Input("Message when it is done goes to", Category = "Messages", Default = "Customer")]
    public StageAddressee LeaveTo { get; set; }
}

/// <summary>The box process owners use most: lays an item into somebody's worklist and waits until it is done.</summary>
[Activity(TypeName, Title = "Stage", Description = "Somebody does something: opens an item in the worklist and waits for its outcome.", Category = "Routine", Icon = "user-check")]
internal sealed class Stage(RoutinesDb db, StagePeople people, IWorkingTime workingTime, INotifier notifier) : Activity<StageInput>
{
    public const string TypeName = "Crm.Stage";

    public override IReadOnlyList<Outcome> Outcomes => [];

    protected override async Task<ActivityResult> RunAsync(StageInput input, ActivityContext context, CancellationToken ct)
    {
        var title = input.Title.Trim();
        if (title.Length == 0) throw new RuleBroken("stage.no-title", "The stage has no title.");
        var hands = await people.ChooseAsync(input, context, ct);
        var planned = input.Hours is > 0 and <= 20_000 ? (int)(input.Hours.Value * 60) : (int?)null;
        var due = planned is { } minutes ? await workingTime.AddAsync(context.Now, TimeSpan.FromMinutes(minutes), ct) : (DateTimeOffset?)null;
        var form = input.FormId is { } formId
            ? await db.Forms.IgnoreQueryFilters([Crm.Data.Filters.SoftDelete]).AsNoTracking().FirstOrDefaultAsync(f => f.Id == formId, ct) ?? throw new RuleBroken("stage.no-form", "The form of the stage “{0}” does not exist.", title)
            : null;
        var version = form is null ? null : await db.Set<FormVersion>().AsNoTracking().FirstOrDefaultAsync(v => v.Id == form.PublishedVersionId, ct) ?? throw new RuleBroken("stage.form-draft", "The form of the stage “{0}” was never published.", title);
        var item = new StageItem(context.ExecutionId, context.JobId, context.BranchId, context.ContactId, await ActivityIdAsync(context, ct), title.Length > 300 ? title[..300] : title)
        {
            Instructions = string.IsNullOrWhiteSpace(input.Instructions) ? null : input.Instructions.Trim(), OpenedAt = context.Now, PlannedMinutes = planned, DueAt = due, FormId = form?.Id, FieldsJson = version?.DesignJson ?? "[]",
        };
        item.GiveTo(hands.Users, hands.Roles, hands.ChoosePerson);
        item.SetUp(new StageSetup
        {
            Outcomes = input.Outcomes.Count == 0 ? [Outcome.Done.Name] : [.. input.Outcomes.Distinct(StringComparer.Ordinal)], Enders = input.MayEnd, Files = [.. input.Files.Select(f => f.Trim()).Where(f => f.Length > 0).Distinct(StringComparer.Ordinal)],
            StatusId = input.StatusId, LateTemplate = input.LateTemplate, LateToCustomer = input.LateTo == StageAddressee.Customer, LeaveTemplate = input.LeaveTemplate, LeaveToCustomer = input.LeaveTo == StageAddressee.Customer,
            AlarmUsers = input.AlarmUsers, AlarmDoers = input.AlarmDoers, ChooseFrom = hands.ChooseFrom,
            JobNumber = context.JobNumber, JobTitle = context.JobTitle,
        });
        item.TellOpened();
        if (input.EntryTemplate is { } template) item.Ask(template, input.EntryTo == StageAddressee.Customer, "entry");
        db.Add(item);
        await AddAlarmsAsync(input, item, ct);
        notifier.Notify(await people.OfAsync(item, ct), "A stage waits for you: {0}", [$"{item.Title} – {context.JobTitle}"], $"/jobs/stages/{item.Id}");
        return ActivityResult.Wait("Stage: {0}", item.Title);
    }

    public override async Task CancelAsync(ActivityContext context, CancellationToken ct)
    {
        if (await db.Stages.FirstOrDefaultAsync(s => s.Id == context.ExecutionId, ct) is not { } item) return;
        item.TakeBack(context.Now);
        db.RemoveRange(await db.Set<StageAlarm>().Where(a => a.StageItemId == item.Id).ToListAsync(ct));
    }

    private async Task AddAlarmsAsync(StageInput input, StageItem item, CancellationToken ct)
    {
        if (item.DueAt is not { } due) return;
        void Add(AlarmKind kind, DateTimeOffset at) => db.Add(new StageAlarm { Id = Keys.Of(item.Id, "alarm:" + kind), StageItemId = item.Id, Kind = kind, DueAt = at });
        Add(AlarmKind.Due, due);
        if (input.AlarmBefore is > 0 and var before && await workingTime.SubtractAsync(due, TimeSpan.FromHours((double)before), ct) is var early && early > item.OpenedAt) Add(AlarmKind.Before, early);
        if (input.AlarmAfter is > 0 and var after) Add(AlarmKind.After, await workingTime.AddAsync(due, TimeSpan.FromHours((double)after), ct));
    }

    // The box in the drawing that this execution stands for: the journal wrote it when the step began.
    private async Task<string> ActivityIdAsync(ActivityContext context, CancellationToken ct) =>
        await db.Set<JournalRow>().Where(j => j.JobId == context.JobId && j.ExecutionId == context.ExecutionId).OrderBy(j => j.Seq).Select(j => j.ActivityId).FirstOrDefaultAsync(ct) ?? "";
}

/// <summary>Into whose hands a stage goes.</summary>
internal sealed record StageHands(IReadOnlyList<Guid> Users, IReadOnlyList<Guid> Roles, bool ChoosePerson = false)
{
    /// <summary>Whom the chooser may choose; empty for anybody.</summary>
    public IReadOnlyList<Guid> ChooseFrom { get; init; } = [];
}

/// <summary>Finds the people of a stage.</summary>
internal sealed class StagePeople(RoutinesDb db, IUserDirectory users, Crm.Contacts.Contracts.IContactDirectory contacts)
{
    /// <exception cref="RuleBroken">Nobody is there to do it: an incident, and a person decides.</exception>
    public async Task<StageHands> ChooseAsync(StageInput input, ActivityContext context, CancellationToken ct)
    {
        switch (input.Who)
        {
            case StageWho.Role:
                if (input.RoleId is not { } role || (await users.InRoleAsync(role, ct)).Count == 0) throw new RuleBroken("stage.nobody", "Nobody has the role that does the stage “{0}”.", input.Title);
                return new([], [role]);
            case StageWho.Expert:
                var owner = context.ContactId is { } contact ? (await contacts.CardsAsync([contact], ct)).GetValueOrDefault(contact)?.OwnerId : null;
                return await SomebodyAsync(owner is { } expert ? [expert] : [], input.Title, ct);
            case StageWho.Starter:
                // What a happening or the clock started has no starter; its agents, else the customer's expert stand in.
                if (context.StartedBy is { } starter) return await SomebodyAsync([starter], input.Title, ct);
                if (context.Agents.Count > 0) return await SomebodyAsync(context.Agents, input.Title, ct);
                goto case StageWho.Expert;
            case StageWho.Agents:
                return await SomebodyAsync(context.Agents, input.Title, ct);
            case StageWho.DoerOfStage:
                var doer = await db.Stages.Where(s => s.JobId == context.JobId && s.Status == StageStatus.Done && (s.Title == input.DoerOf || s.ActivityId == input.DoerOf)).OrderByDescending(s => s.DoneAt).Select(s => s.DoneBy).FirstOrDefaultAsync(ct);
                return await SomebodyAsync(doer is { } did ? [did] : [], input.Title, ct);
            case StageWho.ChosenThen:
                var before = await db.Stages.Where(s => s.JobId == context.JobId && s.Status == StageStatus.Done && s.DoneBy != null).OrderByDescending(s => s.DoneAt).Select(s => s.DoneBy).FirstOrDefaultAsync(ct);
                var chooser = (before ?? context.StartedBy) is { } one ? [one] : context.Agents;
                IReadOnlyList<Guid> from = input.UserIds.Count > 0 ? input.UserIds : input.RoleId is { } r ? [.. (await users.InRoleAsync(r, ct)).Select(u => u.Id)] : [];
                return await SomebodyAsync(chooser, input.Title, ct) with { ChoosePerson = true, ChooseFrom = from };
            default:
                return await SomebodyAsync(input.UserIds, input.Title, ct);
        }
    }

    /// <summary>Everybody in whose worklist the stage stands.</summary>
    public async Task<IReadOnlyList<Guid>> OfAsync(StageItem stage, CancellationToken ct)
    {
        List<Guid> all = [.. stage.UserIds];
        if (stage.TakenBy is null)
            foreach (var role in stage.RoleIds) all.AddRange((await users.InRoleAsync(role, ct)).Select(u => u.Id));
        return [.. all.Distinct()];
    }

    private async Task<StageHands> SomebodyAsync(IReadOnlyList<Guid> wanted, string title, CancellationToken ct)
    {
        var cards = await users.CardsAsync([.. wanted.Distinct()], ct);
        Guid[] active = [.. wanted.Distinct().Where(id => cards.TryGetValue(id, out var card) && card.Active)];
        return active.Length > 0 ? new(active, []) : throw new RuleBroken("stage.nobody", "Nobody is there to do the stage “{0}”.", title);
    }
}

/// <summary>Ends a stage and moves its job on, whoever asks: its page, a communication, the API.</summary>
internal sealed class StageFinisher(RoutinesDb db, TimeProvider time)
{
    public void Finish(StageItem stage, string outcome, JsonObject answers, string? note, Guid? by, DateTimeOffset? at = null, Guid? communication = null)
    {
        var now = at ?? time.GetUtcNow();
        stage.Finish(outcome, answers, note, by, now);
        var output = new JsonObject { ["Answers"] = answers.DeepClone(), ["Outcome"] = outcome, ["By"] = by?.ToString(), ["Stage"] = stage.Title };
        if (note is not null) output["Note"] = note;
        if (communication is { } said) output["Communication"] = said.ToString();
        db.Add(new QueuedStimulus { JobId = stage.JobId, At = now, Body = Runtime.StimulusText.Write(new Crm.Workflows.ActivityCompleted(stage.Id, [outcome], new JsonObject { ["Output"] = output })) });
    }
}
