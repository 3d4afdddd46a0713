using Crm.Core;
using Crm.Data;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Records;
using Crm.Web;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.MessageList;

[Requires(MessagingPermissions.See)]
internal sealed class MessageListPage(RecordLists lists, MessagingDb db, DiskRoom room) : RecordListPage(lists)
{
    private const int CountTo = 1000;

    protected override string Record => MessageRecords.RecordKey;

    /// <summary>Channels on which messages wait because nothing is set up.</summary>
    public IReadOnlyList<MessageChannel> WaitingOn { get; private set; } = [];

    /// <summary>Nothing is sent, since the disk is nearly full.</summary>
    public bool IsPaused => room.IsLow;

    public override async Task OnGetAsync(CancellationToken ct)
    {
        await base.OnGetAsync(ct);
        // What wants attention is counted, up to a thousand; what has ended well is not.
        var underway = await db.Messages.Where(m => m.State == MessageState.Waiting || m.State == MessageState.Queued || m.State == MessageState.Sending).Take(CountTo).CountAsync(ct);
        Counts = new Dictionary<string, int>
        {
            ["tab.underway"] = underway,
            ["tab.failed"] = await db.Messages.Where(m => m.State == MessageState.Failed).Take(CountTo).CountAsync(ct),
            ["tab.drafts"] = await db.Messages.Where(m => m.State == MessageState.Draft).Take(CountTo).CountAsync(ct),
        };
        if (underway == 0) return;
        var ready = await db.Gateways.Where(g => g.Active).Select(g => g.Channel).ToListAsync(ct);
        WaitingOn = [.. Enum.GetValues<MessageChannel>().Except(ready)];
        if (WaitingOn.Count == 0) return;
        var waits = await db.Messages.Where(m => m.State == MessageState.Waiting && WaitingOn.Contains(m.Channel)).Select(m => m.Channel).Distinct().ToListAsync(ct);
        WaitingOn = [.. WaitingOn.Where(waits.Contains)];
    }
}
