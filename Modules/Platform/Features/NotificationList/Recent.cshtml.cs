using Crm.Core;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.NotificationList;

/// <summary>What the bell shows.</summary>
[SignedIn]
internal sealed class RecentPage(PlatformDb db) : PageBase
{
    public IReadOnlyList<NotificationListPage.Line> Rows { get; private set; } = [];

    public async Task OnGetAsync()
    {
        var me = Me.Id;
        Rows = [.. (await db.Notifications.AsNoTracking().Where(n => n.UserId == me).OrderByDescending(n => n.Id).Take(8).ToListAsync()).Select(NotificationListPage.Line.Of)];
    }
}
