using System.Globalization;
using System.Security.Cryptography;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace Crm.Platform.Access;

/// <summary>Signed and timed by the keys all hosts share; void with the session and the stamp it was made under.</summary>
internal sealed class StudioTokens(IDataProtectionProvider protection, IHttpContextAccessor http, LiveSessions sessions, IUserAccessSource users) : IStudioTokens
{
    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("Crm.Platform.StudioTokens").ToTimeLimitedDataProtector();

    public string Issue(UserAccess user, TimeSpan life)
    {
        ArgumentNullException.ThrowIfNull(user);
        var session = http.HttpContext is { } context ? Schemes.SessionOf(context.User) : null;
        return _protector.Protect(string.Create(CultureInfo.InvariantCulture, $"{user.Id}|{user.SecurityStamp}|{session}"), life);
    }

    public async ValueTask<UserAccess?> ValidateAsync(string token, CancellationToken ct)
    {
        string[] parts;
        try
        {
            parts = _protector.Unprotect(token).Split('|');
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }

        if (parts is not [var id, var stamp, var session] || !Guid.TryParse(id, out var userId)) return null;
        if (Guid.TryParse(session, out var sessionId) && !await sessions.IsLiveAsync(sessionId, ct)) return null;
        return await users.FindAsync(userId, ct) is { Active: true } access && access.SecurityStamp == stamp ? access : null;
    }
}
