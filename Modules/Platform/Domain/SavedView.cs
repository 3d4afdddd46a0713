using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>A list as a user saved it: what narrows and orders it, under a name.</summary>
internal sealed class ListView : Entity, IStamped, IVersioned
{
    private ListView()
    {
    }

    public ListView(string record, Guid ownerId) => (Record, OwnerId) = (record, ownerId);

    public string Record { get; private set; } = "";

    [Display(Name = "Owner")]
    public Guid OwnerId { get; private set; }

    public string Name { get; set; } = "";

    /// <summary>Query string without the question mark.</summary>
    [NotTold]
    public string Query { get; set; } = "";

    /// <summary>Everybody who sees the record sees the view.</summary>
    [Display(Name = "Shared with everybody")]
    public bool ForAll { get; set; }

    [Display(Name = "Shared with roles")]
    public Guid[] RoleIds { get; set; } = [];

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }
}

/// <summary>Columns and size that a user left a list with.</summary>
[NotAudited]
internal sealed class ListLayoutRow : Entity
{
    private ListLayoutRow()
    {
    }

    public ListLayoutRow(string record, Guid userId) => (Record, UserId) = (record, userId);

    public string Record { get; private set; } = "";

    public Guid UserId { get; private set; }

    public string[] Columns { get; set; } = [];

    public int Size { get; set; }
}

internal sealed class ListViewMapping : IEntityTypeConfiguration<ListView>, IEntityTypeConfiguration<ListLayoutRow>
{
    public void Configure(EntityTypeBuilder<ListView> builder)
    {
        builder.ToTable("list_views");
        builder.Property(v => v.Record).HasMaxLength(60);
        builder.Property(v => v.Name).HasMaxLength(80);
        builder.Property(v => v.Query).HasMaxLength(8000);
        builder.HasIndex(v => new { v.Record, v.OwnerId, v.Name }).IsUnique();
    }

    public void Configure(EntityTypeBuilder<ListLayoutRow> builder)
    {
        builder.ToTable("list_layouts");
        builder.Property(l => l.Record).HasMaxLength(60);
        builder.HasIndex(l => new { l.UserId, l.Record }).IsUnique();
    }
}
