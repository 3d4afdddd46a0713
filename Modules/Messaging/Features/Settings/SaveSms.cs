using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Sending;
using Crm.Web;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.Settings;

/// <summary>Sets up the SMS gateway.</summary>
[Requires(MessagingPermissions.Settings)]
internal sealed class SaveSmsCommand : ICommand
{
    public bool Active { get; set; } = true;

    [Verbatim]
    public string? Url { get; set; }

    public string Method { get; set; } = "POST";

    public SmsBodyKind BodyKind { get; set; }

    [Verbatim]
    public string? Body { get; set; } = "to={to}\ntext={text}\nkey={key}";

    [Verbatim]
    public string? Headers { get; set; }

    [DataType(DataType.Password)]
    public string? Secret { get; set; }

    public bool ForgetSecret { get; set; }

    public string? KeyHeader { get; set; } = "Idempotency-Key";

    public NumberFormat NumberFormat { get; set; } = NumberFormat.Local;

    public int StatusFrom { get; set; } = 200;

    public int StatusTo { get; set; } = 299;

    [Verbatim]
    public string? SuccessPath { get; set; }

    [Verbatim]
    public string? SuccessPattern { get; set; }

    [Verbatim]
    public string? IdPath { get; set; }

    public int Parallel { get; set; } = 16;

    public int TimeoutSeconds { get; set; } = 15;

    public int Tries { get; set; } = 8;

    public uint? Version { get; set; }
}

internal sealed class SaveSmsValidator : AbstractValidator<SaveSmsCommand>
{
    public SaveSmsValidator()
    {
        RuleFor(c => c.Url).NotEmpty().MaximumLength(2000).Must(IsUrl).WithMessage("Give an address that begins with http:// or https://.");
        RuleFor(c => c.Method).Must(m => m is "GET" or "POST").WithMessage("Choose one of the list.");
        RuleFor(c => c.BodyKind).IsInEnum().Must((c, kind) => c.Method != "GET" || kind == SmsBodyKind.Query).WithMessage("With GET the values go into the address.");
        RuleFor(c => c.Body).MaximumLength(5000);
        RuleFor(c => c.Body).Must(IsJson).When(c => c.BodyKind == SmsBodyKind.Json).WithMessage("This is not JSON. Placeholders stand inside of quotation marks.");
        RuleFor(c => c.Body).Must((c, b) => ((b ?? "") + c.Url).Contains("{to}", StringComparison.Ordinal) && ((b ?? "") + c.Url).Contains("{text}", StringComparison.Ordinal)).WithMessage("The values need {to} and {text}.");
        RuleFor(c => c.Headers).MaximumLength(4000).Must(HeadersAreWell).WithMessage("One header a line: Name: value.");
        RuleFor(c => c.Secret).MaximumLength(500);
        RuleFor(c => c.KeyHeader).MaximumLength(60).Matches("^[A-Za-z0-9-]*\\z").WithMessage("This is not the name of a header.");
        RuleFor(c => c.NumberFormat).IsInEnum();
        RuleFor(c => c.StatusFrom).InclusiveBetween(100, 599);
        RuleFor(c => c.StatusTo).InclusiveBetween(100, 599);
        RuleFor(c => c.SuccessPath).MaximumLength(200);
        RuleFor(c => c.SuccessPattern).MaximumLength(500).Must(IsPattern).WithMessage("This is not a regular expression that can be used.");
        RuleFor(c => c.IdPath).MaximumLength(200).Must(p => p is null || !p.Contains('(', StringComparison.Ordinal) || IsPattern(p)).WithMessage("This is not a regular expression that can be used.");
        RuleFor(c => c.Parallel).InclusiveBetween(1, 256);
        RuleFor(c => c.TimeoutSeconds).InclusiveBetween(1, 120);
        RuleFor(c => c.Tries).InclusiveBetween(1, 20);
    }

    internal static bool IsUrl(string? text) => text is null
        || (Uri.TryCreate(Sample(text), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0
            // A placeholder in the host would let a message choose where it goes.
            && !(text.Split('/') is [_, _, var host, ..] && host.Contains('{', StringComparison.Ordinal)));

    internal static string Sample(string text) => text.Replace("{to}", "0", StringComparison.Ordinal).Replace("{text}", "0", StringComparison.Ordinal).Replace("{key}", "0", StringComparison.Ordinal).Replace("{secret}", "0", StringComparison.Ordinal);

    private static bool IsJson(string? text)
    {
        try
        {
            using var _ = JsonDocument.Parse(Sample(text ?? ""));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool HeadersAreWell(string? text) => (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .All(l => l.IndexOf(':', StringComparison.Ordinal) is > 0 and var i && l[..i].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    private static bool IsPattern(string? text)
    {
        if (string.IsNullOrEmpty(text)) return true;
        try
        {
            HttpSmsSender.Pattern(text);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}

internal sealed class SaveSmsHandler(MessagingDb db, GatewaySecrets secrets) : IRequestHandler<SaveSmsCommand, Unit>
{
    public async Task<Unit> Handle(SaveSmsCommand c, CancellationToken cancellationToken)
    {
        await InnerHosts.RefuseAsync(db, new Uri(SaveSmsValidator.Sample(c.Url!)).IdnHost, nameof(c.Url), cancellationToken);
        var gateway = await db.Gateways.FirstOrDefaultAsync(g => g.Channel == MessageChannel.Sms, cancellationToken) ?? db.Add(new Gateway { Channel = MessageChannel.Sms }).Entity;
        if (c.Version is > 0) db.ExpectVersion(gateway, c.Version);
        gateway.Active = c.Active;
        gateway.Write(new SmsSettings
        {
            Url = c.Url!.Trim(), Method = c.Method, BodyKind = c.BodyKind, Body = c.Body ?? "", Headers = c.Headers, KeyHeader = c.KeyHeader, NumberFormat = c.NumberFormat, StatusFrom = c.StatusFrom,
            StatusTo = c.StatusTo, SuccessPath = c.SuccessPath, SuccessPattern = c.SuccessPattern, IdPath = c.IdPath, Parallel = c.Parallel, TimeoutSeconds = c.TimeoutSeconds, Tries = c.Tries,
        });
        if (!string.IsNullOrEmpty(c.Secret)) gateway.Secret = secrets.Hide(c.Secret);
        else if (c.ForgetSecret) gateway.Secret = null;
        return Unit.Value;
    }
}
