using System.Security.Claims;
using Crm.Core;
using Crm.Data;
using Crm.Web;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Platform.Access;

/// <summary>
/// Cuts the live connections of this host whose session ended, whose token was revoked, whose user was deactivated or lost the right. Looks when it is told of a change and every two seconds besides,
/// past all snapshots: so a word that got lost costs no more than that.
/// </summary>
internal sealed partial class ConnectionGuard : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    private readonly LiveConnections _live;
    private readonly NpgsqlDataSource _source;
    private readonly IUserAccessSource _users;
    private readonly TimeProvider _time;
    private readonly ILogger<ConnectionGuard> _log;
    private readonly SemaphoreSlim _told = new(0, 1);

    public ConnectionGuard(LiveConnections live, NpgsqlDataSource source, AccessChanges changes, IUserAccessSource users, TimeProvider time, ILogger<ConnectionGuard> log)
    {
        (_live, _source, _users, _time, _log) = (live, source, users, time, log);
        foreach (var topic in (string[])[AccessChanges.Users, AccessChanges.Sessions, AccessChanges.Tokens]) changes.On(topic, Wake);
    }

    public override void Dispose()
    {
        _told.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await _told.WaitAsync(s_pause, stoppingToken);
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (DatabaseFailures.IsTransient(e))
            {
                NotLooked(_log, e);
            }
        }
    }

    private void Wake()
    {
        try
        {
            _told.Release();
        }
        catch (SemaphoreFullException)
        {
            // Told already.
        }
        catch (ObjectDisposedException)
        {
            // The host stops, and with it every connection.
        }
    }

    [BypassesSave("Three indexed reads by a singleton that no scope owns.")]
    private async Task LookAsync(CancellationToken ct)
    {
        var open = _live.Open;
        if (open.Count == 0) return;
        await using var connection = await _source.OpenConnectionAsync(ct);
        Guid[] Ids(string claim) => [.. open.Select(c => Id(c.User, claim)).OfType<Guid>().Distinct()];
        using var answers = await connection.QueryMultipleAsync(new CommandDefinition("""
            select id, security_stamp from platform.users where id = any(@users) and active;
            select id from platform.sessions where id = any(@sessions) and ended_at is null and expires_at > @now;
            select id from platform.api_tokens where id = any(@tokens) and revoked_at is null and (expires_at is null or expires_at > @now);
            """, new { users = Ids(ClaimTypes.NameIdentifier), sessions = Ids(Schemes.SessionClaim), tokens = Ids(Schemes.TokenClaim), now = _time.GetUtcNow() }, cancellationToken: ct));
        var users = (await answers.ReadAsync<(Guid Id, string Stamp)>()).ToDictionary(u => u.Id, u => u.Stamp);
        var sessions = (await answers.ReadAsync<Guid>()).ToHashSet();
        var tokens = (await answers.ReadAsync<Guid>()).ToHashSet();
        foreach (var c in open)
        {
            var stands = Id(c.User, ClaimTypes.NameIdentifier) is { } user && users.TryGetValue(user, out var stamp)
                && (c.User.FindFirstValue(Schemes.StampClaim) is not { } then || then == stamp)
                && (Id(c.User, Schemes.SessionClaim) is not { } session || sessions.Contains(session))
                && (Id(c.User, Schemes.TokenClaim) is not { } token || tokens.Contains(token))
                && (c.Permissions.Count == 0 || (await _users.FindAsync(user, ct) is { } access && c.Permissions.All(access.Can)));
            if (!stands) c.Cut();
        }
    }

    private static Guid? Id(ClaimsPrincipal user, string claim) => Guid.TryParse(user.FindFirstValue(claim), out var id) ? id : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Open connections could not be looked through; tried again in two seconds")]
    private static partial void NotLooked(ILogger log, Exception e);
}
