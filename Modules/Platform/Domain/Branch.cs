using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>A branch or representative whose records are its own. Never deleted, since records belong to it: it is deactivated.</summary>
internal sealed class Branch : Entity, IStamped, IVersioned
{
    private Branch()
    {
    }

    public Branch(string name) => Name = name;

    public string Name { get; set; } = "";

    public string? City { get; set; }

    /// <summary>The province it lies in: closures of the province are its closures.</summary>
    [System.ComponentModel.DataAnnotations.Display(Name = "Province")]
    public int? ProvinceId { get; set; }

    public bool Active { get; private set; } = true;

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public static Branch MakeHeadOffice(string name) => new(name) { Id = Branches.HeadOffice };

    public static Branch MakeDemo(Guid id, string name, string city) => new(name) { Id = id, City = city };

    public void SetActive(bool active)
    {
        if (!active && Id == Branches.HeadOffice) throw new RuleBroken("branch.head-office", "The head office can't be deactivated.");
        Active = active;
    }
}

internal sealed class BranchMapping : IEntityTypeConfiguration<Branch>
{
    public void Configure(EntityTypeBuilder<Branch> b)
    {
        b.ToTable("branches");
        b.Property(x => x.Name).HasMaxLength(80);
        b.Property(x => x.City).HasMaxLength(80);
        b.HasIndex(x => x.Name).IsUnique();
    }
}
