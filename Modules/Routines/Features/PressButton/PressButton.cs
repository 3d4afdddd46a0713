using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Activities.Triggers;
using FluentValidation;
using MediatR;

namespace Crm.Routines.Features.PressButton;

/// <summary>Somebody presses a button that a routine drew on the customer's page.</summary>
[Requires(RoutinesPermissions.Start)]
internal sealed record PressButtonCommand : ICommand
{
    public Guid ContactId { get; set; }

    public string Button { get; set; } = "";
}

internal sealed class PressButtonValidator : AbstractValidator<PressButtonCommand>
{
    public PressButtonValidator()
    {
        RuleFor(c => c.ContactId).NotEmpty();
        RuleFor(c => c.Button).NotEmpty().MaximumLength(200);
    }
}

internal sealed class PressButtonHandler(IEventSink events, CustomerButtons buttons, IContactDirectory contacts, ICurrentUser user) : IRequestHandler<PressButtonCommand, Unit>
{
    public async Task<Unit> Handle(PressButtonCommand request, CancellationToken cancellationToken)
    {
        if (!(await contacts.CardsAsync([request.ContactId], cancellationToken)).ContainsKey(request.ContactId)) throw new NotFound("contact", request.ContactId);
        // Only what stands there for this user and this customer: another name is no button, whatever was sent.
        if (!(await buttons.OfAsync(request.ContactId, hasJobs: true, cancellationToken)).Contains(request.Button)) throw new RuleBroken("button.none", "There is no button “{0}” for you on this customer’s page.", request.Button);
        var payload = new JsonObject { ["button"] = request.Button, ["contactId"] = request.ContactId, ["by"] = user.Id };
        events.Tell(new TriggerFired(ButtonPressed.TypeName, request.ContactId, payload.ToJsonString()));
        return Unit.Value;
    }
}
