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

    /// <summary>Whoever holds a post of the organisation chart.</summary>
    Post,

    /// <summary>Whom the one who did another stage answers to.</summary>
    SuperiorOfDoer,

    /// <summary>Whom the customer's expert answers to.</summary>
    SuperiorOfExpert,

    /// <summary>Whom the starter answers to.</summary>
    SuperiorOfStarter,

    /// <summary>Whoever leads a unit of the organisation chart.</summary>
    HeadOfUnit,

    /// <summary>Whoever leads the unit of the one who did another stage.</summary>
    HeadOfDoersUnit,

    /// <summary>Whoever leads the unit of the customer's expert.</summary>
    HeadOfExpertsUnit,
}

/// <summary>Whom a message of a stage goes to.</summary>
internal enum StageAddressee
{
    Customer,
    Doers,
}

internal sealed record StageInput : IAsksPeople
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

    [Input("Post", Category = "People", Options = "routines.posts", UiHint = "dropdown", Description = "With “Post”: whoever holds it then, or the deputy while that one is away.")]
    public Guid? PostId { get; set; }

    [Input("Unit", Category = "People", Options = "routines.units", UiHint = "dropdown", Description = "With “Head of a unit”: whoever leads it then.")]
    public Guid? UnitId { get; set; }

    [Input("Who did this stage", Category = "People", Options = "routines.stages", UiHint = "dropdown", Description = "With “Whoever did another stage” and with the superior or head of the doer: a stage of this drawing; empty for the one before.")]
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
internal sealed class Stage(RoutinesDb db, StagePeople people, StageSeeker seeker, AlarmPlan alarms, IWorkingTime workingTime, INotifier notifier) : PeopleStep<StageInput>(db, workingTime)
{
    public const string TypeName = "Crm.Stage";

    public override IReadOnlyList<Outcome> Outcomes => [];

    protected override async Task<ActivityResult> RunAsync(StageInput input, ActivityContext context, CancellationToken ct)
    {
        var title = Fit(input.Title);
        if (title.Length == 0) throw new RuleBroken("stage.no-title", "The stage has no title.");
        var wanted = ((IAsksPeople)input).Wanted;
        var hands = await people.ChooseAsync(wanted, StageCase.Of(context), ct);
        var form = input.FormId is { } formId
            ? await Db.Forms.IgnoreQueryFilters([Crm.Data.Filters.SoftDelete]).AsNoTracking().FirstOrDefaultAsync(f => f.Id == formId, ct) ?? throw new RuleBroken("stage.no-form", "The form of the stage “{0}” does not exist.", title)
            : null;
        var version = form is null ? null : await Db.Set<FormVersion>().AsNoTracking().FirstOrDefaultAsync(v => v.Id == form.PublishedVersionId, ct) ?? throw new RuleBroken("stage.form-draft", "The form of the stage “{0}” was never published.", title);
        var item = await OpenAsync(input, title, context, version, ct);
        item.GiveTo(hands, context.Now);
        item.SetUp(new StageSetup
        {
            Outcomes = input.Outcomes.Count == 0 ? [Outcome.Done.Name] : [.. input.Outcomes.Distinct(StringComparer.Ordinal)], Enders = input.MayEnd, Files = [.. input.Files.Select(f => f.Trim()).Where(f => f.Length > 0).Distinct(StringComparer.Ordinal)],
            StatusId = input.StatusId, LateTemplate = input.LateTemplate, LateToCustomer = input.LateTo == StageAddressee.Customer, LeaveTemplate = input.LeaveTemplate, LeaveToCustomer = input.LeaveTo == StageAddressee.Customer,
            AlarmUsers = input.AlarmUsers, AlarmDoers = input.AlarmDoers, AlarmBeforeMinutes = IAsksPeople.Minutes(input.AlarmBefore), AlarmAfterMinutes = IAsksPeople.Minutes(input.AlarmAfter), ChooseFrom = hands.ChooseFrom, Wanted = wanted,
            JobNumber = context.JobNumber, JobTitle = context.JobTitle,
        });
        item.TellOpened();
        Db.Add(item);
        var doers = await people.OfAsync(item, context.Now, ct);
        if (input.EntryTemplate is { } template) item.Ask(template, input.EntryTo == StageAddressee.Customer, "entry", doers);
        await alarms.AddAsync(Db, item, AlarmKind.Due, ct);
        if (hands.Found) notifier.Notify(doers, "A stage waits for you: {0}", [$"{item.Title} – {context.JobTitle}"], $"/jobs/stages/{item.Id}");
        else await seeker.AlarmAsync(item, context.JobTitle, context.Now, ct);
        return ActivityResult.Wait("Stage: {0}", item.Title);
    }
}

