using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Reactions;

/// <summary>Writes the lines behind the bells. They are pushed by an event of their own, so that nothing is pushed before it is committed.</summary>
internal sealed class WhenNotificationRequested(PlatformDb db, IEventSink events) : IReactTo<NotificationRequested>
{
    public async Task ReactAsync(NotificationRequested e, EventInfo info, CancellationToken ct)
    {
        // An event told by the system within one branch still reaches people of another.
        var active = await db.Users.IgnoreQueryFilters([Filters.Branch]).Where(u => e.Users.Contains(u.Id) && u.Active).Select(u => u.Id).ToListAsync(ct);
        foreach (var user in active) db.Notifications.Add(new Notification(user, e.Text, e.Args, e.Url, e.Level, info.OccurredAt));
        if (active.Count > 0) events.Tell(new NotificationsWritten(active, e.Text, e.Args, e.Url, e.Level));
    }
}

/// <summary>Notifications are committed and can be pushed.</summary>
[EventName("platform.notifications-written")]
internal sealed record NotificationsWritten(IReadOnlyList<Guid> Users, string Text, IReadOnlyList<string> Args, string Url, string Level) : IntegrationEvent;

[ReachesOut]
internal sealed class WhenNotificationsWritten(ILivePush live, IUserAccessSource users) : IReactTo<NotificationsWritten>
{
    public async Task ReactAsync(NotificationsWritten e, EventInfo info, CancellationToken ct)
    {
        var byLanguage = new Dictionary<string, List<Guid>>(StringComparer.Ordinal);
        foreach (var id in e.Users)
        {
            if (await users.FindAsync(id, ct) is not { } user) continue;
            if (!byLanguage.TryGetValue(user.Language, out var some)) byLanguage[user.Language] = some = [];
            some.Add(id);
        }

        foreach (var (language, some) in byLanguage)
            await live.PushAsync(some, "notification", new { text = NotificationText.In(language, e.Text, e.Args), url = e.Url, level = e.Level }, ct);
    }
}

/// <summary>A notification as it is read.</summary>
internal static class NotificationText
{
    public static string In(string language, string text, IEnumerable<string> args)
    {
        var shown = Texts.In(language, text, [.. args.Select(a => language == "fa" ? Persian(a) : a)]);
        return shown.Length > 600 ? shown[..600] : shown;
    }

    // Arguments are text of records: their digits follow the reader's language, but not those of a name that is written in Latin letters, such as a file's.
    private static string Persian(string arg) => string.Join(' ', arg.Split(' ').Select(word => word.Any(char.IsAsciiLetter) ? word : PersianText.PersianDigits(word)));
}
