using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SecondFactor;

[SignedIn]
internal sealed class TwoFactorSignInPage(PlatformDb db, TwoFactors factors, HalfSignIns halves, TimeProvider time) : PageBase
{
    [BindProperty]
    public TurnOnTwoFactorCommand Command { get; set; } = new();

    [BindProperty]
    public TurnOffTwoFactorCommand OffCommand { get; set; } = new();

    [BindProperty]
    public RenewCodesCommand RenewCommand { get; set; } = new();

    /// <summary>Since when it is on.</summary>
    public DateTimeOffset? Since { get; private set; }

    public bool Demanded { get; private set; }

    public int Left { get; private set; }

    public SecretShown Shown { get; private set; } = SecretShown.None;

    /// <summary>Recovery codes made just now: shown in the answer itself, they stand in no cookie and no other page.</summary>
    public IReadOnlyList<string> Codes { get; private set; } = [];

    public IReadOnlyList<Browser> Browsers { get; private set; } = [];

    public Task OnGetAsync() => LoadAsync();

    public Task<IActionResult> OnPostAsync() => Send(Command, then: Show);

    public Task<IActionResult> OnPostCodesAsync() => Send(RenewCommand, then: Show);

    public Task<IActionResult> OnPostOffAsync() => Send(OffCommand, then: () =>
    {
        Toast("Two-factor sign-in is off.");
        return Redirect("/profile");
    });

    public Task<IActionResult> OnPostForgetAsync(Guid? browser) => Send(new ForgetBrowserCommand(browser), then: () =>
    {
        Toast("A code is asked for there again.");
        return Redirect("/profile/two-factor");
    });

    protected override async Task LoadAsync()
    {
        var me = Me.Access!;
        var user = await db.Users.IgnoreQueryFilters([Filters.Branch]).AsNoTracking().FirstAsync(u => u.Id == me.Id, HttpContext.RequestAborted);
        Since = user.TwoFactorSince;
        if (Since is null)
        {
            (Shown, var sealedSecret) = SecretShown.Of(halves, me, Command.SetUp);
            ModelState.Remove("Command.SetUp");
            Command = Command with { SetUp = sealedSecret };
            return;
        }

        Demanded = await factors.DemandedAsync(user, HttpContext.RequestAborted);
        Left = await factors.CodesLeftAsync(user.Id, HttpContext.RequestAborted);
        var now = time.GetUtcNow();
        Browsers = await db.TrustedBrowsers.Where(t => t.UserId == user.Id && t.Stamp == user.SecurityStamp && t.ExpiresAt > now).OrderByDescending(t => t.Id).Take(50)
            .Select(t => new Browser(t.Id, t.Agent ?? "", t.Address, t.TrustedAt, t.ExpiresAt)).ToListAsync(HttpContext.RequestAborted);
    }

    private Microsoft.AspNetCore.Mvc.RazorPages.PageResult Show(IReadOnlyList<string> codes)
    {
        Codes = codes;
        return Page();
    }

    internal sealed record Browser(Guid Id, string Agent, string Address, DateTimeOffset TrustedAt, DateTimeOffset ExpiresAt);
}
