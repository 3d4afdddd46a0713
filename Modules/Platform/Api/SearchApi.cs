using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Features.AuditLog;
using Crm.Platform.Searching;
using Crm.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Api;

internal sealed record AuditRecord(Guid Id, DateTimeOffset At, Guid? UserId, string UserName, string Through, string Command, string Entity, Guid EntityId, Guid? RootId, string Action, JsonNode? Changes);

internal sealed record PastPartOut(string Entity, Guid Id, IReadOnlyDictionary<string, JsonNode> Fields);

/// <summary>A record as it was. <c>Complete</c> is false when its history does not reach back to its beginning.</summary>
internal sealed record PastRecordOut(string Entity, Guid Id, DateTimeOffset At, bool Deleted, bool Complete, IReadOnlyDictionary<string, JsonNode> Fields, IReadOnlyList<PastPartOut> Parts);

internal sealed record SearchRecord(Guid Id, string Type, string Title, string Subtitle, string Url);

internal sealed record FileRecordOut(Guid Id, string Name, string ContentType, long Size, string Content);

internal sealed class SearchApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        api.MapGet("/search", async (ApiQuery query, GlobalSearch search, CancellationToken ct) =>
            new ApiPage<SearchRecord>([.. (await search.FindAsync(query.Q, perType: query.Size, all: query.Size, ct)).Select(f => new SearchRecord(f.Id, f.Type, f.Title, f.Subtitle, f.Url))], null)).WithTags("Search").SignedIn();

        api.MapGet("/audit", AuditAsync).WithTags("Audit").Requires(PlatformPermissions.SeeAudit);
        api.MapGet("/audit/{entity}/{id:guid}", AsOfAsync).WithTags("Audit").Requires(PlatformPermissions.SeeAudit);

        var files = api.MapGroup("/files").WithTags("Files");
        files.MapGet("/", FilesAsync).SignedIn();
        files.MapPost("/", UploadAsync).SignedIn().Gives(typeof(FileRecordOut), StatusCodes.Status201Created);
        files.MapGet("/{id:guid}", async (Guid id, IFileStore store, CancellationToken ct) =>
        {
            var (file, content) = await store.OpenAsync(id, ct);
            await content.DisposeAsync();
            return Out(file);
        }).SignedIn();
    }

    private static async Task<ApiPage<AuditRecord>> AuditAsync(ApiQuery query, PlatformDb db, ClosedInPast closed, CancellationToken ct)
    {
        query.OnlyFilters("userId", "entity", "from", "until", "recordId");
        if (!query.Order("-createdAt").Descending) throw new InvalidInput("sort", "This list has no such order.");
        var audit = new AuditQuery(Id(query, "userId"), query.Filters.GetValueOrDefault("entity"), Moment(query, "from"), Moment(query, "until"), Id(query, "recordId"),
            query.AfterKey<Guid>("id"), query.Size);
        var rows = await audit.RunAsync(db, ct);
        await closed.ReadyAsync(ct);
        var items = rows.Take(query.Size).Select(r => new AuditRecord(r.Id, r.At, r.UserId, r.UserName, r.Through, r.Command, r.Entity, r.EntityId, r.RootId, r.Action, closed.Seen(r.Entity, r.Changes))).ToList();
        return new(items, rows.Count > query.Size ? Cursor.Encode(new() { ["id"] = items[^1].Id.ToString() }) : null);
    }

    /// <summary>The record with its parts at the instant <c>at</c>; now when none is given.</summary>
    private static async Task<PastRecordOut> AsOfAsync(string entity, Guid id, string? at, RecordPast past, TimeProvider time, CancellationToken ct)
    {
        if (at is not null && !DateTimeOffset.TryParse(at, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out _)) throw new InvalidInput("at", "This value can't be taken.");
        var moment = at is null ? time.GetUtcNow() : DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal);
        var then = await past.AtAsync(entity, id, moment, ct);
        if (then.Root is not { } root) throw new NotFound(entity, id);
        return new(entity, id, moment.ToUniversalTime(), root.Deleted, then.Known, root.Fields, [.. then.Parts.Select(p => new PastPartOut(p.Entity, p.Id, p.Fields))]);
    }

    private static async Task<ApiPage<FileRecordOut>> FilesAsync(ApiQuery query, IFileStore store, IEnumerable<IFileOwner> owners, CancellationToken ct)
    {
        if (query.Filters.GetValueOrDefault("owner") is not { Length: > 0 } owner || Id(query, "ownerId") is not { } ownerId) throw new InvalidInput("filter", "Name the record: filter[owner] and filter[ownerId].");
        if (owners.FirstOrDefault(o => o.Owner == owner) is not { } known || !await known.MaySeeAsync(ownerId, ct)) throw new NotFound(owner, ownerId);
        return new([.. (await store.OfAsync(owner, [ownerId], ct))[ownerId].Select(Out)], null);
    }

    private static async Task<IResult> UploadAsync(HttpContext context, IFileStore store, IEnumerable<IFileOwner> owners, ICurrentUser me, CancellationToken ct)
    {
        if (!context.Request.HasFormContentType) return TypedResults.StatusCode(StatusCodes.Status415UnsupportedMediaType);
        var form = await context.Request.ReadFormAsync(ct);
        if (form.Files.Count != 1) throw new InvalidInput("file", "Send one file.");
        if (!Guid.TryParse(form["ownerId"], out var ownerId)) throw new InvalidInput("ownerId", "This field is required.");
        var owner = owners.FirstOrDefault(o => o.Owner == form["owner"].ToString()) ?? throw new InvalidInput("owner", "Choose one of the list.");
        if (!me.Can(owner.Permission)) throw new Forbidden(owner.Permission);
        if (!await owner.MaySeeAsync(ownerId, ct)) throw new NotFound(owner.Owner, ownerId);
        await using var content = form.Files[0].OpenReadStream();
        var file = await store.SaveAsync(owner.Owner, ownerId, owner.Permission, form.Files[0].FileName, content, ct);
        return TypedResults.Created($"/api/v1/files/{file.Id}", Out(file));
    }

    private static FileRecordOut Out(StoredFile f) => new(f.Id, f.Name, f.ContentType, f.Size, $"/files/{f.Id}");

    private static Guid? Id(ApiQuery query, string name) => !query.Filters.TryGetValue(name, out var text) ? null : Guid.TryParse(text, out var id) ? id : throw new InvalidInput($"filter[{name}]", "This value can't be taken.");

    private static DateTimeOffset? Moment(ApiQuery query, string name) => !query.Filters.TryGetValue(name, out var text) ? null
        : DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var at) ? at : throw new InvalidInput($"filter[{name}]", "This value can't be taken.");
}
