using System.Security.Cryptography;
using System.Text;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>A link that sets a forgotten password: once, for half an hour. Only the hash of its secret is kept.</summary>
[NotAudited]
internal sealed class PasswordReset : Entity, IVersioned
{
    /// <summary>How long a link works.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(30);

    private PasswordReset()
    {
    }

    private PasswordReset(Guid userId, string tokenHash, DateTimeOffset now)
    {
        UserId = userId;
        TokenHash = tokenHash;
        CreatedAt = now;
        ExpiresAt = now + Life;
    }

    public Guid UserId { get; private set; }

    public string TokenHash { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset ExpiresAt { get; private set; }

    public DateTimeOffset? UsedAt { get; private set; }

    /// <summary>Two that use one link at the same moment: one is refused.</summary>
    public uint Version { get; private set; }

    /// <summary>Makes one, with the secret that goes into the link and nowhere else.</summary>
    public static (PasswordReset Reset, string Token) Make(Guid userId, DateTimeOffset now)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        return (new(userId, Hash(token), now), token);
    }

    /// <summary>What is kept of a secret.</summary>
    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    public bool Works(DateTimeOffset now) => UsedAt is null && now < ExpiresAt;

    public void Use(DateTimeOffset now) => UsedAt ??= now;
}

internal sealed class PasswordResetMapping : IEntityTypeConfiguration<PasswordReset>
{
    public void Configure(EntityTypeBuilder<PasswordReset> b)
    {
        b.ToTable("password_resets");
        b.Property(r => r.TokenHash).HasMaxLength(64);
        b.HasIndex(r => r.TokenHash).IsUnique();
        b.HasIndex(r => new { r.UserId, r.CreatedAt });
    }
}