/// <summary>Into whose hands a stage goes.</summary>
internal sealed record StageHands(IReadOnlyList<Guid> Users, IReadOnlyList<Guid> Roles, bool ChoosePerson = false)
{
    /// <summary>Whom the chooser may choose; empty for anybody.</summary>
    public IReadOnlyList<Guid> ChooseFrom { get; init; } = [];

    /// <summary>The post through which it is theirs.</summary>
    public Guid? PostId { get; init; }

    /// <summary>Whether anybody is there: a role may be there without its people.</summary>
    public bool Found { get; init; } = true;
}

/// <summary>The job as the search for people sees it.</summary>
internal sealed record StageCase(Guid JobId, Guid? ContactId, Guid? StartedBy, IReadOnlyList<Guid> Agents, DateTimeOffset Now)
{
    public static StageCase Of(ActivityContext context) => new(context.JobId, context.ContactId, context.StartedBy, context.Agents, context.Now);
}

/// <summary>Finds the people of a stage. Nobody found is an answer: the stage then stands open and waits for somebody.</summary>
internal sealed class StagePeople(RoutinesDb db, IUserDirectory users, IOrganisation organisation, Crm.Contacts.Contracts.IContactDirectory contacts)
{
    public async Task<StageHands> ChooseAsync(StageWanted wanted, StageCase job, CancellationToken ct)
    {
        switch (wanted.Who)
        {
            case StageWho.Role:
                return wanted.RoleId is { } role ? new([], [role]) { Found = (await users.InRoleAsync(role, ct)).Count > 0 } : s_nobody;
            case StageWho.Expert:
                return await SomebodyAsync(await ExpertAsync(job, ct), ct);
            case StageWho.Starter:
                return await SomebodyAsync(await StarterAsync(job, ct), ct);
            case StageWho.Agents:
                return await SomebodyAsync(job.Agents, ct);
            case StageWho.DoerOfStage:
                return await SomebodyAsync(await DoerAsync(wanted, job, ct), ct);
            case StageWho.ChosenThen:
                var before = await DoerAsync(new StageWanted(), job, ct);
                if (before.Count == 0) before = job.StartedBy is { } one ? [one] : job.Agents;
                IReadOnlyList<Guid> from = wanted.UserIds.Count > 0 ? wanted.UserIds : wanted.RoleId is { } r ? [.. (await users.InRoleAsync(r, ct)).Select(u => u.Id)] : [];
                return await SomebodyAsync(before, ct) with { ChoosePerson = true, ChooseFrom = from };
            case StageWho.Post:
                return wanted.PostId is { } post ? await SomebodyAsync(await organisation.HoldersAsync(post, job.Now, ct), ct) with { PostId = post } : s_nobody;
            case StageWho.HeadOfUnit:
                return wanted.UnitId is { } unit ? await SomebodyAsync(await organisation.HeadsOfUnitAsync(unit, job.Now, ct), ct) : s_nobody;
            case StageWho.SuperiorOfDoer:
                return await EachAsync(await DoerAsync(wanted, job, ct), organisation.SuperiorsOfAsync, job, ct);
            case StageWho.SuperiorOfExpert:
                return await EachAsync(await ExpertAsync(job, ct), organisation.SuperiorsOfAsync, job, ct);
            case StageWho.SuperiorOfStarter:
                return await EachAsync(await StarterAsync(job, ct), organisation.SuperiorsOfAsync, job, ct);
            case StageWho.HeadOfDoersUnit:
                return await EachAsync(await DoerAsync(wanted, job, ct), organisation.HeadsOfAsync, job, ct);
            case StageWho.HeadOfExpertsUnit:
                return await EachAsync(await ExpertAsync(job, ct), organisation.HeadsOfAsync, job, ct);
            default:
                return await SomebodyAsync(wanted.UserIds, ct);
        }
    }

