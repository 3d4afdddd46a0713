using System.Globalization;
using System.Threading.RateLimiting;
using Crm.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>
/// Keeps one caller of the API from taking the machine from the others: so many calls at one time and so many a minute for each user, whatever tokens he has, and far fewer a minute
/// for each address of callers that nobody knows. Who asks for more gets 429 and is told when to come again. Counted per host.
/// </summary>
internal sealed class ApiLimits : IDisposable
{
    private readonly PartitionedRateLimiter<(Guid? User, string Address)> _limits;

    public ApiLimits(IConfiguration configuration)
    {
        var perMinute = configuration.GetValue("Crm:Api:PerMinute", 300_000);
        var strangers = configuration.GetValue("Crm:Api:StrangersPerMinute", 600);
        var atOnce = configuration.GetValue("Crm:Api:AtOnce", 100);
        _limits = PartitionedRateLimiter.CreateChained(
            PartitionedRateLimiter.Create<(Guid? User, string Address), string>(c => RateLimitPartition.GetFixedWindowLimiter(
                Key(c), _ => new FixedWindowRateLimiterOptions { PermitLimit = c.User is null ? strangers : perMinute, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 })),
            PartitionedRateLimiter.Create<(Guid? User, string Address), string>(c => RateLimitPartition.GetConcurrencyLimiter(
                Key(c), _ => new ConcurrencyLimiterOptions { PermitLimit = atOnce, QueueLimit = 0 })));
    }

    public RateLimitLease Take(Guid? user, string address) => _limits.AttemptAcquire((user, address));

    public void Dispose() => _limits.Dispose();

    private static string Key((Guid? User, string Address) caller) => caller.User?.ToString() ?? caller.Address;
}

internal static class ApiLimiting
{
    public static IApplicationBuilder UseApiLimits(this IApplicationBuilder app)
    {
        if (app.ApplicationServices.GetService<ApiLimits>() is not { } limits) return app;
        return app.Use(async (context, next) =>
        {
            if (!context.Request.Path.StartsWithSegments("/api/v1"))
            {
                await next(context);
                return;
            }

            using var lease = limits.Take(context.RequestServices.GetRequiredService<ICurrentUser>().Id, context.Connection.RemoteIpAddress?.ToString() ?? "unknown");
            if (lease.IsAcquired)
            {
                await next(context);
                return;
            }

            var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            await Problems.WriteAsync(context, StatusCodes.Status429TooManyRequests, Texts.Get("Too many requests"));
        });
    }
}
