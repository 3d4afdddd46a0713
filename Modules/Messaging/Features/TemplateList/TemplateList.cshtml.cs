using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.TemplateList;

[Requires(MessagingPermissions.Templates)]
internal sealed class TemplateListPage(MessagingDb db) : PageBase
{
    private const int Most = 500;

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public async Task OnGetAsync()
    {
        var query = db.Templates.AsNoTracking();
        if (!string.IsNullOrWhiteSpace(Q))
        {
            var like = LikePattern.Anywhere(Q);
            query = query.Where(t => EF.Functions.ILike(t.Name, like) || EF.Functions.ILike(t.Body, like));
        }

        Rows = await query.OrderByDescending(t => t.Active).ThenBy(t => t.Name).Take(Most)
            .Select(t => new Row(t.Id, t.Name, t.Channel, t.Category, t.Language, t.Active, t.Channel == MessageChannel.Email ? t.Subject : t.Body.Substring(0, 120), t.UpdatedAt)).ToListAsync();
    }

    internal sealed record Row(Guid Id, string Name, MessageChannel Channel, MessageCategory Category, string Language, bool Active, string Text, DateTimeOffset UpdatedAt);
}
