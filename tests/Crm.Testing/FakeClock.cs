namespace Crm.Testing;

/// <summary>A clock that stands still until a test moves it; what lasts is measured by it too. Timers of the framework go by the real one.</summary>
public sealed class FakeClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 4, 4, 6, 30, 0, TimeSpan.Zero).Ticks; // Saturday 15 Farvardin 1405, 10:00 in Tehran
    private long _passed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _passed);

    public void Advance(TimeSpan by)
    {
        Interlocked.Add(ref _ticks, by.Ticks);
        Interlocked.Add(ref _passed, by.Ticks);
    }

    /// <summary>Puts the clock to a time, as an administrator would: no time passes.</summary>
    public void Set(DateTimeOffset now) => Interlocked.Exchange(ref _ticks, now.UtcTicks);
}
