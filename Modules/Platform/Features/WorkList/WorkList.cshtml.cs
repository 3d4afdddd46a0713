using Crm.Core;
using Crm.Platform.Background;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.WorkList;

/// <summary>My long work: what waits, what is under way, what came of the rest.</summary>
[SignedIn]
internal sealed class WorkListPage(PlatformDb db, WorkKinds kinds) : PageBase
{
    private const int Size = 30;

    [BindProperty(SupportsGet = true)]
    public Guid? After { get; set; }

    public IReadOnlyList<BackgroundState> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    /// <summary>Something will change by itself.</summary>
    public bool IsLive => Rows.Any(r => !r.IsOver);

    public Task OnGetAsync() => LoadAsync();

    public Task<IActionResult> OnPostCancelAsync(Guid run) => Send(new CancelWorkCommand(run), then: () => Redirect("/work"));

    protected override async Task LoadAsync()
    {
        var me = Me.Id;
        var rows = db.Work.AsNoTracking().Where(w => w.UserId == me);
        if (After is { } after) rows = rows.Where(w => w.Id.CompareTo(after) < 0);
        var some = await rows.OrderByDescending(w => w.Id).Take(Size + 1).ToListAsync();
        Rows = [.. some.Take(Size).Select(w => WorkJson.State(w, kinds))];
        Next = some.Count > Size ? Rows[^1].Id.ToString() : null;
    }
}
