using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>A post of the organisation chart: it belongs to a unit, may report to another post, and is held by nobody, one or several people.</summary>
internal sealed class Post : Entity, IStamped, IVersioned
{
    private Post()
    {
    }

    public Post(string title, Guid unitId)
    {
        Title = title;
        UnitId = unitId;
    }

    public string Title { get; set; } = "";

    [Display(Name = "Unit")]
    public Guid UnitId { get; set; }

    /// <summary>The post it answers to; null where the unit's head is meant.</summary>
    [Display(Name = "Reports to")]
    public Guid? ReportsToId { get; set; }

    /// <summary>Whoever holds it leads the unit.</summary>
    [Display(Name = "Leads the unit")]
    public bool Leads { get; set; }

    public string? Description { get; set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }
}

internal sealed class PostMapping : IEntityTypeConfiguration<Post>
{
    public void Configure(EntityTypeBuilder<Post> b)
    {
        b.ToTable("posts");
        b.Property(p => p.Title).HasMaxLength(120);
        b.Property(p => p.Description).HasMaxLength(1000);
        b.HasOne<OrgUnit>().WithMany().HasForeignKey(p => p.UnitId).OnDelete(DeleteBehavior.Restrict);
        b.HasOne<Post>().WithMany().HasForeignKey(p => p.ReportsToId).OnDelete(DeleteBehavior.Restrict);
        b.HasIndex(p => new { p.UnitId, p.Title }).IsUnique();
    }
}

/// <summary>Who holds a post from when until when; what is over stays in sight.</summary>
internal sealed class PostHolder : Entity, IStamped, IPartOf
{
    private PostHolder()
    {
    }

    public PostHolder(Guid postId, Guid userId, DateOnly from, DateOnly? until)
    {
        PostId = postId;
        UserId = userId;
        From = from;
        Until = until;
    }

    public Guid PostId { get; private set; }

    [Display(Name = "Holder")]
    public Guid UserId { get; private set; }

    public DateOnly From { get; private set; }

    /// <summary>The last day; null while nobody knows.</summary>
    public DateOnly? Until { get; set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public Guid RootId => PostId;
}

internal sealed class PostHolderMapping : IEntityTypeConfiguration<PostHolder>
{
    public void Configure(EntityTypeBuilder<PostHolder> b)
    {
        b.ToTable("post_holders");
        b.Ignore(h => h.RootId);
        b.HasOne<Post>().WithMany().HasForeignKey(h => h.PostId).OnDelete(DeleteBehavior.Cascade);
        b.HasIndex(h => h.UserId);
    }
}

/// <summary>Somebody is away, and who does his work meanwhile.</summary>
internal sealed class Leave : Entity, IStamped, IVersioned
{
    private Leave()
    {
    }

    public Leave(Guid userId) => UserId = userId;

    [Display(Name = "Who is away")]
    public Guid UserId { get; private set; }

    public DateOnly From { get; set; }

    /// <summary>The last day away.</summary>
    public DateOnly Until { get; set; }

    [Display(Name = "Deputy")]
    public Guid DeputyId { get; set; }

    /// <summary>The post that the deputy stands in for; null for the whole work.</summary>
    [Display(Name = "For which post")]
    public Guid? PostId { get; set; }

    public string? Note { get; set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }
}

internal sealed class LeaveMapping : IEntityTypeConfiguration<Leave>
{
    public void Configure(EntityTypeBuilder<Leave> b)
    {
        b.ToTable("leaves");
        b.Property(l => l.Note).HasMaxLength(500);
        b.HasOne<Post>().WithMany().HasForeignKey(l => l.PostId).OnDelete(DeleteBehavior.Cascade);
        b.HasIndex(l => new { l.UserId, l.From });
        b.HasIndex(l => new { l.Until, l.From });
    }
}
