using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>What suppliers are scored by, and how much it counts. Put away, never deleted: scores that were given by it keep their meaning.</summary>
internal sealed class SupplierCriterion : Entity, IStamped, IVersioned
{
    public const int MostWeight = 100;

    private SupplierCriterion()
    {
    }

    public SupplierCriterion(string title, string? englishTitle, string? description, int weight, int order)
    {
        Order = order;
        Change(title, englishTitle, description, weight, true);
    }

    /// <summary>Persian title.</summary>
    public string Title { get; private set; } = "";

    /// <summary>English title; where there is none the Persian one is shown.</summary>
    public string? EnglishTitle { get; private set; }

    /// <summary>What is looked at: stands under the criterion on the form.</summary>
    public string? Description { get; private set; }

    /// <summary>How much it counts beside the others; only their ratio matters.</summary>
    public int Weight { get; private set; }

    public int Order { get; private set; }

    public bool Active { get; private set; }

    /// <summary>Folded Persian title: the same criterion can't be added twice, however it is typed.</summary>
    [NotAudited]
    public string Folded { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public void Change(string title, string? englishTitle, string? description, int weight, bool active)
    {
        Title = title;
        EnglishTitle = englishTitle;
        Description = description;
        Weight = weight;
        Active = active;
        Folded = PersianText.Fold(title);
    }

    public void Move(int order) => Order = order;
}

/// <summary>A criterion as pages show it.</summary>
internal sealed record CriterionValue(Guid Id, string Persian, string? English, string? Description, int Weight, int Order, bool Active)
{
    /// <summary>Title in the language of the moment.</summary>
    public string Title => Texts.IsPersian ? Persian : English ?? Persian;
}

internal sealed class SupplierCriterionMapping : IEntityTypeConfiguration<SupplierCriterion>
{
    public void Configure(EntityTypeBuilder<SupplierCriterion> builder)
    {
        builder.ToTable("supplier_criteria");
        builder.Property(c => c.Title).HasMaxLength(120);
        builder.Property(c => c.EnglishTitle).HasMaxLength(120);
        builder.Property(c => c.Description).HasMaxLength(500);
        builder.Property(c => c.Folded).HasMaxLength(120);
        builder.HasIndex(c => c.Folded).IsUnique();
    }
}

/// <summary>Criteria and classes of importance that every installation starts with. Inserted by the migration that brought them; not to be edited once released.</summary>
internal static class FirstSupplierLists
{
    private static readonly (string Fa, string En, string Says, int Weight)[] s_criteria =
    [
        ("کیفیت", "Quality", "کیفیت کالا یا خدمت و درصد مرجوعی", 30), ("تحویل به‌موقع", "Delivery in time", "پایبندی به زمان و مقدار توافق‌شده", 25), ("قیمت", "Price", "قیمت در برابر بازار و ثبات آن", 20),
        ("شرایط پرداخت", "Terms of payment", "مهلت، اعتبار و شیوهٔ تسویه", 10), ("پاسخ‌گویی و خدمات پس از فروش", "Response and after-sales service", "سرعت پاسخ، پیگیری شکایت و ضمانت", 15),
    ];

    private static readonly (string Fa, string En, string Color, int Months)[] s_importance =
        [("راهبردی", "Strategic", "red", 3), ("گلوگاهی", "Bottleneck", "orange", 6), ("اهرمی", "Leverage", "blue", 6), ("عادی", "Routine", "gray", 12)];

    public static Guid CriterionId(int index) => new($"01900000-0000-7000-8001-c0571000{index + 1:x4}");

    public static Guid ImportanceId(int index) => new($"01900000-0000-7000-8001-c0572000{index + 1:x4}");

    public static string Sql() => "insert into contacts.supplier_criteria (id, title, english_title, description, weight, \"order\", active, folded, created_at, updated_at) values\n"
        + string.Join(",\n", s_criteria.Select((c, i) => $"('{CriterionId(i)}', '{c.Fa}', '{c.En}', '{c.Says}', {c.Weight}, {(i + 1) * 10}, true, '{PersianText.Fold(c.Fa)}', now(), now())"))
        + ";\ninsert into contacts.base_data (id, list, title, english_title, color, months, \"order\", active, folded, created_at, updated_at) values\n"
        + string.Join(",\n", s_importance.Select((v, i) => $"('{ImportanceId(i)}', '{BaseLists.Importance}', '{v.Fa}', '{v.En}', '{v.Color}', {v.Months}, {(i + 1) * 10}, true, '{PersianText.Fold(v.Fa)}', now(), now())"));
}
