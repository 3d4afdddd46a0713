using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Panels;

/// <summary>The latest messages of a contact, and what it does not want.</summary>
internal sealed class MessagesPanel(MessagingDb db) : IContactPanel
{
    public string Key => "messages";

    public string Title => "Messages";

    public int Order => 60;

    public string Place => "side";

    public string? Permission => MessagingPermissions.See;

    public async Task<object?> LoadAsync(Guid contactId, CancellationToken ct)
    {
        var rows = await db.Messages.AsNoTracking().Where(m => m.ContactId == contactId).OrderByDescending(m => m.CreatedAt).Take(8)
            .Select(m => new Row(m.Id, m.Channel, m.State, m.Channel == MessageChannel.Email ? m.Subject : m.Body.Substring(0, 80), m.SentAt ?? m.CreatedAt, null))
            .ToListAsync(ct);
        var off = await db.OptOuts.AsNoTracking().Where(o => o.ContactId == contactId).Select(o => o.Channel).ToListAsync(ct);
        return new Model(contactId, rows, off);
    }

    public IEnumerable<GlanceFact> Glance(Guid contactId, object model)
    {
        if (((Model)model).Rows is not [var last, ..]) return [];
        return [new("Last message", last.Text.Length > 0 ? last.Text : Texts.Get(Kinds.Title(last.Channel)), $"/messages/{last.Id}", last.State == MessageState.Failed ? "red" : null, last.At)];
    }

    internal sealed record Model(Guid ContactId, IReadOnlyList<Row> Rows, IReadOnlyList<MessageChannel> Off);

    internal sealed record Row(Guid Id, MessageChannel Channel, MessageState State, string Text, DateTimeOffset At, string? Reason);
}
