using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Messaging.Contracts;
using Crm.Platform.Contracts;
using Crm.Routines.Contracts;
using Crm.Routines.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Domain;

/// <summary>How a stage stands.</summary>
internal enum StageStatus
{
    Open,
    Done,

    /// <summary>The job went on or ended without it.</summary>
    Cancelled,
}

/// <summary>Who may end a stage besides those whose work it is.</summary>
internal enum StageEnders
{
    Doers,
    DoersAndStarter,
    Anyone,
}

/// <summary>What a stage was told by its drawing and needs until it is done: kept as it was when the stage opened.</summary>
internal sealed record StageSetup
{
    public IReadOnlyList<string> Outcomes { get; init; } = ["Done"];

    public StageEnders Enders { get; init; }

    public IReadOnlyList<string> Files { get; init; } = [];

    public Guid? StatusId { get; init; }

    public Guid? LateTemplate { get; init; }

    public bool LateToCustomer { get; init; }

    public Guid? LeaveTemplate { get; init; }

    public bool LeaveToCustomer { get; init; }

    /// <summary>Whom alarms go to besides those whose work it is.</summary>
    public IReadOnlyList<Guid> AlarmUsers { get; init; } = [];

    public bool AlarmDoers { get; init; } = true;

    /// <summary>Working time before it is due at which an alarm comes.</summary>
    public int? AlarmBeforeMinutes { get; init; }

    /// <summary>Working time after that.</summary>
    public int? AlarmAfterMinutes { get; init; }

    /// <summary>How many have to agree, with an approval.</summary>
    public ApprovalRule? Approval { get; init; }

    /// <summary>Whom the chooser of a stage «chosen then» may choose; empty for anybody.</summary>
    public IReadOnlyList<Guid> ChooseFrom { get; init; } = [];

    /// <summary>Who is looked for, as the drawing says; null for stages that opened before this was kept.</summary>
    public StageWanted? Wanted { get; init; }

    /// <summary>The job as messages of this stage name it; 0 for stages that opened before this was kept.</summary>
    public long JobNumber { get; init; }

    public string? JobTitle { get; init; }
}

/// <summary>Who a stage is for, as its drawing says: asked again while nobody is found.</summary>
internal sealed record StageWanted
{
    public Activities.StageWho Who { get; init; }

    public IReadOnlyList<Guid> UserIds { get; init; } = [];

    public Guid? RoleId { get; init; }

    public Guid? PostId { get; init; }

    public Guid? UnitId { get; init; }

    public string OfStage { get; init; } = "";
}

/// <summary>How an approval is decided.</summary>
/// <param name="By">How many have to agree.</param>
/// <param name="Number">The number, where it is one.</param>
/// <param name="Voters">How many are asked.</param>
/// <param name="OneRefuses">Whether one refusal decides.</param>
internal sealed record ApprovalRule(Activities.ApproveBy By, int Number, int Voters, bool OneRefuses)
{
    /// <summary>How many of them have to agree; more than are asked could never agree.</summary>
    public int Needed => By switch { Activities.ApproveBy.All => Voters, Activities.ApproveBy.Several => Math.Clamp(Number, 1, Voters), _ => 1 };
}

/// <summary>What somebody said to an approval.</summary>
/// <param name="UserId">Whose word it is.</param>
/// <param name="By">Who gave it: that one, or a deputy.</param>
/// <param name="Agrees">Whether he agrees.</param>
/// <param name="Note">What he said to it.</param>
/// <param name="At">When.</param>
internal sealed record ApprovalVote(Guid UserId, Guid By, bool Agrees, string? Note, DateTimeOffset At);

/// <summary>
/// A stage that a job stands at: an item in the worklists of those whose work it is. Its id is the engine's execution, so a repeated opening finds it.
/// </summary>
[WithRecord(typeof(Job), nameof(JobId))]
internal sealed class StageItem : Entity, IBranchScoped, IStamped, IVersioned, IPartOf
{
    private StageItem()
    {
    }

    public StageItem(Guid executionId, Guid jobId, Guid branchId, Guid? contactId, string activityId, string title)
    {
        Id = executionId;
        JobId = jobId;
        BranchId = branchId;
        ContactId = contactId;
        ActivityId = activityId;
        Title = title;
    }

    public Guid JobId { get; private set; }

    public Guid BranchId { get; private set; }

    public Guid? ContactId { get; private set; }

    /// <summary>The box in the drawing.</summary>
    [NotTold]
    public string ActivityId { get; private set; } = "";

    public string Title { get; private set; } = "";

