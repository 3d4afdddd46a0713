using System.Security.Cryptography;
using System.Text;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>
/// What a user's authenticator app shares with us. Apart from the user, whose row then stays as it is when he signs in: an administrator who edits him meets no newer version.
/// Whether it is on, and since when, stands at the user and so in his history.
/// </summary>
[NotAudited]
internal sealed class TwoFactor : Entity
{
    private TwoFactor()
    {
    }

    public TwoFactor(Guid userId, string secret, long lastStep)
    {
        UserId = userId;
        Secret = secret;
        LastStep = lastStep;
    }

    public Guid UserId { get; private set; }

    /// <summary>Encrypted by data protection.</summary>
    [Secret]
    public string Secret { get; private set; } = "";

    /// <summary>The time step of the last code that was taken: neither it nor an earlier one is taken again.</summary>
    public long LastStep { get; private set; }
}

internal sealed class TwoFactorMapping : IEntityTypeConfiguration<TwoFactor>
{
    public void Configure(EntityTypeBuilder<TwoFactor> b)
    {
        b.ToTable("two_factors");
        b.Property(t => t.Secret).HasMaxLength(1000);
        b.HasIndex(t => t.UserId).IsUnique();
    }
}

/// <summary>Signs in once in place of the authenticator app. Eighty random bits, of which only the hash is kept.</summary>
[NotAudited]
internal sealed class RecoveryCode : Entity
{
    private RecoveryCode()
    {
    }

    public RecoveryCode(Guid userId, string code)
    {
        UserId = userId;
        Hash = HashOf(userId, code);
    }

    public Guid UserId { get; private set; }

    [Secret]
    public string Hash { get; private set; } = "";

    public DateTimeOffset? UsedAt { get; private set; }

    /// <summary>With the user's id: the same code of two people would look different.</summary>
    public static string HashOf(Guid userId, string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{userId:N}|{code}")));
}

internal sealed class RecoveryCodeMapping : IEntityTypeConfiguration<RecoveryCode>
{
    public void Configure(EntityTypeBuilder<RecoveryCode> b)
    {
        b.ToTable("recovery_codes");
        b.Property(c => c.Hash).HasMaxLength(64).IsFixedLength();
        b.HasIndex(c => new { c.UserId, c.Hash }).IsUnique();
    }
}

/// <summary>A browser that is not asked for a code for thirty days. Void with the user's stamp, so after a new password, and when it is forgotten here.</summary>
[NotAudited]
internal sealed class TrustedBrowser : Entity
{
    public static readonly TimeSpan Life = TimeSpan.FromDays(30);

    private TrustedBrowser()
    {
    }

    public TrustedBrowser(User user, string token, DateTimeOffset now, string address, string? agent)
    {
        UserId = user.Id;
        Stamp = user.SecurityStamp;
        Hash = HashOf(token);
        TrustedAt = now;
        ExpiresAt = now + Life;
        Address = address;
        Agent = agent;
    }

    public Guid UserId { get; private set; }

    public string Stamp { get; private set; } = "";

    [Secret]
    public string Hash { get; private set; } = "";

    public DateTimeOffset TrustedAt { get; private set; }

    public DateTimeOffset ExpiresAt { get; private set; }

    public string Address { get; private set; } = "";

    public string? Agent { get; private set; }

    public static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}

internal sealed class TrustedBrowserMapping : IEntityTypeConfiguration<TrustedBrowser>
{
    public void Configure(EntityTypeBuilder<TrustedBrowser> b)
    {
        b.ToTable("trusted_browsers");
        b.Property(t => t.Stamp).HasMaxLength(40);
        b.Property(t => t.Hash).HasMaxLength(64).IsFixedLength();
        b.Property(t => t.Address).HasMaxLength(60);
        b.Property(t => t.Agent).HasMaxLength(200);
        b.HasIndex(t => t.Hash).IsUnique();
        b.HasIndex(t => t.UserId);
    }
}
