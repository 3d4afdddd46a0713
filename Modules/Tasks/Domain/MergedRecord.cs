using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Tasks.Domain;

/// <summary>A record that got another contact when two contacts became one: the way back, should the merge be undone.</summary>
[NotAudited]
internal sealed class MergedRecord
{
    public Guid MergeId { get; init; }

    public Guid RecordId { get; init; }
}

internal sealed class MergedRecordMapping : IEntityTypeConfiguration<MergedRecord>
{
    public void Configure(EntityTypeBuilder<MergedRecord> builder)
    {
        builder.ToTable("merged_records");
        builder.HasKey(r => new { r.MergeId, r.RecordId });
    }
}