    public string? Instructions { get; set; }

    public DateTimeOffset OpenedAt { get; init; }

    /// <summary>Planned working time; null when none was given.</summary>
    public int? PlannedMinutes { get; init; }

    public DateTimeOffset? DueAt { get; private set; }

    /// <summary>Whose work it is …</summary>
    public Guid[] UserIds { get; private set; } = [];

    /// <summary>… and of which roles.</summary>
    public Guid[] RoleIds { get; private set; } = [];

    /// <summary>The one who took it out of a role's or several people's hands.</summary>
    public Guid? TakenBy { get; private set; }

    /// <summary>The post through which it is theirs; a deputy of that post does it too.</summary>
    public Guid? PostId { get; private set; }

    /// <summary>Since when nobody is there to do it; null while somebody is.</summary>
    [Display(Name = "Nobody since")]
    public DateTimeOffset? NobodySince { get; private set; }

    /// <summary>Whoever has it has to choose who does it first.</summary>
    public bool ChoosePerson { get; private set; }

    public Guid? FormId { get; set; }

    /// <summary>The version of the form that was given out when the stage opened (<see cref="FormDesign"/>, in old stages a list of fields); it stays.</summary>
    [NotAudited]
    public string FieldsJson { get; set; } = "[]";

    [NotAudited]
    public string SetupJson { get; private set; } = "{}";

    /// <summary>What was said to an approval so far; null with a stage.</summary>
    [NotAudited]
    public string? VotesJson { get; private set; }

    [Display(Name = "State")]
    public StageStatus Status { get; private set; }

    public string? Outcome { get; private set; }

    [Display(Name = "Answers"), TellsRecord("contacts")]
    public string? AnswersJson { get; private set; }

    public string? Note { get; private set; }

    public DateTimeOffset? DoneAt { get; private set; }

    public Guid? DoneBy { get; private set; }

