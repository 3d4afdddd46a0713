using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>A custom field as administrators keep it. What it holds never changes: values stand in records already.</summary>
internal sealed class FieldDefinition : Entity, IStamped, IVersioned
{
    private FieldDefinition()
    {
    }

    public FieldDefinition(string record, string key, FieldType kind, int order) => (Record, Key, Kind, Order) = (record, key, kind, order);

    public string Record { get; private set; } = "";

    public string Key { get; private set; } = "";

    public FieldType Kind { get; private set; }

    [Display(Name = "Persian title")]
    public string Title { get; set; } = "";

    public string? EnglishTitle { get; set; }

    public string? Hint { get; set; }

    /// <summary>JSON of <see cref="CustomOption"/>s.</summary>
    public string? Options { get; private set; }

    public string? LinksTo { get; set; }

    public string? Formula { get; set; }

    public string? Section { get; set; }

    public int Order { get; set; }

    public bool Required { get; set; }

    [Display(Name = "Shown in lists")]
    public bool InList { get; set; }

    public bool Sortable { get; set; }

    [Display(Name = "Shown when")]
    public string? ShownWhenField { get; set; }

    [Display(Name = "Has the value")]
    public string? ShownWhenValue { get; set; }

    [Display(Name = "Roles that see it")]
    public Guid[] RoleIds { get; set; } = [];

    [Display(Name = "Roles that only read it")]
    public Guid[] ReadOnlyRoleIds { get; set; } = [];

    /// <summary>JSON of <see cref="FieldPlace"/>s by role.</summary>
    [Display(Name = "Arrangements of roles")]
    public string? Layouts { get; private set; }

    public bool Active { get; set; } = true;

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public IReadOnlyList<CustomOption> OptionList => Options is null ? [] : JsonSerializer.Deserialize<List<CustomOption>>(Options, JsonSerializerOptions.Web)!;

    public IReadOnlyDictionary<Guid, FieldPlace> LayoutsByRole => Layouts is null ? new Dictionary<Guid, FieldPlace>() : JsonSerializer.Deserialize<Dictionary<Guid, FieldPlace>>(Layouts, JsonSerializerOptions.Web)!;

    /// <summary>How a role has it; null for as everybody has it.</summary>
    public void SetLayout(Guid role, FieldPlace? place)
    {
        var all = LayoutsByRole.ToDictionary();
        if (place is null) all.Remove(role);
        else all[role] = place;
        Layouts = all.Count == 0 ? null : JsonSerializer.Serialize(all.OrderBy(l => l.Key).ToDictionary(), JsonSerializerOptions.Web);
    }

    public void SetOptions(IReadOnlyList<CustomOption> options) => Options = options.Count == 0 ? null : JsonSerializer.Serialize(options, JsonSerializerOptions.Web);

    public CustomField ToField() => new()
    {
        Key = Key, Record = Record, Persian = Title, English = EnglishTitle, Hint = Hint, Kind = Kind, Options = OptionList, LinksTo = LinksTo, Formula = Formula, Section = Section, Order = Order,
        Required = Required, InList = InList, Sortable = Sortable, ShownWhenField = ShownWhenField, ShownWhenValue = ShownWhenValue, Roles = RoleIds, ReadOnlyRoles = ReadOnlyRoleIds, Layouts = LayoutsByRole, Active = Active,
    };
}

internal sealed class FieldDefinitionMapping : IEntityTypeConfiguration<FieldDefinition>
{
    public void Configure(EntityTypeBuilder<FieldDefinition> builder)
    {
        builder.ToTable("custom_fields");
        builder.Ignore(f => f.OptionList);
        builder.Ignore(f => f.LayoutsByRole);
        builder.Property(f => f.Layouts).HasColumnType("jsonb");
        builder.Property(f => f.Record).HasMaxLength(60);
        builder.Property(f => f.Key).HasMaxLength(40);
        builder.Property(f => f.Title).HasMaxLength(100);
        builder.Property(f => f.EnglishTitle).HasMaxLength(100);
        builder.Property(f => f.Hint).HasMaxLength(300);
        builder.Property(f => f.Options).HasColumnType("jsonb");
        builder.Property(f => f.LinksTo).HasMaxLength(60);
        builder.Property(f => f.Formula).HasMaxLength(500);
        builder.Property(f => f.Section).HasMaxLength(100);
        builder.Property(f => f.ShownWhenField).HasMaxLength(40);
        builder.Property(f => f.ShownWhenValue).HasMaxLength(100);
        builder.HasIndex(f => new { f.Record, f.Key }).IsUnique();
    }
}
