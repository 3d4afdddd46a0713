using Crm.Core;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.NotificationList;

/// <summary>Marks one of my notifications as read and goes where it leads. A link, so that it works in a new tab as well; reading twice changes nothing.</summary>
[SignedIn]
internal sealed class OpenNotificationPage(PlatformDb db) : PageBase
{
    public async Task<IActionResult> OnGetAsync(Guid id)
    {
        var me = Me.Id;
        var url = await db.Notifications.Where(n => n.Id == id && n.UserId == me).Select(n => n.Url).FirstOrDefaultAsync(HttpContext.RequestAborted) ?? throw new NotFound("notification", id);
        await Mediator.Send(new ReadNotificationsCommand(id), HttpContext.RequestAborted);
        return LocalRedirect(url);
    }
}
