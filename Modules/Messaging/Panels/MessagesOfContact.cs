using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Panels;

/// <summary>Whether a contact has messages that the user may see, asked once for the panel and the time line of a page: most have none.</summary>
internal sealed class MessagesOfContact(MessagingDb db)
{
    private static readonly Func<MessagingDb, Guid, CancellationToken, Task<bool>> s_any = EF.CompileAsyncQuery((MessagingDb db, Guid contactId, CancellationToken ct) => db.Messages.Any(m => m.ContactId == contactId));

    private static readonly Func<MessagingDb, Guid, IAsyncEnumerable<MessageChannel>> s_off = EF.CompileAsyncQuery((MessagingDb db, Guid contactId) => db.OptOuts.Where(o => o.ContactId == contactId).Select(o => o.Channel));

    private static readonly Func<MessagingDb, Guid, IAsyncEnumerable<MessagesPanel.Row>> s_latest = EF.CompileAsyncQuery((MessagingDb db, Guid contactId) =>
        db.Messages.Where(m => m.ContactId == contactId).OrderByDescending(m => m.CreatedAt).Take(8)
            .Select(m => new MessagesPanel.Row(m.Id, m.Channel, m.State, m.Channel == MessageChannel.Email ? m.Subject : m.Body.Substring(0, 80), m.SentAt ?? m.CreatedAt, null)));

    private (Guid Contact, bool Any)? _known;

    public async Task<bool> AnyAsync(Guid contactId, CancellationToken ct)
    {
        if (_known is not { } known || known.Contact != contactId) _known = known = (contactId, await s_any(db, contactId, ct));
        return known.Any;
    }

    /// <summary>The newest eight.</summary>
    public async Task<IReadOnlyList<MessagesPanel.Row>> LatestAsync(Guid contactId, CancellationToken ct) => await AnyAsync(contactId, ct) ? await s_latest(db, contactId).ToListAsync(ct) : [];

    /// <summary>Channels by which the contact wants nothing.</summary>
    public async Task<IReadOnlyList<MessageChannel>> OffAsync(Guid contactId, CancellationToken ct) => await s_off(db, contactId).ToListAsync(ct);
}
