using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.BaseDataSettings;
using Crm.Contacts.Features.EditCommunication;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Features.LogCommunication;
using Crm.Contacts.Records;
using Crm.Core;
using Crm.Data;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Api;

/// <summary>What a communication cost, in Rials.</summary>
internal sealed record ApiCost(Guid KindId, long Amount, string? Note);

internal sealed record ApiCommunication(
    Guid Id, Guid ContactId, Guid KindId, [property: JsonIgnore] DateTimeOffset Started, [property: JsonIgnore] DateTimeOffset? Ended, string? Text, string? Questions, Guid? ResultId, string? NextStep, Guid? JobId, Guid? UserId, Guid BranchId,
    IReadOnlyList<ApiCost> Costs, [property: JsonIgnore] DateTimeOffset Created, [property: JsonIgnore] DateTimeOffset Updated, uint Version, [property: JsonIgnore] string? CustomJson) : IApiRecord
{
    /// <summary>Custom fields that this user sees, by key.</summary>
    public JsonObject Custom => CustomValues.Parse(CustomJson);

    public IApiRecord With(string customJson) => this with { CustomJson = customJson };

    public DateTime StartedAt => Started.UtcDateTime;

    public DateTime? EndedAt => Ended?.UtcDateTime;

    public DateTime CreatedAt => Created.UtcDateTime;

    public DateTime UpdatedAt => Updated.UtcDateTime;
}