    /// <summary>Whom the doer stood in for.</summary>
    [Display(Name = "Done for")]
    public Guid? DoneFor { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public Guid RootId => JobId;

    public FormDesign Design => FormDesign.Parse(FieldsJson);

    /// <summary>What it asks for, without texts to read.</summary>
    public IReadOnlyList<FormField> Fields => [.. Design.Fields.Where(f => f.Kind != FieldKind.Note)];

    public StageSetup Setup => JsonSerializer.Deserialize<StageSetup>(SetupJson, StimulusText.Json)!;

    /// <summary>Whether it asks for agreement and not for work.</summary>
    public bool IsApproval => VotesJson is not null;

    public IReadOnlyList<ApprovalVote> Votes => VotesJson is { } text ? JsonSerializer.Deserialize<List<ApprovalVote>>(text, StimulusText.Json)! : [];

    /// <summary>It is an approval: nobody has said anything yet.</summary>
    public void AskForAgreement() => VotesJson = "[]";

    /// <summary>Takes somebody's word; whose word is in has it no longer in his worklist.</summary>
    /// <returns>The outcome that is decided by it; null while others are awaited.</returns>
    public string? Vote(Guid whose, Guid by, bool agrees, string? note, DateTimeOffset at)
    {
        RefuseUnlessOpen();
        var votes = Votes.ToList();
        if (votes.Exists(v => v.UserId == whose)) throw new RuleBroken("approval.voted", "You have said your word already.");
        votes.Add(new(whose, by, agrees, note, at));
        VotesJson = JsonSerializer.Serialize(votes, StimulusText.Json);
        UserIds = [.. UserIds.Where(u => u != whose)];
        var rule = Setup.Approval!;
        var (agreed, refused) = (votes.Count(v => v.Agrees), votes.Count(v => !v.Agrees));
        if (agreed >= rule.Needed) return Activities.Approve.Approved.Name;
        return refused > 0 && (rule.OneRefuses || rule.Voters - refused < rule.Needed) ? Activities.Approve.Rejected.Name : null;
    }

    /// <summary>Its time is over and nobody decided.</summary>
    public void TimeOut(DateTimeOffset at)
    {
        RefuseUnlessOpen();
        Status = StageStatus.Done;
        Outcome = Activities.Approve.Timeout.Name;
        NobodySince = null;
        DoneAt = at;
    }

    public void SetUp(StageSetup setup) => SetupJson = WriteSetup(setup);

    public static string WriteSetup(StageSetup setup) => JsonSerializer.Serialize(setup, StimulusText.Json);

    /// <summary>Lays it into hands, or marks that nobody is there.</summary>
    public void GiveTo(Activities.StageHands hands, DateTimeOffset at)
    {
        UserIds = [.. hands.Users.Except(Votes.Select(v => v.UserId)).Distinct()];
        RoleIds = [.. hands.Roles.Distinct()];
        PostId = hands.PostId;
        ChoosePerson = hands.ChoosePerson;
        TakenBy = null;
        NobodySince = hands.Found ? null : NobodySince ?? at;
    }

    /// <summary>Other people are asked from now on, besides those who have said their word.</summary>
    public void AskOthers()
    {
        if (!IsApproval || Setup.Approval is not { } rule) return;
        SetUp(Setup with { Approval = rule with { Voters = Math.Max(1, UserIds.Length + Votes.Count) } });
    }

    /// <summary>By hand, whoever had it: one or several people, the first of whom to do it does it for all.</summary>
    public void Assign(IEnumerable<Guid> users)
    {
        RefuseUnlessOpen();
        UserIds = [.. users.Except(Votes.Select(v => v.UserId)).Distinct()];
        if (UserIds.Length == 0) throw new RuleBroken("approval.voted-all", "They have all said their word already.");
        RoleIds = [];
        PostId = null;
        TakenBy = null;
        ChoosePerson = false;
        NobodySince = null;
        AskOthers();
    }

    /// <summary>Those in whose hands it is have all left.</summary>
    public void LoseHands(DateTimeOffset at) => NobodySince ??= at;

    /// <summary>Whether it is this user's own work, or his as a deputy.</summary>
    public bool IsWorkOf(UserAccess user, StandIn standIn) =>
        UserIds.Contains(user.Id) || (TakenBy is null && RoleIds.Any(r => user.RoleIds.Contains(r) || standIn.Roles.Contains(r))) || standIn.Of(UserIds, PostId).Any();

    /// <summary>Whom the user would do it for; null when it is his own work, or a role's.</summary>
    public Guid? IsFor(Guid user, StandIn standIn) => UserIds.Contains(user) ? null : standIn.Of(UserIds, PostId).Select(u => (Guid?)u).FirstOrDefault();

    public bool MayEnd(ICurrentUser user, Guid? starter, StandIn standIn)
    {
        if (user.IsSystem) return true;
        if (user.Access is not { Active: true } access || !access.Can(RoutinesPermissions.Work)) return false;
        if (IsWorkOf(access, standIn) || access.Can(RoutinesPermissions.SeeAllJobs)) return true;
        return Setup.Enders switch { StageEnders.Anyone => true, StageEnders.DoersAndStarter => starter == access.Id, _ => false };
    }

    /// <summary>Out of the hands of several into those of one.</summary>
    public void Take(Guid user)
    {
        RefuseUnlessOpen();
        RefuseApproval();
        if (TakenBy is not null && TakenBy != user) throw new RuleBroken("stage.taken", "Somebody else took this stage already.");
        TakenBy = user;
        UserIds = [user];
        NobodySince = null;
    }

    public void HandOver(Guid to)
    {
        RefuseUnlessOpen();
        RefuseApproval();
        TakenBy = to;
        UserIds = [to];
        ChoosePerson = false;
        NobodySince = null;
    }

    public void Finish(string outcome, JsonObject answers, string? note, Guid? by, DateTimeOffset at, Guid? doneFor = null)
    {
        RefuseUnlessOpen();
        if (!Setup.Outcomes.Contains(outcome)) throw new InvalidInput(nameof(Outcome), "This stage has no outcome “{0}”.", outcome);
        Status = StageStatus.Done;
        Outcome = outcome;
        AnswersJson = answers.Count == 0 ? null : answers.ToJsonString(StimulusText.Json);
        Note = note;
        DoneAt = at;
        DoneBy = by;
        DoneFor = doneFor;
        NobodySince = null;
        if (Setup.StatusId is { } status && ContactId is { } contact) Raise(new ContactStatusRequested(contact, status, Keys.Of(Id, "status"), Title));
        if (Setup.LeaveTemplate is { } template) Ask(template, Setup.LeaveToCustomer, "leave");
    }

    /// <summary>Answers that change fields of the customer.</summary>
    public void AskForFields(IReadOnlyDictionary<string, IReadOnlyList<string>> values)
    {
        if (values.Count > 0 && ContactId is { } contact) Raise(new ContactFieldsRequested(contact, JsonSerializer.Serialize(values, StimulusText.Json), Keys.Of(Id, "fields"), Title));
    }

    public void TakeBack(DateTimeOffset at)
    {
        if (Status != StageStatus.Open) return;
        Status = StageStatus.Cancelled;
        NobodySince = null;
        DoneAt = at;
    }

    /// <summary>Its customer became another contact, or became itself again.</summary>
    public void MoveTo(Guid contactId) => ContactId = contactId;

    /// <summary>The job goes on on another version, in which this stage is called so.</summary>
    public void Redraw(string activityId, string title)
    {
        ActivityId = activityId;
        Title = title;
    }

    public void PlanFor(DateTimeOffset? due) => DueAt = due;

    public void TellOpened() => Raise(new StageOpened(Id, JobId, ContactId, Title));

    /// <summary>Asks Messaging for a message: to the customer, or to each one whose work the stage is.</summary>
    public void Ask(Guid template, bool toCustomer, string what, IEnumerable<Guid>? doers = null)
    {
        var data = new JsonObject
        {
            ["stage"] = new JsonObject { ["title"] = Title, ["due"] = DueAt?.ToString("O", System.Globalization.CultureInfo.InvariantCulture) },
            ["job"] = new JsonObject { ["id"] = JobId.ToString(), ["number"] = Setup.JobNumber > 0 ? Setup.JobNumber : null, ["title"] = Setup.JobTitle },
            ["link"] = $"/jobs/stages/{Id}",
            ["outcome"] = Outcome,
            ["answers"] = AnswersJson is null ? new JsonObject() : JsonNode.Parse(AnswersJson),
        }.ToJsonString(StimulusText.Json);
        if (toCustomer)
        {
            if (ContactId is { } contact) Raise(new MessageRequested(Keys.Of(Id, what), template, contact, null, JobId, data));
            return;
        }

        foreach (var user in doers ?? UserIds) Raise(new MessageRequested(Keys.Of(Id, $"{what}:{user:N}"), template, ContactId, user, JobId, data));
    }

    private void RefuseApproval()
    {
        if (IsApproval) throw new RuleBroken("approval.own-word", "Whoever is asked says his own word. Whoever steers the job can ask others instead.");
    }

    private void RefuseUnlessOpen()
    {
        if (Status == StageStatus.Done) throw new RuleBroken("stage.done", "This stage was finished already: {0}.", Outcome);
        if (Status == StageStatus.Cancelled) throw new RuleBroken("stage.cancelled", "The job went on without this stage.");
    }
}

internal sealed class StageItemMapping : IEntityTypeConfiguration<StageItem>
{
    public void Configure(EntityTypeBuilder<StageItem> builder)
    {
        builder.ToTable("StageItems");
        builder.Property(s => s.ActivityId).HasMaxLength(300);
        builder.Property(s => s.Title).HasMaxLength(300);
        builder.Property(s => s.Instructions).HasColumnType("text");
        builder.Property(s => s.Outcome).HasMaxLength(200);
        builder.Property(s => s.Note).HasMaxLength(4000);
        builder.Property(s => s.FieldsJson).HasColumnName("Fields").HasColumnType("text");
        builder.Property(s => s.SetupJson).HasColumnName("Setup").HasColumnType("text");
        builder.Property(s => s.AnswersJson).HasColumnName("Answers").HasColumnType("text");
        builder.Property(s => s.VotesJson).HasColumnName("Votes").HasColumnType("text");
        builder.Ignore(s => s.Fields).Ignore(s => s.Design).Ignore(s => s.Setup).Ignore(s => s.RootId).Ignore(s => s.IsApproval).Ignore(s => s.Votes);
        builder.HasIndex(s => new { s.JobId, s.OpenedAt });
        builder.HasIndex(s => s.UserIds).HasMethod("gin").HasFilter("status = 'Open'");
        builder.HasIndex(s => s.RoleIds).HasMethod("gin").HasFilter("status = 'Open'");
        builder.HasIndex(s => new { s.DueAt, s.Id }).HasFilter("status = 'Open'");
        builder.HasIndex(s => new { s.ContactId, s.OpenedAt });
        builder.HasIndex(s => new { s.NobodySince, s.Id }).HasFilter("nobody_since is not null");
    }
}

/// <summary>What happened to an open stage besides its being done.</summary>
internal enum StageEventKind
{
    /// <summary>Nobody was there to do it.</summary>
    Nobody,