    /// <summary>Where words are counted by person, a role is its people of this moment.</summary>
    public async Task<StageHands> ByPersonAsync(StageHands hands, CancellationToken ct) =>
        hands.Roles is [var role] ? hands with { Users = [.. (await users.InRoleAsync(role, ct)).Select(u => u.Id)], Roles = [] } : hands;

    /// <summary>Everybody who is to be told of the stage: in whose worklist it stands, each one's deputy in place of whoever is away.</summary>
    public async Task<IReadOnlyList<Guid>> OfAsync(StageItem stage, DateTimeOffset at, CancellationToken ct)
    {
        List<Guid> all = [.. stage.UserIds];
        if (stage.TakenBy is null)
            foreach (var role in stage.RoleIds) all.AddRange((await users.InRoleAsync(role, ct)).Select(u => u.Id));
        return [.. (await organisation.AfterDeputiesAsync([.. all.Distinct()], stage.PostId, at, ct)).Select(h => h.UserId)];
    }

    /// <summary>Those in charge where nobody is there: who handles incidents, who drew the routine, and whom the post answers to.</summary>
    public async Task<IReadOnlyList<Guid>> InChargeAsync(StageItem stage, DateTimeOffset at, CancellationToken ct)
    {
        List<Guid> all = [.. (await users.WithPermissionAsync(RoutinesPermissions.Incidents, ct)).Select(u => u.Id)];
        var drew = await db.Jobs.IgnoreQueryFilters().Where(j => j.Id == stage.JobId).Join(db.Set<Definitions.RoutineDefinition>().IgnoreQueryFilters(), j => j.RoutineId, r => r.Id, (j, r) => r.CreatedBy).FirstOrDefaultAsync(ct);
        if (drew is { } owner && (await users.CardsAsync([owner], ct)).GetValueOrDefault(owner) is { Active: true }) all.Add(owner);
        if (stage.Setup.Wanted is { PostId: { } post }) all.AddRange(await organisation.SuperiorsOfPostAsync(post, at, ct));
        return [.. all.Distinct()];
    }

    private static readonly StageHands s_nobody = new([], []) { Found = false };

    private async Task<IReadOnlyList<Guid>> ExpertAsync(StageCase job, CancellationToken ct) =>
        job.ContactId is { } contact && (await contacts.CardsAsync([contact], ct)).GetValueOrDefault(contact)?.OwnerId is { } expert ? [expert] : [];

    // What a happening or the clock started has no starter; its agents, else the customer's expert stand in.
    private async Task<IReadOnlyList<Guid>> StarterAsync(StageCase job, CancellationToken ct) =>
        job.StartedBy is { } starter ? [starter] : job.Agents.Count > 0 ? job.Agents : await ExpertAsync(job, ct);

    // A deputy did it for somebody: then that one is meant.
    private async Task<IReadOnlyList<Guid>> DoerAsync(StageWanted wanted, StageCase job, CancellationToken ct)
    {
        var of = wanted.OfStage;
        var done = db.Stages.Where(s => s.JobId == job.JobId && s.Status == StageStatus.Done && s.DoneBy != null);
        if (of.Length > 0) done = done.Where(s => s.Title == of || s.ActivityId == of);
        return await done.OrderByDescending(s => s.DoneAt).Select(s => s.DoneFor ?? s.DoneBy).FirstOrDefaultAsync(ct) is { } did ? [did] : [];
    }

    private async Task<StageHands> EachAsync(IReadOnlyList<Guid> people, Func<Guid, DateTimeOffset, CancellationToken, Task<IReadOnlyList<Guid>>> ask, StageCase job, CancellationToken ct)
    {
        List<Guid> found = [];
        foreach (var person in people) found.AddRange(await ask(person, job.Now, ct));
        return await SomebodyAsync(found, ct);
    }

