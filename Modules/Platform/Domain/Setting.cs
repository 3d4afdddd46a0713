using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>A value that administrators change in the browser, as JSON.</summary>
internal sealed class Setting : Entity, IStamped
{
    private Setting()
    {
    }

    public Setting(string key, string value)
    {
        Key = key;
        Value = value;
    }

    public string Key { get; private set; } = "";

    public string Value { get; set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }
}

internal sealed class SettingMapping : IEntityTypeConfiguration<Setting>
{
    public void Configure(EntityTypeBuilder<Setting> b)
    {
        b.ToTable("settings");
        b.Property(s => s.Key).HasMaxLength(100);
        b.Property(s => s.Value).HasColumnType("jsonb");
        b.HasIndex(s => s.Key).IsUnique();
    }
}
