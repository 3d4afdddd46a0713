using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Data;

/// <summary>Ids of the contacts in the bin, whoever may see them. A filter is lifted for a whole query, never for a part of it: asking the contacts themselves would lift the user's scope from everything beside them.</summary>
internal sealed class BinnedContact
{
    public Guid Id { get; init; }
}

internal sealed class BinnedContactMapping : IEntityTypeConfiguration<BinnedContact>
{
    public void Configure(EntityTypeBuilder<BinnedContact> builder) => builder.HasNoKey().ToSqlQuery("select id from contacts.contacts where deleted_at is not null");
}
