using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Panels;

/// <summary>Messages on a contact's time line.</summary>
internal sealed class MessageTimeline(MessagingDb db, ICurrentUser me) : IContactTimeline
{
    public IReadOnlyList<(string Kind, string Title)> Kinds => [("message", "Messages")];

    public async Task<IReadOnlyList<TimelineItem>> LoadAsync(Guid contactId, DateTimeOffset? before, int take, CancellationToken ct)
    {
        if (!me.Can(MessagingPermissions.See)) return [];
        var query = db.Messages.AsNoTracking().Where(m => m.ContactId == contactId && m.State != MessageState.Draft);
        if (before is { } b) query = query.Where(m => m.CreatedAt < b);
        var rows = await query.OrderByDescending(m => m.CreatedAt).Take(take)
            .Select(m => new { m.Id, m.Channel, m.State, m.Subject, m.Format, Body = m.Body.Substring(0, 300), m.CreatedAt }).ToListAsync(ct);
        return
        [
            .. rows.Select(m => new TimelineItem(m.Id, m.CreatedAt, "message", m.Channel == MessageChannel.Sms ? "message" : "mail",
                $"{Texts.Get(Domain.Kinds.Title(m.Channel))} · {Texts.Get(Domain.Kinds.Title(m.State))}",
                m.Channel == MessageChannel.Email ? m.Subject : m.Body, null, $"/messages/{m.Id}")),
        ];
    }
}
