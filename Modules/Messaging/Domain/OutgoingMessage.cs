using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Messaging.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Messaging.Domain;

/// <summary>
/// One message to one address. Its id is the idempotency key at the gateway, so whatever is sent again is recognised there. From <see cref="MessageState.Queued"/> on
/// the pump moves it by SQL; people only move it at rest.
/// </summary>
[Record("messages", "messaging.messages", Owners = [nameof(CreatedBy), nameof(UserId)], People = typeof(MessagePerson), PeopleView = "messaging.message_people")]
internal sealed class OutgoingMessage : Entity, IBranchScoped, IStamped, IVersioned
{
    public MessageChannel Channel { get; init; }

    public MessageState State { get; private set; } = MessageState.Draft;

    /// <summary>Telephone in international form, or e-mail address; empty where the recipient has none.</summary>
    [TellsRecord("contacts")]
    public string Address { get; set; } = "";

    [Display(Name = "Recipient")]
    public string RecipientName { get; set; } = "";

    public Guid? ContactId { get; set; }

    /// <summary>The member of staff it goes to.</summary>
    public Guid? UserId { get; init; }

    public Guid? JobId { get; init; }

    public Guid? TemplateId { get; set; }

    public MessageCategory Category { get; set; }

    public string Subject { get; set; } = "";

    public string Body { get; set; } = "";

    /// <summary>
    /// The text of a mail whose text is not kept (<see cref="Body"/> is empty): sealed until it was sent or given up, empty afterwards; null for every other message.
    /// </summary>
    [NotAudited]
    public string? SealedBody { get; private set; }

    public bool IsSealed => SealedBody is not null;

    public BodyFormat Format { get; set; }

    public string Language { get; set; } = "fa";

    /// <summary>What it came from, once: the same key never makes a second message.</summary>
    [NotTold]
    public string? SourceKey { get; init; }

    /// <summary>Execution of a routine that made it.</summary>
    [NotTold]
    public Guid? ExecutionId { get; init; }

    /// <summary>The execution waits for the end of it; cleared when it was told.</summary>
    [NotAudited]
    public bool Awaited { get; init; }

    /// <summary>Tries since it was last queued.</summary>
    [NotAudited]
    public int Attempts { get; private set; }

    [NotAudited]
    public DateTimeOffset DueAt { get; private set; }

    /// <summary>The sender (see <c>messaging.senders</c>) that has it in hand.</summary>
    [NotAudited]
    public Guid? ClaimedBy { get; private set; }

    /// <summary>Why it stands where it stands: an English sentence (translation key).</summary>
    public string? Reason { get; private set; }

    /// <summary>What the other side said.</summary>
    public string? Detail { get; private set; }

    [Display(Name = "Number at the gateway")]
    public string? ProviderId { get; private set; }

    public DateTimeOffset? SentAt { get; private set; }

    public Guid BranchId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public bool CanBeCancelled => State is MessageState.Draft or MessageState.Waiting or MessageState.Queued;

    /// <summary>Hands it to the pump.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="gateway">Whether its channel has an active gateway.</param>
    public void Queue(DateTimeOffset now, bool gateway)
    {
        State = gateway ? MessageState.Queued : MessageState.Waiting;
        Reason = gateway ? null : Reasons.NoGateway;
        Detail = null;
        Attempts = 0;
        DueAt = now;
    }

    /// <summary>Takes a text that nobody but the recipient is to read.</summary>
    public void Seal(string sealedText) => SealedBody = sealedText;

    private void Forget() => SealedBody = SealedBody is null ? null : "";

    /// <summary>It will never be sent.</summary>
    public void Fail(string reason)
    {
        Forget();
        State = MessageState.Failed;
        Reason = reason;
        Raise(new MessageFailed(Id, Channel.Word(), ContactId, JobId, reason));
        if (Activities.MessageFailedTrigger.Of(Id, Channel.Word(), ContactId, JobId, reason) is { } happened) Raise(happened);
    }

    /// <summary>The contact does not want it.</summary>
    public void Suppress()
    {
        State = MessageState.Suppressed;
        Reason = Reasons.OptedOut;
    }

