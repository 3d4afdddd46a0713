using Crm.Core;
using Crm.Data;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Sending;
using FluentValidation;
using MediatR;

namespace Crm.Messaging.Features.Settings;

/// <summary>Lets gateways of the inner network be reached, one host at a time.</summary>
[Requires(MessagingPermissions.AllowHosts)]
[Unique("ux_allowed_hosts_host", nameof(Host), "This host is allowed already.")]
internal sealed class AllowHostCommand : ICommand
{
    public string? Host { get; set; }
}

internal sealed class AllowHostValidator : AbstractValidator<AllowHostCommand>
{
    public AllowHostValidator() => RuleFor(c => c.Host).NotEmpty().MaximumLength(255).Matches(@"^[A-Za-z0-9.:\[\]-]+\z").WithMessage("This is not the name of a server.");
}

internal sealed class AllowHostHandler(MessagingDb db) : IRequestHandler<AllowHostCommand, Unit>
{
    public Task<Unit> Handle(AllowHostCommand request, CancellationToken cancellationToken)
    {
        db.Add(new AllowedHost { Host = OutboundGuard.Spelling(request.Host!) });
        return Unit.Task;
    }
}
