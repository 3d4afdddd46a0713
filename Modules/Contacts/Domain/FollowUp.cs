using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

internal enum FollowUpState
{
    Open,
    Done,
    Cancelled,
}

/// <summary>A communication that is to take place.</summary>
[Record("follow-ups", "contacts.follow_ups", Owners = [nameof(AssigneeId)], Parent = typeof(Contact), ParentId = nameof(ContactId))]
internal sealed class FollowUp : Entity, IBranchScoped, IStamped, IVersioned, IPartOf, IHasCustomFields
{
    private FollowUp()
    {
    }

    public FollowUp(Contact contact, Guid kindId, DateTimeOffset dueAt, Guid assigneeId, string? text, int? remindMinutes, Guid? jobId)
    {
        ContactId = contact.Id;
        BranchId = contact.BranchId;
        JobId = jobId;
        Set(kindId, dueAt, assigneeId, text, remindMinutes);
        Tell();
    }

    public Guid ContactId { get; private set; }

    public Contact? Contact { get; private set; }

    public Guid BranchId { get; private set; }

    public Guid KindId { get; private set; }

    public DateTimeOffset DueAt { get; private set; }

    /// <summary>Person in charge.</summary>
    [Display(Name = "Person in charge")]
    public Guid AssigneeId { get; private set; }

    public string? Text { get; private set; }

    /// <summary>How long before it is due the person is reminded; null for not at all.</summary>
    public int? RemindMinutes { get; private set; }

    /// <summary>When the reminder is to go out; null once it went, or when there is none.</summary>
    [NotAudited]
    public DateTimeOffset? RemindAt { get; private set; }

    /// <summary>The due time for which it was told that nobody did it in time; another due time is missed anew.</summary>
    [NotAudited]
    public DateTimeOffset? MissedFor { get; private set; }

    public FollowUpState State { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public Guid? EndedBy { get; private set; }

    /// <summary>Why it was cancelled.</summary>
    public string? Reason { get; private set; }

    /// <summary>The communication that did it.</summary>
    public Guid? CommunicationId { get; private set; }

    public Guid? JobId { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    [CustomValues]
    public string? Custom { get; private set; }

    public Guid RootId => ContactId;

    /// <summary>Takes over the values of custom fields, as <see cref="CustomValues.Apply"/> answered them.</summary>
    public void SetCustom(string? values)
    {
        if (!System.Text.Json.Nodes.JsonNode.DeepEquals(CustomValues.Parse(Custom), CustomValues.Parse(values))) Custom = values;
    }

    /// <summary>Its contact became another one.</summary>
    public void MoveTo(Contact contact) => (ContactId, BranchId) = (contact.Id, contact.BranchId);

    public void Change(Guid kindId, DateTimeOffset dueAt, Guid assigneeId, string? text, int? remindMinutes)
    {
        RequireOpen();
        Set(kindId, dueAt, assigneeId, text, remindMinutes);
        Tell();
    }

    public void Postpone(DateTimeOffset dueAt)
    {
        RequireOpen();
        Set(KindId, dueAt, AssigneeId, Text, RemindMinutes);
        Tell();
    }

    public void Done(Guid? by, DateTimeOffset at, Guid? communicationId)
    {
        RequireOpen();
        CommunicationId = communicationId;
        End(FollowUpState.Done, by, at);
    }

    public void Cancel(Guid? by, DateTimeOffset at, string? reason)
    {
        RequireOpen();
        Reason = reason;
        End(FollowUpState.Cancelled, by, at);
    }

    public void Reminded() => RemindAt = null;

    /// <summary>Its time went by and nobody did it.</summary>
    public void Missed()
    {
        MissedFor = DueAt;
        var payload = new System.Text.Json.Nodes.JsonObject { ["followUpId"] = Id, ["contactId"] = ContactId, ["kindId"] = KindId, ["assigneeId"] = AssigneeId, ["dueAt"] = DueAt, ["jobId"] = JobId, ["text"] = Text };
        Raise(new TriggerFired(Triggers.FollowUpMissed, ContactId, payload.ToJsonString()));
    }

    private void End(FollowUpState state, Guid? by, DateTimeOffset at)
    {
        State = state;
        EndedBy = by;
        EndedAt = at;
        RemindAt = null;
        Tell();
    }

    private void RequireOpen()
    {
        if (State != FollowUpState.Open) throw new RuleBroken("follow-up.ended", "This follow-up has ended already.");
    }

    private void Set(Guid kindId, DateTimeOffset dueAt, Guid assigneeId, string? text, int? remindMinutes)
    {
        KindId = kindId;
        // Another time or person is reminded anew; a changed text is no reason to ring again.
        if ((DueAt, AssigneeId, RemindMinutes) != (dueAt, assigneeId, remindMinutes))
            RemindAt = remindMinutes is { } minutes ? dueAt.AddMinutes(-minutes) : null;
        DueAt = dueAt;
        AssigneeId = assigneeId;
        Text = text;
        RemindMinutes = remindMinutes;
    }

    private void Tell() => Raise(new FollowUpChanged(Id, ContactId, AssigneeId, DueAt, JsonNamingPolicy.CamelCase.ConvertName(State.ToString())));
}

internal sealed class FollowUpMapping : IEntityTypeConfiguration<FollowUp>
{
    public void Configure(EntityTypeBuilder<FollowUp> builder)
    {
        builder.ToTable("follow_ups");
        builder.Ignore(f => f.RootId);
        builder.Property(f => f.Custom).HasColumnType("jsonb");
        builder.Property(f => f.Text).HasMaxLength(2000);
        builder.Property(f => f.Reason).HasMaxLength(500);
        builder.HasOne(f => f.Contact).WithMany().HasForeignKey(f => f.ContactId).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(f => new { f.ContactId, f.DueAt });
        builder.HasIndex(f => new { f.AssigneeId, f.DueAt }).HasFilter("state = 'Open'");
        builder.HasIndex(f => new { f.DueAt, f.Id }).HasFilter("state = 'Open'");
        builder.HasIndex(f => f.RemindAt).HasFilter("remind_at is not null");
    }
}
