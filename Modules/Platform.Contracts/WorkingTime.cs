namespace Crm.Platform.Contracts;

/// <summary>The company's working time: hours per weekday, weekend and holidays as dated data, in the company's zone.</summary>
public interface IWorkingTime
{
    /// <summary>The moment when <paramref name="work"/> of working time has passed since <paramref name="start"/>.</summary>
    Task<DateTimeOffset> AddAsync(DateTimeOffset start, TimeSpan work, CancellationToken ct);

    /// <summary>The moment <paramref name="work"/> of working time before <paramref name="end"/>.</summary>
    Task<DateTimeOffset> SubtractAsync(DateTimeOffset end, TimeSpan work, CancellationToken ct);

    /// <summary>Working time between two moments; zero when the second is not later.</summary>
    Task<TimeSpan> BetweenAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct);
}

/// <summary>Settings that administrators change in the browser, as JSON by key; cached, shared by all hosts.</summary>
public interface ISettings
{
    /// <summary>The stored value, or a new <typeparamref name="T"/> when nothing was stored.</summary>
    Task<T> GetAsync<T>(string key, CancellationToken ct) where T : class, new();

    /// <summary>Stores a value; other hosts see it within five seconds.</summary>
    Task SetAsync<T>(string key, T value, CancellationToken ct) where T : class, new();
}
