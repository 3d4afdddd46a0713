using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>Working hours by day of the week, from a date on: an old deadline is still reckoned by the hours of its time.</summary>
internal sealed class WorkWeek : Entity, IStamped, IVersioned
{
    private WorkWeek()
    {
    }

    public WorkWeek(DateOnly from) => From = from;

    /// <summary>First day these hours hold.</summary>
    public DateOnly From { get; private set; }

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
        b.HasIndex(w => w.From).IsUnique();
    }
}

/// <summary>A day that differs from its weekday: a holiday (no hours), a half day, or a Friday that is worked.</summary>
internal sealed class SpecialDay : Entity, IStamped
{
    private SpecialDay()
    {
    }

    public SpecialDay(DateOnly day, string title, string hours)
    {
        Day = day;
        Title = title;
        Hours = hours;
    }

    public DateOnly Day { get; private set; }

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
        b.HasIndex(d => d.Day).IsUnique();
    }
}
