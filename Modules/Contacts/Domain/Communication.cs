using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>A call, visit, letter … that took place with a contact.</summary>
[Record("communications", "contacts.communications", Owners = [nameof(UserId)], Parent = typeof(Contact), ParentId = nameof(ContactId))]
internal sealed class Communication : Entity, IBranchScoped, ISoftDeletable, IStamped, IVersioned, IPartOf, IHasCustomFields
{
    private readonly List<CommunicationCost> _costs = [];

    private Communication()
    {
    }

    public Communication(Guid id, Contact contact, Guid? userId, Guid kindId, DateTimeOffset startedAt, DateTimeOffset? endedAt)
    {
        Id = id;
        ContactId = contact.Id;
        BranchId = contact.BranchId;
        UserId = userId;
        KindId = kindId;
        StartedAt = startedAt;
        EndedAt = endedAt;
    }

    public Guid ContactId { get; private set; }

    public Contact? Contact { get; private set; }

    public Guid BranchId { get; private set; }

    /// <summary>Who spoke with the customer; null when a routine logged it.</summary>
    public Guid? UserId { get; private set; }

    public Guid KindId { get; private set; }

    public DateTimeOffset StartedAt { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public string? Text { get; private set; }

    public string? Questions { get; private set; }

    public Guid? ResultId { get; private set; }

    public string? NextStep { get; private set; }

    /// <summary>The job it belongs to.</summary>
    public Guid? JobId { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public Guid? DeletedBy { get; private set; }

    public Guid? DeletionId { get; private set; }

    public uint Version { get; private set; }

    [CustomValues]
    public string? Custom { get; private set; }

    public Guid RootId => ContactId;

    /// <summary>Takes over the values of custom fields, as <see cref="CustomValues.Apply"/> answered them.</summary>
    public void SetCustom(string? values)
    {
        if (!System.Text.Json.Nodes.JsonNode.DeepEquals(CustomValues.Parse(Custom), CustomValues.Parse(values))) Custom = values;
    }

    /// <summary>What it cost: transport, free samples …</summary>
    public IReadOnlyList<CommunicationCost> Costs => _costs;

    public void Write(string? text, string? questions, Guid? resultId, string? nextStep, Guid? jobId)
    {
        Text = text;
        Questions = questions;
        ResultId = resultId;
        NextStep = nextStep;
        JobId = jobId;
    }

    /// <summary>Its contact became another one.</summary>
    public void MoveTo(Contact contact) => (ContactId, BranchId) = (contact.Id, contact.BranchId);

    public void Change(Guid kindId, DateTimeOffset startedAt, DateTimeOffset? endedAt)
    {
        KindId = kindId;
        StartedAt = startedAt;
        EndedAt = endedAt;
    }

    /// <summary>Takes over the rows of the form; the one at the same place is the same cost. Needs the costs loaded.</summary>
    public void Charge(IEnumerable<CostFields> wanted)
    {
        var filled = wanted.Where(w => !w.IsEmpty).ToList();
        var known = _costs.OrderBy(k => k.Position).ToList();
        for (var i = 0; i < Math.Max(filled.Count, known.Count); i++)
        {
            if (i >= filled.Count) _costs.Remove(known[i]);
            else if (i >= known.Count) _costs.Add(new(Id, filled[i].KindId!.Value, filled[i].Amount!.Value, filled[i].Note, (short)i));
            else known[i].Change(filled[i].KindId!.Value, filled[i].Amount!.Value, filled[i].Note, (short)i);
        }
    }

    /// <summary>Told once all is written, with the way the job's stage is to go on.</summary>
    public void Logged(Guid? stageItemId, string? stageOutcome)
    {
        Raise(new CommunicationLogged(Id, ContactId, UserId, JobId, stageItemId, stageOutcome));
        // What a routine wrote down itself starts none: two of them would call each other for ever.
        if (UserId is null) return;
        var payload = new JsonObject { ["communicationId"] = Id, ["contactId"] = ContactId, ["kindId"] = KindId, ["resultId"] = ResultId, ["userId"] = UserId, ["jobId"] = JobId, ["text"] = Text };
        Raise(new TriggerFired(Triggers.CommunicationLogged, ContactId, payload.ToJsonString()));
    }
}

internal sealed class CommunicationMapping : IEntityTypeConfiguration<Communication>
{
    public void Configure(EntityTypeBuilder<Communication> builder)
    {
        builder.ToTable("communications");
        builder.Ignore(c => c.RootId);
        builder.Property(c => c.Custom).HasColumnType("jsonb");
        builder.Property(c => c.Text).HasMaxLength(20000);
        builder.Property(c => c.Questions).HasMaxLength(8000);
        builder.Property(c => c.NextStep).HasMaxLength(1000);
        builder.HasOne(c => c.Contact).WithMany().HasForeignKey(c => c.ContactId).OnDelete(DeleteBehavior.Restrict);
        builder.HasMany(c => c.Costs).WithOne().HasForeignKey(k => k.CommunicationId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(c => new { c.ContactId, c.StartedAt });
        builder.HasIndex(c => new { c.StartedAt, c.Id });
        builder.HasIndex(c => new { c.UserId, c.StartedAt }).HasFilter("user_id is not null");
        builder.HasIndex(c => c.JobId).HasFilter("job_id is not null");
    }
}