    private async Task<StageHands> SomebodyAsync(IReadOnlyList<Guid> wanted, CancellationToken ct)
    {
        var cards = await users.CardsAsync([.. wanted.Distinct()], ct);
        Guid[] active = [.. wanted.Distinct().Where(id => cards.TryGetValue(id, out var card) && card.Active)];
        return new(active, []) { Found = active.Length > 0 };
    }
}

/// <summary>Looks after stages that nobody is there to do: tells those in charge, and gives them to whoever comes.</summary>
internal sealed class StageSeeker(RoutinesDb db, StagePeople people, IUserDirectory users, IOrganisation organisation, INotifier notifier)
{
    public const int Batch = 200;

    /// <summary>Tells those in charge that a stage stands without hands.</summary>
    public async Task AlarmAsync(StageItem stage, string job, DateTimeOffset now, CancellationToken ct)
    {
        db.Add(new StageEvent { StageItemId = stage.Id, At = now, Kind = StageEventKind.Nobody });
        notifier.Notify(await people.InChargeAsync(stage, now, ct), "Nobody is there to do “{0}”. It waits until it is given to somebody.", [$"{stage.Title} – {job}"], $"/jobs/stages/{stage.Id}", "alarm");
    }

    /// <summary>Stages whose people have all left stand without hands from now on.</summary>
    public async Task LoseAsync(DateTimeOffset now, CancellationToken ct)
    {
        Guid[] active = [.. (await users.ActiveAsync(ct)).Select(u => u.Id)];
        var lost = await db.Stages.IgnoreQueryFilters([Crm.Data.Filters.Scope])
            .Where(s => s.Status == StageStatus.Open && s.NobodySince == null && s.UserIds.Length > 0 && !s.UserIds.Any(u => active.Contains(u)) && (s.RoleIds.Length == 0 || s.TakenBy != null)).OrderBy(s => s.Id).Take(Batch).ToListAsync(ct);
        if (lost.Count == 0) return;
        var titles = await TitlesAsync(lost, ct);
        foreach (var stage in lost)
        {
            stage.LoseHands(now);
            await AlarmAsync(stage, titles.GetValueOrDefault(stage.JobId) ?? "", now, ct);
        }
    }

    /// <summary>A post has passed into other hands: what nobody took yet of its work goes with it.</summary>
    public async Task FollowPostsAsync(DateTimeOffset now, CancellationToken ct)
    {
        var open = db.Stages.IgnoreQueryFilters([Crm.Data.Filters.Scope]).Where(s => s.Status == StageStatus.Open && s.PostId != null && s.TakenBy == null && s.VotesJson == null && s.NobodySince == null);
        foreach (var post in await open.Select(s => s.PostId!.Value).Distinct().ToListAsync(ct))
        {
            Guid[] holders = [.. await organisation.HoldersAsync(post, now, ct)];
            var left = await open.Where(s => s.PostId == post && !s.UserIds.All(u => holders.Contains(u))).OrderBy(s => s.Id).Take(Batch).ToListAsync(ct);
            if (left.Count == 0) continue;
            var titles = await TitlesAsync(left, ct);
            foreach (var stage in left)
            {
                var title = titles.GetValueOrDefault(stage.JobId) ?? "";
                stage.GiveTo(new StageHands(holders, []) { PostId = post, Found = holders.Length > 0 }, now);
                if (holders.Length == 0)
                {
                    await AlarmAsync(stage, title, now, ct);
                    continue;
                }

                db.Add(new StageEvent { StageItemId = stage.Id, At = now, Kind = StageEventKind.Given, UserIds = stage.UserIds });
                notifier.Notify(await people.OfAsync(stage, now, ct), "A stage waits for you: {0}", [$"{stage.Title} – {title}"], $"/jobs/stages/{stage.Id}");
            }
        }
    }

