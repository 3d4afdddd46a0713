using Crm.Core;
using Crm.Data;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.ShowMessage;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.MessageList;

[Requires(MessagingPermissions.See)]
internal sealed class MessageListPage(MessagingDb db, DiskRoom room) : PageBase
{
    private const int Size = 50;
    private const int CountTo = 1000;

    /// <summary>all, underway, sent, failed, drafts or others.</summary>
    [BindProperty(SupportsGet = true, Name = "tab")]
    public string? AskedTab { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    [BindProperty(SupportsGet = true)]
    public MessageChannel? Channel { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Contact { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? After { get; set; }

    public string Tab { get; private set; } = "all";

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    /// <summary>How many stand in each tab that wants attention; counting stops at a thousand.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; private set; } = new Dictionary<string, int>();

    /// <summary>Channels on which messages wait because nothing is set up.</summary>
    public IReadOnlyList<MessageChannel> WaitingOn { get; private set; } = [];

    /// <summary>Nothing is sent, since the disk is nearly full.</summary>
    public bool IsPaused => room.IsLow;

    public Task OnGetAsync() => LoadAsync();

    [Requires(MessagingPermissions.Send)]
    public Task<IActionResult> OnPostRetryAsync(Guid id) => Send(new RetryMessageCommand(id), then: () =>
    {
        Toast("The message is tried again.");
        return Redirect("/messages?tab=failed");
    });

    protected override async Task LoadAsync()
    {
        Tab = AskedTab is "underway" or "sent" or "failed" or "drafts" or "others" ? AskedTab : "all";
        var query = db.Messages.AsNoTracking();
        query = Tab switch
        {
            "underway" => query.Where(m => m.State == MessageState.Waiting || m.State == MessageState.Queued || m.State == MessageState.Sending),
            "sent" => query.Where(m => m.State == MessageState.Sent),
            "failed" => query.Where(m => m.State == MessageState.Failed),
            "drafts" => query.Where(m => m.State == MessageState.Draft),
            "others" => query.Where(m => m.State == MessageState.Suppressed || m.State == MessageState.Cancelled),
            _ => query,
        };
        if (Channel is { } channel) query = query.Where(m => m.Channel == channel);
        if (Contact is { } contact) query = query.Where(m => m.ContactId == contact);
        if (!string.IsNullOrWhiteSpace(Q))
        {
            var like = "%" + Q.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%";
            var number = PhoneNumber.TryParse(Q, out var n) ? n.Value : null;
            query = query.Where(m => EF.Functions.ILike(m.RecipientName, like) || EF.Functions.ILike(m.Address, like) || m.Address == number || EF.Functions.ILike(m.Subject, like));
        }

        // Ids rise with time, so they are the cursor too.
        if (After is { } after) query = query.Where(m => m.Id.CompareTo(after) < 0);
        var rows = await query.OrderByDescending(m => m.Id).Take(Size + 1)
            .Select(m => new Row(m.Id, m.Channel, m.State, m.RecipientName, m.Address, m.ContactId, m.Channel == MessageChannel.Email ? m.Subject : m.Body.Substring(0, 100), m.Reason, m.Attempts, m.CreatedAt, m.SentAt, m.DueAt))
            .ToListAsync();
        Rows = rows.Count > Size ? rows[..Size] : rows;
        Next = rows.Count > Size ? Rows[^1].Id.ToString() : null;
        Counts = new Dictionary<string, int>
        {
            ["underway"] = await db.Messages.Where(m => m.State == MessageState.Waiting || m.State == MessageState.Queued || m.State == MessageState.Sending).Take(CountTo).CountAsync(),
            ["failed"] = await db.Messages.Where(m => m.State == MessageState.Failed).Take(CountTo).CountAsync(),
            ["drafts"] = await db.Messages.Where(m => m.State == MessageState.Draft).Take(CountTo).CountAsync(),
        };
        if (Counts["underway"] > 0)
        {
            var ready = await db.Gateways.Where(g => g.Active).Select(g => g.Channel).ToListAsync();
            WaitingOn = [.. Enum.GetValues<MessageChannel>().Except(ready)];
            if (WaitingOn.Count > 0)
            {
                var waits = await db.Messages.Where(m => m.State == MessageState.Waiting && WaitingOn.Contains(m.Channel)).Select(m => m.Channel).Distinct().ToListAsync();
                WaitingOn = [.. WaitingOn.Where(waits.Contains)];
            }
        }
    }

    internal sealed record Row(Guid Id, MessageChannel Channel, MessageState State, string Recipient, string Address, Guid? ContactId, string Text, string? Reason, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? SentAt, DateTimeOffset DueAt);
}
