using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Panels;

/// <summary>Messages on a contact's time line.</summary>
internal sealed class MessageTimeline(MessagingDb db, MessagesOfContact known, ICurrentUser me) : IContactTimeline
{
    public IReadOnlyList<(string Kind, string Title)> Kinds => [("message", "Messages")];

    public async Task<IReadOnlyList<TimelineItem>> LoadAsync(TimelineWish wish, CancellationToken ct)
    {
        if (!me.Can(MessagingPermissions.See) || !wish.Wants("message") || !await known.AnyAsync(wish.ContactId, ct)) return [];
        var query = db.Messages.AsNoTracking().Where(m => m.ContactId == wish.ContactId && m.State != MessageState.Draft);
        if (wish.Before is { } before) query = query.Where(m => m.CreatedAt < before);
        if (wish.From is { } from) query = query.Where(m => m.CreatedAt >= from);
        if (wish.PersonId is { } person) query = query.Where(m => m.CreatedBy == person);
        if (wish.Pattern is { } text) query = query.Where(m => EF.Functions.Like(ModuleDb.Fold(m.Subject)!, text) || EF.Functions.Like(ModuleDb.Fold(m.Body)!, text));
        var rows = await query.OrderByDescending(m => m.CreatedAt).Take(wish.Take)
            .Select(m => new { m.Id, m.Channel, m.State, m.Subject, m.Format, Body = m.Body.Substring(0, 300), m.CreatedAt }).ToListAsync(ct);
        return
        [
            .. rows.Select(m => new TimelineItem(m.Id, m.CreatedAt, "message", m.Channel == MessageChannel.Sms ? "message" : "mail",
                $"{Texts.Get(Domain.Kinds.Title(m.Channel))} · {Texts.Get(Domain.Kinds.Title(m.State))}",
                m.Channel == MessageChannel.Email ? m.Subject : m.Body, null, $"/messages/{m.Id}")),
        ];
    }
}
