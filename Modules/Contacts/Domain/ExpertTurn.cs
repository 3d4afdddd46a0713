using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>Whose turn it was last when customers are given to people one after another.</summary>
[NotAudited]
internal sealed class ExpertTurn
{
    public Guid UserId { get; init; }

    /// <summary>Higher is later.</summary>
    public long Turn { get; set; }
}

internal sealed class ExpertTurnMapping : IEntityTypeConfiguration<ExpertTurn>
{
    public void Configure(EntityTypeBuilder<ExpertTurn> builder)
    {
        builder.ToTable("expert_turns");
        builder.HasKey(t => t.UserId);
        builder.Property(t => t.UserId).ValueGeneratedNever();
    }
}
