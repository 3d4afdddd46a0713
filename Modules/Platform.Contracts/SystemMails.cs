using Crm.Core;

namespace Crm.Platform.Contracts;

/// <summary>
/// Asks for a mail whose text is nobody's to read but its recipient's: a link that opens something. The text comes sealed with the application's keys for as long as it is good for anything; it is opened
/// at the moment of sending, and erased when the mail was sent or given up. Queue, retries and log are those of every message.
/// </summary>
/// <param name="Key">Idempotency key: the same key never makes a second mail.</param>
/// <param name="UserId">The member of staff it goes to.</param>
/// <param name="Address">His address.</param>
/// <param name="Name">His name.</param>
/// <param name="Subject">Subject: readable, so without a secret.</param>
/// <param name="SealedText">The text, by a time-limited protector for <see cref="Purpose"/>.</param>
/// <param name="Language">fa or en.</param>
[EventName("platform.system-mail-requested")]
public sealed record SystemMailRequested(Guid Key, Guid UserId, string Address, string Name, string Subject, string SealedText, string Language) : IntegrationEvent
{
    /// <summary>Purpose of the data protection that seals the text.</summary>
    public const string Purpose = "Crm.SystemMail";
}
