using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Crm.Data;

/// <summary>How much room the disks have: the edge that tests replace.</summary>
public interface IDiskSpace
{
    /// <summary>Free bytes of the fullest disk that this program or its embedded database writes to.</summary>
    long Free { get; }
}

/// <summary>
/// Whether there is room for long work. Imports, changes of many records and campaigns write much and can wait: they pause while the disk is nearly full, so that people and the log of the database
/// keep the rest (PostgreSQL stops when the disk of its log is full). What a person does at a page goes on.
/// </summary>
/// <param name="space">The disks.</param>
/// <param name="configuration">For <c>Crm:Disk:LeastMegabytes</c>.</param>
public sealed class DiskRoom(IDiskSpace space, IConfiguration configuration)
{
    /// <summary>What is told to people whose work pauses: an English sentence (translation key).</summary>
    public const string Paused = "Paused: the disk of the server is nearly full. Nothing is lost; it goes on by itself as soon as your administrator has made room.";

    private readonly long _least = configuration.GetValue("Crm:Disk:LeastMegabytes", 1024L) * 1024 * 1024;
    private volatile bool _low;

    /// <summary>Whether long work must wait. Once it is, room for a quarter more must be made, so that it does not start and stop all the time.</summary>
    public bool IsLow => _low = space.Free < (_low ? _least + (_least / 4) : _least);

    /// <summary>Whether so many bytes more leave enough.</summary>
    public bool Fits(long bytes) => space.Free - bytes >= _least;

    /// <summary>Stops long work at a point from which it can be taken up again.</summary>
    /// <exception cref="DiskNearlyFull">There is no room.</exception>
    public void Demand()
    {
        if (IsLow) throw new DiskNearlyFull();
    }

    /// <summary>Whether something failed because a disk, this one or the database's, was full.</summary>
    public static bool IsFull(Exception e) => e switch
    {
        DiskNearlyFull => true,
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => true,
        // ENOSPC of POSIX, ERROR_DISK_FULL of Windows.
        IOException { HResult: 28 or unchecked((int)0x80070070) } => true,
        _ => e.InnerException is { } inner && IsFull(inner),
    };
}

/// <summary>Long work must wait until there is room; it is taken up again from its last checkpoint.</summary>
public sealed class DiskNearlyFull() : Exception(DiskRoom.Paused);

/// <summary>The disks under the data directory (files, uploads, the embedded database) and the temporary folder; looked at once a second at most.</summary>
internal sealed class DiskSpace(IConfiguration configuration) : IDiskSpace
{
    private const long Second = 1000;
    private readonly string[] _folders = [Path.GetFullPath(configuration["Crm:DataDirectory"] ?? ".data"), Path.GetTempPath()];
    private long _free;
    private long _asked = -Second;

    public long Free
    {
        get
        {
            var now = Environment.TickCount64;
            if (now - Interlocked.Read(ref _asked) < Second) return Interlocked.Read(ref _free);
            Interlocked.Exchange(ref _free, _folders.Min(FreeOf));
            Interlocked.Exchange(ref _asked, now);
            return Interlocked.Read(ref _free);
        }
    }

    // A folder that is not there yet lies on the disk of the nearest one above it. A disk that can't be asked must not stop all work.
    private static long FreeOf(string folder)
    {
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } above) folder = above;
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return long.MaxValue;
        }
    }
}
