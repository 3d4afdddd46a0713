namespace Crm.Routines.Simulating;

/// <summary>Random numbers that are the same on every machine and in every release of the framework: SplitMix64.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public static Dice Of(long seed, string what)
    {
        // FNV-1a: string.GetHashCode differs from process to process.
        var hash = 14695981039346656037UL;
        foreach (var c in what) hash = (hash ^ c) * 1099511628211UL;
        return new(unchecked((ulong)seed * 0x9E3779B97F4A7C15UL) ^ hash);
    }

    public ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15UL;
            var z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }

    /// <summary>0 up to, without, the number.</summary>
    public int Below(int number) => (int)(Next() % (ulong)number);

    public long Below(long number) => (long)(Next() % (ulong)number);

    public T Pick<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    /// <summary>One of several by their weights; evenly when all are nothing.</summary>
    public T Pick<T>(IReadOnlyList<(T Value, int Weight)> from)
    {
        var whole = from.Sum(f => (long)Math.Max(0, f.Weight));
        if (whole == 0) return from[Below(from.Count)].Value;
        var at = Below(whole);
        foreach (var (value, weight) in from)
            if ((at -= Math.Max(0, weight)) < 0) return value;
        return from[^1].Value;
    }
}
