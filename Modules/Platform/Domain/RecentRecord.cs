using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>What a user opened lately; at most twelve a user.</summary>
[NotAudited]
internal sealed class RecentRecord
{
    public Guid UserId { get; init; }

    public Guid RecordId { get; init; }

    public required string Type { get; init; }

    public required string Title { get; init; }

    public required string Url { get; init; }

    public DateTimeOffset OpenedAt { get; init; }
}

internal sealed class RecentRecordMapping : IEntityTypeConfiguration<RecentRecord>
{
    public void Configure(EntityTypeBuilder<RecentRecord> b)
    {
        b.ToTable("recent_records");
        b.HasKey(r => new { r.UserId, r.RecordId });
        b.Property(r => r.Type).HasMaxLength(60);
        b.Property(r => r.Title).HasMaxLength(400);
        b.Property(r => r.Url).HasMaxLength(300);
    }
}
