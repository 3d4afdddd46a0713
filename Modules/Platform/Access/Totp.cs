using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Platform.Access;

/// <summary>Codes by the time (RFC 6238): HMAC-SHA-1, six digits, thirty seconds: what every authenticator app takes for granted.</summary>
internal static class Totp
{
    public const int Digits = 6;

    /// <summary>Steps before and after the present one that are taken as well: clocks differ and people type slowly.</summary>
    public const int Tolerance = 1;

    private const int StepSeconds = 30;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>A new secret of 160 bits, as the RFC asks, in base 32.</summary>
    public static string NewSecret() => Base32(RandomNumberGenerator.GetBytes(20));

    public static long StepAt(DateTimeOffset moment) => moment.ToUnixTimeSeconds() / StepSeconds;

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "RFC 6238; the attacks on SHA-1 are on collisions, which HMAC does not rest on.")]
    public static string Code(string secret, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> mac = stackalloc byte[20];
        HMACSHA1.HashData(FromBase32(secret), counter, mac);
        var offset = mac[^1] & 0xf;
        var number = BinaryPrimitives.ReadInt32BigEndian(mac[offset..]) & 0x7fffffff;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>The step whose code this is, of those that are taken now; null when it is none of them. All are compared, each in the same time.</summary>
    public static long? StepOf(string secret, string code, DateTimeOffset now)
    {
        var given = Encoding.ASCII.GetBytes(code);
        var present = StepAt(now);
        long? found = null;
        for (var step = present - Tolerance; step <= present + Tolerance; step++)
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Code(secret, step)), given)) found = step;
        }

        return found;
    }

    /// <summary>What the QR code says to the app.</summary>
    public static string Uri(string issuer, string account, string secret) =>
        $"otpauth://totp/{System.Uri.EscapeDataString(issuer)}:{System.Uri.EscapeDataString(account)}?secret={secret}&issuer={System.Uri.EscapeDataString(issuer)}&digits=6&period=30";

    /// <summary>In groups of four, as people copy it.</summary>
    public static string Grouped(string text) => string.Join(' ', text.Chunk(4).Select(c => new string(c)));

    public static string Base32(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder((bytes.Length * 8 + 4) / 5);
        int buffer = 0, bits = 0;
        foreach (var b in bytes)
        {
            buffer = (buffer << 8) | b;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                text.Append(Alphabet[(buffer >> bits) & 31]);
            }

            buffer &= (1 << bits) - 1;
        }

        if (bits > 0) text.Append(Alphabet[(buffer << (5 - bits)) & 31]);
        return text.ToString();
    }

    private static byte[] FromBase32(string text)
    {
        var bytes = new byte[text.Length * 5 / 8];
        int buffer = 0, bits = 0, at = 0;
        foreach (var c in text)
        {
            buffer = (buffer << 5) | Alphabet.IndexOf(c, StringComparison.Ordinal);
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            bytes[at++] = (byte)(buffer >> bits);
            buffer &= (1 << bits) - 1;
        }

        return bytes;
    }
}
