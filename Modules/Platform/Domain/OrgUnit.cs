using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>
/// A unit of the organisation chart: a department, a team. Members and head are people; posts, deputies and holders over time can be put between (a post of the unit, who holds it) without changing
/// what the rights ask: who belongs to the units at and below mine.
/// </summary>
internal sealed class OrgUnit : Entity, IStamped, IVersioned
{
    private OrgUnit()
    {
    }

    public OrgUnit(string name) => Name = name;

    public string Name { get; set; } = "";

    /// <summary>The unit it belongs to; null at the top.</summary>
    [Display(Name = "Belongs to")]
    public Guid? ParentId { get; set; }

    [Display(Name = "Head")]
    public Guid? HeadId { get; set; }

    [Display(Name = "Members")]
    public List<Guid> MemberIds { get; set; } = [];

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    /// <summary>Everybody in it, the head first.</summary>
    public IEnumerable<Guid> People => (HeadId is { } head ? [head] : Array.Empty<Guid>()).Concat(MemberIds).Distinct();
}

internal sealed class OrgUnitMapping : IEntityTypeConfiguration<OrgUnit>
{
    public void Configure(EntityTypeBuilder<OrgUnit> b)
    {
        b.ToTable("units");
        b.Ignore(u => u.People);
        b.Property(u => u.Name).HasMaxLength(120);
        b.HasOne<OrgUnit>().WithMany().HasForeignKey(u => u.ParentId).OnDelete(DeleteBehavior.Restrict);
        // Two teams called «Sales» may lie in two departments, not in one.
        b.HasIndex(u => new { u.ParentId, u.Name }).IsUnique().AreNullsDistinct(false);
    }
}
