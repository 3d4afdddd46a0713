using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>A named set of permissions that users are given.</summary>
internal sealed class Role : Entity, IStamped, IVersioned
{
    /// <summary>The role that holds every permission, also ones that later modules bring. There from the first start, can't be removed.</summary>
    public static readonly Guid Administrators = new("01900000-0000-7000-8000-000000000002");

    private Role()
    {
    }

    public Role(string name) => Name = name;

    public string Name { get; set; } = "";

    public string? Description { get; set; }

    public bool IsAdministrator { get; private set; }

    /// <summary>Keys, sorted. A key whose module is gone grants nothing and comes back with the module.</summary>
    public List<string> Permissions { get; set; } = [];

    /// <summary>How far a permission reaches, where that is other than «branch»: <c>contacts.see=Own</c>. Lines, because that is what people read in the history.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>Fields that are hidden or read-only: <c>contacts.nationalId=Hidden</c>.</summary>
    [Display(Name = "Fields and rules")]
    public List<string> Fields { get; set; } = [];

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public static Role MakeAdministrators(string name) => new(name) { Id = Administrators, IsAdministrator = true };
}

internal sealed class RoleMapping : IEntityTypeConfiguration<Role>
{
    public void Configure(EntityTypeBuilder<Role> b)
    {
        b.ToTable("roles");
        b.Property(r => r.Name).HasMaxLength(80);
        b.Property(r => r.Description).HasMaxLength(300);
        b.Property(r => r.Scopes).HasDefaultValueSql("'{}'");
        b.Property(r => r.Fields).HasDefaultValueSql("'{}'");
        b.HasIndex(r => r.Name).IsUnique();
    }
}

/// <summary>Scopes and field rules as they are kept: <c>key=Value</c>, sorted.</summary>
internal static class RoleLines
{
    public static List<string> Write<T>(IEnumerable<KeyValuePair<string, T>> values) where T : struct, Enum => [.. values.Select(v => $"{v.Key}={v.Value}").Order(StringComparer.Ordinal)];

    /// <summary>A line that no release of ours wrote is passed over.</summary>
    public static Dictionary<string, T> Read<T>(IEnumerable<string> lines) where T : struct, Enum
    {
        var read = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var at = line.IndexOf('=', StringComparison.Ordinal);
            if (at > 0 && Enum.TryParse<T>(line[(at + 1)..], out var value) && Enum.IsDefined(value)) read[line[..at]] = value;
        }

        return read;
    }
}
