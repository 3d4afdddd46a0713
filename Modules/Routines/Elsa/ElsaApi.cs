using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Routines.Elsa;

/// <summary>
/// Elsa 3's HTTP API as far as Studio calls it, over our own commands and rows. Paths, field names and shapes are Elsa's (its server and its Studio agree on
/// them, there is no document); rights are ours and are asked on every call, whatever token or cookie it comes with.
/// </summary>
internal sealed class ElsaApi : IModuleEndpoints
{
    public const string Root = "/elsa/api";
    public const string Hub = "/elsa/hubs/workflow-instance";

    private static readonly JsonSerializerOptions s_text = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 256 };

    public void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup(Root).AddEndpointFilter(ExplainAsync).DisableAntiforgery();
        api.ExcludeFromDescription();
        Descriptors.Map(api);
        Definitions.Map(api);
        Transfers.Map(api);
        Scripting.Map(api);
        Instances.Map(api);
        api.Map("/{**rest}", (HttpContext c) => Problems.WriteAsync(c, StatusCodes.Status404NotFound, Texts.Get("There is no such address."))).WithMetadata(new SignedInAttribute());
        routes.MapHub<InstanceHub>(Hub).WithMetadata(new RequiresAttribute(RoutinesPermissions.SeeJobs));
    }

    public static IResult Json(JsonNode? node, int status = StatusCodes.Status200OK) =>
        Results.Text(node?.ToJsonString(s_text) ?? "null", "application/json", System.Text.Encoding.UTF8, status);

    public static IResult List(IEnumerable<JsonNode?> items)
    {
        var all = new JsonArray([.. items]);
        return Json(new JsonObject { ["items"] = all, ["count"] = all.Count });
    }

    /// <summary>The body as a JSON object; empty when there is none.</summary>
    public static async Task<JsonObject> BodyAsync(HttpRequest request, int limit = 1024 * 1024)
    {
        if (request.ContentLength > limit) throw new BadHttpRequestException("Too big.", StatusCodes.Status413PayloadTooLarge);
        using var buffer = new MemoryStream();
        var chunk = new byte[32 * 1024];
        int n;
        while ((n = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted)) > 0)
        {
            if (buffer.Length + n > limit) throw new BadHttpRequestException("Too big.", StatusCodes.Status413PayloadTooLarge);
            buffer.Write(chunk, 0, n);
        }

        if (buffer.Length == 0) return [];
        try
        {
            var node = JsonNode.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), documentOptions: new JsonDocumentOptions { MaxDepth = 256 });
            return node as JsonObject ?? throw new BadHttpRequestException("A JSON object is expected.");
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("The body is not JSON.", e);
        }
    }

    /// <summary>
    /// Studio shows what stands in <c>errors</c> of a problem, each as a message of its own, and nothing else: so every error that a person can do something about is told there.
    /// </summary>
    private static async ValueTask<object?> ExplainAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        try
        {
            return await next(invocation);
        }
        catch (CrmException e) when (e is not NotFound)
        {
            var status = e switch { InvalidInput => 400, Forbidden => 403, _ => 409 };
            var messages = e is InvalidInput input
                ? input.Fields.GroupBy(f => f.Field.Length == 0 ? "generalErrors" : f.Field, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Select(f => Texts.Get(f.Message, f.Args)).Distinct().ToArray(), StringComparer.Ordinal)
                : new Dictionary<string, string[]>(StringComparer.Ordinal) { ["generalErrors"] = [e.Localized] };
            return Results.Problem(title: e.Localized, detail: string.Join(" ", messages.Values.SelectMany(m => m)), statusCode: status, extensions: new Dictionary<string, object?> { ["errors"] = messages });
        }
    }
}

/// <summary>Small words for reading JSON.</summary>
internal static class JsonWords
{
    public static string? Text(this JsonNode? node) => node is JsonValue v && v.TryGetValue(out string? text) ? text : null;

    public static bool? Flag(this JsonNode? node) => node is JsonValue v && v.TryGetValue(out bool flag) ? flag : null;

    public static int? Number(this JsonNode? node) => node is JsonValue v && v.TryGetValue(out int number) ? number : null;

    public static IReadOnlyList<string> Strings(this JsonNode? node) => [.. (node as JsonArray ?? []).Select(i => i.Text()).OfType<string>().Take(1000)];
}
