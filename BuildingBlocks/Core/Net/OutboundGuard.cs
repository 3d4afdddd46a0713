using System.Net;
using System.Net.Sockets;

namespace Crm.Core;

/// <summary>The host lies in the inner network and nobody allowed it.</summary>
public sealed class InnerHost(string host) : Exception($"{host} is an address of the inner network.")
{
    /// <summary>Its name or address, in its one spelling.</summary>
    public string Host { get; } = host;
}

/// <summary>
/// Keeps what a user typed as an address of a server from reaching the inner network. Names are resolved here and the connection goes to exactly the addresses
/// that were looked at, so a name that answers differently the second time gains nothing. Who follows redirects connects to each of them through here.
/// </summary>
public static class OutboundGuard
{
    /// <summary>Connects to a host that may be reached.</summary>
    /// <param name="host">Name or address.</param>
    /// <param name="port">Port.</param>
    /// <param name="allowed">Hosts of the inner network that an administrator allowed.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="InnerHost">One of its addresses lies in the inner network.</exception>
    public static async Task<Socket> ConnectAsync(string host, int port, IReadOnlySet<string> allowed, CancellationToken ct)
    {
        var name = Spelling(host);
        var addresses = IPAddress.TryParse(name, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(name, ct);
        // One inner address among several is enough to refuse: which one is taken must not be left to chance.
        if (!allowed.Contains(name) && addresses.Any(IsInner)) throw new InnerHost(name);
        Exception? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), ct);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>One spelling per host: lower case, without brackets and final dot, <c>0x7f.1</c> and <c>2130706433</c> as the address they are.</summary>
    public static string Spelling(string host)
    {
        var text = host.Trim().TrimEnd('.');
        if (Uri.TryCreate($"http://{(text.Contains(':', StringComparison.Ordinal) && !text.StartsWith('[') ? $"[{text}]" : text)}/", UriKind.Absolute, out var uri)) text = uri.IdnHost;
        return text.Trim('[', ']').TrimEnd('.').ToLowerInvariant();
    }

    /// <summary>Loopback, private, link-local, shared, documentation, benchmark, multicast and reserved ranges; also where IPv6 only wraps such an IPv4 address.</summary>
    public static bool IsInner(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            if (address.IsIPv4MappedToIPv6) return IsInner(address.MapToIPv4());
            var b = address.GetAddressBytes();
            if (address.IsIPv6LinkLocal || address.IsIPv6SiteLocal || address.IsIPv6Multicast || address.IsIPv6UniqueLocal || IPAddress.IsLoopback(address)) return true;
            // ::/96 (unspecified and IPv4-compatible), 64:ff9b::/96 and 64:ff9b:1::/48 (NAT64), 2002::/16 (6to4), 2001::/32 (Teredo), 2001:db8::/32, 100::/64
            if (b.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0) return true;
            if (b is [0x00, 0x64, 0xff, 0x9b, ..] or [0x20, 0x02, ..] or [0x20, 0x01, 0x00, 0x00, ..] or [0x20, 0x01, 0x0d, 0xb8, ..]) return true;
            return b is [0x01, 0x00, 0, 0, 0, 0, 0, 0, ..];
        }

        return address.GetAddressBytes() switch
        {
            [0 or 10 or 127, ..] => true,
            [100, >= 64 and <= 127, ..] => true,
            [169, 254, ..] => true,
            [172, >= 16 and <= 31, ..] => true,
            [192, 168, ..] or [192, 0, 0 or 2, _] or [192, 88, 99, _] => true,
            [198, 18 or 19, ..] or [198, 51, 100, _] or [203, 0, 113, _] => true,
            [>= 224, ..] => true,
            _ => false,
        };
    }
}
