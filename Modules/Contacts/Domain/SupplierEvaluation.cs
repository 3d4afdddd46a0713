using System.ComponentModel.DataAnnotations;
using Crm.Contacts.Data;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>One scoring of a supplier: when, by whom, for which time, and what it got by each criterion. Seen by who sees the supplier and holds the right.</summary>
internal sealed class SupplierEvaluation : Entity, ISoftDeletable, IStamped, IVersioned, IPartOf
{
    private readonly List<SupplierScore> _scores = [];

    private SupplierEvaluation()
    {
    }

    public SupplierEvaluation(Contact supplier) => ContactId = supplier.Id;

    public Guid ContactId { get; private set; }

    public Contact? Contact { get; private set; }

    [Display(Name = "Scored on")]
    public DateOnly ScoredOn { get; private set; }

    [Display(Name = "Scored by")]
    public Guid? ScoredBy { get; private set; }

    /// <summary>First and last day of the time that was looked at; either may be left open.</summary>
    [Display(Name = "From day")]
    public DateOnly? PeriodFrom { get; private set; }

    [Display(Name = "To day")]
    public DateOnly? PeriodTo { get; private set; }

    public string? Note { get; private set; }

    /// <summary>Of a hundred, by the weights of that day.</summary>
    [Display(Name = "Score")]
    public decimal Total { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public Guid? DeletedBy { get; private set; }

    public Guid? DeletionId { get; private set; }

    public uint Version { get; private set; }

    public Guid RootId => ContactId;

    public IReadOnlyList<SupplierScore> Scores => _scores;

    public void Write(DateOnly on, Guid? by, DateOnly? from, DateOnly? to, string? note) => (ScoredOn, ScoredBy, PeriodFrom, PeriodTo, Note) = (on, by, from, to, note);

    /// <summary>Takes over the scores. A criterion that stood here keeps the weight it had then; one that is new here brings its present weight. Needs the scores loaded.</summary>
    public void Score(IReadOnlyList<(Guid CriterionId, int Points, string? Note)> given, IReadOnlyDictionary<Guid, int> weights)
    {
        _scores.RemoveAll(s => !given.Any(g => g.CriterionId == s.CriterionId));
        foreach (var (criterion, points, note) in given)
        {
            if (_scores.Find(s => s.CriterionId == criterion) is { } known) known.Change(points, note);
            else _scores.Add(new(Id, criterion, weights[criterion], points, note));
        }

        Total = SupplierGrades.Total(_scores.Select(s => (s.Weight, s.Points)));
    }

    /// <summary>Its supplier became another contact.</summary>
    public void MoveTo(Contact contact) => ContactId = contact.Id;
}

/// <summary>What a supplier got by one criterion.</summary>
internal sealed class SupplierScore : Entity, IPartOf
{
    private SupplierScore()
    {
    }

    public SupplierScore(Guid evaluationId, Guid criterionId, int weight, int points, string? note) => (EvaluationId, CriterionId, Weight, Points, Note) = (evaluationId, criterionId, weight, points, note);

    public Guid EvaluationId { get; private set; }

    public Guid CriterionId { get; private set; }

    /// <summary>Weight of the criterion on that day.</summary>
    public int Weight { get; private set; }

    public int Points { get; private set; }

    public string? Note { get; private set; }

    public Guid RootId => EvaluationId;

    public void Change(int points, string? note) => (Points, Note) = (points, note);
}

/// <summary>The score that counts: that of the latest scoring. Kept by the database itself (triggers of <see cref="Sql"/>), so that the bin, merges and imports can't leave it behind; beside the contact, so that scoring makes no form stale.</summary>
[NotAudited]
internal sealed class SupplierRating
{
    private SupplierRating()
    {
    }

    public Guid ContactId { get; private set; }

    public Guid EvaluationId { get; private set; }

    public decimal Total { get; private set; }

    public DateOnly ScoredOn { get; private set; }

