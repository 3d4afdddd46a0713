using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>What a communication cost: the way there, a free sample …</summary>
internal sealed class CommunicationCost : Entity, IPartOf
{
    private CommunicationCost()
    {
    }

    public CommunicationCost(Guid communicationId, Guid kindId, long amount, string? note, short position)
    {
        CommunicationId = communicationId;
        Change(kindId, amount, note, position);
    }

    public Guid CommunicationId { get; private set; }

    public Guid KindId { get; private set; }

    /// <summary>Rials.</summary>
    public long Amount { get; private set; }

    public string? Note { get; private set; }

    [NotAudited]
    public short Position { get; private set; }

    public Guid RootId => CommunicationId;

    public void Change(Guid kindId, long amount, string? note, short position) => (KindId, Amount, Note, Position) = (kindId, amount, note, position);
}

/// <summary>One row of the form.</summary>
internal sealed record CostFields
{
    public Guid? KindId { get; init; }

    [Web.Rials]
    public long? Amount { get; init; }

    public string? Note { get; init; }

    public bool IsEmpty => Amount is null && Note is null;
}

internal sealed class CommunicationCostMapping : IEntityTypeConfiguration<CommunicationCost>
{
    public void Configure(EntityTypeBuilder<CommunicationCost> builder)
    {
        builder.ToTable("communication_costs");
        builder.Ignore(c => c.RootId);
        builder.Property(c => c.Note).HasMaxLength(300);
        builder.HasIndex(c => c.CommunicationId);
    }
}

/// <summary>Kinds of cost that every installation starts with; a list that came with a later release than <see cref="Data.FirstLists"/>.</summary>
internal static class FirstCostKinds
{
    private static readonly (string Fa, string En)[] s_values =
        [("ایاب و ذهاب", "Transport"), ("نمونهٔ رایگان", "Free samples"), ("پذیرایی", "Catering"), ("هدیه", "Gift"), ("اقامت", "Accommodation"), ("سایر", "Other")];

    public static Guid Id(int index) => new($"01900000-0000-7000-8001-c0570000{index + 1:x4}");

    public static string Sql() => "insert into contacts.base_data (id, list, title, english_title, \"order\", active, folded, created_at, updated_at) values\n"
        + string.Join(",\n", s_values.Select((v, i) => $"('{Id(i)}', '{BaseLists.CostKind}', '{v.Fa}', '{v.En}', {(i + 1) * 10}, true, '{PersianText.Fold(v.Fa)}', now(), now())"));
}
