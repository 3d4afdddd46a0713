using Crm.Core;
using Crm.Platform.Contracts;

namespace Crm.Platform.Notifying;

internal sealed class Notifier(IEventSink events) : INotifier
{
    public void Notify(IEnumerable<Guid> users, string text, IReadOnlyList<string> args, string url, string level = "info")
    {
        if (level is not ("info" or "warning" or "alarm")) throw new ArgumentOutOfRangeException(nameof(level), level, "info, warning or alarm");
        if (url is not ['/', ..] || url.StartsWith("//", StringComparison.Ordinal)) throw new ArgumentException("A path of this application.", nameof(url));
        var whom = users.Distinct().ToList();
        if (whom.Count > 0) events.Tell(new NotificationRequested(whom, text, args, url, level));
    }
}
