using System.Security.Cryptography;
using System.Text.Json;
using Crm.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>The frame of <c>/api/v1</c>.</summary>
public static class ApiFrame
{
    /// <summary>Largest body of a call in bytes, JSON or definition; files come as forms and have their own limit.</summary>
    public const int MaxBody = 5 * 1024 * 1024;

    private const int MaxForm = 30 * 1024 * 1024;

    /// <summary>JSON as api.md says, the limits of a caller and the OpenAPI document.</summary>
    public static IServiceCollection AddCrmApi(this IServiceCollection services)
    {
        services.Configure<JsonOptions>(o => ApiJson.Configure(o.SerializerOptions));
        services.AddSingleton<ApiLimits>();
        services.AddOpenApi("v1", ApiDocument.Configure);
        return services;
    }

    /// <summary>Maps the contributed endpoints, the OpenAPI document and its page.</summary>
    public static WebApplication MapCrmApi(this WebApplication app)
    {
        var api = app.MapGroup("/api/v1");
        api.AddEndpointFilter(IdempotentAsync);
        foreach (var endpoints in app.Services.GetServices<IApiEndpoints>()) endpoints.Map(api);
        app.MapOpenApi("/openapi/{documentName}.json").SignedIn();
        app.MapGet("/api", ApiTryOut.ShowAsync).SignedIn().ExcludeFromDescription();
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
            if (context.Response.StatusCode >= StatusCodes.Status400BadRequest)
            {
                // Nothing came of it (a body that could not be bound gets here too): the key stays free, and ErrorHandling says why.
                await store.ReleaseAsync(request, CancellationToken.None);
                if (body.Length > 0) await real.WriteAsync(body, context.RequestAborted);
                return TypedResults.Empty;
            }

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

    /// <summary>
    /// Refuses bodies that are too big before they are read, and takes the fingerprint of a POST with a key before its body is bound. Runs after the rights: a stranger's body is never read.
    /// </summary>
    public static IApplicationBuilder UseApiBodies(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        if (!request.Path.StartsWithSegments("/api/v1"))
        {
            await next(context);
            return;
        }

        var limit = request.HasFormContentType ? MaxForm : MaxBody;
        if (request.ContentLength > limit) throw new BadHttpRequestException("Too big.", StatusCodes.Status413PayloadTooLarge);
        // A body that does not say its length is counted while it comes.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = limit;
        if (HttpMethods.IsPost(request.Method) && request.Headers.ContainsKey("Idempotency-Key"))
        {
            request.EnableBuffering(64 * 1024);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(request.Path.Value + request.QueryString));
            var chunk = new byte[16 * 1024];
            long sum = 0;
            int n;
            while ((n = await request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
            {
                if ((sum += n) > limit) throw new BadHttpRequestException("Too big.", StatusCodes.Status413PayloadTooLarge);
                hash.AppendData(chunk.AsSpan(0, n));
            }

            request.Body.Position = 0;
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
