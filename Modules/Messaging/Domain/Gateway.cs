using System.Text.Json;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Messaging.Domain;

/// <summary>The way out for one channel. The password lies apart, encrypted; it is never shown again.</summary>
internal sealed class Gateway : Entity, IStamped, IVersioned
{
    public MessageChannel Channel { get; init; }

    public bool Active { get; set; }

    /// <summary><see cref="SmtpSettings"/> or <see cref="SmsSettings"/> as JSON, without secrets.</summary>
    public string Settings { get; private set; } = "{}";

    /// <summary>Encrypted by data protection; null for none.</summary>
    [Secret]
    public string? Secret { get; set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public T Read<T>() where T : class, new() => JsonSerializer.Deserialize<T>(Settings, JsonSerializerOptions.Web) ?? new T();

    public void Write<T>(T settings) where T : class => Settings = JsonSerializer.Serialize(settings, JsonSerializerOptions.Web);
}

/// <summary>How the connection to the mail server is secured.</summary>
internal enum MailSecurity
{
    /// <summary>TLS after the greeting; refused where the server does not offer it.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,
    None,
}

/// <summary>How much is tried, and how hard.</summary>
internal abstract record GatewaySettings
{
    /// <summary>Messages under way at the same time.</summary>
    public int Parallel { get; init; } = 8;

    /// <summary>Seconds until an answer is given up.</summary>
    public int TimeoutSeconds { get; init; } = 15;

    /// <summary>Tries before a message has failed.</summary>
    public int Tries { get; init; } = 8;
}

internal sealed record SmtpSettings : GatewaySettings
{
    public string Host { get; init; } = "";

    public int Port { get; init; } = 587;

    public MailSecurity Security { get; init; }

    public string? UserName { get; init; }

    public string FromAddress { get; init; } = "";

    public string? FromName { get; init; }

    public string? ReplyTo { get; init; }

    /// <summary>SHA-256 of the server's certificate, for a server whose certificate no authority signed.</summary>
    public string? Fingerprint { get; init; }
}

internal enum SmsBodyKind
{
    /// <summary>Lines <c>name=value</c>, sent as a form.</summary>
    Form,

    /// <summary>A JSON text.</summary>
    Json,

    /// <summary>Lines <c>name=value</c>, appended to the address.</summary>
    Query,
}

internal enum NumberFormat
{
    /// <summary>+989123456789</summary>
    International,

    /// <summary>989123456789</summary>
    Digits,

    /// <summary>09123456789</summary>
    Local,
}

internal sealed record SmsSettings : GatewaySettings
{
    /// <summary>Address; <c>{to} {text} {key} {secret}</c> are filled in, encoded for an address.</summary>
    public string Url { get; init; } = "";

    public string Method { get; init; } = "POST";

    public SmsBodyKind BodyKind { get; init; }

    /// <summary>With <c>{to} {text} {key} {secret}</c>, encoded for where they stand.</summary>
    public string Body { get; init; } = "";

    /// <summary>Lines <c>Name: value</c>.</summary>
    public string? Headers { get; init; }

    /// <summary>Header that carries the idempotency key; empty for none.</summary>
    public string? KeyHeader { get; init; } = "Idempotency-Key";

    public NumberFormat NumberFormat { get; init; } = NumberFormat.Local;

    public int StatusFrom { get; init; } = 200;

    public int StatusTo { get; init; } = 299;

    /// <summary>Path in a JSON answer (<c>result.status</c>, <c>entries.0.ok</c>) whose value the pattern must match; empty for the whole answer.</summary>
    public string? SuccessPath { get; init; }

    /// <summary>Regular expression; empty to go by the status alone.</summary>
    public string? SuccessPattern { get; init; }

    /// <summary>Path in a JSON answer, or a regular expression with one group, that gives the provider's id.</summary>
    public string? IdPath { get; init; }
}

/// <summary>A host of the inner network that an administrator allowed to be reached.</summary>
internal sealed class AllowedHost : Entity, IStamped
{
    /// <summary>Name or address in the spelling of <see cref="Uri.IdnHost"/>, lower case.</summary>
    public string Host { get; init; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }
}

/// <summary>A contact does not want messages on a channel.</summary>
internal sealed class OptOut : Entity, IStamped
{
    public Guid ContactId { get; init; }

    public MessageChannel Channel { get; init; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }
}

internal sealed class GatewayMapping : IEntityTypeConfiguration<Gateway>
{
    public void Configure(EntityTypeBuilder<Gateway> b)
    {
        b.ToTable("gateways");
        b.Property(g => g.Settings).HasColumnType("jsonb");
        b.Property(g => g.Secret).HasColumnType("text");
        b.HasIndex(g => g.Channel).IsUnique();
    }
}

internal sealed class AllowedHostMapping : IEntityTypeConfiguration<AllowedHost>
{
    public void Configure(EntityTypeBuilder<AllowedHost> b)
    {
        b.ToTable("allowed_hosts");
        b.Property(h => h.Host).HasMaxLength(255);
        b.HasIndex(h => h.Host).IsUnique();
    }
}

internal sealed class OptOutMapping : IEntityTypeConfiguration<OptOut>
{
    public void Configure(EntityTypeBuilder<OptOut> b)
    {
        b.ToTable("opt_outs");
        b.HasIndex(o => new { o.ContactId, o.Channel }).IsUnique();
    }
}
