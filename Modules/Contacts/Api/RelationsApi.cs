using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.ManagePositions;
using Crm.Contacts.Features.ManageRelations;
using Crm.Core;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Api;

/// <summary>A relation as one of the two reads it: the other contact, and what it is to this one.</summary>
internal sealed record ApiRelation(Guid Id, Guid ContactId, Guid OtherId, Guid KindId, bool Reverse, string Title, string Name, string? Note);

/// <summary>A post of a person in a company; <c>To</c> is null while it is held.</summary>
internal sealed record ApiPosition(Guid Id, Guid PersonId, Guid CompanyId, Guid? PositionId, Guid? DepartmentId, DateOnly From, DateOnly? To, bool Liaison);

/// <summary>What hangs between contacts: relations and posts.</summary>
internal sealed class RelationsApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var relations = api.MapGroup("/contacts/{id:guid}/relations").WithTags("contacts");
        relations.MapGet("", async (Guid id, ContactsDb db, BaseDataCache cache, CancellationToken ct) =>
            new ApiPage<ApiRelation>(await RelationsAsync(db, cache, id, null, ct), null)).Requires(ContactsPermissions.See);
        relations.MapPost("", async (Guid id, Patch p, IMediator mediator, ContactsDb db, BaseDataCache cache, CancellationToken ct) =>
        {
            var made = await mediator.Send(
                new AddRelationCommand { ContactId = id, OtherId = p.Get<Guid?>("otherId", null), KindId = p.Get<Guid?>("kindId", null), Reverse = p.Get("reverse", false), Note = PersianText.Clean(p.Get<string>("note", null)) }, ct);
            db.ChangeTracker.Clear();
            return (IResult)TypedResults.Created($"/api/v1/contacts/{id}/relations", (await RelationsAsync(db, cache, id, made, ct)).Single());
        }).Requires(ContactsPermissions.Change).Takes(typeof(ApiRelation)).Gives(typeof(ApiRelation), StatusCodes.Status201Created);
        relations.MapDelete("/{relationId:guid}", async (Guid id, Guid relationId, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new RemoveRelationCommand(id, relationId), ct);
            return TypedResults.NoContent();
        }).Requires(ContactsPermissions.Change);

        var positions = api.MapGroup("/contacts/{id:guid}/positions").WithTags("contacts");
        positions.MapGet("", async (Guid id, ContactsDb db, ICurrentUser me, CancellationToken ct) =>
        {
            var all = await PositionsAsync(db, id, null, ct);
            if (me.Hides(ContactsRights.Contacts, "positions")) all = [];
            return new ApiPage<ApiPosition>(me.Hides(ContactsRights.Contacts, "liaisonId") ? [.. all.Select(p => p with { Liaison = false })] : all, null);
        }).Requires(ContactsPermissions.See);
        positions.MapPost("", async (Guid id, Patch p, IMediator mediator, ContactsDb db, CancellationToken ct) =>
        {
            var kind = await db.Contacts.Where(c => c.Id == id).Select(c => (ContactKind?)c.Kind).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(Contact), id);
            var made = await mediator.Send(
                Overlay(new SavePositionCommand { PersonId = kind == ContactKind.Person ? id : p.Get<Guid?>("personId", null), CompanyId = kind == ContactKind.Company ? id : p.Get<Guid?>("companyId", null) }, p), ct);
            db.ChangeTracker.Clear();
            return (IResult)TypedResults.Created($"/api/v1/contacts/{id}/positions", (await PositionsAsync(db, id, made, ct)).Single());
        }).Requires(ContactsPermissions.Change).Takes(typeof(ApiPosition)).Gives(typeof(ApiPosition), StatusCodes.Status201Created);
        positions.MapPatch("/{postId:guid}", async (Guid id, Guid postId, Patch p, IMediator mediator, ContactsDb db, CancellationToken ct) =>
        {
            var was = (await PositionsAsync(db, id, postId, ct)).SingleOrDefault() ?? throw new NotFound(nameof(ContactPosition), postId);
            await mediator.Send(
                Overlay(new SavePositionCommand { Id = was.Id, PersonId = was.PersonId, CompanyId = was.CompanyId, PositionId = was.PositionId, DepartmentId = was.DepartmentId, From = was.From, To = was.To }, p), ct);
            db.ChangeTracker.Clear();
            return (await PositionsAsync(db, id, postId, ct)).Single();
        }).Requires(ContactsPermissions.Change).Takes(typeof(ApiPosition)).Gives(typeof(ApiPosition));
        positions.MapDelete("/{postId:guid}", async (Guid id, Guid postId, IMediator mediator, ContactsDb db, CancellationToken ct) =>
        {
            var was = (await PositionsAsync(db, id, postId, ct)).SingleOrDefault() ?? throw new NotFound(nameof(ContactPosition), postId);
            await mediator.Send(new RemovePositionCommand(was.PersonId, was.Id), ct);
            return TypedResults.NoContent();
        }).Requires(ContactsPermissions.Change);
        api.MapPost("/contacts/{id:guid}/liaison", async (Guid id, Patch p, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new SetLiaisonCommand(id, p.Get<Guid?>("personId", null)), ct);
            return TypedResults.NoContent();
        }).Requires(ContactsPermissions.Change).WithTags("contacts");
    }

    private static SavePositionCommand Overlay(SavePositionCommand was, Patch p) => was with
    {
        PositionId = p.Get("positionId", was.PositionId), DepartmentId = p.Get("departmentId", was.DepartmentId), From = p.Get("from", was.From), To = p.Get("to", was.To),
    };

    // Of contacts that this user does not see nothing is told.
    private static async Task<IReadOnlyList<ApiRelation>> RelationsAsync(ContactsDb db, BaseDataCache cache, Guid id, Guid? only, CancellationToken ct)
    {
        if (!await db.Contacts.AnyAsync(c => c.Id == id, ct)) throw new NotFound(nameof(Contact), id);
        var lists = await cache.GetAsync(ct);
        var rows = await (
            from r in db.Relations.AsNoTracking()
            where (r.ContactId == id || r.OtherId == id) && (only == null || r.Id == only)
            join c in db.Contacts on r.ContactId == id ? r.OtherId : r.ContactId equals c.Id
            orderby r.Id
            select new { r.Id, OtherId = c.Id, r.KindId, Own = r.ContactId == id, c.Name, r.Note }).Take(500).ToListAsync(ct);
        return [.. rows.Select(r => new ApiRelation(r.Id, id, r.OtherId, r.KindId, !r.Own, lists.Find(r.KindId)?.From(r.Own) ?? "", r.Name, r.Note))];
    }

    // Of a person: the posts held, of a company: who holds one.
    private static async Task<IReadOnlyList<ApiPosition>> PositionsAsync(ContactsDb db, Guid id, Guid? only, CancellationToken ct)
    {
        if (!await db.Contacts.AnyAsync(c => c.Id == id, ct)) throw new NotFound(nameof(Contact), id);
        return await (
            from p in db.Positions.AsNoTracking()
            where (p.PersonId == id || p.CompanyId == id) && (only == null || p.Id == only)
            join person in db.Contacts on p.PersonId equals person.Id
            join company in db.Contacts on p.CompanyId equals company.Id
            orderby p.To != null, p.From descending, p.Id
            select new ApiPosition(p.Id, p.PersonId, p.CompanyId, p.PositionId, p.DepartmentId, p.From, p.To, p.To == null && company.LiaisonId == p.PersonId)).Take(500).ToListAsync(ct);
    }
}