    public const string Sql = """
        create or replace function contacts.rate_suppliers(ids uuid[]) returns void language plpgsql as $$
        begin
          -- One after another for the same suppliers, in one order: two scorings at once leave the later one.
          perform pg_advisory_xact_lock(hashtextextended('contacts.rate-suppliers:' || id::text, 0)) from (select distinct unnest(ids) as id order by 1) x;
          delete from contacts.supplier_ratings r where r.contact_id = any(ids) and not exists (select 1 from contacts.supplier_evaluations e where e.contact_id = r.contact_id and e.deleted_at is null);
          insert into contacts.supplier_ratings (contact_id, evaluation_id, total, scored_on)
          select distinct on (e.contact_id) e.contact_id, e.id, e.total, e.scored_on from contacts.supplier_evaluations e where e.contact_id = any(ids) and e.deleted_at is null order by e.contact_id, e.scored_on desc, e.id desc
          on conflict (contact_id) do update set evaluation_id = excluded.evaluation_id, total = excluded.total, scored_on = excluded.scored_on;
        end $$;
        create or replace function contacts.note_evaluations() returns trigger language plpgsql as $$
        begin
          if tg_op = 'DELETE' then perform contacts.rate_suppliers((select array_agg(contact_id) from old_rows));
          elsif tg_op = 'INSERT' then perform contacts.rate_suppliers((select array_agg(contact_id) from new_rows));
          else perform contacts.rate_suppliers((select array_agg(contact_id) from (select contact_id from new_rows union select contact_id from old_rows) x)); end if;
          return null;
        end $$;
        create trigger note_new_evaluations after insert on contacts.supplier_evaluations referencing new table as new_rows for each statement execute function contacts.note_evaluations();
        create trigger note_changed_evaluations after update on contacts.supplier_evaluations referencing old table as old_rows new table as new_rows for each statement execute function contacts.note_evaluations();
        create trigger note_purged_evaluations after delete on contacts.supplier_evaluations referencing old table as old_rows for each statement execute function contacts.note_evaluations();
        """;
}

/// <summary>How points become a score of a hundred, and a score a grade.</summary>
internal static class SupplierGrades
{
    /// <summary>Points run from one to this.</summary>
    public const int Best = 5;

    /// <summary>Who is a supplier: a contact with this role, whatever it is called by now.</summary>
    public static readonly Guid Role = FirstLists.Id(BaseLists.Role, 2);

    /// <summary>Grades with their titles (translation keys), the lowest score of each, and their colours; best first.</summary>
    public static readonly IReadOnlyList<(string Key, string Title, decimal From, string Color)> All =
    [
        ("A", "A – excellent", 85, "green"), ("B", "B – good", 70, "blue"), ("C", "C – acceptable", 50, "orange"), ("D", "D – poor", 0, "red"),
    ];

    /// <summary>What points are called (translation keys), from one up.</summary>
    public static readonly IReadOnlyList<string> Points = ["Very poor", "Poor", "Fair", "Good", "Very good"];

    public static (string Key, string Title, decimal From, string Color) Of(decimal total) => All.First(g => total >= g.From);

    /// <summary>Share of the points that could be had, in percent with one decimal; what was not judged does not count.</summary>
    public static decimal Total(IEnumerable<(int Weight, int Points)> scores)
    {
        decimal sum = 0, most = 0;
        foreach (var (weight, points) in scores) (sum, most) = (sum + (weight * points), most + (weight * Best));
        return most == 0 ? 0 : Math.Round(100 * sum / most, 1, MidpointRounding.AwayFromZero);
    }

    /// <summary>The grade as SQL over a score.</summary>
    public static string Sql(string total) =>
        $"(select case {string.Join(" ", All.Select(g => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"when x.total >= {g.From} then '{g.Key}'")))} end from (select {total} as total) x)";
}

internal sealed class SupplierEvaluationMapping : IEntityTypeConfiguration<SupplierEvaluation>
{
    public void Configure(EntityTypeBuilder<SupplierEvaluation> builder)
    {
        builder.ToTable("supplier_evaluations");
        builder.Ignore(e => e.RootId);
        builder.Property(e => e.Note).HasMaxLength(2000);
        builder.Property(e => e.Total).HasPrecision(4, 1);
        builder.HasOne(e => e.Contact).WithMany().HasForeignKey(e => e.ContactId).OnDelete(DeleteBehavior.Restrict);
        builder.HasMany(e => e.Scores).WithOne().HasForeignKey(s => s.EvaluationId).OnDelete(DeleteBehavior.Cascade);
        builder.Navigation(e => e.Scores).UsePropertyAccessMode(PropertyAccessMode.Field);
        builder.HasIndex(e => new { e.ContactId, e.ScoredOn });
        builder.HasIndex(e => e.ScoredOn);
    }
}

internal sealed class SupplierScoreMapping : IEntityTypeConfiguration<SupplierScore>
{
    public void Configure(EntityTypeBuilder<SupplierScore> builder)
    {
        builder.ToTable("supplier_scores");
        builder.Ignore(s => s.RootId);
        builder.Property(s => s.Note).HasMaxLength(500);
        builder.HasOne<SupplierCriterion>().WithMany().HasForeignKey(s => s.CriterionId).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(s => new { s.EvaluationId, s.CriterionId }).IsUnique();
        builder.HasIndex(s => s.CriterionId);
    }
}

internal sealed class SupplierRatingMapping : IEntityTypeConfiguration<SupplierRating>
{
    public void Configure(EntityTypeBuilder<SupplierRating> builder)
    {
        builder.ToTable("supplier_ratings");
        builder.HasKey(r => r.ContactId);
        builder.Property(r => r.Total).HasPrecision(4, 1);
        builder.HasOne<Contact>().WithOne().HasForeignKey<SupplierRating>(r => r.ContactId).OnDelete(DeleteBehavior.Cascade);
    }
}
