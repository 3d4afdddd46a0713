using System.Text.Encodings.Web;
using Crm.Core;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>
/// The page <c>/api</c>: Swagger UI (from npm, served by us) over our OpenAPI document, with the policy of all pages. Calls go out with the cookie of who is signed in and the token of our forms,
/// or with a token entered under «Authorize». A page of its own: the shell's style sheet and Swagger's would fight.
/// </summary>
internal static class ApiTryOut
{
    public static async Task ShowAsync(HttpContext context)
    {
        var files = context.RequestServices.GetRequiredService<Assets>();
        string Url(string path) => Encode(files.Url(path));
        var (title, back, warning) = (Encode(Texts.Get("Try the API")), Encode(Texts.Get("Back")), Encode(Texts.Get("What you send here really happens, with your rights.")));
        var csrf = context.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(context).RequestToken;
        var (language, direction) = Texts.IsPersian ? ("fa", "rtl") : ("en", "ltr");
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync($$"""
            <!doctype html>
            <html lang="{{language}}" dir="{{direction}}">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <meta name="csrf" content="{{Encode(csrf ?? "")}}">
              <title>{{title}} – Crm</title>
              <link rel="icon" href="{{Url("/_content/Crm.Web/icon.svg")}}">
              <link rel="stylesheet" href="{{Url("/lib/swagger-ui/swagger-ui.css")}}">
              <link rel="stylesheet" href="{{Url("/_content/Crm.Web/api.css")}}">
            </head>
            <body>
              <header><a href="/">{{back}}</a><h1>{{title}}</h1><p>{{warning}}</p></header>
              <main id="api" dir="ltr" lang="en"></main>
              <script src="{{Url("/lib/swagger-ui/swagger-ui-bundle.js")}}"></script>
              <script src="{{Url("/_content/Crm.Web/api.js")}}"></script>
            </body>
            </html>
            """, context.RequestAborted);
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
