using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;

namespace Crm.Routines.Activities;

/// <summary>How many have to agree.</summary>
internal enum ApproveBy
{
    /// <summary>Whoever says his word first decides.</summary>
    One,

    /// <summary>Everybody who is asked.</summary>
    All,

    /// <summary>A number of them.</summary>
    Several,
}

internal sealed record ApproveInput : IAsksPeople
{
    [Input("Title", Description = "What is to be agreed to, as it stands in the worklist. May contain {{customer.name}} and other data of the job.", Required = true)]
    public string Title { get; set; } = "";

    [Input("Instructions", UiHint = "multiline", Description = "What whoever decides has to know: amounts, reasons, answers of earlier stages.")]
    public string Instructions { get; set; } = "";

    [Input("How many must agree", Category = "Decision", Default = "One")]
    public ApproveBy Needed { get; set; }

    [Input("Number of them", Category = "Decision", Description = "With “Several”.")]
    public int? Number { get; set; }

    [Input("One refusal decides", Category = "Decision", Default = "true", Description = "Otherwise it is refused when so many refuse that not enough can agree any more.")]
    public bool OneRefuses { get; set; } = true;

    [Input("Who is asked", Category = "People", Default = "Persons")]
    public StageWho Who { get; set; } = StageWho.Persons;

    [Input("Persons", Category = "People", Options = "routines.users", UiHint = "checklist", Description = "With “Persons”.")]
    public IReadOnlyList<Guid> UserIds { get; set; } = [];

    [Input("Role", Category = "People", Options = "routines.roles", UiHint = "dropdown", Description = "With “Role”: everybody who has it.")]
    public Guid? RoleId { get; set; }

    [Input("Post", Category = "People", Options = "routines.posts", UiHint = "dropdown", Description = "With “Post”: whoever holds it then, or the deputy while that one is away.")]
    public Guid? PostId { get; set; }

    [Input("Unit", Category = "People", Options = "routines.units", UiHint = "dropdown", Description = "With “Head of a unit”: whoever leads it then.")]
    public Guid? UnitId { get; set; }

    [Input("Who did this stage", Category = "People", Options = "routines.stages", UiHint = "dropdown", Description = "With “Whoever did another stage” and with the superior or head of the doer: a stage of this drawing; empty for the one before.")]
    public string DoerOf { get; set; } = "";

    [Input("Time to decide (working hours)", Category = "Time", Description = "When it is over the job goes on by “Timeout”. Empty: it waits as long as it takes.")]
    public decimal? Hours { get; set; }

    [Input("Remind before it is over (working hours)", Category = "Time")]
    public decimal? AlarmBefore { get; set; }

    /// <exception cref="RuleBroken">Nobody could decide by it.</exception>
    public void Check(string title)
    {
        if (title.Length == 0) throw new RuleBroken("approval.no-title", "The approval has no title.");
        if (Who == StageWho.ChosenThen) throw new RuleBroken("approval.chosen", "The approval “{0}” can't choose its people at run time; choose another way to find them.", title);
        if (Needed == ApproveBy.Several && Number is not > 0) throw new RuleBroken("approval.number", "Say how many must agree to “{0}”.", title);
    }
}

/// <summary>Asks people whether they agree and goes on by what they say. Stands in the worklist like a stage.</summary>
[Activity(TypeName, Title = "Approve", Description = "Asks one or several people to agree or refuse, and goes on by what they say.", Category = "Routine", Icon = "checks", Order = 2)]
internal sealed class Approve(RoutinesDb db, StagePeople people, StageSeeker seeker, AlarmPlan alarms, IWorkingTime workingTime, INotifier notifier) : PeopleStep<ApproveInput>(db, workingTime)
{
    public const string TypeName = "Crm.Approve";

    public static readonly Outcome Approved = new("Approved");
    public static readonly Outcome Rejected = new("Rejected");
    public static readonly Outcome Timeout = new("Timeout");

    public override IReadOnlyList<Outcome> Outcomes => [Approved, Rejected, Timeout];

    protected override async Task<ActivityResult> RunAsync(ApproveInput input, ActivityContext context, CancellationToken ct)
    {
        var title = Fit(input.Title);
        input.Check(title);
        var wanted = ((IAsksPeople)input).Wanted;
        var hands = await people.ChooseAsync(wanted, StageCase.Of(context), ct);
        if (input.Needed != ApproveBy.One) hands = await people.ByPersonAsync(hands, ct);
        var item = await OpenAsync(input, title, context, null, ct);
        item.AskForAgreement();
        item.GiveTo(hands, context.Now);
        item.SetUp(new StageSetup
        {
            Outcomes = [Approved.Name, Rejected.Name], Approval = new(input.Needed, input.Number ?? 1, Math.Max(1, hands.Users.Count), input.OneRefuses || input.Needed == ApproveBy.One), AlarmBeforeMinutes = IAsksPeople.Minutes(input.AlarmBefore), Wanted = wanted,
            JobNumber = context.JobNumber, JobTitle = context.JobTitle,
        });
        item.TellOpened();
        Db.Add(item);
        await alarms.AddAsync(Db, item, AlarmKind.Timeout, ct);
        if (hands.Found) notifier.Notify(await people.OfAsync(item, context.Now, ct), "Your agreement is asked for: {0}", [$"{title} – {context.JobTitle}"], $"/jobs/stages/{item.Id}");
        else await seeker.AlarmAsync(item, context.JobTitle, context.Now, ct);
        return ActivityResult.Wait("Waits for agreement: {0}", title);
    }
}
