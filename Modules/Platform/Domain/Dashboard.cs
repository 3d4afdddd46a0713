using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>Which blocks stand on somebody's first page, in order: a user's own arrangement, or what a role begins with. Its id is the user's or the role's.</summary>
[NotAudited]
internal sealed class Dashboard : Entity
{
    private Dashboard()
    {
    }

    public Dashboard(Guid ownerId) => Id = ownerId;

    /// <summary>Keys. One whose module is gone is left out and comes back with it.</summary>
    public List<string> Blocks { get; set; } = [];
}

internal sealed class DashboardMapping : IEntityTypeConfiguration<Dashboard>
{
    public void Configure(EntityTypeBuilder<Dashboard> b) => b.ToTable("dashboards");
}
