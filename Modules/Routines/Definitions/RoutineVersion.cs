using Crm.Core;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Definitions;

/// <summary>One version of a drawing. Once published it is frozen: saving again makes the next version.</summary>
internal sealed class RoutineVersion : Entity, IStamped, IVersioned, IPartOf
{
    private RoutineVersion()
    {
    }

    public RoutineVersion(Guid routineId, int number, string? versionId)
    {
        RoutineId = routineId;
        Number = number;
        VersionId = string.IsNullOrWhiteSpace(versionId) ? Id.ToString("n") : versionId;
    }

    public Guid RoutineId { get; private set; }

    /// <summary>The id of the version in Elsa's format, unique over all routines.</summary>
    [NotTold]
    public string VersionId { get; private set; } = "";

    /// <summary>1 and up.</summary>
    public int Number { get; private set; }

    /// <summary>Counts the saves of the drawing: by it a second editor's save is recognised as late.</summary>
    public int Revision { get; private set; }

    public string Name { get; private set; } = "";

    /// <summary>
    /// The drawing in Elsa's format, as text and not jsonb: the order of its fields stays, and with it everything that an export to an Elsa server
    /// is compared by. Without the fields of the envelope that this row holds itself (see <see cref="Envelope"/>).
    /// </summary>
    [NotAudited]
    public string Json { get; private set; } = "";

    /// <summary>When it was published first; null for a draft that never was.</summary>
    public DateTimeOffset? PublishedAt { get; private set; }

    public Guid? PublishedBy { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public Guid RootId => RoutineId;

    public bool IsFrozen => PublishedAt is not null;

    /// <summary>Takes the drawing in.</summary>
    public void Draw(WorkflowDefinition definition)
    {
        if (IsFrozen) throw new RuleBroken("routine.version-published", "A published version can't be changed; saving makes the next one.");
        Name = definition.Name ?? "";
        Json = definition.ToJson();
        Revision++;
    }

    public void Freeze(DateTimeOffset at, Guid? by)
    {
        if (IsFrozen) return;
        PublishedAt = at;
        PublishedBy = by;
    }
}

internal sealed class RoutineVersionMapping : IEntityTypeConfiguration<RoutineVersion>
{
    public void Configure(EntityTypeBuilder<RoutineVersion> builder)
    {
        builder.ToTable("RoutineVersions");
        builder.HasOne<RoutineDefinition>().WithMany().HasForeignKey(v => v.RoutineId).OnDelete(DeleteBehavior.Restrict);
        builder.Property(v => v.VersionId).HasMaxLength(RoutineLimits.Id);
        builder.Property(v => v.Name).HasMaxLength(RoutineLimits.Name);
        builder.Property(v => v.Json).HasColumnType("text");
        builder.HasIndex(v => v.VersionId).IsUnique();
        builder.HasIndex(v => new { v.RoutineId, v.Number }).IsUnique();
        builder.Ignore(v => v.RootId);
        builder.Ignore(v => v.IsFrozen);
    }
}
