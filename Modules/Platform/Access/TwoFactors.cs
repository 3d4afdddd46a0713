using System.Globalization;
using System.Security.Cryptography;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Access;

/// <summary>What administrators demand at the door.</summary>
internal sealed class SignInRules
{
    public const string Key = "platform.sign-in";

    /// <summary>Nobody comes in without a code.</summary>
    public bool TwoFactorForAll { get; set; }

    /// <summary>Nobody with one of these roles does.</summary>
    public List<Guid> TwoFactorRoles { get; set; } = [];

    public bool Demand(User user) => TwoFactorForAll || user.RoleIds.Exists(TwoFactorRoles.Contains);
}

/// <summary>
/// What is between the password and the code, and between a secret that is shown and one that counts: texts that only this application can make and read, bound to the user's stamp.
/// They open nothing. Nothing of it is stored: who never finishes leaves no trace.
/// </summary>
internal sealed class HalfSignIns(IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>How long the code may take.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    /// <summary>Setting up takes longer: the app may have to be installed first.</summary>
    public static readonly TimeSpan SetUpLife = TimeSpan.FromMinutes(15);

    private readonly IDataProtector _half = protection.CreateProtector("Crm.Platform.HalfSignIn");
    private readonly IDataProtector _setUp = protection.CreateProtector("Crm.Platform.TwoFactorSetUp");

    public string Issue(User user, bool keep, bool setUp) => Make(_half, user.Id, user.SecurityStamp, setUp ? SetUpLife : Life, (keep ? "k" : "-") + (setUp ? "s" : "c"));

    /// <summary>Null when it is none of ours, too old or for the other page.</summary>
    public HalfSignIn? Read(string? token, bool setUp) =>
        Open(_half, token) is ({ } user, { } stamp, ['k' or '-', 's' or 'c'] what) && what[1] == 's' == setUp ? new(user, stamp, what[0] == 'k') : null;

    public string IssueSetUp(Guid userId, string stamp, string secret) => Make(_setUp, userId, stamp, TimeSpan.FromHours(1), secret);

    /// <summary>The secret that was shown, or null when the text was made for somebody else, before a new password, or too long ago.</summary>
    public string? ReadSetUp(string? token, Guid userId, string stamp) => Open(_setUp, token) is ({ } user, { } then, { } secret) && user == userId && then == stamp ? secret : null;

    private string Make(IDataProtector protector, Guid user, string stamp, TimeSpan life, string what) =>
        protector.Protect(string.Create(CultureInfo.InvariantCulture, $"{user:N}|{stamp}|{(time.GetUtcNow() + life).ToUnixTimeSeconds()}|{what}"));

    // The time is the application's own (TimeProvider), which the time-limited protector of the framework does not know.
    private (Guid? User, string? Stamp, string? What) Open(IDataProtector protector, string? token)
    {
        if (string.IsNullOrEmpty(token)) return default;
        try
        {
            return protector.Unprotect(token).Split('|') is [var id, var stamp, var until, var what] && Guid.TryParse(id, out var user)
                && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && time.GetUtcNow() < DateTimeOffset.FromUnixTimeSeconds(seconds) ? (user, stamp, what) : default;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return default;
        }
    }
}

/// <summary>Somebody whose password was right.</summary>
internal sealed record HalfSignIn(Guid UserId, string Stamp, bool Keep);

/// <summary>The second factor of a user: secret, codes, recovery codes, trusted browsers.</summary>
internal sealed class TwoFactors(PlatformDb db, IDataProtectionProvider protection, ISettings settings, TimeProvider time)
{
    public const int Codes = 10;

    private readonly IDataProtector _protector = protection.CreateProtector("Crm.Platform.TwoFactor");

    public async Task<bool> DemandedAsync(User user, CancellationToken ct) => (await settings.GetAsync<SignInRules>(SignInRules.Key, ct)).Demand(user);

