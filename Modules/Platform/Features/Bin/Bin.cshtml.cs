using System.Globalization;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Jobs;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.Bin;

/// <summary>What was deleted. One sees what one deleted oneself, and of others what one has the right to delete.</summary>
[SignedIn]
internal sealed class BinPage(RecycleBin bin, IUserDirectory users, ISettings settings) : PageBase
{
    private const int Size = 30;

    [BindProperty(SupportsGet = true)]
    public string? Kind { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? By { get; set; }

    /// <summary>Ticks of the moment before which deletions are shown.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    public IReadOnlyList<Deletion> Rows { get; private set; } = [];

    public IReadOnlyDictionary<Guid, string> Names { get; private set; } = new Dictionary<Guid, string>();

    public IReadOnlyList<IRecyclable> Kinds => bin.Kinds;

    public string? Next { get; private set; }

    public int Days { get; private set; }

    /// <summary>What keeps a deletion, after somebody wanted it gone for good.</summary>
    public IReadOnlyList<Dependant> Kept { get; private set; } = [];

    public Guid? KeptOf { get; private set; }

    public bool Filtered => !string.IsNullOrEmpty(Kind) || !string.IsNullOrEmpty(Q) || By is not null;

    public bool MayPurge(Deletion deletion) => deletion.Records.All(r => Me.Can(r.Kind.PurgePermission));

    public async Task OnGetAsync() => await LoadAsync();

    public Task<IActionResult> OnPostRestoreAsync(Guid deletion) => Send(new RestoreDeletionCommand(deletion), then: title =>
    {
        Toast("“{0}” is back.", title);
        return Redirect("/bin");
    });

    public Task<IActionResult> OnPostUndoAsync(Guid record, string? to) => Send(new RestoreDeletionCommand(Guid.Empty, record), then: title =>
    {
        Toast("“{0}” is back.", title);
        return Redirect(Url.IsLocalUrl(to) ? to : "/bin");
    });

    [Requires(PlatformPermissions.ManageSettings)]
    public Task<IActionResult> OnPostRulesAsync(int days) => Send(new SaveBinRulesCommand(days), then: () =>
    {
        Toast("Saved.");
        return Redirect("/bin");
    });

    public async Task<IActionResult> OnPostPurgeAsync(Guid deletion)
    {
        IReadOnlyList<Dependant> kept = [];
        var answer = await Send(new PurgeDeletionCommand(deletion), then: left =>
        {
            kept = left;
            if (left.Count == 0) Toast("Removed for good.");
            return Redirect("/bin");
        });
        if (kept.Count == 0) return answer;
        await LoadAsync();
        (Kept, KeptOf) = (kept, deletion);
        Response.StatusCode = StatusCodes.Status409Conflict;
        return Page();
    }

    protected override async Task LoadAsync()
    {
        var before = long.TryParse(After, CultureInfo.InvariantCulture, out var ticks) && ticks > 0 && ticks < DateTime.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : (DateTimeOffset?)null;
        var found = await bin.ListAsync(new(Size + 1, before, Q is { Length: > 100 } ? Q[..100] : Q, By: By), string.IsNullOrEmpty(Kind) ? null : Kind, HttpContext.RequestAborted);
        Rows = [.. found.Take(Size)];
        Next = found.Count > Size ? Rows[^1].At.UtcTicks.ToString(CultureInfo.InvariantCulture) : null;
        Names = (await users.CardsAsync([.. Rows.Where(r => r.By is not null).Select(r => r.By!.Value).Distinct()], HttpContext.RequestAborted)).ToDictionary(u => u.Key, u => u.Value.Name);
        Days = (await settings.GetAsync<BinRules>(BinRules.Key, HttpContext.RequestAborted)).Days;
    }
}
