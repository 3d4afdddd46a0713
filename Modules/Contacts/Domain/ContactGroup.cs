using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>A group of contacts; groups lie in one another, as deep as one likes.</summary>
internal sealed class ContactGroup : Entity, IStamped, IVersioned
{
    private ContactGroup()
    {
    }

    public ContactGroup(Guid? parentId, string title, string? englishTitle, int order)
    {
        (ParentId, Order) = (parentId, order);
        Change(title, englishTitle, true);
    }

    /// <summary>The group it lies in; null at the top.</summary>
    public Guid? ParentId { get; private set; }

    /// <summary>Persian title.</summary>
    public string Title { get; private set; } = "";

    /// <summary>English title; where there is none the Persian one is shown.</summary>
    public string? EnglishTitle { get; private set; }

    /// <summary>Place among the groups beside it.</summary>
    [NotAudited]
    public int Order { get; private set; }

    public bool Active { get; private set; }

    /// <summary>
    /// The group it became one with. Contacts keep the id they have and are in the other group from that moment on: a merge rewrites no contact, however many there are.
    /// </summary>
    public Guid? MergedIntoId { get; private set; }

    /// <summary>Folded Persian title: nothing stands twice in a group, however it is typed.</summary>
    [NotAudited]
    public string Folded { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public void Change(string title, string? englishTitle, bool active)
    {
        Title = title;
        EnglishTitle = englishTitle;
        Active = active;
        Folded = PersianText.Fold(title);
    }

    public void Move(Guid? parentId, int order) => (ParentId, Order) = (parentId, order);

    public void MergeInto(Guid other) => (MergedIntoId, Active) = (other, false);
}

internal sealed class ContactGroupMapping : IEntityTypeConfiguration<ContactGroup>
{
    public void Configure(EntityTypeBuilder<ContactGroup> builder)
    {
        builder.ToTable("groups");
        builder.Property(g => g.Title).HasMaxLength(120);
        builder.Property(g => g.EnglishTitle).HasMaxLength(120);
        builder.Property(g => g.Folded).HasMaxLength(120);
        builder.HasIndex(g => new { g.ParentId, g.Folded }).IsUnique().HasFilter("merged_into_id is null").AreNullsDistinct(false);
        builder.HasOne<ContactGroup>().WithMany().HasForeignKey(g => g.ParentId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<ContactGroup>().WithMany().HasForeignKey(g => g.MergedIntoId).OnDelete(DeleteBehavior.Restrict);
    }
}
