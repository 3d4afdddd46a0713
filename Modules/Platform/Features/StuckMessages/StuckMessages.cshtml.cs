using Crm.Core;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.StuckMessages;

[Requires(PlatformPermissions.ManageOutbox)]
internal sealed class StuckMessagesPage(PlatformDb db) : PageBase
{
    private const int Size = 50;

    [BindProperty]
    public DiscardMessageCommand Command { get; set; } = new();

    [BindProperty(SupportsGet = true)]
    public Guid? After { get; set; }

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public int Waiting { get; private set; }

    public Task OnGetAsync() => LoadAsync();

    public Task<IActionResult> OnPostRetryAsync(Guid? message) => Send(new RetryMessageCommand(message), then: n =>
    {
        Toast("{0} messages are delivered again.", n);
        return Redirect("/settings/outbox");
    });

    public Task<IActionResult> OnPostDiscardAsync() => Send(Command, then: () =>
    {
        Toast("The message was discarded.");
        return Redirect("/settings/outbox");
    });

    protected override async Task LoadAsync()
    {
        var rows = db.Outbox.AsNoTracking().Where(o => o.Attempts > 0);
        if (After is { } after) rows = rows.Where(o => o.Id.CompareTo(after) > 0);
        var some = await rows.OrderBy(o => o.Id).Take(Size + 1).Select(o => new Row(o.Id, o.Name, o.Reactor, o.OccurredAt, o.Attempts, o.Stuck, o.Error, o.Payload)).ToListAsync();
        Rows = [.. some.Take(Size)];
        Next = some.Count > Size ? Rows[^1].Id.ToString() : null;
        Waiting = await db.Outbox.Take(1000).CountAsync();
    }

    internal sealed record Row(Guid Id, string Name, string Reactor, DateTimeOffset OccurredAt, int Attempts, bool Stuck, string? Error, string Payload);
}
