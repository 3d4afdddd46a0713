using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>One signed-in browser. Signing out ends it here, so a copied cookie is worth nothing afterwards. Kept a while: an address that somebody signed in from is known to be his.</summary>
[NotAudited]
internal sealed class Session : Entity
{
    private Session()
    {
    }

    public Session(Guid userId, DateTimeOffset now, DateTimeOffset expiresAt, string address, string? agent)
    {
        UserId = userId;
        StartedAt = now;
        LastSeenAt = now;
        ExpiresAt = expiresAt;
        Address = address;
        Agent = agent;
    }

    public Guid UserId { get; private set; }

    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>To the minute; written by <c>LiveSessions</c> alone.</summary>
    public DateTimeOffset LastSeenAt { get; private set; }

    public DateTimeOffset ExpiresAt { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Network address it was started from.</summary>
    public string Address { get; private set; } = "";

    public string? Agent { get; private set; }

    /// <summary>The user whom an administrator looks at the application as in this browser.</summary>
    public Guid? ViewsAs { get; private set; }

    public void End(DateTimeOffset now) => EndedAt ??= now;

    public void View(Guid? userId) => ViewsAs = userId;
}

internal sealed class SessionMapping : IEntityTypeConfiguration<Session>
{
    public void Configure(EntityTypeBuilder<Session> b)
    {
        b.ToTable("sessions");
        b.Property(s => s.Address).HasMaxLength(60);
        b.Property(s => s.Agent).HasMaxLength(200);
        b.HasIndex(s => new { s.UserId, s.Address });
    }
}

/// <summary>Failed sign-ins counted per account and address, per address and per account. Written by <c>SignInGuard</c> alone, in one statement.</summary>
[NotAudited]
internal sealed class SignInFailure
{
    public required string Key { get; init; }

    public int Failures { get; init; }

    public DateTimeOffset Since { get; init; }

    public DateTimeOffset BlockedUntil { get; init; }

    /// <summary>Whether the last attempt met a pause; the attempt that starts a pause is itself still looked at.</summary>
    public bool Refused { get; init; }
}

internal sealed class SignInFailureMapping : IEntityTypeConfiguration<SignInFailure>
{
    public void Configure(EntityTypeBuilder<SignInFailure> b)
    {
        b.ToTable("sign_in_failures");
        b.HasKey(f => f.Key);
        b.Property(f => f.Key).HasMaxLength(140);
        b.HasIndex(f => f.Since);
    }
}
