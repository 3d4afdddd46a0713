using System.Security.Cryptography;
using System.Text;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>Lets a program act as a user. Only the hash is kept: 32 random bytes can't be guessed, so a plain SHA-256 does.</summary>
internal sealed class ApiToken : Entity, IStamped
{
    public const string Prefix = "crm_";

    private ApiToken()
    {
    }

    private ApiToken(Guid userId, string label, DateTimeOffset? expiresAt, string token)
    {
        UserId = userId;
        Label = label;
        ExpiresAt = expiresAt;
        Hash = HashOf(token);
        Start = token[..(Prefix.Length + 6)];
    }

    public Guid UserId { get; private set; }

    public string Label { get; private set; } = "";

    /// <summary>First characters, so that people can tell their tokens apart.</summary>
    public string Start { get; private set; } = "";

    [Secret]
    public string Hash { get; private set; } = "";

    public DateTimeOffset? ExpiresAt { get; private set; }

    [NotAudited]
    public DateTimeOffset? LastUsedAt { get; private set; }

    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>When set, the token may do only this much of what its user may.</summary>
    public List<string>? Permissions { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    /// <summary>Makes one; the token itself is told once and never again.</summary>
    public static (ApiToken Record, string Token) Make(Guid userId, string label, DateTimeOffset? expiresAt, IReadOnlyCollection<string>? permissions)
    {
        var token = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        return (new(userId, label, expiresAt, token) { Permissions = permissions is null ? null : [.. permissions.Order(StringComparer.Ordinal)] }, token);
    }

    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    public void Revoke(DateTimeOffset now) => RevokedAt ??= now;
}

internal sealed class ApiTokenMapping : IEntityTypeConfiguration<ApiToken>
{
    public void Configure(EntityTypeBuilder<ApiToken> b)
    {
        b.ToTable("api_tokens");
        b.Property(t => t.Label).HasMaxLength(80);
        b.Property(t => t.Start).HasMaxLength(16);
        b.Property(t => t.Hash).HasMaxLength(64).IsFixedLength();
        b.HasIndex(t => t.Hash).IsUnique();
        b.HasIndex(t => t.UserId);
    }
}
