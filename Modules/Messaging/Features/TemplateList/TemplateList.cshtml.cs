using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Templates;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.TemplateList;

[Requires(MessagingPermissions.Templates)]
internal sealed class TemplateListPage(MessagingDb db, IContactDirectory contacts) : PageBase
{
    // Names of fields are longer as they are written than as they are shown.
    private const int Read = 400, Shown = 160;
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

        var titles = MergeFields.All(contacts).ToDictionary(f => f.Path, f => T[f.Title].ToString(), StringComparer.Ordinal);
        var rows = await query.OrderByDescending(t => t.Active).ThenBy(t => t.Name).Take(Most)
            .Select(t => new Row(t.Id, t.Name, t.Channel, t.Category, t.Language, t.Active, t.Channel == MessageChannel.Email ? t.Subject : t.Body.Substring(0, Read), t.UpdatedAt)).ToListAsync();
        Rows = [.. rows.Select(r => r with { Text = MergeFields.Readable(r.Text, titles) is var text && text.Length > Shown ? text[..Shown] + "…" : text })];
    }

    internal sealed record Row(Guid Id, string Name, MessageChannel Channel, MessageCategory Category, string Language, bool Active, string Text, DateTimeOffset UpdatedAt);
}
