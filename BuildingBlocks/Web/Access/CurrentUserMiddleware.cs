using System.Security.Claims;
using Crm.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>
/// Fills <see cref="ICurrentUser"/> from the authenticated principal, whose only part that counts is the user's id: rights are looked up anew
/// (at most five seconds old). A principal made before the last change of password or state, or of a deactivated user, is nobody.
/// </summary>
internal static class CurrentUserMiddleware
{
    /// <summary>Claim of ASP.NET Core Identity with the stamp at sign-in.</summary>
    public const string StampClaim = "AspNet.Identity.SecurityStamp";

    /// <summary>Claim with the id of the user whom an administrator looks at the application as.</summary>
    public const string ViewClaim = "view-as";

    public static IApplicationBuilder UseCurrentUser(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<StaticAssetDescriptor>() is null) await FillAsync(context);
        RequestLanguage.Use(context);
        // Nothing that could change something, whatever it is. Live connections only listen.
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && !context.Request.Path.StartsWithSegments("/hubs")
            && context.RequestServices.GetRequiredService<ICurrentUser>() is { ViewedBy: not null } viewed) throw ViewOnly.Refusal(viewed);
        await next(context);
    });

    private static bool IsWayOut(HttpRequest request) => request.Path.StartsWithSegments(ViewOnly.EndPath) || request.Path.StartsWithSegments("/sign-out");

    private static async Task FillAsync(HttpContext context)
    {
        var current = context.RequestServices.GetRequiredService<CurrentUser>();
        if (current.Access is not null || context.User.Identity is not { IsAuthenticated: true }) return;
        if (context.RequestServices.GetService<IUserAccessSource>() is { } source
            && Guid.TryParse(context.User.FindFirstValue(ClaimTypes.NameIdentifier), out var id)
            && await source.FindAsync(id, context.RequestAborted) is { Active: true } access
            && (context.User.FindFirstValue(StampClaim) is not { } stamp || stamp == access.SecurityStamp))
        {
            // An administrator who looks at the application as somebody else; at the door out he is himself.
            if (access.IsAdministrator && Guid.TryParse(context.User.FindFirstValue(ViewClaim), out var seen) && !IsWayOut(context.Request) && await source.FindAsync(seen, context.RequestAborted) is { Active: true } other) current.View(other, access, Through(context));
            else current.Become(access, Through(context));
            return;
        }

        context.User = new ClaimsPrincipal(new ClaimsIdentity());
    }

    private static string Through(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/api/v1") ? "api" : (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? context.Request.Path.Value ?? "";
}
