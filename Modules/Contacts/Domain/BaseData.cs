using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>One value of a list that users manage: a status, a rank, a kind of communication …</summary>
internal sealed class BaseDataItem : Entity, IStamped, IVersioned
{
    private BaseDataItem()
    {
    }

    public BaseDataItem(string list, string title, string? englishTitle, int order)
    {
        List = list;
        Order = order;
        Change(title, englishTitle, null, true);
    }

    /// <summary>Key of the list.</summary>
    public string List { get; private set; } = "";

    /// <summary>Persian title.</summary>
    public string Title { get; private set; } = "";

    /// <summary>English title; where there is none the Persian one is shown.</summary>
    public string? EnglishTitle { get; private set; }

    /// <summary>Of a kind of relation: what this side is to the other one, in Persian; null where it is the same both ways.</summary>
    public string? Reverse { get; private set; }

    public string? EnglishReverse { get; private set; }

    /// <summary>Of an importance of suppliers: months until they are to be scored again; null for never.</summary>
    public int? Months { get; private set; }

    /// <summary>Colour of the badge, one of the shell's names.</summary>
    public string? Color { get; private set; }

    public int Order { get; private set; }

    public bool Active { get; private set; }

    /// <summary>Folded Persian title: the same value can't be added twice, however it is typed.</summary>
    [NotAudited]
    public string Folded { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public void Change(string title, string? englishTitle, string? color, bool active)
    {
        Title = title;
        EnglishTitle = englishTitle;
        Color = color;
        Active = active;
        Folded = PersianText.Fold(title);
    }

    public void NameReverse(string? reverse, string? english) => (Reverse, EnglishReverse) = (reverse, reverse is null ? null : english);

    public void ScoreEvery(int? months) => Months = months;

    public void Move(int order) => Order = order;
}

/// <summary>The lists there are.</summary>
internal static class BaseLists
{
    public const string Type = "contact-type";
    public const string Rank = "contact-rank";
    public const string Status = "contact-status";
    public const string Source = "contact-source";
    public const string Role = "contact-role";
    public const string FieldOfActivity = "field-of-activity";
    public const string Salutation = "salutation";
    public const string Position = "position";
    public const string Department = "department";
    public const string MaritalStatus = "marital-status";
    public const string Religion = "religion";
    public const string RelationKind = "relation-kind";
    public const string CommunicationKind = "communication-kind";
    public const string CommunicationResult = "communication-result";
    public const string Importance = "supplier-importance";
    public const string CostKind = "communication-cost-kind";

    /// <summary>Key and English title (translation key), in the order of the settings page.</summary>
    public static readonly IReadOnlyList<(string Key, string Title)> All =
    [
        (Type, "Contact types"),
        (Rank, "Ranks"),
        (Status, "Statuses"),
        (Source, "Sources"),
        (Role, "Roles of contacts"),
        (FieldOfActivity, "Fields of activity"),
        (Salutation, "Salutations"),
        (Position, "Positions"),
        (Department, "Departments"),
        (RelationKind, "Kinds of relation"),
        (MaritalStatus, "Marital statuses"),
        (Religion, "Religions"),
        (CommunicationKind, "Kinds of communication"),
        (CommunicationResult, "Results of communication"),
        (CostKind, "Kinds of cost"),
        (Importance, "Importance of suppliers"),
    ];

    public static bool Exists(string? key) => All.Any(l => l.Key == key);
}

internal sealed class BaseDataMapping : IEntityTypeConfiguration<BaseDataItem>
{
    public void Configure(EntityTypeBuilder<BaseDataItem> builder)
    {
        builder.ToTable("base_data");
        builder.Property(b => b.List).HasMaxLength(40);
        builder.Property(b => b.Title).HasMaxLength(120);
        builder.Property(b => b.EnglishTitle).HasMaxLength(120);
        builder.Property(b => b.Reverse).HasMaxLength(120);
        builder.Property(b => b.EnglishReverse).HasMaxLength(120);
        builder.Property(b => b.Color).HasMaxLength(20);
        builder.Property(b => b.Folded).HasMaxLength(120);
        builder.HasIndex(b => new { b.List, b.Folded }).IsUnique();
    }
}

internal enum PlaceKind
{
    Province,
    County,
    District,
    City,
}

/// <summary>A province, county, district (بخش) or city. Public data with the numbers of its source, so that addresses stay the same in every installation.</summary>
internal sealed class Place
{
    public int Id { get; private init; }

    public PlaceKind Kind { get; private init; }

    /// <summary>The province it lies in; null for a province.</summary>
    public int? ProvinceId { get; private init; }

    /// <summary>The county that a district or city lies in.</summary>
    public int? CountyId { get; private init; }

    /// <summary>The district that a city lies in.</summary>
    public int? DistrictId { get; private init; }

    public string Name { get; private init; } = "";

    public string? EnglishName { get; private init; }
}

internal sealed class PlaceMapping : IEntityTypeConfiguration<Place>
{
    public void Configure(EntityTypeBuilder<Place> builder)
    {
        builder.ToTable("places");
        builder.Property(p => p.Id).ValueGeneratedNever();
        builder.Property(p => p.Name).HasMaxLength(100);
        builder.Property(p => p.EnglishName).HasMaxLength(100);
        builder.HasIndex(p => p.ProvinceId);
    }
}
