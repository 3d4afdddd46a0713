using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>
/// Runs jobs: (definition, state, stimulus, now) → (state, effects, journal). A pure function without clock, ids or random of its
/// own: the same arguments always give the same result, byte for byte. It never changes what it is given and throws for
/// nothing that a definition, a state or a stimulus can hold.
/// </summary>
public static class Interpreter
{
    /// <summary>Applies a stimulus and runs until everything waits or ends.</summary>
    /// <param name="workflow">The version that the job is on.</param>
    /// <param name="state">The job; not changed.</param>
    /// <param name="stimulus">What happened.</param>
    /// <param name="now">The moment; every time stamp of the burst.</param>
    /// <param name="data">What expressions see besides variables and inputs, by root name (<c>customer</c>); not changed.</param>
    /// <param name="limits">How far the burst may go; <see cref="InterpreterLimits.Default"/> when null.</param>
    public static RunResult Run(CompiledWorkflow workflow, WorkflowState state, Stimulus stimulus, DateTimeOffset now, JsonObject? data = null, InterpreterLimits? limits = null) =>
        new Burst(workflow, state, now, data, limits ?? InterpreterLimits.Default).Run(stimulus);
}

/// <summary>Ids derived from a job's id and a counter: different for every counter of a job, and the same on every machine.</summary>
internal static class DerivedIds
{
    public static Guid Next(Guid job, long counter)
    {
        Span<byte> bytes = stackalloc byte[16];
        job.TryWriteBytes(bytes, bigEndian: true, out _);
        var high = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes);
        var low = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        var mixedLow = Mix(low + Mix((ulong)counter * 0x9E3779B97F4A7C15));
        var mixedHigh = Mix(high ^ Mix(mixedLow ^ (ulong)counter));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, mixedHigh);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], mixedLow);
        // Version 8: a uuid whose bits are the maker's own business.
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    // The finalizer of SplitMix64: every bit of the input moves every bit of the output, and no two inputs meet.
    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
