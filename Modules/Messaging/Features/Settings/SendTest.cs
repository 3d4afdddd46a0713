using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Sending;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.Settings;

/// <summary>Sends one message at once by the stored settings and says what the gateway answered; nothing of it is kept.</summary>
[Requires(MessagingPermissions.Settings)]
internal sealed class SendTestCommand : ICommand<SendResult>
{
    public MessageChannel Channel { get; set; }

    public string? To { get; set; }
}

internal sealed class SendTestValidator : AbstractValidator<SendTestCommand>
{
    public SendTestValidator()
    {
        RuleFor(c => c.Channel).IsInEnum();
        RuleFor(c => c.To).NotEmpty().MaximumLength(320);
        RuleFor(c => c.To).Must(t => t is null || PhoneNumber.IsValid(t)).When(c => c.Channel == MessageChannel.Sms).WithMessage("This is not a telephone number.");
        RuleFor(c => c.To).Must(MailAddress.IsValid).When(c => c.Channel == MessageChannel.Email).WithMessage("This is not a valid e-mail address.");
    }
}

internal sealed class SendTestHandler(MessagingDb db, GatewaySecrets secrets, TimeProvider clock) : IRequestHandler<SendTestCommand, SendResult>
{
    public async Task<SendResult> Handle(SendTestCommand request, CancellationToken cancellationToken)
    {
        var gateway = await db.Gateways.AsNoTracking().FirstOrDefaultAsync(g => g.Channel == request.Channel, cancellationToken) ?? throw new RuleBroken("gateway.none", Reasons.NoGateway);
        var allowed = await db.AllowedHosts.Select(h => h.Host).ToListAsync(cancellationToken);
        await using var sender = Gateways.Make(gateway, secrets.Show(gateway.Secret), allowed.ToHashSet(StringComparer.Ordinal), clock);
        return await sender.SendAsync(new(Guid.CreateVersion7(), request.To!, "", Texts.Get("Test message"), Texts.Get("This message shows that the sending of messages works."), BodyFormat.Text, Texts.Language), cancellationToken);
    }
}
