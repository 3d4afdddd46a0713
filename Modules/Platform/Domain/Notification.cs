using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>A line behind one user's bell. Kept as key and arguments, so that it is read in the language of the moment.</summary>
[NotAudited]
internal sealed class Notification : Entity
{
    private Notification()
    {
    }

    public Notification(Guid userId, string text, IEnumerable<string> args, string url, string level, DateTimeOffset at)
    {
        UserId = userId;
        Text = text;
        Args = [.. args];
        Url = url;
        Level = level;
        At = at;
    }

    public Guid UserId { get; private set; }

    public string Text { get; private set; } = "";

    public List<string> Args { get; private set; } = [];

    public string Url { get; private set; } = "";

    /// <summary>info, warning or alarm.</summary>
    public string Level { get; private set; } = "info";

    public DateTimeOffset At { get; private set; }

    public DateTimeOffset? ReadAt { get; private set; }

    public void Read(DateTimeOffset now) => ReadAt ??= now;
}

internal sealed class NotificationMapping : IEntityTypeConfiguration<Notification>
{
    public void Configure(EntityTypeBuilder<Notification> b)
    {
        b.ToTable("notifications");
        b.Property(n => n.Text).HasMaxLength(400);
        b.Property(n => n.Url).HasMaxLength(400);
        b.Property(n => n.Level).HasMaxLength(10);
        b.HasIndex(n => new { n.UserId, n.Id });
        b.HasIndex(n => n.UserId).HasFilter("read_at is null").HasDatabaseName("ix_notifications_unread");
    }
}
