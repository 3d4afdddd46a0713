using Crm.Core;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Tokens;

[SignedIn]
internal sealed class TokensPage(PlatformDb db, TimeProvider time) : PageBase
{
    [BindProperty]
    public CreateTokenCommand Command { get; set; } = new();

    public string? Made { get; private set; }

    public IReadOnlyList<TokenRow> Rows { get; private set; } = [];

    public Task OnGetAsync() => LoadAsync();

    public async Task<IActionResult> OnPostAsync()
    {
        string? token = null;
        var result = await Send(Command, then: t =>
        {
            token = t;
            return Page();
        });
        if (token is null) return result;
        // Shown in the answer itself: it stands in no cookie and no other page.
        Made = token;
        Command = new();
        ModelState.Clear();
        await LoadAsync();
        return result;
    }

    public Task<IActionResult> OnPostRevokeAsync(Guid token) => Send(new RevokeTokenCommand(token), then: () =>
    {
        Toast("The token was revoked.");
        return Redirect("/profile/tokens");
    });

    protected override async Task LoadAsync()
    {
        var me = Me.Id;
        Rows = await TokenRow.LoadAsync(db.ApiTokens.Where(t => t.UserId == me), db, time.GetUtcNow());
    }
}

internal sealed record TokenRow(Guid Id, string Label, string User, string Start, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt, bool Expired)
{
    public static async Task<IReadOnlyList<TokenRow>> LoadAsync(IQueryable<Domain.ApiToken> tokens, PlatformDb db, DateTimeOffset now) =>
        await tokens.Join(db.Users, t => t.UserId, u => u.Id, (t, u) => new { Token = t, u.Name })
            .OrderBy(x => x.Token.RevokedAt != null).ThenByDescending(x => x.Token.Id).Take(500)
            .Select(x => new TokenRow(x.Token.Id, x.Token.Label, x.Name, x.Token.Start, x.Token.CreatedAt, x.Token.ExpiresAt, x.Token.LastUsedAt, x.Token.RevokedAt, x.Token.ExpiresAt != null && x.Token.ExpiresAt < now))
            .ToListAsync();
}
