using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Domain;

/// <summary>A form that stages ask for and that is filled on the customer's page. What is drawn here is the draft; who fills it gets the version that was published last.</summary>
internal sealed class Form : Entity, IStamped, IVersioned, ISoftDeletable
{
    private Form()
    {
    }

    public Form(string name) => Name = name;

    public string Name { get; set; } = "";

    public string? Description { get; set; }

    /// <summary>Offered on the customer's page, outside routines.</summary>
    public bool ForCustomers { get; set; }

    /// <summary>The draft, as JSON (<see cref="FormDesign"/>; forms of earlier releases are a flat list of fields).</summary>
    [Display(Name = "Fields")]
    public string FieldsJson { get; private set; } = "[]";

    /// <summary>The version that is given out; null before the first publishing.</summary>
    public Guid? PublishedVersionId { get; private set; }

    public int? PublishedNumber { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public Guid? DeletedBy { get; private set; }

    public Guid? DeletionId { get; private set; }

    public uint Version { get; private set; }

    public FormDesign Design => FormDesign.Parse(FieldsJson);

    public void Draw(FormDesign design) => FieldsJson = design.Write();

    /// <summary>Gives the draft out. The same draft again is no new version.</summary>
    /// <param name="published">The version given out now; null for none.</param>
    /// <returns>The new version, to be added; null when nothing changed.</returns>
    public FormVersion? Publish(FormVersion? published)
    {
        var text = Design.Write();
        if (published is not null && FormDesign.Parse(published.DesignJson).Write() == text) return null;
        var version = new FormVersion(Id, (PublishedNumber ?? 0) + 1, text);
        PublishedVersionId = version.Id;
        PublishedNumber = version.Number;
        return version;
    }
}

internal sealed class FormMapping : IEntityTypeConfiguration<Form>
{
    public void Configure(EntityTypeBuilder<Form> builder)
    {
        builder.ToTable("Forms");
        builder.Property(f => f.Name).HasMaxLength(200);
        builder.Property(f => f.Description).HasMaxLength(1000);
        builder.Property(f => f.FieldsJson).HasColumnName("Fields").HasColumnType("jsonb");
        builder.Ignore(f => f.Design);
        builder.HasIndex(f => f.Name).IsUnique().HasFilter("deleted_at is null");
    }
}

/// <summary>A form as it was given out. Never changed: stages and filled forms that began with it keep it.</summary>
internal sealed class FormVersion : Entity, IStamped
{
    private FormVersion()
    {
    }

    public FormVersion(Guid formId, int number, string designJson)
    {
        FormId = formId;
        Number = number;
        DesignJson = designJson;
    }

    public Guid FormId { get; private set; }

    public int Number { get; private set; }

    [NotAudited]
    public string DesignJson { get; private set; } = "[]";

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }
}

internal sealed class FormVersionMapping : IEntityTypeConfiguration<FormVersion>
{
    public void Configure(EntityTypeBuilder<FormVersion> builder)
    {
        builder.ToTable("FormVersions");
        builder.Property(v => v.DesignJson).HasColumnName("Design").HasColumnType("text");
        builder.HasIndex(v => new { v.FormId, v.Number }).IsUnique();
    }
}

/// <summary>A form that was filled for a customer outside routines.</summary>
internal sealed class FilledForm : Entity, IBranchScoped, IStamped, IVersioned, ISoftDeletable
{
    private FilledForm()
    {
    }

    public FilledForm(Guid id, Form form, Guid versionId, Guid contactId, Guid branchId, JsonObject answers, DateTimeOffset at, Guid? by)
    {
        Id = id;
        FormId = form.Id;
        FormName = form.Name;
        FormVersionId = versionId;
        ContactId = contactId;
        BranchId = branchId;
        AnswersJson = answers.ToJsonString(FormDesign.Json);
        FilledAt = at;
        FilledBy = by;
    }

    public Guid FormId { get; private set; }

    /// <summary>As the form was called then.</summary>
    public string FormName { get; private set; } = "";

    public Guid FormVersionId { get; private set; }

    public Guid ContactId { get; private set; }

    public Guid BranchId { get; private set; }

    [Display(Name = "Answers"), TellsRecord("contacts")]
    public string AnswersJson { get; private set; } = "{}";

    public DateTimeOffset FilledAt { get; private set; }

    public Guid? FilledBy { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public Guid? DeletedBy { get; private set; }

    public Guid? DeletionId { get; private set; }

    public uint Version { get; private set; }

    public JsonObject Answers => JsonNode.Parse(AnswersJson) as JsonObject ?? [];

    /// <summary>Its customer became another contact, or became itself again.</summary>
    public void MoveTo(Guid contactId) => ContactId = contactId;

    /// <summary>Answers that change fields of the customer.</summary>
    public void AskForFields(IReadOnlyDictionary<string, IReadOnlyList<string>> values)
    {
        if (values.Count > 0) Raise(new Crm.Contacts.Contracts.ContactFieldsRequested(ContactId, System.Text.Json.JsonSerializer.Serialize(values, FormDesign.Json), Keys.Of(Id, "fields"), FormName));
    }
}

internal sealed class FilledFormMapping : IEntityTypeConfiguration<FilledForm>
{
    public void Configure(EntityTypeBuilder<FilledForm> builder)
    {
        builder.ToTable("FilledForms");
        builder.Property(f => f.FormName).HasMaxLength(200);
        builder.Property(f => f.AnswersJson).HasColumnName("Answers").HasColumnType("text");
        builder.Ignore(f => f.Answers);
        builder.HasIndex(f => new { f.ContactId, f.FilledAt });
        builder.HasIndex(f => f.FormId);
    }
}