    /// <summary>It was given to people: by hand, or because somebody came.</summary>
    Given,

    /// <summary>One handed it to another.</summary>
    HandedOver,

    /// <summary>One took it out of several hands.</summary>
    Taken,

    /// <summary>Its moment moved with the working calendar.</summary>
    DueMoved,
}

/// <summary>A line in the history of a stage, kept for good.</summary>
internal sealed class StageEvent
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public Guid StageItemId { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Who did it; null for the application itself.</summary>
    public Guid? By { get; init; }

    public StageEventKind Kind { get; init; }

    /// <summary>Into whose hands it came.</summary>
    public Guid[] UserIds { get; init; } = [];

    public DateTimeOffset? OldDueAt { get; init; }

    public DateTimeOffset? NewDueAt { get; init; }

    /// <summary>English sentence (translation key) that says why, with {0} for <see cref="Why"/>.</summary>
    public string? Cause { get; init; }

    /// <summary>Why, in the words of whoever said it; or the title of what moved it.</summary>
    public string? Why { get; init; }
}

internal sealed class StageEventMapping : IEntityTypeConfiguration<StageEvent>
{
    public void Configure(EntityTypeBuilder<StageEvent> builder)
    {
        builder.ToTable("StageEvents");
        builder.Property(e => e.Id).ValueGeneratedNever();
        builder.Property(e => e.Cause).HasMaxLength(200);
        builder.Property(e => e.Why).HasMaxLength(1000);
        builder.HasIndex(e => new { e.StageItemId, e.At });
    }
}

/// <summary>What an alarm says.</summary>
internal enum AlarmKind
{
    Before,
    Due,
    After,

