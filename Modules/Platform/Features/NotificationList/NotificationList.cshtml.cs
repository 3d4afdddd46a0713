using Crm.Core;
using Crm.Platform.Data;
using Crm.Platform.Reactions;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.NotificationList;

[SignedIn]
internal sealed class NotificationListPage(PlatformDb db) : PageBase
{
    private const int Size = 50;

    [BindProperty(SupportsGet = true)]
    public Guid? After { get; set; }

    public IReadOnlyList<Line> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public bool AnyUnread { get; private set; }

    public Task OnGetAsync() => LoadAsync();

    public Task<IActionResult> OnPostAsync() => Send(new ReadNotificationsCommand(null), then: () => Redirect("/notifications"));

    protected override async Task LoadAsync()
    {
        var me = Me.Id;
        var rows = db.Notifications.AsNoTracking().Where(n => n.UserId == me);
        if (After is { } after) rows = rows.Where(n => n.Id.CompareTo(after) < 0);
        var some = await rows.OrderByDescending(n => n.Id).Take(Size + 1).ToListAsync();
        Rows = [.. some.Take(Size).Select(Line.Of)];
        Next = some.Count > Size ? Rows[^1].Id.ToString() : null;
        AnyUnread = Rows.Any(r => r.Unread) || await db.Notifications.AnyAsync(n => n.UserId == me && n.ReadAt == null);
    }

    internal sealed record Line(Guid Id, string Text, string Url, string Level, DateTimeOffset At, bool Unread)
    {
        public static Line Of(Domain.Notification n) => new(n.Id, NotificationText.In(Texts.Language, n.Text, n.Args), n.Url, n.Level, n.At, n.ReadAt is null);
    }
}
