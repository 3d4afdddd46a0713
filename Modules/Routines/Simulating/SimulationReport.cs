using System.Text.Json;

namespace Crm.Routines.Simulating;

/// <summary>Messages of one template.</summary>
internal sealed record SimulatedMessages(string Channel, string Category, string Template, int Count, int Parts, long Cost, int Failed);

/// <summary>Work of one person.</summary>
internal sealed record SimulatedPerson(Guid User, int Tasks, int Late, int BusiestDay, int Days);

/// <summary>A day, and how much work was opened on it for whom.</summary>
internal sealed record SimulatedDay(DateOnly Day, int Tasks, IReadOnlyDictionary<Guid, int> People);

/// <summary>An outcome of a stage.</summary>
internal sealed record SimulatedOutcome(string Name, int Count);

/// <summary>Where durations and outcomes came from.</summary>
internal enum SimulationSource
{
    /// <summary>Recorded ones of this stage.</summary>
    History,

    /// <summary>The planned time; outcomes evenly.</summary>
    Planned,

    /// <summary>Outcomes as the owner weighted them.</summary>
    Weighted,
}

/// <summary>A stage or another box that waits.</summary>
internal sealed record SimulatedStage(string Activity, string Title, int Entered, int Done, int Late, long Minutes, SimulationSource Source, int Cases, IReadOnlyList<SimulatedOutcome> Outcomes);

/// <summary>Jobs that could not go on.</summary>
internal sealed record SimulatedStuck(string Activity, string Title, string Reason, IReadOnlyList<string> Args, int Count, IReadOnlyList<Guid> Contacts);

/// <summary>A box or an arrow on which nobody ever was.</summary>
internal sealed record SimulatedDead(string From, string? Outcome, string? To);

/// <summary>What came of a simulation. No moment of its making, no random order: the same settings over the same customers give the same text.</summary>
internal sealed record SimulationReport
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() } };

    public int Jobs { get; init; }

    public int Finished { get; init; }

    public int Ended { get; init; }

    /// <summary>Not over when it was no longer followed, but with something that will come by itself.</summary>
    public int Running { get; init; }

    public int StuckJobs { get; init; }

    /// <summary>Customers that could not be read any more.</summary>
    public int Missing { get; init; }

    /// <summary>Half of those that came to their end took no longer, in minutes.</summary>
    public long MedianMinutes { get; init; }

    /// <summary>Nine of ten took no longer, in minutes.</summary>
    public long SlowMinutes { get; init; }

    public IReadOnlyList<SimulatedMessages> Messages { get; init; } = [];

    public IReadOnlyList<SimulatedPerson> People { get; init; } = [];

    public IReadOnlyList<SimulatedDay> Days { get; init; } = [];

    public IReadOnlyList<SimulatedStage> Stages { get; init; } = [];

    public IReadOnlyList<SimulatedStuck> Stuck { get; init; } = [];

    public IReadOnlyList<SimulatedDead> DeadBoxes { get; init; } = [];

    public IReadOnlyList<SimulatedDead> DeadArrows { get; init; } = [];

    public string Write() => JsonSerializer.Serialize(this, s_json);

    public static SimulationReport Read(string json) => JsonSerializer.Deserialize<SimulationReport>(json, s_json)!;
}
