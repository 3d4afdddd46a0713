using System.Security.Claims;
using System.Text.Encodings.Web;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Domain;
using Dapper;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Crm.Platform.Access;

/// <summary>How a request says who sends it: the cookie <c>crm</c> of a signed-in browser, or <c>Authorization: Bearer</c> with an API token or a Studio token.</summary>
internal static class Schemes
{
    public const string Either = "crm";
    public const string Cookie = "crm.cookie";
    public const string Bearer = "crm.bearer";

    /// <summary>Claim with the id of the session row.</summary>
    public const string SessionClaim = "sid";

    /// <summary>Claim with the id of the API token.</summary>
    public const string TokenClaim = "tid";

    /// <summary>Claim with the stamp at sign-in, as ASP.NET Core Identity calls it; Crm.Web compares it with the user's present one.</summary>
    public const string StampClaim = "AspNet.Identity.SecurityStamp";

    /// <summary>Claim with the user whom an administrator looks at the application as; Crm.Web makes him so.</summary>
    public const string ViewClaim = "view-as";

    public static void AddSchemes(this IServiceCollection services)
    {
        services.AddAuthentication(Either)
            .AddPolicyScheme(Either, null, o => o.ForwardDefaultSelector = context =>
                // A request that names a token is judged by the token alone: a cookie beside it gives it nothing.
                context.Request.Headers.ContainsKey("Authorization") ? Bearer : Cookie)
            .AddCookie(Cookie, o =>
            {
                o.Cookie.Name = "crm";
                o.Cookie.HttpOnly = true;
                o.Cookie.SameSite = SameSiteMode.Lax;
                o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                o.Cookie.IsEssential = true;
                o.LoginPath = "/sign-in";
                o.AccessDeniedPath = "/";
                // How long is the session row's matter.
                o.ExpireTimeSpan = SessionLife.Kept;
                o.SlidingExpiration = false;
                o.Events.OnValidatePrincipal = ValidateAsync;
            })
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(Bearer, null);
    }

    public static ClaimsPrincipal Principal(Guid userId, string stamp, Guid sessionId) => new(new ClaimsIdentity(
        [new(ClaimTypes.NameIdentifier, userId.ToString()), new(StampClaim, stamp), new(SessionClaim, sessionId.ToString())], Cookie));

    public static Guid? SessionOf(ClaimsPrincipal user) => Guid.TryParse(user.FindFirstValue(SessionClaim), out var id) ? id : null;

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var sessions = context.HttpContext.RequestServices.GetRequiredService<LiveSessions>();
        if (context.Principal is not { } user || SessionOf(user) is not { } id || await sessions.FindAsync(id, context.HttpContext.RequestAborted) is not { } session)
        {
            context.RejectPrincipal();
            return;
        }

        // Kept with the session on the server, not in the cookie: it ends everywhere at once.
        if (session.Views_As is { } seen && user.Identity is ClaimsIdentity identity) identity.AddClaim(new(ViewClaim, seen.ToString()));
    }
}

/// <summary>How long a sign-in holds.</summary>
internal static class SessionLife
{
    /// <summary>A working day and the evening after; the cookie itself goes with the browser.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromHours(16);

    /// <summary>«Keep me signed in on this device».</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);
}

/// <summary>API tokens by their hash, at most five seconds old.</summary>
internal sealed class LiveTokens
{
    private readonly Snapshots<string, LiveToken?> _tokens;
    private readonly NpgsqlDataSource _source;
    private readonly TimeProvider _time;

    public LiveTokens(NpgsqlDataSource source, TimeProvider time, AccessChanges changes)
    {
        _source = source;
        _time = time;
        _tokens = new(time, LoadAsync);
        changes.On(AccessChanges.Tokens, _tokens.Clear);
    }

    /// <summary>The token's user and bounds, or null when there is none, it was revoked or has expired.</summary>
    public async ValueTask<LiveToken?> FindAsync(string token, CancellationToken ct) =>
        await _tokens.GetAsync(ApiToken.HashOf(token), ct) is { } found && (found.Expires_At is null || found.Expires_At > _time.GetUtcNow()) ? found : null;

    [BypassesSave("Notes the last use (to the minute, so it is not a write per request) while it reads.")]
    private async Task<LiveToken?> LoadAsync(string hash, CancellationToken ct)
    {
        await using var connection = await _source.OpenConnectionAsync(ct);
        return await connection.QueryFirstOrDefaultAsync<LiveToken>(new CommandDefinition("""
            with used as (
              update platform.api_tokens set last_used_at = @now
              where hash = @hash and revoked_at is null and (last_used_at is null or last_used_at < @now - interval '1 minute'))
            select id, user_id, expires_at, permissions from platform.api_tokens where hash = @hash and revoked_at is null
            """, new { hash, now = _time.GetUtcNow() }, cancellationToken: ct));
    }
}

internal sealed class LiveToken
{
    public Guid Id { get; init; }

    public Guid User_Id { get; init; }

    public DateTimeOffset? Expires_At { get; init; }

    public string[]? Permissions { get; init; }
}

/// <summary><c>Authorization: Bearer crm_…</c> (an API token) or a token of <see cref="IStudioTokens"/>, which opens only the designer's own API.</summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, LiveTokens tokens, IStudioTokens studio, IUserAccessSource users, CurrentUser current)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Start = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Start, StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
        var text = header[Start.Length..].Trim();
        if (text.Length > 4096) return AuthenticateResult.Fail("too long");
        UserAccess? access;
        var identity = new ClaimsIdentity(Scheme.Name);
        if (text.StartsWith(ApiToken.Prefix, StringComparison.Ordinal))
        {
            if (await tokens.FindAsync(text, Context.RequestAborted) is not { } token) return AuthenticateResult.Fail("unknown token");
            access = await users.FindAsync(token.User_Id, Context.RequestAborted);
            identity.AddClaim(new(Schemes.TokenClaim, token.Id.ToString()));
            if (access is not null && token.Permissions is { } narrowed)
                access = access with { IsAdministrator = false, Permissions = narrowed.Where(access.Can).ToHashSet(StringComparer.Ordinal) };
        }
        else if (Request.Path.StartsWithSegments("/elsa"))
        {
            access = await studio.ValidateAsync(text, Context.RequestAborted);
        }
        else
        {
            return AuthenticateResult.Fail("unknown token");
        }

        if (access is not { Active: true }) return AuthenticateResult.Fail("unknown token");
        current.Become(access, "api");
        identity.AddClaim(new(ClaimTypes.NameIdentifier, access.Id.ToString()));
        identity.AddClaim(new(Schemes.StampClaim, access.SecurityStamp));
        return AuthenticateResult.Success(new(new(identity), Scheme.Name));
    }
}