    /// <summary>Six digits, typed as people type them: «123 456», ۱۲۳۴۵۶.</summary>
    public static string Clean(string? code)
    {
        var latin = PersianText.LatinDigits(code ?? "");
        return new([.. latin.Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant)]);
    }

    /// <summary>Turns it on with a secret whose code was shown to be known, and makes recovery codes. False when the code is wrong.</summary>
    public async Task<IReadOnlyList<string>?> TurnOnAsync(User user, string secret, string? code, CancellationToken ct)
    {
        if (Clean(code) is not { Length: Totp.Digits } digits || Totp.StepOf(secret, digits, time.GetUtcNow()) is not { } step) return null;
        await RemoveAsync(user, ct);
        db.TwoFactors.Add(new(user.Id, _protector.Protect(secret), step));
        user.TurnOnTwoFactor(time.GetUtcNow());
        return AddCodes(user.Id);
    }

    public async Task TurnOffAsync(User user, CancellationToken ct)
    {
        await RemoveAsync(user, ct);
        user.TurnOffTwoFactor();
    }

    /// <summary>The old ones are worth nothing from here on.</summary>
    public async Task<IReadOnlyList<string>> RenewCodesAsync(Guid userId, CancellationToken ct)
    {
        db.RecoveryCodes.RemoveRange(await db.RecoveryCodes.Where(c => c.UserId == userId).ToListAsync(ct));
        return AddCodes(userId);
    }

    /// <summary>Takes a code of the app or a recovery code, each once.</summary>
    public async Task<Factor> TakeAsync(Guid userId, string? code, CancellationToken ct)
    {
        var clean = Clean(code);
        if (clean.Length != Totp.Digits) return await TakeRecoveryAsync(userId, clean, ct) ? Factor.Recovery : Factor.Wrong;
        return clean.All(char.IsAsciiDigit) && await TakeTotpAsync(userId, clean, ct) ? Factor.App : Factor.Wrong;
    }

    public async Task<int> CodesLeftAsync(Guid userId, CancellationToken ct) => await db.RecoveryCodes.CountAsync(c => c.UserId == userId && c.UsedAt == null, ct);

    /// <summary>Whether this browser was trusted by this user, since his last new password.</summary>
    public async Task<bool> IsTrustedAsync(User user, string? token, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(token)) return false;
        var (hash, now) = (TrustedBrowser.HashOf(token), time.GetUtcNow());
        return await db.TrustedBrowsers.AnyAsync(t => t.Hash == hash && t.UserId == user.Id && t.Stamp == user.SecurityStamp && t.ExpiresAt > now, ct);
    }

    // Saved past the pipeline in one statement: of two that bring the same code at the same moment one must lose, and a code that was looked at is spent whatever becomes of the rest.
    [BypassesSave("A code is spent at once and exactly once, also when many bring it at the same moment.")]
    private async Task<bool> TakeTotpAsync(Guid userId, string code, CancellationToken ct)
    {
        if (await db.TwoFactors.AsNoTracking().FirstOrDefaultAsync(t => t.UserId == userId, ct) is not { } factor) return false;
        string secret;
        try
        {
            secret = _protector.Unprotect(factor.Secret);
        }
        catch (CryptographicException)
        {
            // The key ring is gone (a database brought back without it): nobody knows the secret any more; an administrator turns it off.
            return false;
        }

        return Totp.StepOf(secret, code, time.GetUtcNow()) is { } step
            && await db.TwoFactors.Where(t => t.UserId == userId && t.LastStep < step).ExecuteUpdateAsync(s => s.SetProperty(t => t.LastStep, step), ct) == 1;
    }

    [BypassesSave("A recovery code is spent at once and exactly once.")]
    private async Task<bool> TakeRecoveryAsync(Guid userId, string code, CancellationToken ct)
    {
        if (code.Length != 16) return false;
        var (hash, now) = (RecoveryCode.HashOf(userId, code), time.GetUtcNow());
        return await db.RecoveryCodes.Where(c => c.UserId == userId && c.Hash == hash && c.UsedAt == null).ExecuteUpdateAsync(s => s.SetProperty(c => c.UsedAt, now), ct) == 1;
    }

    private List<string> AddCodes(Guid userId)
    {
        var codes = Enumerable.Range(0, Codes).Select(_ => Totp.Base32(RandomNumberGenerator.GetBytes(10))).ToList();
        db.RecoveryCodes.AddRange(codes.Select(c => new RecoveryCode(userId, c)));
        return [.. codes.Select(c => Totp.Grouped(c).Replace(' ', '-'))];
    }

    private async Task RemoveAsync(User user, CancellationToken ct)
    {
        db.TwoFactors.RemoveRange(await db.TwoFactors.Where(t => t.UserId == user.Id).ToListAsync(ct));
        db.RecoveryCodes.RemoveRange(await db.RecoveryCodes.Where(c => c.UserId == user.Id).ToListAsync(ct));
        db.TrustedBrowsers.RemoveRange(await db.TrustedBrowsers.Where(t => t.UserId == user.Id).ToListAsync(ct));
    }
}

/// <summary>What a code turned out to be.</summary>
internal enum Factor
{
    Wrong,
    App,
    Recovery,
}