internal sealed class CommunicationsApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("/communications").WithTags("communications");
        group.MapGet("", ListAsync).Requires(ContactsPermissions.SeeCommunications);
        group.MapGet("/{id:guid}", (Guid id, HttpContext http, ContactsDb db, ICustomFields custom, ICurrentUser me, CancellationToken ct) => AnswerAsync(id, http, db, custom, me, ct)).Requires(ContactsPermissions.SeeCommunications).Gives(typeof(ApiCommunication));
        group.MapPost("", async (Patch p, HttpContext http, IMediator mediator, ContactsDb db, ICustomFields custom, ICurrentUser me, CancellationToken ct) =>
        {
            ClosedInputs.Refuse(p.Has, ContactsRights.OfCommunications, me, adding: true);
            var command = (LogCommunicationCommand)Overlay(
                new LogCommunicationCommand
                {
                    ContactId = p.Get("contactId", Guid.Empty), FollowUpId = p.Get<Guid?>("followUpId", null), StageItemId = p.Get<Guid?>("stageItemId", null), StageOutcome = p.Get<string>("stageOutcome", null),
                    FollowUpAt = p.Get<DateTimeOffset?>("followUpAt", null), FollowUpKindId = p.Get<Guid?>("followUpKindId", null),
                },
                p);
            return await AnswerAsync(await mediator.Send(command, ct), http, db, custom, me, ct, created: true);
        }).Requires(ContactsPermissions.AddCommunications).Takes(typeof(ApiCommunication)).Gives(typeof(ApiCommunication), StatusCodes.Status201Created);
        group.MapPatch("/{id:guid}", async (Guid id, Patch p, HttpContext http, IMediator mediator, ContactsDb db, ICustomFields custom, ICurrentUser me, CancellationToken ct) =>
        {
            ClosedInputs.Refuse(p.Has, ContactsRights.OfCommunications, me);
            var now = EditCommunicationCommand.Of(await db.Communications.AsNoTracking().Include(c => c.Costs).SingleOrDefaultAsync(c => c.Id == id, ct) ?? throw new NotFound(nameof(Communication), id));
            db.ChangeTracker.Clear();
            await mediator.Send((EditCommunicationCommand)Overlay(now, p) with { Version = http.Request.IfMatch(now.Version) }, ct);
            return await AnswerAsync(id, http, db, custom, me, ct);
        }).Requires(ContactsPermissions.ChangeCommunications).Takes(typeof(ApiCommunication)).Gives(typeof(ApiCommunication));
        group.MapDelete("/{id:guid}", async (Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new DeleteCommunicationCommand(id, http.Request.IfMatch()), ct);
            return TypedResults.NoContent();
        }).Requires(ContactsPermissions.DeleteCommunications);
    }

    private static async Task<ApiPage<object>> ListAsync(ApiQuery query, HttpContext http, ContactsDb db, RecordLists lists, ICustomFields custom, ICurrentUser me, CancellationToken ct)
    {
        query.OnlyFilters([.. new[] { "contactId", "kindId", "resultId", "userId", "jobId", "from", "to" }.Where(f => !me.Hides(ContactsRights.Communications, f))]);
        var conditions = new List<FilterItem>().Is("contact", ApiFilters.Id(query, "contactId")).Is("kind", ApiFilters.Id(query, "kindId")).Is("result", ApiFilters.Id(query, "resultId")).Is("user", ApiFilters.Id(query, "userId")).Is("job", ApiFilters.Id(query, "jobId"));
        if (ApiFilters.Day(query, "from") is { } from) conditions.Add(new FilterCondition("startedAt", "since", [from.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)]));
        if (ApiFilters.Day(query, "to") is { } to) conditions.Add(new FilterCondition("startedAt", "until", [to.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)]));
        var part = await lists.PartAsync(CommunicationRecords.RecordKey, query, http, conditions, [("-startedAt", "startedAt"), ("createdAt", "id")], null, ct);
        var records = await Project(db.Communications.AsNoTracking().Where(c => part.Ids.Contains(c.Id))).ToListAsync(ct);
        return part.Page(await custom.SeenAsync(records, ContactsRights.OfCommunications, me, ct));
    }

    private static async Task<IResult> AnswerAsync(Guid id, HttpContext http, ContactsDb db, ICustomFields custom, ICurrentUser me, CancellationToken ct, bool created = false)
    {
        db.ChangeTracker.Clear();
        var record = await FindAsync(db, id, ct);
        var shown = (await custom.SeenAsync([record], ContactsRights.OfCommunications, me, ct))[id];
        return created ? ApiExtensions.Created(http, $"/api/v1/communications/{id}", shown, record.Version) : ApiExtensions.Record(http, shown, record.Version);
    }

    private static async Task<ApiCommunication> FindAsync(ContactsDb db, Guid id, CancellationToken ct) =>
        await Project(db.Communications.AsNoTracking().Where(c => c.Id == id)).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(Communication), id);

    private static IQueryable<ApiCommunication> Project(IQueryable<Communication> all) => all.Select(c => new ApiCommunication(
        c.Id, c.ContactId, c.KindId, c.StartedAt, c.EndedAt, c.Text, c.Questions, c.ResultId, c.NextStep, c.JobId, c.UserId, c.BranchId,
        c.Costs.OrderBy(k => k.Position).Select(k => new ApiCost(k.KindId, k.Amount, k.Note)).ToList(), c.CreatedAt, c.UpdatedAt, c.Version, c.Custom));

    private static CommunicationFields Overlay(CommunicationFields was, Patch p) => was with
    {
        KindId = p.Get("kindId", was.KindId),
        StartedAt = p.Get("startedAt", was.StartedAt),
        EndedAt = p.Get("endedAt", was.EndedAt),
        Text = PersianText.Clean(p.Get("text", was.Text), multiline: true),
        Questions = PersianText.Clean(p.Get("questions", was.Questions), multiline: true),
        ResultId = p.Get("resultId", was.ResultId),
        NextStep = PersianText.Clean(p.Get("nextStep", was.NextStep)),
        JobId = p.Get("jobId", was.JobId),
        WholeForm = false,
        Custom = p.Has("custom") ? CustomValues.Input(p.Get<JsonElement>("custom", default)) : [],
        Costs = p.Has("costs") ? [.. (p.Get<CostFields[]>("costs", null) ?? []).Select(k => k with { Note = PersianText.Clean(k.Note) })] : was.Costs,
    };
}

internal sealed record ApiFollowUp(
    Guid Id, Guid ContactId, Guid KindId, [property: JsonIgnore] DateTimeOffset Due, Guid AssigneeId, string? Text, int? RemindMinutes, string State, [property: JsonIgnore] DateTimeOffset? Ended, Guid? EndedBy, string? Reason, Guid? CommunicationId, Guid? JobId, Guid BranchId,
    [property: JsonIgnore] DateTimeOffset Created, [property: JsonIgnore] DateTimeOffset Updated, uint Version, [property: JsonIgnore] string? CustomJson) : IApiRecord
{
    /// <summary>Custom fields that this user sees, by key.</summary>
    public JsonObject Custom => CustomValues.Parse(CustomJson);

    public IApiRecord With(string customJson) => this with { CustomJson = customJson };

    public DateTime DueAt => Due.UtcDateTime;

    public DateTime? EndedAt => Ended?.UtcDateTime;

    public DateTime CreatedAt => Created.UtcDateTime;

    public DateTime UpdatedAt => Updated.UtcDateTime;
}

/// <summary>What a step of a follow-up may say.</summary>
internal sealed record ApiFollowUpStep(DateTimeOffset? DueAt, string? Reason);

