using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Messaging.Domain;

/// <summary>One line of a message's log: what was tried and what came of it. Written by the pump beside the change of state.</summary>
internal sealed class MessageTry
{
    public long Id { get; init; }

    public Guid MessageId { get; init; }

    public DateTimeOffset At { get; init; }

    public int Attempt { get; init; }

    /// <summary>Sent, Retry, Failed or TakenOver.</summary>
    public string Outcome { get; init; } = "";

    public string? Reason { get; init; }

    public string? Detail { get; init; }

    /// <summary>Milliseconds until the gateway had answered.</summary>
    public int Milliseconds { get; init; }

    /// <summary>Name of the machine.</summary>
    public string Host { get; init; } = "";
}

/// <summary>A process that sends. While it lives it says so every few seconds; what it had in hand when it fell silent is taken over.</summary>
internal sealed class Sender
{
    public Guid Id { get; init; }

    public string Host { get; init; } = "";

    public DateTimeOffset AliveUntil { get; init; }
}

internal sealed class MessageTryMapping : IEntityTypeConfiguration<MessageTry>
{
    public void Configure(EntityTypeBuilder<MessageTry> b)
    {
        b.ToTable("tries");
        b.Property(t => t.Id).UseIdentityAlwaysColumn();
        b.Property(t => t.Outcome).HasMaxLength(20);
        b.Property(t => t.Reason).HasMaxLength(300);
        b.Property(t => t.Detail).HasMaxLength(1000);
        b.Property(t => t.Host).HasMaxLength(200);
        b.HasIndex(t => t.MessageId);
    }
}

internal sealed class SenderMapping : IEntityTypeConfiguration<Sender>
{
    public void Configure(EntityTypeBuilder<Sender> b)
    {
        b.ToTable("senders");
        b.Property(s => s.Id).ValueGeneratedNever();
        b.Property(s => s.Host).HasMaxLength(200);
    }
}
