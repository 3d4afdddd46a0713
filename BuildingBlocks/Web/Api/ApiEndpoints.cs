using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>
/// Endpoints of one kind of thing under <c>/api/v1</c>, in a module's <c>Api/</c> folder, mapped onto the same commands and queries as the pages.
/// Each endpoint names its right with <c>.Requires(…)</c>; without one the application does not start.
/// </summary>
[Contribution(ServiceLifetime.Singleton)]
public interface IApiEndpoints
{
    /// <summary>Maps them; the group has the base path and the filters.</summary>
    void Map(RouteGroupBuilder api);
}

/// <summary>One page of a list.</summary>
/// <param name="Items">The records.</param>
/// <param name="Next">Cursor for <c>after=</c>; null at the end.</param>
/// <param name="Total">Only with <c>count=exact</c>.</param>
public sealed record ApiPage<T>(IReadOnlyList<T> Items, string? Next, [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] long? Total = null);

/// <summary>What a list was asked for: <c>?q=&amp;filter[status]=…&amp;sort=-createdAt&amp;size=50&amp;after=…&amp;count=exact</c>.</summary>
/// <param name="Q">Free text.</param>
/// <param name="Filters">By field name.</param>
/// <param name="Sort">Field; null for the default.</param>
/// <param name="Descending">Whether it had a minus.</param>
/// <param name="Size">1 to 500.</param>
/// <param name="After">Decoded cursor; null for the first page.</param>
/// <param name="CountExact">Whether the total is asked for.</param>
public sealed record ApiQuery(string? Q, IReadOnlyDictionary<string, string> Filters, string? Sort, bool Descending, int Size, JsonObject? After, bool CountExact)
{
    /// <summary>Reads the query string; called by the binder of minimal APIs.</summary>
    /// <exception cref="InvalidInput">A size or cursor that is none.</exception>
    public static ValueTask<ApiQuery> BindAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var filters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in query)
        {
            if (key.StartsWith("filter[", StringComparison.Ordinal) && key.EndsWith(']')) filters[key[7..^1]] = PersianText.Clean(value.ToString()) ?? "";
        }

        var size = 50;
        if (query.TryGetValue("size", out var s) && (!int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > 500))
            throw new InvalidInput("size", "The size must be between {0} and {1}.", 1, 500);
        var sort = query["sort"].ToString();
        return ValueTask.FromResult(new ApiQuery(
            PersianText.Clean(query["q"]), filters, sort.TrimStart('-') is { Length: > 0 } f ? f : null, sort.StartsWith('-'), size,
            Cursor.Decode(query["after"]), query["count"] == "exact"));
    }

    /// <summary>Refuses filters that this list does not have: what is misspelt must not look like "everything".</summary>
    /// <exception cref="InvalidInput">There is another one.</exception>
    public void OnlyFilters(params string[] known)
    {
        foreach (var name in Filters.Keys)
        {
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase)) throw new InvalidInput($"filter[{name}]", "There is no such filter.");
        }
    }

    /// <summary>The sort asked for; the first of the known ones by default. A minus before a known name turns that default round.</summary>
    /// <exception cref="InvalidInput">The list has no such order.</exception>
    public (string Name, bool Descending) Order(params string[] known)
    {
        if (Sort is null) return (known[0].TrimStart('-'), known[0].StartsWith('-'));
        var name = Array.Find(known, k => string.Equals(k.TrimStart('-'), Sort, StringComparison.Ordinal)) ?? throw new InvalidInput("sort", "This list has no such order.");
        return (name.TrimStart('-'), Descending);
    }

    /// <summary>A key of the cursor; null on the first page.</summary>
    /// <exception cref="InvalidInput">The cursor is not one of this list and order.</exception>
    public T? AfterKey<T>(string name) where T : struct
    {
        if (After is null) return null;
        try
        {
            return After[name] is { } key ? key.Deserialize<T>() : throw Cursor.Unreadable();
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw Cursor.Unreadable();
        }
    }

    /// <summary>A text key of the cursor; null on the first page.</summary>
    /// <exception cref="InvalidInput">The cursor is not one of this list and order.</exception>
    public string? AfterText(string name) =>
        After is null ? null : After[name] is JsonValue key && key.TryGetValue(out string? text) ? text : throw Cursor.Unreadable();
}

