using System.Security.Cryptography;
using System.Text.Json;
using Crm.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>The frame of <c>/api/v1</c>.</summary>
public static class ApiFrame
{
    private const int MaxBody = 5 * 1024 * 1024;

    /// <summary>JSON as api.md says and the OpenAPI document.</summary>
    public static IServiceCollection AddCrmApi(this IServiceCollection services)
    {
        services.Configure<JsonOptions>(o =>
        {
            o.SerializerOptions.MaxDepth = 32;
            o.SerializerOptions.NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict;
        });
        services.AddOpenApi("v1", o => o.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Crm";
            document.Info.Version = "v1";
            document.Info.Description = "Authorization: Bearer <token>; see docs/api.md.";
            return Task.CompletedTask;
        }));
        return services;
    }

    /// <summary>Maps the contributed endpoints, the OpenAPI document and its page.</summary>
    public static WebApplication MapCrmApi(this WebApplication app)
    {
        var api = app.MapGroup("/api/v1");
        api.AddEndpointFilter(IdempotentAsync);
        foreach (var endpoints in app.Services.GetServices<IApiEndpoints>()) endpoints.Map(api);
        app.MapOpenApi("/openapi/{documentName}.json").SignedIn();
        // What is not there answers as the API does, not as a page.
        app.Map("/api/v1/{**rest}", (HttpContext c) => Problems.WriteAsync(c, 404, Texts.Get("There is no such address."))).SignedIn().ExcludeFromDescription();
        return app;
    }

    private static async ValueTask<object?> IdempotentAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        if (!HttpMethods.IsPost(context.Request.Method) || key.Length == 0) return await next(invocation);
        if (key.Length > 200) throw new InvalidInput("Idempotency-Key", "At most {0} characters.", 200);
        var store = context.RequestServices.GetRequiredService<IIdempotencyStore>();
        var user = context.RequestServices.GetRequiredService<ICurrentUser>().Id ?? Guid.Empty;
        var print = context.Items[typeof(ApiFrame)] as byte[] ?? [];
        var known = await store.BeginAsync(user, key, print, context.RequestAborted);
        switch (known.State)
        {
            case IdempotencyState.OtherRequest:
                throw new InvalidInput("Idempotency-Key", "This key was used for another request.");
            case IdempotencyState.UnderWay:
                context.Response.Headers.RetryAfter = "1";
                throw new RuleBroken("idempotency.under-way", "The first request with this key is still under way.");
            case IdempotencyState.Answered:
                if (known.Location is not null) context.Response.Headers.Location = known.Location;
                if (known.ETag is not null) context.Response.Headers.ETag = known.ETag;
                context.Response.Headers["Idempotent-Replayed"] = "true";
                return TypedResults.Bytes(known.Body ?? [], "application/json").WithStatus(known.Status);
        }

        var request = context.RequestServices.GetRequiredService<IdempotentRequest>();
        request.Begin(user, key, known);
        try
        {
            var result = await next(invocation);
            // The answer is written into memory first, so that it can be kept word for word.
            var real = context.Response.Body;
            using var buffer = new MemoryStream();
            context.Response.Body = buffer;
            try
            {
                if (result is IResult r) await r.ExecuteAsync(context);
                else if (result is not null) await context.Response.WriteAsJsonAsync(result, context.RequestAborted);
            }
            finally
            {
                context.Response.Body = real;
            }

            var body = buffer.ToArray();
            await store.CompleteAsync(request, context.Response.StatusCode, context.Response.Headers.Location, context.Response.Headers.ETag, body, CancellationToken.None);
            await real.WriteAsync(body, context.RequestAborted);
            return TypedResults.Empty;
        }
        catch
        {
            await store.ReleaseAsync(request, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Takes the fingerprint of a POST with a key before its body is bound. Runs before the endpoints.</summary>
    public static IApplicationBuilder UseApiFingerprint(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (HttpMethods.IsPost(context.Request.Method) && context.Request.Path.StartsWithSegments("/api/v1") && context.Request.Headers.ContainsKey("Idempotency-Key"))
        {
            context.Request.EnableBuffering(64 * 1024, MaxBody);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(context.Request.Path.Value + context.Request.QueryString));
            var chunk = new byte[16 * 1024];
            int n;
            while ((n = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0) hash.AppendData(chunk.AsSpan(0, n));
            context.Request.Body.Position = 0;
            context.Items[typeof(ApiFrame)] = hash.GetHashAndReset();
        }

        await next(context);
    });

    private static StatusResult WithStatus(this IResult result, int status) => new(result, status);

    private sealed class StatusResult(IResult result, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            return result.ExecuteAsync(httpContext);
        }
    }
}
