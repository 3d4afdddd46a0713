using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Definitions;

/// <summary>
/// A routine: what all versions of a drawing share. Which version is the newest and which one new jobs take are pointers here and not flags on the
/// versions, so that publishing changes one row and a published version never changes again.
/// </summary>
internal sealed class RoutineDefinition : Entity, IStamped, IVersioned, ISoftDeletable, ISearchable
{
    private RoutineDefinition()
    {
    }

    public RoutineDefinition(string? definitionId, string name)
    {
        // A file from another Elsa server brings its own id and keeps it; what is drawn here is called by our uuid.
        DefinitionId = string.IsNullOrWhiteSpace(definitionId) ? Id.ToString("n") : definitionId;
        Name = name;
    }

    /// <summary>The id in Elsa's format: unique, kept on import.</summary>
    [NotTold]
    public string DefinitionId { get; private set; } = "";

    /// <summary>Name of the newest version.</summary>
    public string Name { get; set; } = "";

    /// <summary>What the newest version says it is for.</summary>
    public string? Description { get; set; }

    /// <summary>The version that the designer opens.</summary>
    public Guid LatestVersionId { get; set; }

    /// <summary>Its number.</summary>
    public int LatestNumber { get; set; }

    /// <summary>The version that new jobs take; null while nothing is published.</summary>
    public Guid? PublishedVersionId { get; set; }

    /// <summary>Its number.</summary>
    public int? PublishedNumber { get; set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public Guid? DeletedBy { get; private set; }

    public Guid? DeletionId { get; private set; }

    public SearchEntry? ToSearchEntry() => new("Routine", Name, Description ?? "", $"{Name} {Description}", $"/routines/{DefinitionId}", RoutinesPermissions.See);
}

internal sealed class RoutineDefinitionMapping : IEntityTypeConfiguration<RoutineDefinition>
{
    public void Configure(EntityTypeBuilder<RoutineDefinition> builder)
    {
        builder.ToTable("RoutineDefinitions");
        builder.Property(d => d.DefinitionId).HasMaxLength(RoutineLimits.Id);
        builder.Property(d => d.Name).HasMaxLength(RoutineLimits.Name);
        builder.Property(d => d.Description).HasColumnType("text");
        builder.HasIndex(d => d.DefinitionId).IsUnique().HasFilter("deleted_at is null");
        builder.HasIndex(d => d.Name);
    }
}

/// <summary>How long things may be.</summary>
internal static class RoutineLimits
{
    /// <summary>Ids of definitions and versions; Elsa's are 16 hexadecimal digits, ours 32.</summary>
    public const int Id = 100;

    public const int Name = 250;

    /// <summary>A drawing as text: 500 activities with long texts are a tenth of it.</summary>
    public const int Json = 8 * 1024 * 1024;
}
