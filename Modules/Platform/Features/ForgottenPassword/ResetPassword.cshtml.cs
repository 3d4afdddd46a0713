using Crm.Core;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.ForgottenPassword;

/// <summary>Public: the secret of the link says who it is.</summary>
[Public]
internal sealed class ResetPasswordPage(PlatformDb db, TimeProvider time) : PageBase
{
    [BindProperty]
    public ResetPasswordCommand Command { get; set; } = new();

    /// <summary>The secret, as it stands in the link.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Token { get; set; }

    public bool Works { get; private set; }

    public async Task OnGetAsync()
    {
        Command = new() { Token = Token ?? "" };
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync() => Send(Command, then: () =>
    {
        Toast("The password was changed. Sign in with it.");
        return Redirect("/sign-in");
    });

    // Looking at a link does not use it up: programs that check mails for viruses look too.
    protected override async Task LoadAsync() => Works = await ResetTokens.FindAsync(db, Command.Token, time.GetUtcNow(), HttpContext.RequestAborted) is not null;
}
