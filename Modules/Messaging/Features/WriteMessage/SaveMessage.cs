using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Sending;
using Crm.Messaging.Templates;
using Crm.Messaging.Writing;
using Crm.Web;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.WriteMessage;

/// <summary>Keeps a message as a draft, or sends it.</summary>
[Requires(MessagingPermissions.Send)]
internal sealed record SaveMessageCommand : ICommand<Guid>
{
    public Guid? Id { get; set; }

    public MessageChannel Channel { get; set; }

    public Guid? ContactId { get; set; }

    /// <summary>Telephone or e-mail address; the contact's own when empty.</summary>
    public string? Address { get; set; }

    public Guid? TemplateId { get; set; }

    public MessageCategory Category { get; set; }

    [Verbatim]
    public string? Subject { get; set; }

    [Verbatim]
    public string? Body { get; set; }

    public BodyFormat Format { get; set; }

    public string Language { get; set; } = "fa";

    public bool Send { get; set; }

    public uint? Version { get; set; }
}

internal sealed class SaveMessageValidator : AbstractValidator<SaveMessageCommand>
{
    public SaveMessageValidator()
    {
        RuleFor(c => c.Channel).IsInEnum();
        RuleFor(c => c.Category).IsInEnum();
        RuleFor(c => c.Format).IsInEnum();
        RuleFor(c => c.Language).Must(l => l is "fa" or "en").WithMessage("Choose one of the list.");
        RuleFor(c => c.Address).MaximumLength(320);
        RuleFor(c => c.Subject).MaximumLength(500);
        RuleFor(c => c.Body).MaximumLength(TemplateText.MaxLength);
        RuleFor(c => c.Body).NotEmpty().When(c => c.Send);
        RuleFor(c => c.Subject).NotEmpty().When(c => c.Send && c.Channel == MessageChannel.Email);
        RuleFor(c => c.Body).Must(b => b!.Length <= TemplateRenderer.MaxSms).When(c => c.Channel == MessageChannel.Sms && c.Body is not null).WithMessage("An SMS has at most 1,600 characters.");
    }
}

internal sealed class SaveMessageHandler(MessagingDb db, MessageWriter writer, IContactDirectory contacts) : IRequestHandler<SaveMessageCommand, Guid>
{
    public async Task<Guid> Handle(SaveMessageCommand c, CancellationToken cancellationToken)
    {
        var card = c.ContactId is { } contact
            ? (await contacts.CardsAsync([contact], cancellationToken)).GetValueOrDefault(contact) ?? throw new InvalidInput(nameof(c.ContactId), "This record does not exist or is not yours to see.")
            : null;
        var address = Normalize(c, card);
        // Who does not see the customer's number writes to it all the same.
        if (address.Length == 0 && c.ContactId is { } unseen) address = await writer.AddressOfAsync(unseen, c.Channel, cancellationToken) ?? "";
        var message = c.Id is { } id
            ? await db.Messages.FirstOrDefaultAsync(m => m.Id == id, cancellationToken) ?? throw new NotFound("message", id)
            : db.Add(new OutgoingMessage { Channel = c.Channel, BranchId = card?.BranchId ?? Guid.Empty }).Entity;
        if (message.State != MessageState.Draft) throw new RuleBroken("message.no-draft", "Only a draft can be changed.");
        if (c.Id is not null) db.ExpectVersion(message, c.Version);
        message.ContactId = c.ContactId;
        message.Address = address;
        message.RecipientName = card?.Name ?? "";
        message.TemplateId = c.TemplateId;
        message.Category = c.Category;
        message.Subject = message.Channel == MessageChannel.Email ? MessageText.Line(c.Subject) : "";
        message.Body = MessageText.Body(c.Body);
        message.Format = message.Channel == MessageChannel.Email ? c.Format : BodyFormat.Text;
        message.Language = c.Language;
        if (!c.Send) return message.Id;

        if (address.Length == 0)
        {
            throw new InvalidInput(card is null ? nameof(c.ContactId) : nameof(c.Address), card is null ? "Choose a contact or give an address."
                : message.Channel == MessageChannel.Sms ? Reasons.NoMobile : Reasons.NoEmail);
        }

        await writer.ReleaseAsync(message, cancellationToken);
        if (message.State == MessageState.Suppressed) throw new InvalidInput(nameof(c.ContactId), Reasons.OptedOut);
        return message.Id;
    }

    private static string Normalize(SaveMessageCommand c, ContactCard? card)
    {
        if (string.IsNullOrWhiteSpace(c.Address)) return (c.Channel == MessageChannel.Sms ? card?.Mobile : card?.Email) ?? "";
        if (c.Channel == MessageChannel.Sms)
            return PhoneNumber.TryParse(c.Address, out var number) ? number.Value : throw new InvalidInput(nameof(c.Address), "This is not a telephone number.");
        return MailAddress.Is(c.Address) ? c.Address : throw new InvalidInput(nameof(c.Address), "This is not a valid e-mail address.");
    }
}
