namespace Crm.Platform.Contracts;

/// <summary>Tells people in the application: a line behind the bell and, when they are there, a toast at once.</summary>
public interface INotifier
{
    /// <summary>
    /// Adds one notification per user in the transaction of the module that calls (it is written through the outbox), so nothing is told that was not saved.
    /// </summary>
    /// <param name="users">Whom; doubles are folded.</param>
    /// <param name="text">English sentence (translation key) with {0}; shown in each one's language.</param>
    /// <param name="args">Fillers.</param>
    /// <param name="url">Where a click leads; a path of this application.</param>
    /// <param name="level">info, warning or alarm.</param>
    void Notify(IEnumerable<Guid> users, string text, IReadOnlyList<string> args, string url, string level = "info");
}

/// <summary>Told through the outbox by <see cref="INotifier"/>'s callers; Platform writes the lines and pushes them.</summary>
[Crm.Core.EventName("platform.notification-requested")]
public sealed record NotificationRequested(IReadOnlyList<Guid> Users, string Text, IReadOnlyList<string> Args, string Url, string Level) : Crm.Core.IntegrationEvent;
