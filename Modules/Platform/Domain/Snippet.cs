using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>A text that somebody keeps, to pick it in any description field.</summary>
internal sealed class Snippet : Entity, IStamped, IVersioned
{
    private Snippet()
    {
    }

    public Snippet(Guid ownerId) => OwnerId = ownerId;

    public Guid OwnerId { get; private set; }

    public string Title { get; private set; } = "";

    public string Text { get; private set; } = "";

    /// <summary>Offered to everybody; otherwise to its owner only.</summary>
    public bool Shared { get; private set; }

    /// <summary>Folded title: one person has a name only once, however it is typed.</summary>
    [NotAudited]
    public string Folded { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public void Change(string title, string text, bool shared)
    {
        Title = title;
        Text = text;
        Shared = shared;
        Folded = PersianText.Fold(title);
    }
}

internal sealed class SnippetMapping : IEntityTypeConfiguration<Snippet>
{
    public const int Longest = 20000;

    public void Configure(EntityTypeBuilder<Snippet> b)
    {
        b.ToTable("snippets");
        b.Property(s => s.Title).HasMaxLength(120);
        b.Property(s => s.Text).HasMaxLength(Longest);
        b.Property(s => s.Folded).HasMaxLength(240);
        b.HasIndex(s => new { s.OwnerId, s.Folded }).IsUnique();
        b.HasIndex(s => s.Folded).HasFilter("shared");
    }
}
