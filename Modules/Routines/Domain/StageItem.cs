using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Contracts;
using Crm.Routines.Contracts;
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

    /// <summary>Whom the chooser of a stage «chosen then» may choose; empty for anybody.</summary>
    public IReadOnlyList<Guid> ChooseFrom { get; init; } = [];

    /// <summary>The job as messages of this stage name it; 0 for stages that opened before this was kept.</summary>
    public long JobNumber { get; init; }

    public string? JobTitle { get; init; }
}

/// <summary>
/// A stage that a job stands at: an item in the worklists of those whose work it is. Its id is the engine's execution, so a repeated opening finds it.
/// </summary>
internal sealed class StageItem : Entity, IBranchScoped, IStamped, IVersioned, IPartOf
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
    public string ActivityId { get; private set; } = "";

    public string Title { get; private set; } = "";

    public string? Instructions { get; init; }

    public DateTimeOffset OpenedAt { get; init; }

    /// <summary>Planned working time; null when none was given.</summary>
    public int? PlannedMinutes { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Whose work it is …</summary>
    public Guid[] UserIds { get; private set; } = [];

    /// <summary>… and of which roles.</summary>
    public Guid[] RoleIds { get; private set; } = [];

    /// <summary>The one who took it out of a role's or several people's hands.</summary>
    public Guid? TakenBy { get; private set; }

    /// <summary>Whoever has it has to choose who does it first.</summary>
    public bool ChoosePerson { get; private set; }

    public Guid? FormId { get; init; }

    /// <summary>The version of the form that was given out when the stage opened (<see cref="FormDesign"/>, in old stages a list of fields); it stays.</summary>
    [NotAudited]
    public string FieldsJson { get; init; } = "[]";

    [NotAudited]
    public string SetupJson { get; private set; } = "{}";

    [Display(Name = "State")]
    public StageStatus Status { get; private set; }

    public string? Outcome { get; private set; }

    [Display(Name = "Answers")]
    public string? AnswersJson { get; private set; }

    public string? Note { get; private set; }

    public DateTimeOffset? DoneAt { get; private set; }

    public Guid? DoneBy { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public Guid RootId => JobId;

    public FormDesign Design => FormDesign.Parse(FieldsJson);

    /// <summary>What it asks for, without texts to read.</summary>
    public IReadOnlyList<FormField> Fields => [.. Design.Fields.Where(f => f.Kind != FieldKind.Note)];

    public StageSetup Setup => JsonSerializer.Deserialize<StageSetup>(SetupJson, s_json)!;

    public void SetUp(StageSetup setup) => SetupJson = WriteSetup(setup);

    public static string WriteSetup(StageSetup setup) => JsonSerializer.Serialize(setup, s_json);

    /// <summary>Lays it into hands.</summary>
    public void GiveTo(IEnumerable<Guid> users, IEnumerable<Guid> roles, bool choosePerson)
    {
        UserIds = [.. users.Distinct()];
        RoleIds = [.. roles.Distinct()];
        ChoosePerson = choosePerson;
        TakenBy = null;
    }

    public bool IsWorkOf(UserAccess user) => UserIds.Contains(user.Id) || (TakenBy is null && RoleIds.Any(user.RoleIds.Contains));

    public bool MayEnd(ICurrentUser user, Guid? starter)
    {
        if (user.IsSystem) return true;
        if (user.Access is not { Active: true } access || !access.Can(RoutinesPermissions.Work)) return false;
        if (IsWorkOf(access) || access.Can(RoutinesPermissions.SeeAllJobs)) return true;
        return Setup.Enders switch { StageEnders.Anyone => true, StageEnders.DoersAndStarter => starter == access.Id, _ => false };
    }

    /// <summary>Out of the hands of several into those of one.</summary>
    public void Take(Guid user)
    {
        RefuseUnlessOpen();
        if (TakenBy is not null && TakenBy != user) throw new RuleBroken("stage.taken", "Somebody else took this stage already.");
        TakenBy = user;
        UserIds = [user];
    }

    public void HandOver(Guid to)
    {
        RefuseUnlessOpen();
        TakenBy = to;
        UserIds = [to];
        ChoosePerson = false;
    }

    public void Finish(string outcome, JsonObject answers, string? note, Guid? by, DateTimeOffset at)
    {
        RefuseUnlessOpen();
        if (!Setup.Outcomes.Contains(outcome)) throw new InvalidInput(nameof(Outcome), "This stage has no outcome “{0}”.", outcome);
        Status = StageStatus.Done;
        Outcome = outcome;
        AnswersJson = answers.Count == 0 ? null : answers.ToJsonString(s_json);
        Note = note;
        DoneAt = at;
        DoneBy = by;
        if (Setup.StatusId is { } status && ContactId is { } contact) Raise(new ContactStatusRequested(contact, status, Keys.Of(Id, "status"), Title));
        if (Setup.LeaveTemplate is { } template) Ask(template, Setup.LeaveToCustomer, "leave");
    }

    /// <summary>Answers that change fields of the customer.</summary>
    public void AskForFields(IReadOnlyDictionary<string, IReadOnlyList<string>> values)
    {
        if (values.Count > 0 && ContactId is { } contact) Raise(new ContactFieldsRequested(contact, JsonSerializer.Serialize(values, s_json), Keys.Of(Id, "fields"), Title));
    }

    public void TakeBack(DateTimeOffset at)
    {
        if (Status != StageStatus.Open) return;
        Status = StageStatus.Cancelled;
        DoneAt = at;
    }

    /// <summary>Its customer became another contact, or became itself again.</summary>
    public void MoveTo(Guid contactId) => ContactId = contactId;

    public void TellOpened() => Raise(new StageOpened(Id, JobId, ContactId, Title));

    /// <summary>Asks Messaging for a message: to the customer, or to each one whose work the stage is.</summary>
    public void Ask(Guid template, bool toCustomer, string what)
    {
        var data = new JsonObject
        {
            ["stage"] = new JsonObject { ["title"] = Title, ["due"] = DueAt?.ToString("O", System.Globalization.CultureInfo.InvariantCulture) },
            ["job"] = new JsonObject { ["id"] = JobId.ToString(), ["number"] = Setup.JobNumber > 0 ? Setup.JobNumber : null, ["title"] = Setup.JobTitle },
            ["link"] = $"/jobs/stages/{Id}",
            ["outcome"] = Outcome,
            ["answers"] = AnswersJson is null ? new JsonObject() : JsonNode.Parse(AnswersJson),
        }.ToJsonString(s_json);
        if (toCustomer)
        {
            if (ContactId is { } contact) Raise(new MessageRequested(Keys.Of(Id, what), template, contact, null, JobId, data));
            return;
        }

        foreach (var user in UserIds) Raise(new MessageRequested(Keys.Of(Id, $"{what}:{user:N}"), template, ContactId, user, JobId, data));
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
        builder.Ignore(s => s.Fields).Ignore(s => s.Design).Ignore(s => s.Setup).Ignore(s => s.RootId);
        builder.HasIndex(s => new { s.JobId, s.OpenedAt });
        builder.HasIndex(s => s.UserIds).HasMethod("gin").HasFilter("status = 'Open'");
        builder.HasIndex(s => s.RoleIds).HasMethod("gin").HasFilter("status = 'Open'");
        builder.HasIndex(s => new { s.DueAt, s.Id }).HasFilter("status = 'Open'");
        builder.HasIndex(s => new { s.ContactId, s.OpenedAt });
    }
}

/// <summary>What an alarm says.</summary>
internal enum AlarmKind
{
    Before,
    Due,
    After,
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
