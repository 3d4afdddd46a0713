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
