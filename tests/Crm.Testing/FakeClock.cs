namespace Crm.Testing;

/// <summary>A clock that stands still until a test moves it. Timers of the framework go by the real one.</summary>
public sealed class FakeClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 4, 4, 6, 30, 0, TimeSpan.Zero).Ticks; // Saturday 15 Farvardin 1405, 10:00 in Tehran

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public void Set(DateTimeOffset now) => Interlocked.Exchange(ref _ticks, now.UtcTicks);
}
