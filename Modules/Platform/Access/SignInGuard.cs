using System.Net;
using System.Net.Sockets;
using Crm.Data;
using Dapper;
using Npgsql;

namespace Crm.Platform.Access;

/// <summary>
/// Limits guessing without letting a stranger lock the owner out. Failures are counted per account <em>and</em> address (five, then a pause that doubles from one minute to
/// fifteen), per address over all accounts (sixty in ten minutes) and per account over all addresses (a hundred in an hour); the last limit does not hold for addresses
/// that this account signed in from before. An attempt is counted before the password is looked at, in one statement, so a hundred guesses at once are a hundred.
/// Names that do not exist are counted like those that do.
/// </summary>
internal sealed class SignInGuard(NpgsqlDataSource source, TimeProvider time)
{
    private const int PerPair = 5;
    private const int PerAddress = 60;
    private const int PerAccount = 100;

    // A code has a million values and three of them are right at a time: who has the password and guesses from everywhere finds one in a day with a chance below one in a thousand.
    private const int PerAccountCodes = 10;

    private static readonly TimeSpan s_forget = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_addressWindow = TimeSpan.FromMinutes(10);

    /// <summary>Counts an attempt as failed until <see cref="ForgetAsync"/> says otherwise.</summary>
    /// <returns>Null when it may go on; otherwise how long to wait.</returns>
    public Task<TimeSpan?> EnterAsync(string userName, IPAddress? address, CancellationToken ct) => CountAsync(userName, address, code: false, ct);

    /// <summary>The same for the code after the password. Counted apart: the right password, known to who guesses here, must not wipe out what was counted.</summary>
    public Task<TimeSpan?> EnterCodeAsync(string userName, IPAddress? address, CancellationToken ct) => CountAsync(userName, address, code: true, ct);

    [BypassesSave("The count must stand even when the sign-in fails, and be exact under many at once.")]
    private async Task<TimeSpan?> CountAsync(string userName, IPAddress? address, bool code, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var (pair, ip, account) = Keys(userName, address, code);
        await using var connection = await source.OpenConnectionAsync(ct);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition("""
            insert into platform.sign_in_failures as f (key, failures, since, blocked_until, refused)
            select k.key, 1, @now, timestamptz 'epoch', false from unnest(@keys) as k(key) order by k.key
            on conflict (key) do update set
              refused = f.blocked_until > @now,
              failures = case when f.blocked_until > @now then f.failures when f.since < @now - (case when f.key like 'i:%' then @addressWindow else @forget end) then 1 else f.failures + 1 end,
              since = case when f.blocked_until > @now then f.since when f.since < @now - (case when f.key like 'i:%' then @addressWindow else @forget end) then @now else f.since end,
              blocked_until = case
                when f.blocked_until <= @now and f.key like 'p%' and f.since >= @now - @forget and f.failures + 1 >= @PerPair
                  then @now + least(interval '1 minute' * power(2, least(f.failures + 1 - @PerPair, 10)), interval '15 minutes')
                else f.blocked_until end
            returning key, failures, blocked_until, refused
            """, new { now, keys = new[] { pair, ip, account }, forget = s_forget, addressWindow = s_addressWindow, PerPair }, cancellationToken: ct))).ToDictionary(r => r.Key);

        if (rows[pair].Refused) return rows[pair].Blocked_Until - now;
        if (rows[ip].Failures > PerAddress) return s_addressWindow;
        if (rows[account].Failures > (code ? PerAccountCodes : PerAccount))
        {
            var known = await connection.ExecuteScalarAsync<bool>(new CommandDefinition("""
                select exists (select 1 from platform.sessions s join platform.users u on u.id = s.user_id
                where u.user_name = @userName and s.address = @address and s.started_at > @now - interval '90 days')
                """, new { userName, address = Text(address), now }, cancellationToken: ct));
            if (!known) return TimeSpan.FromMinutes(15);
        }

        return null;
    }

    /// <summary>The attempt was right: it does not count, and what was counted against this account from here is forgotten.</summary>
    public Task ForgetAsync(string userName, IPAddress? address, CancellationToken ct) => UncountAsync(userName, address, code: false, ct);

    /// <summary>The code was right.</summary>
    public Task ForgetCodeAsync(string userName, IPAddress? address, CancellationToken ct) => UncountAsync(userName, address, code: true, ct);

    [BypassesSave("Counters of attempts are written beside any command, as in EnterAsync.")]
    private async Task UncountAsync(string userName, IPAddress? address, bool code, CancellationToken ct)
    {
        var (pair, ip, account) = Keys(userName, address, code);
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("""
            with gone as (delete from platform.sign_in_failures where key = @pair)
            update platform.sign_in_failures set failures = greatest(failures - 1, 0) where key in (@ip, @account)
            """, new { pair, ip, account }, cancellationToken: ct));
    }

    /// <summary>Counts that no longer matter.</summary>
    [BypassesSave("Deletes counters in bulk.")]
    public async Task PurgeAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("delete from platform.sign_in_failures where since < @before", new { before = time.GetUtcNow() - TimeSpan.FromDays(1) }, cancellationToken: ct));
    }

    /// <summary>An address as it is counted and kept: of IPv6 the /64, since one customer has that many.</summary>
    public static string Text(IPAddress? address)
    {
        if (address is null) return "unknown";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address)) return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes) + "/64";
    }

    private static (string Pair, string Address, string Account) Keys(string userName, IPAddress? address, bool code)
    {
        var ip = Text(address);
        return code ? ($"pc:{userName}|{ip}", "i:" + ip, "uc:" + userName) : ($"p:{userName}|{ip}", "i:" + ip, "u:" + userName);
    }

    private sealed class Row
    {
        public string Key { get; init; } = "";

        public int Failures { get; init; }

        public DateTimeOffset Blocked_Until { get; init; }

        public bool Refused { get; init; }
    }
}
