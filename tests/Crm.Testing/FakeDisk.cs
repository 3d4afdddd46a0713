using Crm.Data;

namespace Crm.Testing;

/// <summary>A disk with as much room as a test says; endless until it does.</summary>
public sealed class FakeDisk : IDiskSpace
{
    public long Free { get; set; } = long.MaxValue;

    /// <summary>Sets the room in megabytes.</summary>
    public void Has(long megabytes) => Free = megabytes * 1024 * 1024;
}
