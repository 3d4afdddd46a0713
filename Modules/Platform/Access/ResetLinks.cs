using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace Crm.Platform.Access;

/// <summary>
/// Links that set a forgotten password. They lead to the address in the settings, never to one that a request names: who asks with a Host header of his own would get the secret sent to his server.
/// </summary>
internal sealed class ResetLinks(IConfiguration configuration, IDataProtectionProvider protection)
{
    private readonly IDataProtector _asked = protection.CreateProtector("Crm.Platform.PasswordResetAsked");
    private readonly ITimeLimitedDataProtector _mail = protection.CreateProtector(SystemMailRequested.Purpose).ToTimeLimitedDataProtector();
    private readonly Uri? _address = Uri.TryCreate(configuration["Crm:PublicUrl"], UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : null;

    /// <summary>Whether links can be made: without a public address an administrator sets forgotten passwords.</summary>
    public bool Work => _address is not null;

    public string Of(string token) => new Uri(_address!, "/sign-in/reset?token=" + token).ToString();

    public string Hide(string typed) => _asked.Protect(typed);

    public string Show(string hidden) => _asked.Unprotect(hidden);

    /// <summary>The text of a mail, for the one who sends it and only while the link works.</summary>
    public string Seal(string text) => _mail.Protect(text, PasswordReset.Life);
}

/// <summary>Somebody typed a name at the page for forgotten passwords. The page knows no more, so that it answers alike for everybody.</summary>
/// <param name="Typed">The name or address, hidden: it may be a password typed in the wrong place.</param>
[EventName("platform.password-reset-asked")]
internal sealed record PasswordResetAsked(string Typed) : IntegrationEvent;

/// <summary>Finds who was meant, makes the link and has it sent.</summary>
internal sealed class WhenPasswordResetAsked(PlatformDb db, ResetLinks links, IEventSink events, TimeProvider time) : IReactTo<PasswordResetAsked>
{
    // Somebody who floods another's mailbox gets this far in an hour.
    private const int MaxPerHour = 3;

    // One address may be that of several users (an office's): each gets his own link, which says whose it is.
    private const int MaxUsers = 3;

    public async Task ReactAsync(PasswordResetAsked e, EventInfo info, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (!links.Work || now - info.OccurredAt > PasswordReset.Life) return;
        var typed = links.Show(e.Typed).ToLowerInvariant();
        var found = await db.Users.IgnoreQueryFilters([Filters.Branch]).AsNoTracking()
            .Where(u => u.Active && u.Email != null && u.Email != "" && (u.UserName == typed || u.Email.ToLower() == typed)).OrderBy(u => u.UserName).Take(MaxUsers).ToListAsync(ct);
        foreach (var user in found)
        {
            if (await db.PasswordResets.CountAsync(r => r.UserId == user.Id && r.CreatedAt > now.AddHours(-1), ct) >= MaxPerHour) continue;
            var (reset, token) = PasswordReset.Make(user.Id, now);
            db.PasswordResets.Add(reset);
            string In(string key, params object?[] args) => Texts.In(user.Language, key, args);
            var text = string.Join("\n\n",
                In("Hello {0},", user.Name),
                In("Somebody, probably you, said at the sign-in page that the password of «{0}» is forgotten. This link sets a new one; it works once, for half an hour:", user.UserName),
                links.Of(token),
                In("If it was not you, do nothing: your password stays as it is."));
            events.Tell(new SystemMailRequested(reset.Id, user.Id, user.Email!, user.Name, In("Set a new password"), links.Seal(text), user.Language), user.BranchId);
        }
    }
}
