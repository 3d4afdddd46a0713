using Crm.Core;
using Crm.Workflows;

namespace Crm.Routines.Runtime;

/// <summary>How the runtime works; <c>Crm:Routines</c> in the settings.</summary>
internal sealed class RuntimeOptions
{
    /// <summary>Bursts side by side on this host.</summary>
    public int BurstWorkers { get; set; } = 2;

    /// <summary>Activities of modules side by side on this host.</summary>
    public int CallWorkers { get; set; } = 4;

    /// <summary>Jobs that share one transaction when many have something to do: one commit for all of them.</summary>
    public int JobsPerBurst { get; set; } = 16;

    /// <summary>Tries of an activity before its failure becomes an incident.</summary>
    public int Attempts { get; set; } = 5;

    /// <summary>Wait before the second try; four times as long before each further one.</summary>
    public TimeSpan FirstWait { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait between two tries.</summary>
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Other systems asked side by side on this host.</summary>
    public int AskWorkers { get; set; } = 4;

    /// <summary>Longest time for an answer of another system, redirects included.</summary>
    public TimeSpan AskTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After this time another host asks again: the one that did is gone.</summary>
    public TimeSpan AskLease { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Largest answer of another system in bytes.</summary>
    public int AskLimit { get; set; } = 1024 * 1024;

    /// <summary>Activities in one burst before it is stopped with an incident.</summary>
    public int MaxSteps { get; set; } = 1_000;

    /// <summary>Jobs within jobs.</summary>
    public int MaxDepth { get; set; } = 20;

    /// <summary>The company's zone: in it schedules and the local parts of dates are meant.</summary>
    public TimeZoneInfo Zone { get; set; } = Zones.Find(null);

    public InterpreterLimits Limits() => new() { MaxStepsPerBurst = MaxSteps, TimeZone = Zone };

    /// <summary>The wait before the next try, a fifth more or less so that many do not come back at once.</summary>
    public TimeSpan WaitAfter(int attempts)
    {
        return Spread(TimeSpan.FromSeconds(Math.Min(FirstWait.TotalSeconds * Math.Pow(4, attempts - 1), LongestWait.TotalSeconds)));
    }

    /// <summary>A fifth more or less.</summary>
    public static TimeSpan Spread(TimeSpan wait) => wait * (0.8 + (0.4 * Random.Shared.NextDouble()));
}
