using Crm.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it can serve.</summary>
public static class Health
{
    /// <summary>Maps both; public, since load balancers have no account.</summary>
    public static WebApplication MapCrmHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Text("alive")).WithMetadata(new PublicAttribute()).ExcludeFromDescription();
        app.MapGet("/health/ready", async (HttpContext context, IEnumerable<IReadiness> parts) =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            limit.CancelAfter(TimeSpan.FromSeconds(3));
            foreach (var part in parts)
            {
                string? problem;
                try
                {
                    var asked = part.ProblemAsync(limit.Token);
                    // Whoever answers too late has nobody left to tell that he failed.
                    _ = asked.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                    problem = await asked.WaitAsync(limit.Token);
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    problem = "no answer";
                }

                if (problem is not null) return Results.Text($"{part.Name}: {problem}", statusCode: StatusCodes.Status503ServiceUnavailable);
            }

            return Results.Text("ready");
        }).WithMetadata(new PublicAttribute()).ExcludeFromDescription();
        return app;
    }
}
