using System.Linq.Expressions;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Contacts.Features.ContactProfile;
using Crm.Contacts.Features.DeleteContact;
using Crm.Contacts.Features.EditContact;
using Crm.Contacts.Features.MergeContacts;
using Crm.Contacts.Records;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Data;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Contacts.Api;

internal sealed record ApiPhone(string? Kind, string? Number);

internal sealed record ApiAddress(string? Purpose, string? Country, int? ProvinceId, int? CountyId, int? CityId, string? District, string? PostalCode, string? Text, decimal? Latitude, decimal? Longitude);

/// <summary>A contact as the API tells it.</summary>
internal sealed record ApiContact(
    Guid Id, string Kind, long Number, string Name, Guid? SalutationId, string? FirstName, string? LastName, string? CompanyName, string? NationalId, string? EconomicCode, string? CardNumber, [property: JsonIgnore] string[]? Accounts, [property: JsonIgnore] string[]? Cards, Guid? LiaisonId, DateOnly? Birthday, DateOnly? MarriedOn, Guid? MaritalStatusId, Guid? ReligionId, string? Preferences, Guid? PhotoId, string Standing, Guid[] Roles, [property: JsonIgnore] Guid[]? Groups,
    IReadOnlyList<ApiPhone> Phones, IReadOnlyList<string> Emails, IReadOnlyList<ApiAddress> Addresses, Guid? TypeId, Guid? RankId, Guid? StatusId, Guid? SourceId, Guid? FieldOfActivityId, Guid? ImportanceId,
    Guid? OwnerId, Guid BranchId, Guid? CompanyId, Guid? PositionId, Guid? DepartmentId, string? Notes, [property: JsonIgnore] DateTimeOffset Created, [property: JsonIgnore] DateTimeOffset Updated, uint Version,
    [property: JsonIgnore] string? CustomJson)
{
    public DateTime CreatedAt => Created.UtcDateTime;

    public DateTime UpdatedAt => Updated.UtcDateTime;

    /// <summary>Distance from the point that was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Metres { get; init; }

    public IReadOnlyList<string> Ibans => Accounts ?? [];

    public IReadOnlyList<string> BankCards => Cards ?? [];

    public IReadOnlyList<Guid> GroupIds => Groups ?? [];

    /// <summary>Custom fields that this user sees, by key.</summary>
    public JsonObject Custom => CustomValues.Parse(CustomJson);
}

/// <summary>Leaves out custom fields that the user does not see.</summary>
internal sealed class SeenCustom(ICustomFields custom, ICurrentUser user)
{
    public async ValueTask<ApiContact> OfAsync(ApiContact contact, CancellationToken ct) => contact.CustomJson is null
        ? contact
        : contact with { CustomJson = CustomValues.SeenBy(await custom.OfAsync(ContactRecords.RecordKey, ct), contact.CustomJson, user).ToJsonString() };
}

