using System.Reflection;
using System.Text.Json.Nodes;
using Crm.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Crm.Web;

/// <summary>
/// The OpenAPI document: what the framework reads from the endpoints, and what all of them have in common and none declares: the token, the words of lists, ETags, keys of
/// repeats, and the problems that may be answered.
/// </summary>
internal static class ApiDocument
{
    private const string Scheme = "token";

    public static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = d => d.RelativePath?.StartsWith("api/v1/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer(Complete);
        options.AddOperationTransformer(Complete);
    }

    private static Task Complete(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Info.Title = "Crm";
        document.Info.Version = "v1";
        document.Info.Description = "Send `Authorization: Bearer <token>`; tokens are made under «My profile» or by `token create`. What holds for all calls (lists, ETags, repeats, errors, limits) stands in docs/api.md.";
        document.Components ??= new();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
        document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API token: crm_…" };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
        return Task.CompletedTask;
    }

    private static Task Complete(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var method = context.Description.HttpMethod ?? "";
        operation.Parameters ??= [];
        if (metadata.OfType<MethodInfo>().FirstOrDefault()?.GetParameters().Any(p => p.ParameterType == typeof(ApiQuery)) == true)
        {
            Add(operation, ParameterLocation.Query, "q", JsonSchemaType.String, "Free text.");
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = "filter", In = ParameterLocation.Query, Style = ParameterStyle.DeepObject, Explode = true, Description = "filter[field]=value; a filter that the list does not have is refused.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String } },
            });
            Add(operation, ParameterLocation.Query, "sort", JsonSchemaType.String, "Field; with a minus the other way round, as in -createdAt.");
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = "size", In = ParameterLocation.Query, Description = "Records a page.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "500", Default = JsonValue.Create(50) },
            });
            Add(operation, ParameterLocation.Query, "after", JsonSchemaType.String, "`next` of the page before.");
            Add(operation, ParameterLocation.Query, "count", JsonSchemaType.String, "`exact` adds `total`.");
        }

        if (HttpMethods.IsPost(method)) Add(operation, ParameterLocation.Header, "Idempotency-Key", JsonSchemaType.String, "The same key and body give the first answer again for two days.");
        var changes = HttpMethods.IsPatch(method) || HttpMethods.IsDelete(method);
        if (changes) Add(operation, ParameterLocation.Header, "If-Match", JsonSchemaType.String, "ETag of the record as it was read: 412 when somebody was faster.");

        operation.Responses ??= [];
        Problem(operation, 401, "No token, or one that is not known.");
        if (metadata.OfType<RequiresAttribute>().Any()) Problem(operation, 403, "The right is missing.");
        if (context.Description.RelativePath?.Contains('{', StringComparison.Ordinal) == true) Problem(operation, 404, "There is no such record, or not for this user.");
        if (HttpMethods.IsPost(method) || changes) Problem(operation, 409, "A rule forbids it now.");
        if (changes) Problem(operation, 412, "Somebody was faster.");
        if (!HttpMethods.IsDelete(method)) Problem(operation, 422, "Invalid: `errors` says what, by field.");
        Problem(operation, 429, "Too many calls: `Retry-After` says when to come again.");
        return Task.CompletedTask;
    }

    private static void Add(OpenApiOperation operation, ParameterLocation place, string name, JsonSchemaType type, string text) =>
        operation.Parameters!.Add(new OpenApiParameter { Name = name, In = place, Description = text, Schema = new OpenApiSchema { Type = type } });

    private static void Problem(OpenApiOperation operation, int status, string text) => operation.Responses!.TryAdd(
        status.ToString(System.Globalization.CultureInfo.InvariantCulture),
        new OpenApiResponse
        {
            Description = text,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/problem+json"] = new()
                {
                    Schema = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
                        {
                            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String }, ["title"] = new OpenApiSchema { Type = JsonSchemaType.String }, ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
                            ["errors"] = new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } } },
                        },
                    },
                },
            },
        });
}
