using System.Text.Json;
using Crm.Core;
using Crm.Routines.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Domain;

/// <summary>Which customers a simulation takes.</summary>
internal enum SimulationCustomers
{
    /// <summary>Those for whom this routine was started in the period, at the moment it was.</summary>
    OfThisRoutine,

    /// <summary>Those for whom any routine was started in the period.</summary>
    OfAnyRoutine,

    /// <summary>All of a kind of customer.</summary>
    All,
}

/// <summary>How often an outcome of a stage is to happen.</summary>
internal sealed record OutcomeWeight(string Activity, string Outcome, int Weight);

/// <summary>What a simulation is asked for. The same settings give the same report.</summary>
internal sealed record SimulationSettings
{
    public SimulationCustomers Customers { get; init; }

    public Guid? TypeId { get; init; }

    public int Count { get; init; }

    public DateOnly From { get; init; }

    public DateOnly To { get; init; }

    /// <summary>How long each job is followed after its start, in days.</summary>
    public int Days { get; init; }

    public long Seed { get; init; }

    /// <summary>Working hours of what has neither a history nor a planned time.</summary>
    public decimal Hours { get; init; }

    /// <summary>Rials for a part of an SMS.</summary>
    public long SmsCost { get; init; }

    /// <summary>Rials for a mail.</summary>
    public long MailCost { get; init; }

    /// <summary>Draw durations and outcomes from what was recorded, where there is enough.</summary>
    public bool History { get; init; } = true;

    public IReadOnlyList<OutcomeWeight> Weights { get; init; } = [];
}

/// <summary>A drawing run dry over real past customers, with what came of it.</summary>
[NotAudited]
internal sealed class Simulation : Entity, IStamped, IVersioned
{
    private Simulation()
    {
    }

    public Simulation(Guid routineId, Guid versionId, int versionNumber, string definitionId, SimulationSettings settings)
    {
        RoutineId = routineId;
        VersionId = versionId;
        VersionNumber = versionNumber;
        DefinitionId = definitionId;
        SettingsJson = JsonSerializer.Serialize(settings, StimulusText.Json);
    }

    public Guid RoutineId { get; private set; }

    public Guid VersionId { get; private set; }

    public int VersionNumber { get; private set; }

    public string DefinitionId { get; private set; } = "";

    public string SettingsJson { get; private set; } = "{}";

    public Guid? RunId { get; set; }

    /// <summary>Written once, by the run: see <see cref="Simulating.SimulationReport"/>.</summary>
    public string? ReportJson { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public SimulationSettings Settings => JsonSerializer.Deserialize<SimulationSettings>(SettingsJson, StimulusText.Json)!;
}

internal sealed class SimulationMapping : IEntityTypeConfiguration<Simulation>
{
    public void Configure(EntityTypeBuilder<Simulation> builder)
    {
        builder.ToTable("Simulations");
        builder.Property(s => s.DefinitionId).HasMaxLength(Definitions.RoutineLimits.Id);
        builder.Property(s => s.SettingsJson).HasColumnName("Settings").HasColumnType("text");
        // Text, not jsonb: the same seed gives the same bytes.
        builder.Property(s => s.ReportJson).HasColumnName("Report").HasColumnType("text");
        builder.Ignore(s => s.Settings);
        builder.HasIndex(s => new { s.RoutineId, s.CreatedAt });
    }
}
