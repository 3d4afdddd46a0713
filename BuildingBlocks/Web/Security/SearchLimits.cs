using System.Globalization;
using System.Threading.RateLimiting;
using Crm.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>
/// Keeps one user from taking the database from the others: of what is searched, filtered, counted or exported he has a few under way at one time, further ones wait for him without a connection, and
/// what would wait behind too many gets 429. Who leaves stops waiting, and what already runs for him is cancelled. Counted per host.
/// </summary>
internal sealed class SearchLimits(IConfiguration configuration) : IDisposable
{
    // What makes a page read the database by something that a user thought up, rather than show what everybody sees.
    private static readonly string[] s_marks = ["q", "filter", "count", "export"];

    private readonly PartitionedRateLimiter<string> _limits = PartitionedRateLimiter.Create<string, string>(c => RateLimitPartition.GetConcurrencyLimiter(c, _ => new ConcurrencyLimiterOptions
    {
        PermitLimit = configuration.GetValue("Crm:Search:AtOnce", 4), QueueLimit = configuration.GetValue("Crm:Search:Waiting", 40), QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    }));

    public static bool Concerns(HttpRequest request) => HttpMethods.IsGet(request.Method) && (request.Path.StartsWithSegments("/search") || s_marks.Any(m => request.Query.TryGetValue(m, out var value) && !string.IsNullOrEmpty(value)));

    public ValueTask<RateLimitLease> TakeAsync(string caller, CancellationToken ct) => _limits.AcquireAsync(caller, 1, ct);

    public void Dispose() => _limits.Dispose();
}

internal static class SearchLimiting
{
    public static IApplicationBuilder UseSearchLimits(this IApplicationBuilder app)
    {
        var limits = app.ApplicationServices.GetRequiredService<SearchLimits>();
        return app.Use(async (context, next) =>
        {
            // Strangers search nothing; what the API asks of them is limited there.
            if (!SearchLimits.Concerns(context.Request) || context.RequestServices.GetRequiredService<ICurrentUser>().Id is not { } user)
            {
                await next(context);
                return;
            }

            using var lease = await limits.TakeAsync(user.ToString(), context.RequestAborted);
            if (lease.IsAcquired)
            {
                await next(context);
                return;
            }

            context.Response.Headers.RetryAfter = 2.ToString(CultureInfo.InvariantCulture);
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        });
    }
}
