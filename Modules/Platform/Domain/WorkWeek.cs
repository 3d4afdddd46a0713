using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>
/// Working hours by day of the week, from a date on: an old deadline is still reckoned by the hours of its time. Of a branch, of a province, or of the whole company; the nearest one holds.
/// </summary>
internal sealed class WorkWeek : Entity, IStamped, IVersioned
{
    private WorkWeek()
    {
    }

    public WorkWeek(DateOnly from, Guid? branchId = null, int? provinceId = null)
    {
        From = from;
        BranchId = branchId;
        ProvinceId = provinceId;
    }

    /// <summary>First day these hours hold.</summary>
    public DateOnly From { get; private set; }

    [Display(Name = "Branch")]
    public Guid? BranchId { get; private set; }

    [Display(Name = "Province")]
    public int? ProvinceId { get; private set; }

    /// <summary>Seven texts like <c>08:00-12:00,13:00-17:00</c>, Sunday first as in <see cref="DayOfWeek"/>; empty is a day off.</summary>
    public List<string> Days { get; set; } = ["", "", "", "", "", "", ""];

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }
}

internal sealed class WorkWeekMapping : IEntityTypeConfiguration<WorkWeek>
{
    public void Configure(EntityTypeBuilder<WorkWeek> b)
    {
        b.ToTable("work_weeks");
        b.HasIndex(w => new { w.From, w.BranchId, w.ProvinceId }).IsUnique().AreNullsDistinct(false);
    }
}

/// <summary>A day that differs from its weekday: a holiday (no hours), a half day, or a Friday that is worked.</summary>
internal sealed class SpecialDay : Entity, IStamped
{
    private SpecialDay()
    {
    }

    public SpecialDay(DateOnly day, string title, string hours, Guid? branchId = null, int? provinceId = null)
    {
        Day = day;
        Title = title;
        Hours = hours;
        BranchId = branchId;
        ProvinceId = provinceId;
    }

    public DateOnly Day { get; private set; }

    [Display(Name = "Branch")]
    public Guid? BranchId { get; private set; }

    [Display(Name = "Province")]
    public int? ProvinceId { get; private set; }

    public string Title { get; set; } = "";

    /// <summary>Hours worked on it, as in <see cref="WorkWeek.Days"/>; empty for a holiday.</summary>
    public string Hours { get; set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }
}

internal sealed class SpecialDayMapping : IEntityTypeConfiguration<SpecialDay>
{
    public void Configure(EntityTypeBuilder<SpecialDay> b)
    {
        b.ToTable("special_days");
        b.Property(d => d.Title).HasMaxLength(120);
        b.Property(d => d.Hours).HasMaxLength(200);
        b.HasIndex(d => new { d.Day, d.BranchId, d.ProvinceId }).IsUnique().AreNullsDistinct(false);
    }
}

/// <summary>
/// A closure by decree (air pollution, heat, mourning): whole days or hours of them are taken out of the working time, everywhere, in a province or in a branch. Kept when it is taken back, so that
/// what moved with it can be understood.
/// </summary>
internal sealed class Closure : Entity, IStamped, IVersioned
{
    private Closure()
    {
    }

    public Closure(DateOnly from, DateOnly until, string title)
    {
        From = from;
        Until = until;
        Title = title;
    }

    public DateOnly From { get; private set; }

    /// <summary>The last day.</summary>
    public DateOnly Until { get; private set; }

    /// <summary>On each of the days, from when …</summary>
    [Display(Name = "From hour")]
    public TimeOnly? FromTime { get; init; }

    /// <summary>… until when; null for the whole day, or its rest.</summary>
    [Display(Name = "Until hour")]
    public TimeOnly? UntilTime { get; init; }

    public string Title { get; private set; } = "";

    /// <summary>Who decreed it, number and date.</summary>
    public string? Decree { get; init; }

    [Display(Name = "Branch")]
    public Guid? BranchId { get; init; }

    [Display(Name = "Province")]
    public int? ProvinceId { get; init; }

    [Display(Name = "Taken back")]
    public DateTimeOffset? TakenBackAt { get; private set; }

    [Display(Name = "Taken back by")]
    public Guid? TakenBackBy { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public void TakeBack(DateTimeOffset at, Guid? by)
    {
        if (TakenBackAt is not null) throw new RuleBroken("closure.taken-back", "This closure was taken back already.");
        TakenBackAt = at;
        TakenBackBy = by;
    }
}

internal sealed class ClosureMapping : IEntityTypeConfiguration<Closure>
{
    public void Configure(EntityTypeBuilder<Closure> b)
    {
        b.ToTable("closures");
        b.Property(c => c.Title).HasMaxLength(120);
        b.Property(c => c.Decree).HasMaxLength(200);
        b.HasIndex(c => new { c.From, c.Until });
    }
}
