using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>
/// Every request that changes something comes from our own page. Razor Pages check their token themselves; here is the rest: a token in the form
/// or in the header <c>RequestVerificationToken</c>. Not asked of callers that send Authorization (another site can't make a browser do that)
/// and of endpoints that disable it (<c>.DisableAntiforgery()</c>), whose Origin must be ours if they come from a browser.
/// </summary>
internal static class Csrf
{
    public static IApplicationBuilder UseCsrfCheck(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        var endpoint = context.GetEndpoint();
        if (endpoint is not null)
        {
            var hub = endpoint.Metadata.GetMetadata<HubMetadata>() is not null;
            var safe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method) || HttpMethods.IsTrace(request.Method);
            // A WebSocket is opened by GET and is not kept apart by origin, so hubs are always asked where they are called from.
            if ((!safe || hub) && !request.Headers.ContainsKey("Authorization") && endpoint.Metadata.GetMetadata<PageActionDescriptor>() is null)
            {
                var off = hub || endpoint.Metadata.GetMetadata<IAntiforgeryMetadata>() is { RequiresValidation: false };
                if (!(off ? SameOrigin(request) : await context.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context)))
                {
                    context.Response.StatusCode = StatusCodes.Status400BadRequest;
                    return;
                }
            }
        }

        await next(context);
    });

    private static bool SameOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
