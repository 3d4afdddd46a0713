using System.Diagnostics;
using Crm.Testing;

namespace Crm.ArchitectureTests.Pages;

/// <summary>The real application with the demo company, and a counter of the SQL commands that a request runs.</summary>
public sealed class SmokeApp : CrmApp
{
    private readonly ActivityListener _listener;
    private int _commands;

    public SmokeApp()
    {
        // Npgsql tells each command to whoever listens to its source.
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = a =>
            {
                if (a.GetTagItem("db.statement") is not null || a.GetTagItem("db.query.text") is not null) Interlocked.Increment(ref _commands);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    protected override bool Demo => true;

    /// <summary>Runs and counts.</summary>
    public async Task<int> CountAsync(Func<Task> act)
    {
        Interlocked.Exchange(ref _commands, 0);
        await act();
        return Volatile.Read(ref _commands);
    }

    protected override void Dispose(bool disposing)
    {
        _listener.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>One application for all tests that need it running.</summary>
[CollectionDefinition("app", DisableParallelization = true)]
public sealed class AppCollection : ICollectionFixture<SmokeApp>;