/// <summary>Opaque cursors of keyset paging.</summary>
public static class Cursor
{
    /// <summary>Packs the keys of the last record.</summary>
    public static string Encode(JsonObject keys) => Convert.ToBase64String(Encoding.UTF8.GetBytes(keys.ToJsonString())).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>Unpacks; null for none.</summary>
    /// <exception cref="InvalidInput">It is not a cursor of ours.</exception>
    public static JsonObject? Decode(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        try
        {
            var padded = text.Replace('-', '+').Replace('_', '/');
            return JsonNode.Parse(Convert.FromBase64String(padded.PadRight((padded.Length + 3) / 4 * 4, '='))) as JsonObject ?? throw new FormatException();
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw Unreadable();
        }
    }

    /// <summary>What a caller is told whose cursor is none, or belongs to another list or order.</summary>
    public static InvalidInput Unreadable() => new("after", "This cursor can't be read; start from the first page.");
}

/// <summary>The body of a PATCH: only what is sent changes; unknown names are ignored.</summary>
public sealed class Patch
{
    private readonly JsonObject _body;

    private Patch(JsonObject body) => _body = body;

    /// <summary>Reads the body; called by the binder of minimal APIs.</summary>
    public static async ValueTask<Patch?> BindAsync(HttpContext context)
    {
        // An action without anything to say needs no body.
        if (context.Request.ContentType is null && context.Request.ContentLength is null or 0) return new([]);
        if (!context.Request.HasJsonContentType()) throw new BadHttpRequestException("JSON is expected.", StatusCodes.Status415UnsupportedMediaType);
        try
        {
            return new(await context.Request.ReadFromJsonAsync<JsonObject>(context.RequestAborted) ?? throw new BadHttpRequestException("A JSON object is expected."));
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("The body is not JSON.", e);
        }
    }

    /// <summary>Whether the field was sent, be it null.</summary>
    public bool Has(string name) => _body.ContainsKey(name);

    /// <summary>The field as sent, or what it was.</summary>
    /// <exception cref="InvalidInput">It has another type.</exception>
    public T? Get<T>(string name, T? was)
    {
        if (!_body.TryGetPropertyValue(name, out var node)) return was;
        try
        {
            return node is null ? default : node.Deserialize<T>(ApiJson.Options);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new InvalidInput(name, "This value can't be taken.");
        }
    }
}

/// <summary>Small words for endpoints.</summary>
public static class ApiExtensions
{
    /// <summary>The endpoint needs this permission.</summary>
    public static TBuilder Requires<TBuilder>(this TBuilder builder, string permission) where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(e => e.Metadata.Add(new RequiresAttribute(permission)));
        return builder;
    }

    /// <summary>For everybody with a token or session.</summary>
    public static TBuilder SignedIn<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(e => e.Metadata.Add(new SignedInAttribute()));
        return builder;
    }

    /// <summary>The record with its version as ETag.</summary>
    public static IResult Record(HttpContext context, object record, uint version)
    {
        context.Response.Headers.ETag = $"\"{version}\"";
        return TypedResults.Json(record, (JsonSerializerOptions?)null, null, StatusCodes.Status200OK);
    }

    /// <summary>201 with Location, the record and its ETag.</summary>
    public static IResult Created(HttpContext context, string location, object record, uint version)
    {
        context.Response.Headers.ETag = $"\"{version}\"";
        return TypedResults.Created(location, record);
    }

    /// <summary>Version in <c>If-Match</c>; null when none was sent or it was <c>*</c>.</summary>
    /// <exception cref="StaleRecord">It is an ETag no record of ours can have: it matches nothing.</exception>
    public static uint? IfMatch(this HttpRequest request)
    {
        var value = request.Headers.IfMatch.ToString();
        if (value.Length == 0 || value == "*") return null;
        return uint.TryParse(value.Replace("W/", "", StringComparison.Ordinal).Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var v) ? v : throw new StaleRecord("If-Match");
    }

    /// <summary>The version to change, for those who have just read the record: the one sent must be this one, even when the change would change nothing.</summary>
    /// <exception cref="StaleRecord">Somebody was faster.</exception>
    public static uint? IfMatch(this HttpRequest request, uint? now) => request.IfMatch() is { } sent && sent != now ? throw new StaleRecord("If-Match") : now;

    /// <summary>For the OpenAPI document: the endpoint answers this record, or with 201 the one it made.</summary>
    public static TBuilder Gives<TBuilder>(this TBuilder builder, Type type, int status = StatusCodes.Status200OK) where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(e => e.Metadata.Add(new ProducesResponseTypeMetadata(status, type, ["application/json"])));
        return builder;
    }

    /// <summary>For the OpenAPI document: the endpoint takes the fields of this record; what it does not know or may not change it leaves alone.</summary>
    public static TBuilder Takes<TBuilder>(this TBuilder builder, Type type) where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(e => e.Metadata.Add(new AcceptsMetadata(["application/json"], type)));
        return builder;
    }
}
