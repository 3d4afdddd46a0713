using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Definitions;

/// <summary>
/// For whom a routine is and how it starts: a kind of customer (or all of them), sale or after-sales, and by hand, by a happening or by a schedule.
/// A routine without bindings starts only through what is drawn in it or by its own page.
/// </summary>
internal sealed class RoutineBinding : Entity, IStamped, IVersioned, IPartOf
{
    private RoutineBinding()
    {
    }

    public RoutineBinding(Guid routineId) => RoutineId = routineId;

    public Guid RoutineId { get; private set; }

    public RoutinePurpose Purpose { get; set; }

    /// <summary>Base data <c>contact-type</c>; null for every kind of customer.</summary>
    [Display(Name = "Kind of customer")]
    public Guid? ContactTypeId { get; set; }

    public RoutineStart Start { get; set; }

    /// <summary>Type of an <see cref="ITriggerDeclaration"/> (<c>Crm.ContactCreated</c>); with <see cref="RoutineStart.Trigger"/> only.</summary>
    public string? Trigger { get; set; }

    /// <summary>Inputs that narrow the trigger, as a JSON object.</summary>
    public string? TriggerInputs { get; set; }

    /// <summary>Cron expression (minute first) or calendar schedule, in the company's zone; with <see cref="RoutineStart.Schedule"/> only. Starts one job without a customer.</summary>
    public string? Cron { get; set; }

    /// <summary>False switches it off without losing it.</summary>
    public bool Active { get; set; } = true;

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public Guid RootId => RoutineId;

    /// <summary>Whether a customer of this kind is meant.</summary>
    public bool Fits(Guid? contactTypeId) => ContactTypeId is null || ContactTypeId == contactTypeId;

    /// <summary><see cref="TriggerInputs"/> as an object; empty when there are none.</summary>
    public JsonObject Inputs() => TriggerInputs is { Length: > 0 } text ? JsonNode.Parse(text) as JsonObject ?? [] : [];
}

/// <summary>What a routine is for.</summary>
internal enum RoutinePurpose
{
    Sale,
    AfterSales,
    Other,
}

/// <summary>How a routine starts.</summary>
internal enum RoutineStart
{
    /// <summary>By hand, from the customer's page.</summary>
    Manual,

    /// <summary>When something happens.</summary>
    Trigger,

    /// <summary>By the clock.</summary>
    Schedule,
}

internal sealed class RoutineBindingMapping : IEntityTypeConfiguration<RoutineBinding>
{
    public void Configure(EntityTypeBuilder<RoutineBinding> builder)
    {
        builder.ToTable("RoutineBindings");
        builder.HasOne<RoutineDefinition>().WithMany().HasForeignKey(b => b.RoutineId).OnDelete(DeleteBehavior.Cascade);
        builder.Property(b => b.Trigger).HasMaxLength(200);
        builder.Property(b => b.TriggerInputs).HasColumnType("text");
        builder.Property(b => b.Cron).HasMaxLength(Schedules.Longest);
        builder.HasIndex(b => b.RoutineId);
        builder.HasIndex(b => b.Trigger).HasFilter("trigger is not null");
        builder.Ignore(b => b.RootId);
    }
}
