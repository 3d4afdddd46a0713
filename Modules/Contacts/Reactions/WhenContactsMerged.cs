using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Features.MergeContacts;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Reactions;

/// <summary>Files hang on the contact that stayed.</summary>
internal sealed class WhenContactsMerged(ContactsDb db, IFileStore files) : IReactTo<ContactsMerged>
{
    public async Task ReactAsync(ContactsMerged e, EventInfo info, CancellationToken ct)
    {
        // Undone before its turn came: they stay where they are.
        if (await db.Merges.AnyAsync(m => m.Id == e.MergeId && m.UndoneAt == null, ct)) await files.MoveAsync("contacts.contact", e.FromId, e.IntoId, null, ct);
    }
}

/// <summary>Files that hung on the other before the merge go back to it.</summary>
internal sealed class WhenContactsUnmerged(ContactsDb db, IFileStore files) : IReactTo<ContactsUnmerged>
{
    public async Task ReactAsync(ContactsUnmerged e, EventInfo info, CancellationToken ct)
    {
        if (await db.Merges.Where(m => m.Id == e.MergeId).Select(m => m.Kept).SingleOrDefaultAsync(ct) is { } kept)
            await files.MoveAsync("contacts.contact", e.IntoId, e.FromId, MergeKept.Read(kept).Files, ct);
    }
}