internal sealed class FollowUpsApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("/follow-ups").WithTags("follow-ups");
        group.MapGet("", ListAsync).Requires(ContactsPermissions.SeeCommunications);
        group.MapGet("/{id:guid}", RecordAsync).Requires(ContactsPermissions.SeeCommunications).Gives(typeof(ApiFollowUp));
        group.MapPost("", async (Patch p, HttpContext http, IMediator mediator, ContactsDb db, ICustomFields custom, ICurrentUser me, CancellationToken ct) =>
        {
            ClosedInputs.Refuse(p.Has, ContactsRights.OfFollowUps, me, adding: true);
            var id = await mediator.Send((PlanFollowUpCommand)Overlay(new PlanFollowUpCommand { ContactId = p.Get("contactId", Guid.Empty), JobId = p.Get<Guid?>("jobId", null) }, p), ct);
            db.ChangeTracker.Clear();
            var record = await FindAsync(db, id, ct);
            return ApiExtensions.Created(http, $"/api/v1/follow-ups/{id}", (await custom.SeenAsync([record], ContactsRights.OfFollowUps, me, ct))[id], record.Version);
        }).Requires(ContactsPermissions.PlanFollowUps).Takes(typeof(ApiFollowUp)).Gives(typeof(ApiFollowUp), StatusCodes.Status201Created);
        group.MapPatch("/{id:guid}", async (Guid id, Patch p, HttpContext http, IMediator mediator, ContactsDb db, ICustomFields custom, ICurrentUser me, CancellationToken ct) =>
        {
            ClosedInputs.Refuse(p.Has, ContactsRights.OfFollowUps, me);
            var now = EditFollowUpCommand.Of(await db.FollowUps.AsNoTracking().SingleOrDefaultAsync(f => f.Id == id, ct) ?? throw new NotFound(nameof(FollowUp), id));
            await mediator.Send((EditFollowUpCommand)Overlay(now, p) with { Version = http.Request.IfMatch(now.Version) }, ct);
            return await RecordAsync(id, http, db, custom, me, ct);
        }).Requires(ContactsPermissions.PlanFollowUps).Takes(typeof(ApiFollowUp)).Gives(typeof(ApiFollowUp));
        foreach (var step in Enum.GetValues<FollowUpStep>())
        {
            group.MapPost("/{id:guid}/" + step.ToString().ToLowerInvariant(), async (Guid id, Patch p, HttpContext http, IMediator mediator, ContactsDb db, ICustomFields custom, ICurrentUser me, CancellationToken ct) =>
            {
                await mediator.Send(new EndFollowUpCommand { Id = id, Step = step, DueAt = p.Get<DateTimeOffset?>("dueAt", null), Reason = PersianText.Clean(p.Get<string>("reason", null)) }, ct);
                return await RecordAsync(id, http, db, custom, me, ct);
            }).Requires(ContactsPermissions.PlanFollowUps).Takes(typeof(ApiFollowUpStep)).Gives(typeof(ApiFollowUp));
        }
    }

    private static async Task<IResult> RecordAsync(Guid id, HttpContext http, ContactsDb db, ICustomFields custom, ICurrentUser me, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        var record = await FindAsync(db, id, ct);
        return ApiExtensions.Record(http, (await custom.SeenAsync([record], ContactsRights.OfFollowUps, me, ct))[id], record.Version);
    }

    private static async Task<ApiPage<object>> ListAsync(ApiQuery query, HttpContext http, ContactsDb db, RecordLists lists, ICustomFields custom, ICurrentUser me, CancellationToken ct)
    {
        query.OnlyFilters("contactId", "assigneeId", "state");
        var conditions = new List<FilterItem>().Is("contact", ApiFilters.Id(query, "contactId")).Is("user", ApiFilters.Id(query, "assigneeId")).Is("state", ApiFilters.Enum<FollowUpState>(query, "state"));
        var part = await lists.PartAsync(FollowUpRecords.RecordKey, query, http, conditions, [("dueAt", "dueAt"), ("createdAt", "id")], null, ct);
        return part.Page(await custom.SeenAsync(await Project(db.FollowUps.AsNoTracking().Where(f => part.Ids.Contains(f.Id))).ToListAsync(ct), ContactsRights.OfFollowUps, me, ct));
    }

    private static async Task<ApiFollowUp> FindAsync(ContactsDb db, Guid id, CancellationToken ct) =>
        await Project(db.FollowUps.AsNoTracking().Where(f => f.Id == id)).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(FollowUp), id);

    private static IQueryable<ApiFollowUp> Project(IQueryable<FollowUp> all) => all.Select(f => new ApiFollowUp(
        f.Id, f.ContactId, f.KindId, f.DueAt, f.AssigneeId, f.Text, f.RemindMinutes, f.State == FollowUpState.Open ? "open" : f.State == FollowUpState.Done ? "done" : "cancelled",
        f.EndedAt, f.EndedBy, f.Reason, f.CommunicationId, f.JobId, f.BranchId, f.CreatedAt, f.UpdatedAt, f.Version, f.Custom));

    private static FollowUpFields Overlay(FollowUpFields was, Patch p) => was with
    {
        KindId = p.Get("kindId", was.KindId),
        DueAt = p.Get("dueAt", was.DueAt),
        AssigneeId = p.Get("assigneeId", was.AssigneeId),
        Text = PersianText.Clean(p.Get("text", was.Text), multiline: true),
        RemindMinutes = p.Get("remindMinutes", was.RemindMinutes),
        WholeForm = false,
        Custom = p.Has("custom") ? CustomValues.Input(p.Get<JsonElement>("custom", default)) : [],
    };
}

