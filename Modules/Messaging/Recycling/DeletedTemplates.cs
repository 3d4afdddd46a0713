using Crm.Core;
using Crm.Data;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Recycling;

internal sealed class DeletedTemplates(MessagingDb db, ICurrentUser me) : Recyclable<MessageTemplate>(db, me)
{
    public override string Key => "templates";

    public override string Title => "Message templates";

    public override string One => "Message template";

    public override string Permission => MessagingPermissions.Templates;

    public override string PurgePermission => MessagingPermissions.Purge;

    protected override IQueryable<DeletedRecord> Show(IQueryable<MessageTemplate> deleted) =>
        deleted.Select(t => new DeletedRecord { Id = t.Id, Title = t.Name, DeletedAt = t.DeletedAt, DeletedBy = t.DeletedBy, DeletionId = t.DeletionId });
}

/// <summary>Messages with a contact keep it; a template may go, what was sent keeps its own words.</summary>
internal sealed class MessagingDependants(MessagingDb db) : IDependants
{
    public async Task<IReadOnlyList<Dependant>> OfAsync(string kind, IReadOnlyCollection<Guid> ids, int take, CancellationToken ct)
    {
        if (kind != "contacts") return [];
        var contacts = ids.ToArray();
        var messages = await db.Messages.IgnoreQueryFilters().Where(m => m.ContactId != null && contacts.Contains(m.ContactId.Value)).OrderByDescending(m => m.Id).Take(take)
            .Select(m => new { m.Id, m.ContactId, m.RecipientName, m.Address }).ToListAsync(ct);
        return [.. messages.Select(m => new Dependant(m.ContactId!.Value, m.Id, "Message", m.RecipientName.Length > 0 ? m.RecipientName : m.Address, $"/messages/{m.Id}", MessagingPermissions.See))];
    }
}
