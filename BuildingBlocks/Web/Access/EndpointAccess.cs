using System.Reflection;
using Crm.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.Razor.Compilation;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Crm.Web;

/// <summary>Enforces <c>[Requires]</c>, <c>[SignedIn]</c> and <c>[Public]</c> on every endpoint, whatever its method. What declares nothing is closed.</summary>
internal static class EndpointAccess
{
    public static IApplicationBuilder UseEndpointAccess(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var endpoint = context.GetEndpoint();
        if (endpoint is null || IsOpen(endpoint) || IsRefusal(endpoint)) return next(context);
        var user = context.RequestServices.GetRequiredService<ICurrentUser>();
        var required = endpoint.Metadata.GetOrderedMetadata<RequiresAttribute>();
        if (required.Count == 0 && endpoint.Metadata.GetMetadata<SignedInAttribute>() is null)
        {
            // Left to UseAuthorization, which comes next; anything else was refused at start and stays shut.
            if (endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null) return next(context);
            throw new Forbidden("undeclared");
        }

        if (user.Access is not { Active: true }) return SignInFirst.Async(context);
        foreach (var r in required)
        {
            if (!user.Can(r.Permission)) throw new Forbidden(r.Permission);
        }

        return next(context);
    });

    /// <summary>Whether the endpoint says who may use it.</summary>
    public static bool IsDeclared(Endpoint endpoint) =>
        IsOpen(endpoint) || endpoint.Metadata.GetMetadata<RequiresAttribute>() is not null || endpoint.Metadata.GetMetadata<SignedInAttribute>() is not null
        || endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null;

    private static bool IsOpen(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<PublicAttribute>() is not null || endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null
        || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
        // In Development MapStaticAssets adds an endpoint, without any metadata, for files that appeared after the build.
        || endpoint.DisplayName == "Fallback {**path:file}";

    /// <summary>Routing's own answers 405 and 415: they are no endpoints of ours and do nothing but refuse.</summary>
    private static bool IsRefusal(Endpoint endpoint) =>
        endpoint is not RouteEndpoint && endpoint.Metadata.Count == 0 && endpoint.DisplayName is { } name && (name.StartsWith("405 HTTP", StringComparison.Ordinal) || name.StartsWith("415 HTTP", StringComparison.Ordinal));

    /// <summary>Refuses to start with a page that does not say who may see it. Pages are compiled in, so this needs no request.</summary>
    /// <exception cref="InvalidOperationException">Names all such pages.</exception>
    public static void CheckPages(ApplicationPartManager parts)
    {
        var feature = new ViewsFeature();
        parts.PopulateFeature(feature);
        var open = feature.ViewDescriptors
            .Where(d => d.Item is { Kind: "mvc.1.0.razor-page" })
            .Select(d => (d.RelativePath, Types: new[] { d.Type!, ModelOf(d.Type!) }))
            .Where(p => !p.Types.Any(Declares))
            .Select(p => p.RelativePath)
            .ToList();
        if (open.Count > 0)
            throw new InvalidOperationException("These pages do not say who may see them; put [Requires], [SignedIn] or [Public] on the page model: " + string.Join(", ", open));
    }

    private static Type ModelOf(Type page) =>
        page.GetProperty("Model", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)?.PropertyType ?? page;

    private static bool Declares(Type type) =>
        type.IsDefined(typeof(RequiresAttribute), true) || type.IsDefined(typeof(SignedInAttribute), true) || type.IsDefined(typeof(PublicAttribute), true);
}

/// <summary>Refuses to run with an endpoint that does not say who may use it.</summary>
internal sealed class EndpointAccessCheck(IServiceProvider services) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // The endpoints are known once the web server has built the pipeline. No hosted server (a command of the command line): nothing to check.
        var undeclared = services.GetRequiredService<EndpointDataSource>().Endpoints
            .Where(e => e is RouteEndpoint && e.Metadata.GetMetadata<Microsoft.AspNetCore.Mvc.RazorPages.PageActionDescriptor>() is null && !EndpointAccess.IsDeclared(e))
            .Select(e => e.DisplayName)
            .ToList();
        return undeclared.Count == 0
            ? Task.CompletedTask
            : throw new InvalidOperationException("These endpoints do not say who may use them; add [Requires], [SignedIn] or [Public] to their metadata: " + string.Join(", ", undeclared));
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Rights of a single handler: <c>[Requires("contacts.delete")] OnPostDelete</c>. Runs before anything is bound.</summary>
internal sealed class HandlerAccessFilter : IAsyncPageFilter
{
    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context)
    {
        if (context.HandlerMethod?.MethodInfo.GetCustomAttribute<RequiresAttribute>() is { } r
            && !context.HttpContext.RequestServices.GetRequiredService<ICurrentUser>().Can(r.Permission)) throw new Forbidden(r.Permission);
        return Task.CompletedTask;
    }

    public Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next) => next();
}

/// <summary>Nobody is signed in: pages lead to the sign-in page and back, programs get 401.</summary>
internal static class SignInFirst
{
    public static Task Async(HttpContext context)
    {
        if (WantsJson.Of(context.Request))
        {
            if (WantsJson.IsApi(context.Request)) context.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, Texts.Get("Sign in first."));
        }

        if (Htmx.Sent(context.Request))
        {
            // The part that was asked for is not the page to come back to.
            var page = Uri.TryCreate(context.Request.Headers["HX-Current-URL"], UriKind.Absolute, out var at) ? at.PathAndQuery : "/";
            context.Response.Headers["HX-Redirect"] = To(page);
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return context.Response.WriteAsync(Texts.Get("Sign in first."));
        }

        context.Response.Redirect(To(HttpMethods.IsGet(context.Request.Method) ? context.Request.Path + context.Request.QueryString.Value : FormOf(context.Request)));
        return Task.CompletedTask;
    }

    /// <summary>The page that the form was on, as it was opened: what was typed is given back there (drafts.js). A form can't be sent again by an address.</summary>
    private static string FormOf(HttpRequest request)
    {
        if (!Uri.TryCreate(request.Headers.Referer, UriKind.Absolute, out var page) || !string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)) return request.Path;
        var query = QueryHelpers.ParseQuery(page.Query);
        query.Remove("handler");
        return QueryHelpers.AddQueryString(page.AbsolutePath, query);
    }

    private static string To(string returnUrl) => returnUrl == "/" ? "/sign-in" : "/sign-in?returnUrl=" + Uri.EscapeDataString(returnUrl);
}
