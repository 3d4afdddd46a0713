using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Messaging.Domain;

/// <summary>A text with merge fields, for one channel.</summary>
internal sealed class MessageTemplate : Entity, IStamped, IVersioned, ISoftDeletable, ISearchable
{
    private MessageTemplate()
    {
    }

    public MessageTemplate(TemplateContent content) => Change(content);

    /// <summary>One that is known by this id before it is there.</summary>
    public MessageTemplate(Guid id, TemplateContent content)
        : this(content) => Id = id;

    public string Name { get; private set; } = "";

    public MessageChannel Channel { get; private set; }

    public MessageCategory Category { get; private set; }

    public string Subject { get; private set; } = "";

    public string Body { get; private set; } = "";

    public BodyFormat Format { get; private set; }

    /// <summary><c>fa</c> or <c>en</c>: direction, digits and calendar of what is filled in.</summary>
    public string Language { get; private set; } = "fa";

    public bool Active { get; private set; } = true;

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public Guid? DeletedBy { get; private set; }

    public Guid? DeletionId { get; private set; }

    public uint Version { get; private set; }

    public void Change(TemplateContent content)
    {
        Name = content.Name;
        Channel = content.Channel;
        Category = content.Category;
        // An SMS has neither a subject nor markup, whatever the form sent.
        Subject = content.Channel == MessageChannel.Email ? content.Subject ?? "" : "";
        Format = content.Channel == MessageChannel.Email ? content.Format : BodyFormat.Text;
        Body = content.Body;
        Language = content.Language;
        Active = content.Active;
    }

    public SearchEntry? ToSearchEntry() => new("Message template", Name, "", Name, $"/messages/templates/edit/{Id}", MessagingPermissions.Templates);
}

/// <summary>What a template says.</summary>
internal sealed record TemplateContent(string Name, MessageChannel Channel, MessageCategory Category, string? Subject, string Body, BodyFormat Format, string Language, bool Active);

internal sealed class MessageTemplateMapping : IEntityTypeConfiguration<MessageTemplate>
{
    public void Configure(EntityTypeBuilder<MessageTemplate> b)
    {
        b.ToTable("templates");
        b.Property(t => t.Name).HasMaxLength(200);
        b.Property(t => t.Subject).HasMaxLength(500);
        b.Property(t => t.Body).HasColumnType("text");
        b.Property(t => t.Language).HasMaxLength(2);
        b.HasIndex(t => t.Name).IsUnique().HasFilter("deleted_at is null");
    }
}
