using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Crm.CrashTests;

/// <summary>The cable between a host and its database, as a forwarder of TCP: it can be pulled (what is there is cut, what comes is refused) and it can lose everything in silence.</summary>
internal sealed class Cable : IDisposable
{
    private readonly int _to;
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private TcpListener _listener;
    private volatile bool _silent;
    private volatile Func<ReadOnlyMemory<byte>, int?>? _stall;
    private TaskCompletionSource _speaks = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Cable(int to)
    {
        _to = to;
        _listener = Listen(0);
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync(_listener);
    }

    public int Port { get; }

    /// <summary>Cuts all connections and refuses new ones.</summary>
    public void Pull()
    {
        _listener.Stop();
        Cut();
    }

    /// <summary>Takes connections and lets nothing through, on those that are there neither.</summary>
    public void Lose()
    {
        _silent = true;
        _speaks = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Accept();
    }

    /// <summary>
    /// Lets through the beginning of a piece that <paramref name="cut"/> chooses, and nothing after it: what a host does that is frozen between two packets of what it sends. The end of the task is that moment.
    /// </summary>
    /// <param name="cut">How many bytes of a piece go through; null for one that is let through whole.</param>
    public Task StallInAsync(Func<ReadOnlyMemory<byte>, int?> cut)
    {
        var stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _stall = piece =>
        {
            if (cut(piece) is not { } passes) return null;
            _stall = null;
            Lose();
            stalled.TrySetResult();
            return passes;
        };
        return stalled.Task;
    }

    /// <summary>Where the first statement of a piece of PostgreSQL's protocol has come whole, to be executed, while others are to follow; null when it has one only.</summary>
    public static int? AfterFirstStatement(ReadOnlySpan<byte> piece)
    {
        // A message is a letter and a length that counts itself; «E» executes what was bound before it.
        var executed = false;
        int? at = null;
        for (var i = 0; i + 5 <= piece.Length;)
        {
            if (piece[i] == 'E' && executed) return at;
            executed |= piece[i] == 'E';
            var end = i + 1 + BinaryPrimitives.ReadInt32BigEndian(piece[(i + 1)..]);
            if (end <= i || end > piece.Length) return null;
            if (piece[i] == 'E') at = end;
            i = end;
        }

        return null;
    }

    /// <summary>As it was. What hung in the silence is cut, as a peer that forgot the connection does.</summary>
    public void Mend()
    {
        var lost = _silent;
        _silent = false;
        _speaks.TrySetResult();
        if (lost) Cut();
        Accept();
    }

    public void Dispose() => Pull();

    private static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Start(200);
        return listener;
    }

    private void Accept()
    {
        if (_listener.Server.IsBound) return;
        _listener = Listen(Port);
        _ = AcceptAsync(_listener);
    }

    private void Cut()
    {
        foreach (var socket in _open.Keys) Close(socket);
    }

    private void Close(Socket socket)
    {
        if (_open.TryRemove(socket, out _)) socket.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true) _ = ForwardAsync(await listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Pulled.
        }
    }

    private async Task ForwardAsync(Socket near)
    {
        var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        (_open[near], _open[far]) = (0, 0);
        try
        {
            near.NoDelay = far.NoDelay = true;
            await far.ConnectAsync(IPAddress.Loopback, _to);
            await Task.WhenAny(CopyAsync(near, far, outward: true), CopyAsync(far, near, outward: false));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One end is gone: so is the other.
        }
        finally
        {
            Close(near);
            Close(far);
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool outward)
    {
        var buffer = new byte[32 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var n and > 0)
            {
                if (_silent) await _speaks.Task;
                if (outward && _stall?.Invoke(buffer.AsMemory(0, n)) is { } passes)
                {
                    await to.SendAsync(buffer.AsMemory(0, passes));
                    await _speaks.Task;
                }

                for (var sent = 0; sent < n;) sent += await to.SendAsync(buffer.AsMemory(sent, n - sent));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One end is gone: so is the other.
        }
    }
}
