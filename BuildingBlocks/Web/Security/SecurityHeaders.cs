using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticAssets;

namespace Crm.Web;

/// <summary>A page or endpoint with a content-security policy of its own (Studio needs WebAssembly and inline styles).</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class ContentSecurityPolicyAttribute(string policy) : Attribute
{
    /// <summary>The whole policy.</summary>
    public string Policy { get; } = policy;
}

internal static class SecurityHeaders
{
    /// <summary>No inline script or style, nothing from outside. connect-src 'self' holds for WebSockets of the same host too.</summary>
    public const string DefaultPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "frame-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'self'; object-src 'none'";

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // On starting, so that they survive Response.Clear() of the error page, and an endpoint that set its own keeps it.
        context.Response.OnStarting(static state =>
        {
            var http = (HttpContext)state;
            var headers = http.Response.Headers;
            var endpoint = http.GetEndpoint();
            if (headers.ContentSecurityPolicy.Count == 0)
                headers.ContentSecurityPolicy = endpoint?.Metadata.GetMetadata<ContentSecurityPolicyAttribute>()?.Policy ?? DefaultPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "SAMEORIGIN";
            headers["Referrer-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=(), interest-cohort=()";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            if (http.Request.IsHttps && http.Request.Host.Host is not ("localhost" or "127.0.0.1" or "[::1]"))
                headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";

            if (endpoint?.Metadata.GetMetadata<StaticAssetDescriptor>() is not null)
            {
                // The frame in which a mail is shown has no origin; the font is nobody's secret.
                if (http.Request.Path.Value!.EndsWith(".woff2", StringComparison.Ordinal)) headers.AccessControlAllowOrigin = "*";
                // A URL with the hash of its content never changes what it answers.
                if (http.Request.Query.ContainsKey("v") && http.Response.StatusCode is 200 or 206 or 304)
                    headers.CacheControl = "public, max-age=31536000, immutable";
                // Style sheets name fonts without a hash; a font changes with its package, which is seldom.
                else if (http.Request.Path.Value!.EndsWith(".woff2", StringComparison.Ordinal) && http.Response.StatusCode == 200)
                    headers.CacheControl = "public, max-age=2592000";
            }
            else if (headers.CacheControl.Count == 0)
            {
                // Pages show people's data: no cache keeps them, Back shows the present state.
                headers.CacheControl = "no-store";
            }

            return Task.CompletedTask;
        }, context);
        return next(context);
    });
}
