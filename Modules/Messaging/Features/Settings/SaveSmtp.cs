using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Sending;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.Settings;

/// <summary>Sets up the mail server.</summary>
[Requires(MessagingPermissions.Settings)]
internal sealed class SaveSmtpCommand : ICommand
{
    public bool Active { get; set; } = true;

    public string? Host { get; set; }

    public int Port { get; set; } = 587;

    public MailSecurity Security { get; set; }

    public string? UserName { get; set; }

    /// <summary>Empty leaves the stored one.</summary>
    [DataType(DataType.Password)]
    public string? Password { get; set; }

    public bool ForgetPassword { get; set; }

    public string? FromAddress { get; set; }

    public string? FromName { get; set; }

    public string? ReplyTo { get; set; }

    public string? Fingerprint { get; set; }

    public int Parallel { get; set; } = 4;

    public int TimeoutSeconds { get; set; } = 20;

    public int Tries { get; set; } = 8;

    public uint? Version { get; set; }
}

internal sealed class SaveSmtpValidator : AbstractValidator<SaveSmtpCommand>
{
    public SaveSmtpValidator()
    {
        RuleFor(c => c.Host).NotEmpty().MaximumLength(255).Matches(@"^[A-Za-z0-9.:\[\]-]+\z").WithMessage("This is not the name of a server.");
        RuleFor(c => c.Port).InclusiveBetween(1, 65535);
        RuleFor(c => c.Security).IsInEnum();
        RuleFor(c => c.UserName).MaximumLength(300);
        RuleFor(c => c.Password).MaximumLength(500);
        RuleFor(c => c.FromAddress).NotEmpty().Must(MailAddress.IsValid).WithMessage("This is not a valid e-mail address.");
        RuleFor(c => c.FromName).MaximumLength(200);
        RuleFor(c => c.ReplyTo).Must(MailAddress.IsValid).WithMessage("This is not a valid e-mail address.");
        RuleFor(c => c.Fingerprint).Must(f => string.IsNullOrEmpty(f) || SmtpConnection.Print(f).Length == 32).WithMessage("A SHA-256 fingerprint has 64 hexadecimal digits.");
        RuleFor(c => c.Parallel).InclusiveBetween(1, 64);
        RuleFor(c => c.TimeoutSeconds).InclusiveBetween(1, 120);
        RuleFor(c => c.Tries).InclusiveBetween(1, 20);
    }
}

internal sealed class SaveSmtpHandler(MessagingDb db, GatewaySecrets secrets) : IRequestHandler<SaveSmtpCommand, Unit>
{
    public async Task<Unit> Handle(SaveSmtpCommand c, CancellationToken cancellationToken)
    {
        await InnerHosts.RefuseAsync(db, c.Host!, nameof(c.Host), cancellationToken);
        var gateway = await db.Gateways.FirstOrDefaultAsync(g => g.Channel == MessageChannel.Email, cancellationToken) ?? db.Add(new Gateway { Channel = MessageChannel.Email }).Entity;
        if (c.Version is > 0) db.ExpectVersion(gateway, c.Version);
        gateway.Active = c.Active;
        gateway.Write(new SmtpSettings
        {
            Host = c.Host!, Port = c.Port, Security = c.Security, UserName = c.UserName, FromAddress = c.FromAddress!, FromName = c.FromName, ReplyTo = c.ReplyTo, Fingerprint = c.Fingerprint,
            Parallel = c.Parallel, TimeoutSeconds = c.TimeoutSeconds, Tries = c.Tries,
        });
        if (!string.IsNullOrEmpty(c.Password)) gateway.Secret = secrets.Hide(c.Password);
        else if (c.ForgetPassword) gateway.Secret = null;
        return Unit.Value;
    }
}

internal static class InnerHosts
{
    /// <summary>Says at once what could only fail later. Names are looked at again at each connection, since they may change.</summary>
    public static async Task RefuseAsync(MessagingDb db, string host, string field, CancellationToken ct)
    {
        var name = OutboundGuard.Spelling(host);
        var inner = name is "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal) || (System.Net.IPAddress.TryParse(name, out var address) && OutboundGuard.IsInner(address));
        if (inner && !await db.AllowedHosts.AnyAsync(h => h.Host == name, ct)) throw new InvalidInput(field, "“{0}” is in the inner network. An administrator can allow it on this page.", name);
    }
}
