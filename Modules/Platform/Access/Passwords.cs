using Crm.Core;
using Crm.Platform.Domain;
using FluentValidation;
using Microsoft.AspNetCore.Identity;

namespace Crm.Platform.Access;

/// <summary>
/// Hashes and checks passwords (PBKDF2 of ASP.NET Core Identity). Hashing is meant to be slow, so threads of its own do it that stand behind all others (<see cref="HashingThreads"/>): a crowd at the sign-in
/// page must not take the machine from those who already work.
/// </summary>
internal sealed class Passwords(IPasswordHasher<User> hasher, HashingThreads threads)
{
    public const int MinLength = 10;
    public const int MaxLength = 128;

    private static readonly HashSet<string> s_common = new(StringComparer.OrdinalIgnoreCase)
    {
        "1234567890", "12345678910", "123456789a", "0123456789", "0987654321", "9876543210", "1122334455", "1111111111", "0000000000", "123123123123", "1234512345",
        "qwertyuiop", "qwerty1234", "qwerty12345", "qwerty123456", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc", "asdfghjkl;", "asdfghjkl1", "zxcvbnm123", "q1w2e3r4t5",
        "password12", "password123", "password1234", "passw0rd123", "p@ssw0rd123", "password!23", "password00", "iloveyou12", "iloveyou123", "administrator", "admin12345", "admin123456",
        "welcome123", "letmein123", "changeme123", "football123", "superman123", "princess123", "sunshine123", "dragon12345", "monkey12345", "master12345", "abcdefghij", "abcd123456", "abc1234567",
        "a123456789", "aa123456789", "ali1234567", "ali123456789", "iran123456", "tehran1234", "tehran123456", "persepolis", "esteghlal1", "perspolis1", "mohammad123", "mohammad1234", "reza123456", "hossein123", "fatemeh123", "zahra12345",
    };

    // Unknown names are checked against this, so that they take as long as known ones.
    private readonly Lazy<string> _nobody = new(() => hasher.HashPassword(null!, Guid.CreateVersion7().ToString()));

    /// <summary>Why the password can't be taken: an English sentence with arguments; null when it can.</summary>
    public static (string Message, object?[] Args)? Complaint(string? password, string userName)
    {
        if (string.IsNullOrEmpty(password)) return ("This field is required.", []);
        if (password.Length < MinLength) return ("Choose a password of at least {0} characters. Several words in a row are easy to remember and hard to guess.", [MinLength]);
        if (password.Length > MaxLength) return ("Choose a password of at most {0} characters.", [MaxLength]);
        if (userName.Length >= 4 && password.Contains(userName, StringComparison.OrdinalIgnoreCase)) return ("The password must not contain the user name.", []);
        if (password.Distinct().Count() < 4) return ("This password repeats too few characters.", []);
        if (s_common.Contains(password)) return ("This password is one of the first that an attacker tries. Choose another.", []);
        return null;
    }

    /// <summary>The same as a rule of a form, so that it is told together with what else is wrong there. Who the user is comes later: his name is compared by <see cref="HashAsync"/>.</summary>
    public static void Rule<T>(string? password, ValidationContext<T> form)
    {
        if (!string.IsNullOrEmpty(password) && Complaint(password, "") is { } c) form.AddFailure(Texts.Get(c.Message, [.. c.Args.Select(a => a is int n ? PersianText.Number(n) : a)]));
    }

    /// <exception cref="InvalidInput">The password breaks a rule.</exception>
    public async Task<string> HashAsync(string field, string? password, string userName, CancellationToken ct)
    {
        if (Complaint(password, userName) is { } c) throw new InvalidInput(field, c.Message, c.Args);
        return await WorkAsync(() => hasher.HashPassword(null!, password!), ct);
    }

    /// <summary>Hashes without judging: a password that was right a moment ago, or one that the configuration gives.</summary>
    public Task<string> RehashAsync(string password, CancellationToken ct) => WorkAsync(() => hasher.HashPassword(null!, password), ct);

    /// <summary>Checks a password; a null hash (nobody of that name) takes the same time and is never right.</summary>
    public async Task<PasswordVerificationResult> VerifyAsync(string? hash, string password, CancellationToken ct)
    {
        var result = await WorkAsync(() => hasher.VerifyHashedPassword(null!, hash ?? _nobody.Value, password), ct);
        return hash is null ? PasswordVerificationResult.Failed : result;
    }

    private Task<T> WorkAsync<T>(Func<T> work, CancellationToken ct) => threads.RunAsync(work, ct);
}
