using Crm.Core;

namespace Crm.Messaging.Contracts;

/// <summary>
/// Asks Messaging to write a message from a template. Told by a routine's stage and by whoever has no activity of his own; taken once per <see cref="Key"/>.
/// </summary>
/// <param name="Key">Idempotency key: the same key never makes a second message.</param>
/// <param name="TemplateId">The template; it says the channel.</param>
/// <param name="ContactId">To this customer …</param>
/// <param name="UserId">… or to this member of staff.</param>
/// <param name="JobId">The job it belongs to.</param>
/// <param name="Data">Merge data as a JSON object, beside the contact's own.</param>
[EventName("messaging.message-requested")]
public sealed record MessageRequested(Guid Key, Guid TemplateId, Guid? ContactId, Guid? UserId, Guid? JobId, string Data) : IntegrationEvent;

/// <summary>A message left the house.</summary>
[EventName("messaging.message-sent")]
public sealed record MessageSent(Guid MessageId, string Channel, Guid? ContactId, Guid? JobId) : IntegrationEvent;

/// <summary>A message could not be sent and will not be tried again by itself.</summary>
[EventName("messaging.message-failed")]
public sealed record MessageFailed(Guid MessageId, string Channel, Guid? ContactId, Guid? JobId, string Reason) : IntegrationEvent;

/// <summary>Templates, for pickers.</summary>
public interface ITemplateDirectory
{
    /// <summary>Active templates, by name.</summary>
    Task<IReadOnlyList<TemplateCard>> ListAsync(CancellationToken ct);

    /// <summary>What templates say, for whoever takes them along to another installation; unknown ids are left out.</summary>
    Task<IReadOnlyList<TemplateText>> TextsAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct);
}

/// <summary>What a template says.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">Name.</param>
/// <param name="Channel">sms or email.</param>
/// <param name="Subject">Subject of an e-mail.</param>
/// <param name="Body">The text.</param>
public sealed record TemplateText(Guid Id, string Name, string Channel, string? Subject, string Body);

/// <summary>What other modules show of a template.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">Name.</param>
/// <param name="Channel">sms or email.</param>
public sealed record TemplateCard(Guid Id, string Name, string Channel);

/// <summary>Shows what a template would say without writing a message: for dry runs of routines.</summary>
public interface ITemplatePreviews
{
    /// <summary>The filled template; null when there is no such template.</summary>
    /// <param name="templateId">The template.</param>
    /// <param name="contact">The customer, as Contacts tells; null for none.</param>
    /// <param name="recipient">Name of the one who would get it.</param>
    /// <param name="data">Merge data beside the contact's own.</param>
    /// <param name="ct">Cancels.</param>
    Task<MessagePreview?> OfAsync(Guid templateId, System.Text.Json.Nodes.JsonObject? contact, string? recipient, System.Text.Json.Nodes.JsonObject data, CancellationToken ct);
}

/// <summary>A message that was not written.</summary>
/// <param name="Template">Name of the template.</param>
/// <param name="Channel">sms or email.</param>
/// <param name="Category">What it is about: an English word, the key of its translation.</param>
/// <param name="Subject">Subject of a mail.</param>
/// <param name="Text">The text; empty when the template can't be filled.</param>
/// <param name="Parts">In how many parts an SMS travels; 1 for a mail.</param>
/// <param name="Problem">Why the template can't be filled, in the language of the moment; null when it can.</param>
public sealed record MessagePreview(string Template, string Channel, string Category, string Subject, string Text, int Parts, string? Problem);

/// <summary>Hosts of the inner network that an administrator lets the application reach.</summary>
public interface IAllowedHosts
{
    /// <summary>Their names and addresses, each in its one spelling.</summary>
    Task<IReadOnlySet<string>> AllAsync(CancellationToken ct);
}

/// <summary>
/// Asks Messaging for a template that something imported or made from a model needs. Where one of the id or of the name is there already, nothing happens.
/// </summary>
/// <param name="Id">The id that it gets.</param>
/// <param name="Name">Its name.</param>
/// <param name="Channel">sms or email.</param>
/// <param name="Subject">Subject of an e-mail.</param>
/// <param name="Body">The text.</param>
[EventName("messaging.template-wanted")]
public sealed record TemplateWanted(Guid Id, string Name, string Channel, string? Subject, string Body) : IntegrationEvent;
