using Crm.Messaging.Domain;

namespace Crm.Messaging.Sending;

internal enum SendEnd
{
    /// <summary>The gateway has taken it.</summary>
    Accepted,

    /// <summary>It will never take this message.</summary>
    Refused,

    /// <summary>Not now, through no fault of the gateway: a full mailbox, greylisting.</summary>
    Later,

    /// <summary>The gateway itself is in trouble; counts for the circuit breaker.</summary>
    Trouble,
}

/// <summary>What came of one try.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Reason">English sentence (translation key); null when accepted.</param>
/// <param name="Detail">What the other side said, shortened; never with secrets.</param>
/// <param name="ProviderId">The provider's id.</param>
internal sealed record SendResult(SendEnd End, string? Reason = null, string? Detail = null, string? ProviderId = null)
{
    public static SendResult Trouble(string reason, string? detail = null) => new(SendEnd.Trouble, reason, Short(detail));

    public static SendResult Refused(string reason, string? detail = null) => new(SendEnd.Refused, reason, Short(detail));

    /// <summary>At most 500 characters on one line.</summary>
    public static string? Short(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var line = new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]).Trim();
        return line.Length > 500 ? line[..500] : line;
    }
}

/// <summary>What a sender needs of a message.</summary>
internal sealed record Letter(Guid Id, string Address, string RecipientName, string Subject, string Body, BodyFormat Format, string Language);

/// <summary>Hands messages to one gateway. Made for one state of its settings; thread-safe.</summary>
internal interface IMessageSender : IAsyncDisposable
{
    Task<SendResult> SendAsync(Letter letter, CancellationToken ct);
}