    /// <summary>Gives stages without hands to whoever is there by now.</summary>
    /// <returns>How many were looked at.</returns>
    public async Task<int> SeekAsync(DateTimeOffset now, CancellationToken ct)
    {
        var waiting = await db.Stages.IgnoreQueryFilters([Crm.Data.Filters.Scope]).Where(s => s.NobodySince != null && s.Status == StageStatus.Open).OrderBy(_ => EF.Functions.Random()).Take(Batch).ToListAsync(ct);
        waiting.AddRange(db.ChangeTracker.Entries<StageItem>().Select(e => e.Entity).Where(s => s is { NobodySince: not null, Status: StageStatus.Open } && !waiting.Contains(s)));
        if (waiting.Count == 0) return 0;
        Guid[] ids = [.. waiting.Select(s => s.JobId).Distinct()];
        var jobs = await db.Jobs.IgnoreQueryFilters([Crm.Data.Filters.Scope]).AsNoTracking().Where(j => ids.Contains(j.Id)).ToDictionaryAsync(j => j.Id, ct);
        foreach (var stage in waiting)
        {
            if (stage.Setup.Wanted is not { } wanted || !jobs.TryGetValue(stage.JobId, out var job)) continue;
            var hands = await people.ChooseAsync(wanted, new StageCase(job.Id, job.ContactId, job.StartedBy, job.AgentIds, now), ct);
            if (!hands.Found) continue;
            if (stage.Setup.Approval is { By: not ApproveBy.One }) hands = await people.ByPersonAsync(hands, ct);
            stage.GiveTo(hands, now);
            stage.AskOthers();
            db.Add(new StageEvent { StageItemId = stage.Id, At = now, Kind = StageEventKind.Given, UserIds = stage.UserIds });
            notifier.Notify(await people.OfAsync(stage, now, ct), "A stage waits for you: {0}", [$"{stage.Title} – {job.Title}"], $"/jobs/stages/{stage.Id}");
        }

        return waiting.Count;
    }

    private async Task<Dictionary<Guid, string>> TitlesAsync(IEnumerable<StageItem> stages, CancellationToken ct)
    {
        Guid[] ids = [.. stages.Select(s => s.JobId).Distinct()];
        return await db.Jobs.IgnoreQueryFilters([Crm.Data.Filters.Scope]).Where(j => ids.Contains(j.Id)).ToDictionaryAsync(j => j.Id, j => j.Title, ct);
    }
}

/// <summary>Ends a stage and moves its job on, whoever asks: its page, a communication, the API.</summary>
internal sealed class StageFinisher(RoutinesDb db, TimeProvider time)
{
    public void Finish(StageItem stage, string outcome, JsonObject answers, string? note, Guid? by, DateTimeOffset? at = null, Guid? communication = null, Guid? doneFor = null)
    {
        var now = at ?? time.GetUtcNow();
        stage.Finish(outcome, answers, note, by, now, doneFor);
        var output = new JsonObject { ["Answers"] = answers.DeepClone(), ["Outcome"] = outcome, ["By"] = by?.ToString(), ["Stage"] = stage.Title };
        if (doneFor is { } whom) output["For"] = whom.ToString();
        if (note is not null) output["Note"] = note;
        if (stage.IsApproval) output["Votes"] = new JsonArray([.. stage.Votes.Select(v => (JsonNode)new JsonObject { ["For"] = v.UserId.ToString(), ["By"] = v.By.ToString(), ["Agrees"] = v.Agrees, ["Note"] = v.Note })]);
        if (communication is { } said) output["Communication"] = said.ToString();
        db.Add(new QueuedStimulus { JobId = stage.JobId, At = now, Body = Runtime.StimulusText.Write(new Crm.Workflows.ActivityCompleted(stage.Id, [outcome], new JsonObject { ["Output"] = output })) });
    }

    /// <summary>The time of an approval is over.</summary>
    public void TimeOut(StageItem stage, DateTimeOffset now)
    {
        stage.TimeOut(now);
        db.Add(new QueuedStimulus { JobId = stage.JobId, At = now, Body = Runtime.StimulusText.Write(new Crm.Workflows.ActivityCompleted(stage.Id, [Approve.Timeout.Name])) });
    }
}