    public void Cancel()
    {
        if (!CanBeCancelled) throw new RuleBroken("message.under-way", "This message is being sent or has ended; it can no longer be cancelled.");
        Forget();
        State = MessageState.Cancelled;
        Reason = Reasons.Cancelled;
        Detail = null;
    }

    public void Retry(DateTimeOffset now, bool gateway)
    {
        if (State != MessageState.Failed) throw new RuleBroken("message.not-failed", "Only a failed message can be tried again.");
        if (IsSealed) throw new RuleBroken("message.not-kept", "The text of this message was not kept; it can't be sent again.");
        if (Address.Length == 0) throw new RuleBroken("message.no-address", Reason ?? Reasons.NoEmail);
        Queue(now, gateway);
    }

    /// <summary>A message of the past, for demo data.</summary>
    public void Remember(MessageState state, DateTimeOffset at, string? reason = null)
    {
        State = state;
        DueAt = at;
        Reason = reason;
        Attempts = 1;
        SentAt = state == MessageState.Sent ? at : null;
    }
}

/// <summary>Why a message stands where it stands: English sentences (translation keys).</summary>
internal static class Reasons
{
    public const string NoGateway = "No gateway is set up for this channel yet.";
    public const string NoMobile = "The recipient has no mobile number.";
    public const string NoEmail = "The recipient has no e-mail address.";
    public const string BadAddress = "The address can't be used.";
    public const string OptedOut = "The contact does not want messages on this channel.";
    public const string Cancelled = "Cancelled by a user.";
    public const string Refused = "The gateway refused the message.";
    public const string Unreachable = "The gateway could not be reached.";
    public const string TimedOut = "The gateway did not answer in time.";
    public const string Trouble = "The gateway has a problem.";
    public const string NotAllowed = "The gateway's address is in the inner network and has not been allowed.";
    public const string Misconfigured = "The gateway's settings can't be used.";
    public const string TemplateGone = "The template no longer exists.";
    public const string TemplateBroken = "The template could not be filled.";
    public const string RecipientGone = "The recipient no longer exists.";
    public const string Expired = "What the message was good for is over; it was not sent.";
    public const string TakenOver = "The host that was sending it stopped; whether it had left is not known, so it is sent again with the same key.";

    public static readonly string[] All = [NoGateway, NoMobile, NoEmail, BadAddress, OptedOut, Cancelled, Refused, Unreachable, TimedOut, Trouble, NotAllowed, Misconfigured, TemplateGone, TemplateBroken, RecipientGone, Expired, TakenOver];
}

internal sealed class OutgoingMessageMapping : IEntityTypeConfiguration<OutgoingMessage>
{
    public void Configure(EntityTypeBuilder<OutgoingMessage> b)
    {
        b.ToTable("messages");
        b.Property(m => m.Address).HasMaxLength(320);
        b.Property(m => m.RecipientName).HasMaxLength(300);
        b.Property(m => m.Subject).HasMaxLength(1000);
        b.Property(m => m.Body).HasColumnType("text");
        b.Property(m => m.SealedBody).HasColumnType("text");
        b.Ignore(m => m.IsSealed);
        b.Property(m => m.Language).HasMaxLength(2);
        b.Property(m => m.SourceKey).HasMaxLength(200);
        b.Property(m => m.Reason).HasMaxLength(300);
        b.Property(m => m.Detail).HasMaxLength(1000);
        b.Property(m => m.ProviderId).HasMaxLength(200);
        b.HasIndex(m => m.SourceKey).IsUnique().HasFilter("source_key is not null");
        b.HasIndex(m => new { m.Channel, m.DueAt, m.Id }, "ix_messages_queue").HasFilter("state = 'Queued'");
        b.HasIndex(m => new { m.Channel, m.Id }, "ix_messages_waiting").HasFilter("state = 'Waiting'");
        b.HasIndex(m => m.ClaimedBy).HasFilter("state = 'Sending'");
        b.HasIndex(m => m.ExecutionId).HasFilter("awaited");
        b.HasIndex(m => new { m.ContactId, m.CreatedAt });
        b.HasIndex(m => new { m.State, m.Id });
        b.HasIndex(m => m.JobId).HasFilter("job_id is not null");
    }
}
