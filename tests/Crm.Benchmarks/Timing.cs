using System.Diagnostics;

namespace Crm.Benchmarks;

/// <summary>A small timing loop: warms up, then measures samples and says median, best and allocation of one call. The best is what the code costs when nobody else has the processor.</summary>
internal static class Timing
{
    public static Figure Measure(string name, Action call, int samples = 200)
    {
        // Long enough for the second tier of the compiler to have been there.
        var warm = Stopwatch.StartNew();
        var calls = 0;
        while (warm.ElapsedMilliseconds < 400 || calls < 50)
        {
            call();
            calls++;
        }
        var perSample = Math.Max(1, (int)(calls / warm.Elapsed.TotalMilliseconds));
        var times = new double[samples];
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < samples; i++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var j = 0; j < perSample; j++) call();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / perSample;
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Array.Sort(times);
        var figure = new Figure(name, times[samples / 2], times[samples * 95 / 100], times[0], allocated / (samples * (double)perSample));
        Console.WriteLine($"{name,-58} median {figure.Median,10:N1} µs   p95 {figure.P95,10:N1} µs   best {figure.Best,8:N1} µs   {figure.Bytes / 1024,8:N1} KiB");
        return figure;
    }

    public static void Say(string name, string value) => Console.WriteLine($"{name,-58} {value}");
}

internal sealed record Figure(string Name, double Median, double P95, double Best, double Bytes);
