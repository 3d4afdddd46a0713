using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>A named set of permissions that users are given.</summary>
internal sealed class Role : Entity, IStamped, IVersioned
{
    /// <summary>The role that holds every permission, also ones that later modules bring. There from the first start, can't be removed.</summary>
    public static readonly Guid Administrators = new("01900000-0000-7000-8000-000000000002");

    private Role()
    {
    }

    public Role(string name) => Name = name;

    public string Name { get; set; } = "";

    public string? Description { get; set; }

    public bool IsAdministrator { get; private set; }

    /// <summary>Keys, sorted. A key whose module is gone grants nothing and comes back with the module.</summary>
    public List<string> Permissions { get; set; } = [];

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public static Role MakeAdministrators(string name) => new(name) { Id = Administrators, IsAdministrator = true };
}

internal sealed class RoleMapping : IEntityTypeConfiguration<Role>
{
    public void Configure(EntityTypeBuilder<Role> b)
    {
        b.ToTable("roles");
        b.Property(r => r.Name).HasMaxLength(80);
        b.Property(r => r.Description).HasMaxLength(300);
        b.HasIndex(r => r.Name).IsUnique();
    }
}