    /// <summary>The time of an approval is over.</summary>
    Timeout,
}

/// <summary>A moment at which somebody is to be told about a stage; deleted when it was told or the stage is over.</summary>
internal sealed class StageAlarm
{
    public Guid Id { get; init; }

    public Guid StageItemId { get; init; }

    public AlarmKind Kind { get; init; }

    public DateTimeOffset DueAt { get; init; }
}

internal sealed class StageAlarmMapping : IEntityTypeConfiguration<StageAlarm>
{
    public void Configure(EntityTypeBuilder<StageAlarm> builder)
    {
        builder.ToTable("StageAlarms");
        builder.Property(a => a.Id).ValueGeneratedNever();
        builder.HasIndex(a => a.DueAt);
        builder.HasIndex(a => a.StageItemId);
    }
}

/// <summary>A job waits for working time: until so much of it has passed, or for its beginning. Moves with the working calendar.</summary>
internal sealed class WorkingWait
{
    /// <summary>The execution that waits.</summary>
    public Guid Id { get; init; }

    public Guid JobId { get; init; }

    public Guid BranchId { get; init; }

    public DateTimeOffset Since { get; init; }

    /// <summary>Working minutes; null when days or the next working moment are waited for.</summary>
    public int? Minutes { get; init; }

    /// <summary>Working days; 0 for the next working moment.</summary>
    public int? Days { get; init; }

    public DateTimeOffset DueAt { get; set; }
}

internal sealed class WorkingWaitMapping : IEntityTypeConfiguration<WorkingWait>
{
    public void Configure(EntityTypeBuilder<WorkingWait> builder)
    {
        builder.ToTable("WorkingWaits");
        builder.Property(w => w.Id).ValueGeneratedNever();
        builder.HasIndex(w => w.DueAt);
        builder.HasIndex(w => w.JobId);
    }
}

/// <summary>A file that was laid into a stage, for the one asked for by name.</summary>
internal sealed class StageFile
{
    public Guid FileId { get; init; }

    public Guid StageItemId { get; init; }

    /// <summary>What was asked for; empty for one nobody asked for.</summary>
    public required string Asked { get; init; }

    public Guid? AddedBy { get; init; }

    public DateTimeOffset At { get; init; }
}

internal sealed class StageFileMapping : IEntityTypeConfiguration<StageFile>
{
    public void Configure(EntityTypeBuilder<StageFile> builder)
    {
        builder.ToTable("StageFiles");
        builder.HasKey(f => f.FileId);
        builder.Property(f => f.FileId).ValueGeneratedNever();
        builder.Property(f => f.Asked).HasMaxLength(200);
        builder.HasIndex(f => f.StageItemId);
    }
}

/// <summary>Ids derived from an id and a word, the same every time: keys that a repeat carries too.</summary>
internal static class Keys
{
    public static Guid Of(Guid id, string word)
    {
        Span<byte> hash = stackalloc byte[32];
        Span<byte> input = stackalloc byte[16 + System.Text.Encoding.UTF8.GetMaxByteCount(word.Length)];
        id.TryWriteBytes(input, bigEndian: true, out _);
        var n = System.Text.Encoding.UTF8.GetBytes(word, input[16..]);
        System.Security.Cryptography.SHA256.HashData(input[..(16 + n)], hash);
        // Version 8 is the one for ids of one's own making.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