/// <summary>The lists and places that ids in contacts refer to.</summary>
internal sealed class ListsApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        api.MapGet("/base-data/{list}", async (string list, BaseDataCache cache, CancellationToken ct) =>
        {
            if (!BaseLists.Exists(list)) throw new NotFound("list", list);
            return new ApiPage<object>([.. (await cache.GetAsync(ct)).All(list).Select(v => (object)new { v.Id, v.List, v.Title, Persian = v.Persian, English = v.English, v.Color, v.Order, v.Active })], null);
        }).SignedIn().WithTags("base-data");
        api.MapPost("/base-data/{list}", async (string list, Patch p, HttpContext http, IMediator mediator, BaseDataCache cache, CancellationToken ct) =>
        {
            if (!BaseLists.Exists(list)) throw new NotFound("list", list);
            var id = await mediator.Send(
                new AddBaseDataCommand { List = list, Title = PersianText.Clean(p.Get<string>("title", null)), EnglishTitle = PersianText.Clean(p.Get<string>("english", null)), Color = p.Get<string>("color", null) }, ct);
            var v = (await cache.GetAsync(ct)).Find(id)!;
            return (IResult)TypedResults.Created($"/api/v1/base-data/{list}", new { v.Id, v.List, v.Title, Persian = v.Persian, English = v.English, v.Color, v.Order, v.Active });
        }).Requires(ContactsPermissions.ManageBaseData).WithTags("base-data");
        api.MapGet("/places/countries", () => new ApiPage<object>([.. Countries.Both.Select(c => (object)new { c.Code, Name = c.Fa, EnglishName = c.En })], null)).SignedIn().WithTags("places");
        api.MapGet("/places", async (int? provinceId, int? countyId, string? kind, PlacesCache cache, CancellationToken ct) =>
        {
            PlaceKind? wanted = string.IsNullOrEmpty(kind) ? null : Enum.TryParse<PlaceKind>(kind, ignoreCase: true, out var k) && Enum.IsDefined(k) ? k : throw new InvalidInput("kind", "Choose one of the list.");
            var places = await cache.GetAsync(ct);
            var provinces = places.Provinces.Where(x => provinceId is null || x.Id == provinceId).ToList();
            // As it was before there were counties: of a province its cities, else provinces and cities.
            IEnumerable<Place> asked = (wanted, countyId) switch
            {
                (PlaceKind.County, _) => provinces.SelectMany(x => places.Counties[x.Id]),
                (PlaceKind.District, { } c) => places.Districts[c],
                (PlaceKind.District, null) => provinces.SelectMany(x => places.Counties[x.Id]).SelectMany(x => places.Districts[x.Id]),
                (PlaceKind.Province, _) => provinces,
                (_, { } c) => places.CitiesOfCounty[c],
                (PlaceKind.City, null) => provinces.SelectMany(x => places.Cities[x.Id]),
                _ => provinceId is { } p ? places.Cities[p] : places.Provinces.Concat(places.Provinces.SelectMany(x => places.Cities[x.Id])),
            };
            return new ApiPage<object>([.. asked.Select(x => (object)new { x.Id, Kind = x.Kind.ToString().ToLowerInvariant(), x.ProvinceId, x.CountyId, x.DistrictId, x.Name, x.EnglishName })], null);
        }).SignedIn().WithTags("places");
    }
}
