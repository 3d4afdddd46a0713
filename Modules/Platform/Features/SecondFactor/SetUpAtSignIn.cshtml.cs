using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Features.SignIn;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.SecondFactor;

/// <summary>Public: the password was right, and nobody is signed in before two-factor sign-in is set up.</summary>
[Public]
internal sealed class SetUpAtSignInPage(HalfSignIns halves, IUserAccessSource users) : PageBase
{
    [BindProperty]
    public SetUpAtSignInCommand Command { get; set; } = new();

    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    public SecretShown Shown { get; private set; } = SecretShown.None;

    public IReadOnlyList<string> Codes { get; private set; } = [];

    public string Target => SignInWays.Target(Url, ReturnUrl);

    public async Task<IActionResult> OnGetAsync()
    {
        if (Me.Access is not null) return Redirect(Target);
        await LoadAsync();
        return Shown.Secret.Length == 0 ? Redirect(SignInWays.With("/sign-in", ReturnUrl)) : Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Half = Request.Cookies[SignInCookies.Half] };
        SignInAnswer? answer = null;
        var result = await Send(Command, then: a =>
        {
            answer = a;
            return Page();
        });
        if (answer is null) return Shown.Secret.Length == 0 ? Redirect("/sign-in?late=true") : result;
        if (answer.Expired) return Redirect("/sign-in?late=true");
        if (answer.UserId is { } id)
        {
            // Shown in the answer itself: they stand in no cookie and no other page.
            Codes = answer.RecoveryCodes;
            await HttpContext.OpenSessionAsync(answer, id);
            return result;
        }

        if (answer.Wait is { } wait)
        {
            ModelState.AddModelError("", this.Pause(wait));
        }
        else
        {
            ModelState.AddModelError("Command.Code", T["The code is wrong or was used already. Wait for the next one."]);
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        }

        await LoadAsync();
        return Page();
    }

    protected override async Task LoadAsync()
    {
        if (halves.Read(Request.Cookies[SignInCookies.Half], setUp: true) is not { } half || await users.FindAsync(half.UserId, HttpContext.RequestAborted) is not { Active: true } user || user.SecurityStamp != half.Stamp) return;
        (Shown, var sealedSecret) = SecretShown.Of(halves, user, Command.SetUp);
        ModelState.Remove("Command.SetUp");
        Command = Command with { SetUp = sealedSecret };
    }
}

/// <summary>A secret as the page shows it.</summary>
internal sealed record SecretShown(string Secret, string Account, QrCode Qr)
{
    public const string Issuer = "Crm";

    public static readonly SecretShown None = new("", "", new(0, ""));

    /// <summary>The secret that was shown before, so that who mistyped the code need not scan again; a new one the first time.</summary>
    public static (SecretShown Shown, string Sealed) Of(HalfSignIns halves, UserAccess user, string? before)
    {
        var secret = halves.ReadSetUp(before, user.Id, user.SecurityStamp);
        var kept = secret is not null;
        secret ??= Totp.NewSecret();
        return (new(Totp.Grouped(secret), user.UserName, QrCode.Of(Totp.Uri(Issuer, user.UserName, secret))), kept ? before! : halves.IssueSetUp(user.Id, user.SecurityStamp, secret));
    }
}