internal sealed class ContactsApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var contacts = api.MapGroup("/contacts").WithTags("contacts");
        contacts.MapGet("", ListAsync).Requires(ContactsPermissions.See);
        contacts.MapGet("/{id:guid}", async Task<IResult> (Guid id, HttpContext http, ContactsDb db, SeenCustom seen, ICurrentUser me, CancellationToken ct) =>
        {
            // One that became part of another says where it is now; not for caches, since a merge can be undone.
            if (await MergedContacts.SurvivorAsync(db, id, ct) is { } survivor)
            {
                http.Response.Headers.CacheControl = "no-store";
                return TypedResults.Redirect($"/api/v1/contacts/{survivor}", permanent: true);
            }

            var contact = await FindAsync(db, id, seen, ct);
            return ApiExtensions.Record(http, Shown(contact, me, http), contact.Version);
        }).Requires(ContactsPermissions.See).Gives(typeof(ApiContact));
        contacts.MapPost("", async (Patch body, HttpContext http, IMediator mediator, ContactsDb db, SeenCustom seen, ICurrentUser me, CancellationToken ct) =>
        {
            ClosedFields.Refuse(body.Has, me, adding: true);
            var id = await mediator.Send((AddContactCommand)Overlay(new AddContactCommand { Kind = Kind(body), AllowKnownPhone = body.Get("allowKnownPhone", false) }, body), ct);
            var contact = await AfterAsync(db, id, seen, ct);
            return ApiExtensions.Created(http, $"/api/v1/contacts/{id}", Shown(contact, me, http), contact.Version);
        }).Requires(ContactsPermissions.Add).Takes(typeof(ApiContact)).Gives(typeof(ApiContact), StatusCodes.Status201Created);
        contacts.MapPatch("/{id:guid}", async (Guid id, Patch body, HttpContext http, IMediator mediator, ContactsDb db, SeenCustom seen, ICurrentUser me, CancellationToken ct) =>
        {
            ClosedFields.Refuse(body.Has, me, adding: false);
            var now = EditContactCommand.Of(await db.LoadContactAsync(id, ct) ?? throw new NotFound(nameof(Contact), id));
            if (!db.SeesSensitive && (body.Has("marriedOn") || body.Has("maritalStatusId") || body.Has("religionId"))) throw new Forbidden(ContactsPermissions.SeeSensitive);
            // What was not sent is what stands there now: without If-Match somebody else's change in between must not be undone.
            var command = (EditContactCommand)Overlay(now, body) with { Version = http.Request.IfMatch(now.Version), WholeForm = false, AllowKnownPhone = body.Get("allowKnownPhone", false) };
            await mediator.Send(command, ct);
            var contact = await AfterAsync(db, id, seen, ct);
            return ApiExtensions.Record(http, Shown(contact, me, http), contact.Version);
        }).Requires(ContactsPermissions.Change).Takes(typeof(ApiContact)).Gives(typeof(ApiContact));
        contacts.MapDelete("/{id:guid}", async (Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new DeleteContactCommand(id, http.Request.IfMatch()), ct);
            return TypedResults.NoContent();
        }).Requires(ContactsPermissions.Delete);
        contacts.MapGet("/{id:guid}/timeline", async (Guid id, string? kind, Guid? personId, string? text, DateTimeOffset? from, DateTimeOffset? to, ApiQuery query, ContactsDb db, CustomerTimeline timeline, CancellationToken ct) =>
        {
            if (!await db.Contacts.AnyAsync(c => c.Id == id, ct)) throw new NotFound(nameof(Contact), id);
            var before = query.After is not null ? CustomerTimeline.Moment(query.AfterText("before")) ?? throw Cursor.Unreadable() : (DateTimeOffset?)null;
            var until = to?.ToUniversalTime();
            var part = await timeline.LoadAsync(
                new TimelineWish(id, query.Size) { Kind = kind, PersonId = personId, Text = PersianText.Clean(text), From = from?.ToUniversalTime(), Before = before is null || until < before ? until : before }, ct);
            return new ApiPage<object>(
                [.. part.Items.Select(i => (object)new { i.Id, At = i.At.UtcDateTime, i.Kind, i.Title, i.Text, i.Who, i.Url })],
                part.Older is { } older ? Cursor.Encode(new JsonObject { ["before"] = CustomerTimeline.Cursor(older) }) : null);
        }).Requires(ContactsPermissions.See);
    }

    private static async Task<ApiPage<object>> ListAsync(ApiQuery query, HttpContext http, ContactsDb db, RecordLists lists, SeenCustom seen, ICurrentUser me, CancellationToken ct)
    {
        query.OnlyFilters([.. new[] { "kind", "standing", "typeId", "rankId", "statusId", "sourceId", "role", "groupId", "ownerId", "branchId", "provinceId", "countyId", "cityId" }.Where(f => !ClosedFields.IsHidden(f, me))]);
        var conditions = new List<FilterItem>().Is("kind", ApiFilters.Enum<ContactKind>(query, "kind")).Is("standing", ApiFilters.Enum<Standing>(query, "standing"));
        foreach (var name in (string[])["type", "rank", "status", "source", "group", "owner", "branch"]) conditions.Is(name, ApiFilters.Id(query, name + "Id"));
        conditions.Is("role", ApiFilters.Id(query, "role")).Is("province", ApiFilters.Number(query, "provinceId")).Is("county", ApiFilters.Number(query, "countyId")).Is("city", ApiFilters.Number(query, "cityId"));
        if (http.Request.Query["near"].ToString() is { Length: > 0 } near) return await NearAsync(near, query, conditions, http, db, seen, me, ct);
        // Numbers are drawn in the order of adding.
        var part = await lists.PartAsync(ContactRecords.RecordKey, query, http, conditions, [("-number", "number"), ("createdAt", "number"), ("name", "name"), ("updatedAt", "updatedAt")], null, ct);
        var records = new Dictionary<Guid, object>(part.Ids.Count);
        foreach (var contact in await Project(db.Contacts.AsNoTracking().Where(c => part.Ids.Contains(c.Id)), db.SeesSensitive).ToListAsync(ct)) records[contact.Id] = Shown(await seen.OfAsync(contact, ct), me, http);
        return part.Page(records);
    }

    private static object Shown(ApiContact contact, ICurrentUser me, HttpContext http) =>
        ClosedFields.Without(contact, me, http.RequestServices.GetRequiredService<Microsoft.Extensions.Options.IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions);

    /// <summary>The contacts nearest to <c>near=latitude,longitude</c>, in the order of their distance; one part, as many as <c>size</c>.</summary>
    private static async Task<ApiPage<object>> NearAsync(string near, ApiQuery query, List<FilterItem> conditions, HttpContext http, ContactsDb db, SeenCustom seen, ICurrentUser me, CancellationToken ct)
    {
        var parts = near.Split(',');
        if (parts.Length != 2 || !double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var latitude) || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var longitude)
            || latitude is not (>= -90 and <= 90) || longitude is not (>= -180 and <= 180))
            throw new InvalidInput("near", "Give latitude and longitude, with a comma between them.");
        var map = http.RequestServices.GetRequiredService<ContactMap>();
        var asked = new RecordQuery { Search = query.Q, Filter = conditions.Count == 0 ? null : new(new FilterGroup(false, conditions)) };
        var found = await map.NearestAsync(latitude, longitude, query.Size, await http.RequestServices.GetRequiredService<ListedContacts>().OfAsync(asked, ct), ct);
        var ids = found.Select(p => p.Id).ToArray();
        var items = (await Project(db.Contacts.AsNoTracking().Where(c => ids.Contains(c.Id)), db.SeesSensitive).ToListAsync(ct)).ToDictionary(c => c.Id);
        List<object> nearest = [];
        foreach (var p in found.Where(p => items.ContainsKey(p.Id))) nearest.Add(Shown(await seen.OfAsync(items[p.Id] with { Metres = p.Metres }, ct), me, http));
        return new(nearest, null);
    }

    private static async Task<ApiContact> FindAsync(ContactsDb db, Guid id, SeenCustom seen, CancellationToken ct) =>
        await seen.OfAsync(await (db.SeesSensitive ? s_whole : s_plain)(db, id, ct) ?? throw new NotFound(nameof(Contact), id), ct);

    // The answer to a change is what was just written; what was answered before (Idempotency-Key) is read.
    private static async Task<ApiContact> AfterAsync(ContactsDb db, Guid id, SeenCustom seen, CancellationToken ct) => db.Held(id) is { } held
        ? await seen.OfAsync((db.SeesSensitive ? s_wholeOf : s_plainOf)(held), ct)
        : await FindAsync(db, id, seen, ct);

    private static readonly Func<Contact, ApiContact> s_wholeOf = Shape(true).Compile();
    private static readonly Func<Contact, ApiContact> s_plainOf = Shape(false).Compile();

    // One record by one statement, its query built once. Many are read part by part, or their rows would multiply.
    private static readonly Func<ContactsDb, Guid, CancellationToken, Task<ApiContact?>> s_whole = EF.CompileAsyncQuery((ContactsDb db, Guid id, CancellationToken ct) => db.Contacts.AsNoTracking().AsSingleQuery().Where(c => c.Id == id).Select(Shape(true)).SingleOrDefault());
    private static readonly Func<ContactsDb, Guid, CancellationToken, Task<ApiContact?>> s_plain = EF.CompileAsyncQuery((ContactsDb db, Guid id, CancellationToken ct) => db.Contacts.AsNoTracking().AsSingleQuery().Where(c => c.Id == id).Select(Shape(false)).SingleOrDefault());

    private static IQueryable<ApiContact> Project(IQueryable<Contact> contacts, bool sensitive) => contacts.AsSplitQuery().Select(Shape(sensitive));

    private static Expression<Func<Contact, ApiContact>> Shape(bool sensitive) => c => new ApiContact(
        c.Id, c.Kind == ContactKind.Person ? "person" : "company", c.Number, c.Name, c.SalutationId, c.FirstName, c.LastName, c.CompanyName, c.NationalId, c.EconomicCode, c.CardNumber, c.Ibans, c.BankCards, c.LiaisonId, c.Birthday, sensitive ? c.MarriedOn : null, sensitive ? c.MaritalStatusId : null, sensitive ? c.ReligionId : null, c.Preferences, c.PhotoId,
        c.Standing == Standing.Actual ? "actual" : "potential", c.RoleIds, c.GroupIds,
        c.Phones.OrderBy(p => p.Position).Select(p => new ApiPhone(Camel(p.Kind.ToString()), p.Number)).ToList(),
        c.Emails.OrderBy(e => e.Position).Select(e => e.Address).ToList(),
        c.Addresses.OrderBy(a => a.Position).Select(a => new ApiAddress(Camel(a.Purpose.ToString()), a.Country, a.ProvinceId, a.CountyId, a.CityId, a.District, a.PostalCode, a.Text, a.Latitude, a.Longitude)).ToList(),
        c.TypeId, c.RankId, c.StatusId, c.SourceId, c.FieldOfActivityId, c.ImportanceId, c.OwnerId, c.BranchId,
        c.Positions.Where(p => p.To == null).OrderBy(p => p.From).ThenBy(p => p.Id).Select(p => (Guid?)p.CompanyId).FirstOrDefault(), c.Positions.Where(p => p.To == null).OrderBy(p => p.From).ThenBy(p => p.Id).Select(p => p.PositionId).FirstOrDefault(),
        c.Positions.Where(p => p.To == null).OrderBy(p => p.From).ThenBy(p => p.Id).Select(p => p.DepartmentId).FirstOrDefault(), c.Notes, c.CreatedAt, c.UpdatedAt, c.Version, c.Custom);

    private static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    private static ContactKind Kind(Patch body) => body.Get<string>("kind", "person") switch
    {
        "person" => ContactKind.Person,
        "company" => ContactKind.Company,
        _ => throw new InvalidInput("kind", "Choose one of the list."),
    };

    /// <summary>What was sent over what was: the same for adding (over nothing) and for changing. Text is cleaned as a form's is.</summary>
    private static ContactFields Overlay(ContactFields was, Patch p) => was with
    {
        SalutationId = p.Get("salutationId", was.SalutationId),
        FirstName = Text(p, "firstName", was.FirstName),
        LastName = Text(p, "lastName", was.LastName),
        CompanyName = Text(p, "companyName", was.CompanyName),
        NationalId = Text(p, "nationalId", was.NationalId),
        EconomicCode = Text(p, "economicCode", was.EconomicCode),
        CardNumber = Text(p, "cardNumber", was.CardNumber),
        Ibans = [.. p.Get("ibans", (string?[])[.. was.Ibans]) ?? []],
        BankCards = [.. p.Get("bankCards", (string?[])[.. was.BankCards]) ?? []],
        Birthday = p.Get("birthday", was.Birthday),
        MarriedOn = p.Get("marriedOn", was.MarriedOn),
        MaritalStatusId = p.Get("maritalStatusId", was.MaritalStatusId),
        ReligionId = p.Get("religionId", was.ReligionId),
        Preferences = PersianText.Clean(p.Get("preferences", was.Preferences), multiline: true),
        Standing = ApiFilters.Parse(p.Get("standing", was.Standing.ToString()), "standing", was.Standing),
        RoleIds = [.. p.Get("roles", (Guid[])[.. was.RoleIds]) ?? []],
        GroupIds = [.. p.Get("groupIds", (Guid[])[.. was.GroupIds]) ?? []],
        TypeId = p.Get("typeId", was.TypeId),
        RankId = p.Get("rankId", was.RankId),
        StatusId = p.Get("statusId", was.StatusId),
        SourceId = p.Get("sourceId", was.SourceId),
        FieldOfActivityId = p.Get("fieldOfActivityId", was.FieldOfActivityId),
        OwnerId = p.Get("ownerId", was.OwnerId),
        ImportanceId = p.Get("importanceId", was.ImportanceId),
        Notes = PersianText.Clean(p.Get("notes", was.Notes), multiline: true),
        CompanyId = p.Get("companyId", was.CompanyId),
        PositionId = p.Get("positionId", was.PositionId),
        DepartmentId = p.Get("departmentId", was.DepartmentId),
        Custom = p.Has("custom") ? CustomValues.Input(p.Get<JsonElement>("custom", default)) : [],
        Phones = p.Has("phones")
            ? [.. (p.Get<ApiPhone[]>("phones", null) ?? []).Select(x => new PhoneFields { Number = x.Number, Kind = x.Kind is null ? null : ApiFilters.Parse(x.Kind, "phones", PhoneKind.Mobile) })]
            : was.Phones,
        Emails = p.Has("emails") ? [.. (p.Get<string[]>("emails", null) ?? []).Select(e => new EmailFields { Address = PersianText.Clean(e) })] : was.Emails,
        Addresses = p.Has("addresses")
            ? [.. (p.Get<ApiAddress[]>("addresses", null) ?? []).Select(a => new AddressFields
            {
                Purpose = ApiFilters.Parse(a.Purpose ?? "work", "addresses", AddressPurpose.Work), Country = a.Country, ProvinceId = a.ProvinceId, CountyId = a.CountyId, CityId = a.CityId,
                District = PersianText.Clean(a.District), PostalCode = PersianText.Clean(a.PostalCode), Text = PersianText.Clean(a.Text, multiline: true), Latitude = a.Latitude, Longitude = a.Longitude,
            })]
            : was.Addresses,
    };

    private static string? Text(Patch p, string name, string? was) => PersianText.Clean(p.Get(name, was));
}

