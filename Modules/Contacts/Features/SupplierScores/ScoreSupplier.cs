using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.SupplierScores;

/// <summary>Points by one criterion; none where it was not judged.</summary>
internal sealed record ScoreFields
{
    public Guid CriterionId { get; init; }

    public int? Points { get; init; }

    public string? Note { get; init; }
}

/// <summary>Scores a supplier, or mends a scoring.</summary>
[Requires(ContactsPermissions.ScoreSuppliers)]
internal sealed record ScoreSupplierCommand : ICommand<Guid>
{
    public Guid ContactId { get; init; }

    /// <summary>Null for a new one.</summary>
    public Guid? Id { get; init; }

    public uint? Version { get; init; }

    public DateOnly? ScoredOn { get; init; }

    public Guid? ScoredBy { get; init; }

    public DateOnly? PeriodFrom { get; init; }

    public DateOnly? PeriodTo { get; init; }

    public List<ScoreFields> Scores { get; init; } = [];

    [Web.MultilineText]
    public string? Note { get; init; }

    public static ScoreSupplierCommand Of(SupplierEvaluation e) => new()
    {
        ContactId = e.ContactId, Id = e.Id, Version = e.Version, ScoredOn = e.ScoredOn, ScoredBy = e.ScoredBy, PeriodFrom = e.PeriodFrom, PeriodTo = e.PeriodTo, Note = e.Note,
        Scores = [.. e.Scores.Select(s => new ScoreFields { CriterionId = s.CriterionId, Points = s.Points, Note = s.Note })],
    };
}

internal sealed class ScoreSupplierValidator : AbstractValidator<ScoreSupplierCommand>
{
    public ScoreSupplierValidator()
    {
        RuleFor(c => c.ContactId).NotEmpty();
        RuleFor(c => c.ScoredOn).NotNull();
        RuleFor(c => c.PeriodTo).GreaterThanOrEqualTo(c => c.PeriodFrom).When(c => c.PeriodFrom is not null && c.PeriodTo is not null).WithMessage("The end lies before the start.");
        RuleFor(c => c.Note).MaximumLength(2000);
        RuleFor(c => c.Scores).Must(s => s.Exists(x => x.Points is not null)).WithMessage("Give points for at least one criterion.");
        RuleFor(c => c.Scores).Must(s => s.Count <= 100 && s.Select(x => x.CriterionId).Distinct().Count() == s.Count).WithMessage("Too many values.");
        RuleForEach(c => c.Scores).ChildRules(s =>
        {
            s.RuleFor(x => x.Points).InclusiveBetween(1, SupplierGrades.Best);
            s.RuleFor(x => x.Note).MaximumLength(500);
        });
    }
}

internal sealed class ScoreSupplierHandler(ContactsDb db, BaseDataCache baseData, IUserDirectory users, TimeProvider time, DateView dates, ICurrentUser me) : IRequestHandler<ScoreSupplierCommand, Guid>
{
    public async Task<Guid> Handle(ScoreSupplierCommand command, CancellationToken cancellationToken)
    {
        var ct = cancellationToken;
        // Who may score a supplier is one who sees it.
        var supplier = await db.Contacts.AsNoTracking().SingleOrDefaultAsync(c => c.Id == command.ContactId, ct) ?? throw new NotFound(nameof(Contact), command.ContactId);
        SupplierEvaluation? known = null;
        if (command.Id is { } id) known = await db.Evaluations.Include(e => e.Scores).SingleOrDefaultAsync(e => e.Id == id && e.ContactId == supplier.Id, ct) ?? throw new NotFound(nameof(SupplierEvaluation), id);
        else if (!supplier.RoleIds.Contains(SupplierGrades.Role)) throw new RuleBroken("supplier.not-one", "{0} is not a supplier: give it that role first.", supplier.Name);
        if (command.ScoredOn > dates.DayOf(time.GetUtcNow())) throw new InvalidInput(nameof(command.ScoredOn), "This day lies ahead.");
        var by = command.ScoredBy ?? me.Id;
        if (by is { } user && user != me.Id && user != known?.ScoredBy && (await users.CardsAsync([user], ct)).GetValueOrDefault(user) is not { Active: true }) throw new InvalidInput(nameof(command.ScoredBy), "Choose one of the list.");

        var criteria = (await baseData.GetAsync(ct)).Criteria.ToDictionary(c => c.Id);
        var given = command.Scores.Where(s => s.Points is not null).ToList();
        for (var i = 0; i < command.Scores.Count; i++)
        {
            var s = command.Scores[i];
            var there = known?.Scores.Any(k => k.CriterionId == s.CriterionId) == true;
            if (s.Points is not null && !there && criteria.GetValueOrDefault(s.CriterionId) is not { Active: true }) throw new InvalidInput($"Scores[{i}].Points", "This criterion is not used any more.");
        }

        var evaluation = known ?? new SupplierEvaluation(supplier);
        if (known is null) db.Add(evaluation);
        else db.ExpectVersion(evaluation, command.Version);
        evaluation.Write(command.ScoredOn!.Value, by, command.PeriodFrom, command.PeriodTo, command.Note);
        evaluation.Score([.. given.Select(s => (s.CriterionId, s.Points!.Value, s.Note))], criteria.ToDictionary(c => c.Key, c => c.Value.Weight));
        if (known is not null) db.Touch(evaluation);
        return evaluation.Id;
    }
}
