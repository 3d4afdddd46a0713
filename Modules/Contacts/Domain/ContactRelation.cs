using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>
/// What two contacts are to one another: seen from <see cref="ContactId"/>, the other one is the title of the kind («معرف»); seen from the other, this one is its reverse title («معرفی‌شده»).
/// Kinds without a reverse title are the same both ways and stand once, whoever was named first.
/// </summary>
internal sealed class ContactRelation : Entity, IStamped, IPartOf
{
    private ContactRelation()
    {
    }

    public ContactRelation(Guid contactId, Guid otherId, Guid kindId, string? note) => (ContactId, OtherId, KindId, Note) = (contactId, otherId, kindId, note);

    public Guid ContactId { get; private set; }

    public Guid OtherId { get; private set; }

    public Guid KindId { get; private set; }

    public string? Note { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public Guid RootId => ContactId;

    /// <summary>One of the two became another contact.</summary>
    public void Between(Guid contactId, Guid otherId) => (ContactId, OtherId) = (contactId, otherId);
}

internal sealed class ContactRelationMapping : IEntityTypeConfiguration<ContactRelation>
{
    public void Configure(EntityTypeBuilder<ContactRelation> builder)
    {
        builder.ToTable("contact_relations");
        builder.Ignore(r => r.RootId);
        builder.Property(r => r.Note).HasMaxLength(300);
        builder.HasIndex(r => new { r.ContactId, r.OtherId, r.KindId }).IsUnique();
        builder.HasIndex(r => r.OtherId);
        builder.HasOne<Contact>().WithMany().HasForeignKey(r => r.ContactId).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<Contact>().WithMany().HasForeignKey(r => r.OtherId).OnDelete(DeleteBehavior.Cascade);
    }
}
