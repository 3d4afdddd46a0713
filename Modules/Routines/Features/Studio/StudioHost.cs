using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Elsa;
using Crm.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Features.Studio;

/// <summary>
/// Elsa Studio under <c>/studio</c>: its files, its settings and the bare pages around its elements, which our pages show in a frame. Bare pages have their own
/// base address and content-security policy (WebAssembly, workers from blobs, inline styles); nothing of that is allowed elsewhere.
/// </summary>
internal sealed class StudioHost : IModuleEndpoints
{
    /// <summary>
    /// No inline script but the two that Studio 3.8.2 itself puts into its editor (its keys), named by their hashes, and no eval. <c>wasm-unsafe-eval</c> lets WebAssembly be compiled and nothing else; Monaco runs its workers from blobs; MudBlazor and Radzen write style attributes.
    /// </summary>
    internal const string Policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-vu6sQrKXQHR4Yn3FMMihA/9TxxfIXnCxKwvLrTPJ5ts=' 'sha256-snlP1jz0gjwc5cTz9ErZcliXuCK63+Mmf68RRCeptgc='; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        + "manifest-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'self'; object-src 'none'";

    public void Map(IEndpointRouteBuilder routes)
    {
        var studio = routes.MapGroup("/studio");
        studio.ExcludeFromDescription();
        studio.MapGet("/editor", (HttpContext c) => PageAsync(c, "elsa-workflow-definition-editor")).WithMetadata(new RequiresAttribute(RoutinesPermissions.See), new ContentSecurityPolicyAttribute(Policy));
        studio.MapGet("/instance", (HttpContext c) => PageAsync(c, "elsa-workflow-instance-viewer")).WithMetadata(new RequiresAttribute(RoutinesPermissions.SeeJobs), new ContentSecurityPolicyAttribute(Policy));
        studio.MapGet("/token", Token).WithMetadata(new SignedInAttribute());
        studio.MapGet("/appsettings.json", Settings).WithMetadata(new SignedInAttribute());
        studio.MapMethods("/{**path}", [HttpMethods.Get, HttpMethods.Head], FileAsync).WithMetadata(new SignedInAttribute(), new ContentSecurityPolicyAttribute(Policy));
    }

    private static Task FileAsync(string? path, HttpContext context, StudioFiles files)
    {
        if (files.Find(path ?? "") is { } file) return file.SendAsync(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>How long a token holds: Studio fetches the next one itself, and a copied one is worth little.</summary>
    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(10);

    private static IResult Token(ICurrentUser user, IStudioTokens tokens, TimeProvider time) => user.Access is { Active: true } access
        ? Results.Json(new { token = tokens.Issue(access, s_life), expiresAt = time.GetUtcNow() + s_life })
        : Results.Unauthorized();

    private static IResult Settings(HttpContext context) => ElsaApi.Json(new JsonObject
    {
        ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Default"] = "Warning" } },
        ["Backend"] = new JsonObject { ["Url"] = Origin(context) + ElsaApi.Root },
        ["Localization"] = new JsonObject { ["DefaultCulture"] = Texts.IsPersian ? "fa-IR" : "en-US" },
    });

    private static string Origin(HttpContext context) => $"{context.Request.Scheme}://{context.Request.Host}{context.Request.PathBase}";

    private static async Task PageAsync(HttpContext context, string element)
    {
        var services = context.RequestServices;
        if (!services.GetRequiredService<StudioFiles>().ArePresent)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(Texts.Get("The designer's files are missing on this server. Ask your administrator to restore the npm parts."), context.RequestAborted);
            return;
        }

        var fa = Texts.IsPersian;
        var files = context.RequestServices.GetRequiredService<Assets>();
        string Ours(string name) => HtmlEncoder.Default.Encode(files.Url("/_content/Crm.Routines/studio/" + name));
        var settings = new JsonObject
        {
            ["element"] = element,
            ["api"] = Origin(context) + ElsaApi.Root,
            ["id"] = context.Request.Query["id"].ToString(),
            ["culture"] = fa ? "fa-IR" : "en-US",
            ["token"] = "/studio/token",
            ["words"] = fa ? files.Url("/_content/Crm.Routines/studio/words.fa.json") : null,
            ["fields"] = context.Request.Query["id"].ToString() is { Length: > 0 } drawn && element.Contains("editor", StringComparison.Ordinal) ? $"/routines/{Uri.EscapeDataString(drawn)}/design?handler=Fields" : null,
            ["condition"] = Texts.Get("Condition"),
            ["editor"] = files.Url("/_content/Crm.Web/condition-editor.js"),
            ["scripts"] = files.Url("/_content/Crm.Routines/studio/condition-script.js"),
            ["theme"] = context.RequestServices.GetRequiredService<ShellView>().Theme,
        }.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.Default });

        var calendar = services.GetRequiredService<DateView>().Calendar == CalendarKind.Jalali ? "jalali" : "gregorian";
        var loading = HtmlEncoder.Default.Encode(Texts.Get("The designer is loading…"));
        var stopped = HtmlEncoder.Default.Encode(Texts.Get("The designer has stopped. What was saved is safe; load the page again."));
        var again = HtmlEncoder.Default.Encode(Texts.Get("Load again"));
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync($$"""
            <!doctype html>
            <html lang="{{(fa ? "fa" : "en")}}" dir="{{(fa ? "rtl" : "ltr")}}">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <title>{{HtmlEncoder.Default.Encode(Texts.Get("Designer"))}}</title>
              <base href="/studio/">
              <link rel="stylesheet" href="_content/MudBlazor/MudBlazor.min.css">
              <link rel="stylesheet" href="_content/CodeBeam.MudBlazor.Extensions/MudExtensions.min.css">
              <link rel="stylesheet" href="_content/Radzen.Blazor/css/material-base.css">
              <link rel="stylesheet" href="_content/Elsa.Studio.Shell/css/shell.css">
              <link rel="stylesheet" href="Elsa.Studio.Host.CustomElements.styles.css">
              <link rel="stylesheet" href="{{Ours("frame.css")}}">
              <script id="studio-settings" type="application/json">{{settings}}</script>
              <script src="{{Ours("frame.js")}}"></script>
              <script src="{{HtmlEncoder.Default.Encode(ShellView.Words)}}"></script>
              <script type="module" src="{{HtmlEncoder.Default.Encode(files.Url("/_content/Crm.Web/dates.js"))}}"></script>
            </head>
            <body class="{{(fa ? "mud-application-layout-rtl" : "")}}" data-calendar="{{calendar}}">
              <main class="studio-host" id="studio"><p class="studio-wait">{{loading}}</p></main>
              <div id="blazor-error-ui" class="studio-broken" role="alert"><span>{{stopped}}</span> <a href="" class="reload">{{again}}</a></div>
              <script src="_content/BlazorMonaco/jsInterop.js"></script>
              <script src="_content/BlazorMonaco/lib/monaco-editor/min/vs/loader.js"></script>
              <script src="_content/BlazorMonaco/lib/monaco-editor/min/vs/editor/editor.main.js"></script>
              <script src="_content/MudBlazor/MudBlazor.min.js"></script>
              <script src="_content/CodeBeam.MudBlazor.Extensions/MudExtensions.min.js"></script>
              <script src="_content/Radzen.Blazor/Radzen.Blazor.js"></script>
              <script src="_framework/blazor.webassembly.js"></script>
            </body>
            </html>
            """, context.RequestAborted);
    }
}
