namespace Crm.Platform.Contracts;

/// <summary>The company's working time: hours per weekday, weekend, holidays and closures as dated data by branch and province, in the company's zone.</summary>
public interface IWorkingTime
{
    /// <summary>The moment when <paramref name="work"/> of working time has passed since <paramref name="start"/>.</summary>
    Task<DateTimeOffset> AddAsync(DateTimeOffset start, TimeSpan work, CancellationToken ct);

    /// <summary>The moment <paramref name="work"/> of working time before <paramref name="end"/>.</summary>
    Task<DateTimeOffset> SubtractAsync(DateTimeOffset end, TimeSpan work, CancellationToken ct);

    /// <summary>Working time between two moments; zero when the second is not later.</summary>
    Task<TimeSpan> BetweenAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <summary>Forgets what this host keeps: the next answer is that of the database. For work that begins because the working time changed.</summary>
    void Forget();

    /// <summary>The same by the hours, holidays and closures of a branch and of the province it lies in; the company's without a branch.</summary>
    Task<DateTimeOffset> AddAsync(DateTimeOffset start, TimeSpan work, Guid? branchId, CancellationToken ct);

    /// <summary>The moment that much working time of a branch earlier.</summary>
    Task<DateTimeOffset> SubtractAsync(DateTimeOffset end, TimeSpan work, Guid? branchId, CancellationToken ct);

    /// <summary>So many working days of a branch later, at the same time of day as far as there is work then.</summary>
    Task<DateTimeOffset> AddDaysAsync(DateTimeOffset start, int days, Guid? branchId, CancellationToken ct);

    /// <summary>The moment itself when the branch works then, else when it begins next.</summary>
    Task<DateTimeOffset> NextAsync(DateTimeOffset at, Guid? branchId, CancellationToken ct);
}

/// <summary>
/// The working time changed: hours, a holiday, a closure by decree, or the province of a branch. Whoever keeps a moment that was reckoned by it reckons it again.
/// </summary>
/// <param name="From">First day that may be different; what is due before it stays.</param>
/// <param name="Cause">English sentence (translation key) with {0} for the title.</param>
/// <param name="Title">What it is called: the occasion of the closure.</param>
[Crm.Core.EventName("platform.working-time-changed")]
public sealed record WorkingTimeChanged(DateOnly From, string Cause, string Title) : Crm.Core.IntegrationEvent;

/// <summary>Moments that were reckoned by the working time and move with it. Whoever keeps some can say beforehand which ones a change would move.</summary>
[Crm.Core.Contribution]
public interface IReckonedMoments
{
    /// <summary>What a change would move. Nothing is changed.</summary>
    /// <param name="from">First day that may be different.</param>
    /// <param name="then">The working time as it would be.</param>
    /// <param name="ct">Stops it.</param>
    Task<WouldMove> WouldMoveAsync(DateOnly from, IWorkingTime then, CancellationToken ct);
}

/// <param name="Counts">How many moments of each kind: English sentences (translation keys) with {0} for the number, kinds without any left out.</param>
/// <param name="First">The first few that the user may see, the earliest first.</param>
public sealed record WouldMove(IReadOnlyList<(string Text, int Count)> Counts, IReadOnlyList<MovedMoment> First);

/// <param name="Title">What is due.</param>
/// <param name="Of">The record it belongs to.</param>
/// <param name="Url">Path of its page.</param>
/// <param name="Now">When it is due now.</param>
/// <param name="Then">When it would be due.</param>
public sealed record MovedMoment(string Title, string Of, string Url, DateTimeOffset Now, DateTimeOffset Then);

/// <summary>Settings that administrators change in the browser, as JSON by key; cached, shared by all hosts.</summary>
public interface ISettings
{
    /// <summary>The stored value, or a new <typeparamref name="T"/> when nothing was stored.</summary>
    Task<T> GetAsync<T>(string key, CancellationToken ct) where T : class, new();

    /// <summary>Stores a value; other hosts see it within five seconds.</summary>
    Task SetAsync<T>(string key, T value, CancellationToken ct) where T : class, new();
}
