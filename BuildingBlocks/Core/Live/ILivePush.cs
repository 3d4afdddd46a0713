namespace Crm.Core;

/// <summary>Tells open pages of some users that something happened, on whichever host they are connected.</summary>
public interface ILivePush
{
    /// <summary>Sends to every open page of the users. Best effort: who is not there gets nothing, and the page shows the same after a reload.</summary>
    /// <param name="userIds">Who is told.</param>
    /// <param name="topic">What happened: lower-case words and dashes, for example <c>worklist</c> or <c>notification</c>.</param>
    /// <param name="payload">Serialised to JSON; small (under 4 KB), nothing the user may not see. Null for none.</param>
    Task PushAsync(IReadOnlyCollection<Guid> userIds, string topic, object? payload = null, CancellationToken ct = default);
}

/// <summary>
/// The end of <see cref="ILivePush"/> within one host. Who carries messages between hosts implements <see cref="ILivePush"/> by telling all hosts,
/// and each host hands what it hears to this.
/// </summary>
public interface ILocalLivePush
{
    /// <summary>Sends to the pages connected to this host.</summary>
    /// <param name="userIds">Who is told.</param>
    /// <param name="topic">What happened.</param>
    /// <param name="payloadJson">Payload as JSON text, or null.</param>
    Task PushHereAsync(IReadOnlyCollection<Guid> userIds, string topic, string? payloadJson, CancellationToken ct = default);
}
