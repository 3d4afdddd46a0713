using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>Two contacts became one: what both were before, and what moved, so that it can be undone. The history tells of the contacts themselves.</summary>
[NotAudited]
internal sealed class ContactMerge : Entity, IStamped
{
    private ContactMerge()
    {
    }

    public ContactMerge(Guid fromId, Guid intoId) => (FromId, IntoId) = (fromId, intoId);

    public Guid FromId { get; private set; }

    public Guid IntoId { get; private set; }

    /// <summary>Both sides before, the one that stayed after, and the ids that moved; read by the merge feature only.</summary>
    public string Kept { get; set; } = "{}";

    public DateTimeOffset? UndoneAt { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public void Undo(DateTimeOffset at) => UndoneAt = at;

    /// <summary>Tells the other modules; the id of the merge is how they find again what they moved.</summary>
    public void Tell(IntegrationEvent e) => Raise(e);
}

/// <summary>Two contacts that look alike and are not the same: somebody said so. The one with the lower number stands first.</summary>
[NotAudited]
internal sealed class DistinctContacts
{
    public Guid ContactId { get; init; }

    public Guid OtherId { get; init; }

    public DateTimeOffset SaidAt { get; init; }

    public Guid? SaidBy { get; init; }
}

internal sealed class ContactMergeMapping : IEntityTypeConfiguration<ContactMerge>
{
    public void Configure(EntityTypeBuilder<ContactMerge> builder)
    {
        builder.ToTable("contact_merges");
        builder.Property(m => m.Kept).HasColumnType("jsonb");
        builder.HasIndex(m => m.FromId);
        builder.HasIndex(m => m.IntoId);
        builder.HasOne<Contact>().WithMany().HasForeignKey(m => m.FromId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class DistinctContactsMapping : IEntityTypeConfiguration<DistinctContacts>
{
    public void Configure(EntityTypeBuilder<DistinctContacts> builder)
    {
        builder.ToTable("contact_distinct");
        builder.HasKey(d => new { d.ContactId, d.OtherId });
        builder.HasIndex(d => d.OtherId);
        builder.HasOne<Contact>().WithMany().HasForeignKey(d => d.ContactId).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<Contact>().WithMany().HasForeignKey(d => d.OtherId).OnDelete(DeleteBehavior.Cascade);
    }
}
