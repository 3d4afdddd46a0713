using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Templates;
using Crm.Messaging.Writing;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.EditTemplate;

/// <summary>Sends the template, filled with a contact's data, to the user himself.</summary>
[Requires(MessagingPermissions.Templates)]
internal sealed record SendTemplateToMeCommand(Guid TemplateId, Guid? ContactId) : ICommand<Guid>;

internal sealed class SendTemplateToMeValidator : AbstractValidator<SendTemplateToMeCommand>
{
    public SendTemplateToMeValidator() => RuleFor(c => c.TemplateId).NotEmpty();
}

internal sealed class SendTemplateToMeHandler(MessagingDb db, MessageWriter writer, TemplateRenderer renderer, IContactDirectory contacts, ICurrentUser me) : IRequestHandler<SendTemplateToMeCommand, Guid>
{
    public async Task<Guid> Handle(SendTemplateToMeCommand request, CancellationToken cancellationToken)
    {
        var template = await db.Templates.FirstOrDefaultAsync(t => t.Id == request.TemplateId, cancellationToken) ?? throw new NotFound("template", request.TemplateId);
        var user = me.Id is { } id ? await writer.UserAsync(id, cancellationToken) : null;
        var address = (template.Channel == MessageChannel.Sms ? user?.Mobile : user?.Email)
            ?? throw new RuleBroken("message.no-own-address", template.Channel == MessageChannel.Sms ? "Your profile has no mobile number." : "Your profile has no e-mail address.");
        var card = request.ContactId is { } c ? (await contacts.CardsAsync([c], cancellationToken)).GetValueOrDefault(c) : null;
        Rendered filled;
        try
        {
            filled = renderer.Render(MessageWriter.Content(template), await writer.DataAsync(new(card?.Id, null), card, card is null ? user : null, null, template.Language, cancellationToken));
        }
        catch (TemplateProblem e)
        {
            throw new InvalidInput("Body", e.Message, e.Args);
        }

        var message = new OutgoingMessage
        {
            Channel = template.Channel, UserId = me.Id, RecipientName = user!.Name, Address = address, TemplateId = template.Id, Category = template.Category, Format = template.Format,
            Language = template.Language, Subject = filled.Subject, Body = filled.Body,
        };
        db.Add(message);
        await writer.ReleaseAsync(message, cancellationToken);
        return message.Id;
    }
}
