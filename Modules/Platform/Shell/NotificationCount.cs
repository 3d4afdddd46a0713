using Crm.Core;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Shell;

internal sealed class NotificationCount(PlatformDb db, ICurrentUser me) : IShellCount
{
    public string Key => "notifications";

    // Beyond a hundred nobody counts.
    public Task<int> CountAsync(CancellationToken ct)
    {
        var id = me.Id;
        return db.Notifications.Where(n => n.UserId == id && n.ReadAt == null).Take(100).CountAsync(ct);
    }
}