/// <summary>Reads filters, sort and cursor of a list strictly: what can't be understood is said, not ignored.</summary>
internal static class ApiFilters
{
    public static Guid? Id(ApiQuery query, string name) => !query.Filters.TryGetValue(name, out var text) ? null
        : Guid.TryParse(text, out var id) ? id : throw new InvalidInput($"filter[{name}]", "This value can't be taken.");

    public static int? Number(ApiQuery query, string name) => !query.Filters.TryGetValue(name, out var text) ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw new InvalidInput($"filter[{name}]", "This value can't be taken.");

    public static DateOnly? Day(ApiQuery query, string name) => !query.Filters.TryGetValue(name, out var text) ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var d) ? d : throw new InvalidInput($"filter[{name}]", "This value can't be taken.");

    public static T? Enum<T>(ApiQuery query, string name) where T : struct, System.Enum => query.Filters.TryGetValue(name, out var text) ? Parse<T>(text, $"filter[{name}]", default) : null;

    /// <summary>A member by name, never by number.</summary>
    public static T Parse<T>(string? text, string field, T fallback) where T : struct, System.Enum =>
        text is null ? fallback : System.Enum.GetNames<T>().FirstOrDefault(n => string.Equals(n, text, StringComparison.OrdinalIgnoreCase)) is { } name ? System.Enum.Parse<T>(name) : throw new InvalidInput(field, "Choose one of the list.");

    public static string Sort<T>(ApiQuery query, Keyset<T> orders)
    {
        if (query.Sort is null) return orders.Normalize(null);
        var sort = (query.Descending ? "-" : "") + query.Sort;
        return orders.Knows(sort) ? sort : throw new InvalidInput("sort", "This list has no such order.");
    }

    public static string? After<T>(HttpContext http, ApiQuery query, string sort, Keyset<T> orders)
    {
        if (query.After is null) return null;
        var text = http.Request.Query["after"].ToString();
        // A cursor belongs to its order.
        return orders.Reads(text, sort) ? text : throw Cursor.Unreadable();
    }
}
