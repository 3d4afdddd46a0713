using System.Text.Json.Serialization;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.SupplierCriteria;
using Crm.Contacts.Features.SupplierScores;
using Crm.Core;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Api;

/// <summary>A criterion that suppliers are scored by.</summary>
internal sealed record ApiCriterion(Guid Id, string Title, string? EnglishTitle, string? Description, int Weight, int Order, bool Active, uint Version);

/// <summary>Points by one criterion, 1 to 5, and the weight it had on that day.</summary>
internal sealed record ApiScore(Guid CriterionId, int Points, int Weight, string? Note);

/// <summary>One scoring of a supplier; <c>Total</c> is of a hundred.</summary>
internal sealed record ApiEvaluation(
    Guid Id, Guid ContactId, DateOnly ScoredOn, Guid? ScoredBy, DateOnly? PeriodFrom, DateOnly? PeriodTo, decimal Total, IReadOnlyList<ApiScore> Scores, string? Note, [property: JsonIgnore] DateTimeOffset Created, [property: JsonIgnore] DateTimeOffset Updated, uint Version)
{
    public string Grade => SupplierGrades.Of(Total).Key;

    public DateTime CreatedAt => Created.UtcDateTime;

    public DateTime UpdatedAt => Updated.UtcDateTime;
}

internal sealed class SuppliersApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var criteria = api.MapGroup("/supplier-criteria").WithTags("suppliers");
        criteria.MapGet("", async (ContactsDb db, CancellationToken ct) => new ApiPage<ApiCriterion>(await Criteria(db).ToListAsync(ct), null)).Requires(ContactsPermissions.SeeSuppliers);
        criteria.MapPost("", async (Patch p, IMediator mediator, ContactsDb db, CancellationToken ct) =>
        {
            var id = await mediator.Send(Overlay(new SaveCriterionCommand(), p), ct);
            db.ChangeTracker.Clear();
            return (IResult)TypedResults.Created("/api/v1/supplier-criteria", await Criteria(db).SingleAsync(c => c.Id == id, ct));
        }).Requires(ContactsPermissions.ManageCriteria).Takes(typeof(ApiCriterion)).Gives(typeof(ApiCriterion), StatusCodes.Status201Created);
        criteria.MapPatch("/{id:guid}", async (Guid id, Patch p, HttpContext http, IMediator mediator, ContactsDb db, CancellationToken ct) =>
        {
            var was = await Criteria(db).SingleOrDefaultAsync(c => c.Id == id, ct) ?? throw new NotFound(nameof(SupplierCriterion), id);
            await mediator.Send(
                Overlay(new SaveCriterionCommand { Id = id, Version = http.Request.IfMatch(was.Version), Title = was.Title, EnglishTitle = was.EnglishTitle, Description = was.Description, Weight = was.Weight, Active = was.Active }, p), ct);
            db.ChangeTracker.Clear();
            var now = await Criteria(db).SingleAsync(c => c.Id == id, ct);
            return ApiExtensions.Record(http, now, now.Version);
        }).Requires(ContactsPermissions.ManageCriteria).Takes(typeof(ApiCriterion)).Gives(typeof(ApiCriterion));

        var scores = api.MapGroup("/contacts/{id:guid}/scores").WithTags("suppliers");
        scores.MapGet("", async (Guid id, ContactsDb db, CancellationToken ct) =>
        {
            if (!await db.Contacts.AnyAsync(c => c.Id == id, ct)) throw new NotFound(nameof(Contact), id);
            return new ApiPage<ApiEvaluation>(await Project(db.Evaluations.Where(e => e.ContactId == id)).Take(500).ToListAsync(ct), null);
        }).Requires(ContactsPermissions.SeeSuppliers);
        scores.MapPost("", async (Guid id, Patch p, HttpContext http, IMediator mediator, ContactsDb db, TimeProvider time, DateView dates, CancellationToken ct) =>
        {
            var made = await mediator.Send(Overlay(new ScoreSupplierCommand { ContactId = id, ScoredOn = dates.DayOf(time.GetUtcNow()) }, p), ct);
            db.ChangeTracker.Clear();
            var record = await FindAsync(db, id, made, ct);
            return ApiExtensions.Created(http, $"/api/v1/contacts/{id}/scores", record, record.Version);
        }).Requires(ContactsPermissions.ScoreSuppliers).Takes(typeof(ApiEvaluation)).Gives(typeof(ApiEvaluation), StatusCodes.Status201Created);
        scores.MapPatch("/{scoreId:guid}", async (Guid id, Guid scoreId, Patch p, HttpContext http, IMediator mediator, ContactsDb db, CancellationToken ct) =>
        {
            var was = ScoreSupplierCommand.Of(await db.EvaluationsSeen().AsNoTracking().Include(e => e.Scores).SingleOrDefaultAsync(e => e.Id == scoreId && e.ContactId == id, ct) ?? throw new NotFound(nameof(SupplierEvaluation), scoreId));
            await mediator.Send(Overlay(was, p) with { Version = http.Request.IfMatch(was.Version) }, ct);
            db.ChangeTracker.Clear();
            var record = await FindAsync(db, id, scoreId, ct);
            return ApiExtensions.Record(http, record, record.Version);
        }).Requires(ContactsPermissions.ScoreSuppliers).Takes(typeof(ApiEvaluation)).Gives(typeof(ApiEvaluation));
        scores.MapDelete("/{scoreId:guid}", async (Guid id, Guid scoreId, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new DeleteEvaluationCommand(id, scoreId, http.Request.IfMatch()), ct);
            return TypedResults.NoContent();
        }).Requires(ContactsPermissions.DeleteScores);
    }

    private static IQueryable<ApiCriterion> Criteria(ContactsDb db) => db.Criteria.AsNoTracking().OrderBy(c => c.Order).ThenBy(c => c.Id)
        .Select(c => new ApiCriterion(c.Id, c.Title, c.EnglishTitle, c.Description, c.Weight, c.Order, c.Active, c.Version));

    private static IQueryable<ApiEvaluation> Project(IQueryable<SupplierEvaluation> all) => all.AsNoTracking().OrderByDescending(e => e.ScoredOn).ThenByDescending(e => e.Id).Select(e => new ApiEvaluation(
        e.Id, e.ContactId, e.ScoredOn, e.ScoredBy, e.PeriodFrom, e.PeriodTo, e.Total, e.Scores.OrderBy(s => s.Id).Select(s => new ApiScore(s.CriterionId, s.Points, s.Weight, s.Note)).ToList(), e.Note, e.CreatedAt, e.UpdatedAt, e.Version));

    private static async Task<ApiEvaluation> FindAsync(ContactsDb db, Guid contact, Guid id, CancellationToken ct) =>
        await Project(db.EvaluationsSeen().Where(e => e.Id == id && e.ContactId == contact)).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(SupplierEvaluation), id);

    private static SaveCriterionCommand Overlay(SaveCriterionCommand was, Patch p) => was with
    {
        Title = PersianText.Clean(p.Get("title", was.Title)), EnglishTitle = PersianText.Clean(p.Get("englishTitle", was.EnglishTitle)), Description = PersianText.Clean(p.Get("description", was.Description)),
        Weight = p.Get("weight", was.Weight), Active = p.Get("active", was.Active),
    };

    private static ScoreSupplierCommand Overlay(ScoreSupplierCommand was, Patch p) => was with
    {
        ScoredOn = p.Get("scoredOn", was.ScoredOn), ScoredBy = p.Get("scoredBy", was.ScoredBy), PeriodFrom = p.Get("periodFrom", was.PeriodFrom), PeriodTo = p.Get("periodTo", was.PeriodTo),
        Note = PersianText.Clean(p.Get("note", was.Note), multiline: true),
        Scores = p.Has("scores") ? [.. (p.Get<ScoreFields[]>("scores", null) ?? []).Select(s => s with { Note = PersianText.Clean(s.Note) })] : was.Scores,
    };
}
