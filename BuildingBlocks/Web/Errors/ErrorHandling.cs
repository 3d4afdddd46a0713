using System.Globalization;
using Crm.Core;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crm.Web;

/// <summary>What an error page says.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">First line, in the user's language.</param>
/// <param name="Text">What to do.</param>
/// <param name="Reference">To tell support; null where nobody needs it.</param>
public sealed record ErrorView(int Status, string Title, string Text, string? Reference);

/// <summary>The second of the two places that catch errors (the first is <see cref="PageBase"/>): pages for people, problem details for programs.</summary>
internal sealed partial class ErrorHandling(RequestDelegate next, ILogger<ErrorHandling> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller left; nobody reads an answer.
            if (!context.Response.HasStarted) context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, e);
            return;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null or 0, ContentType: null })
            await ShowAsync(context, context.Response.StatusCode, null);
    }

    private async Task AnswerAsync(HttpContext context, Exception error)
    {
        var retryAt = context.Response.Headers.RetryAfter;
        context.Response.Clear();
        // Whoever refused may have said when to come again.
        if (retryAt.Count > 0) context.Response.Headers.RetryAfter = retryAt;
        RequestLanguage.Use(context);
        switch (error)
        {
            case CrmException known:
                Refused(log, known.GetType().Name, context.Request.Path, (known as Forbidden)?.Permission ?? (known as NotFound)?.What ?? (known as RuleBroken)?.Code ?? "");
                await ShowAsync(context, known);
                return;
            case BadHttpRequestException bad:
                await ShowAsync(context, bad.StatusCode, null);
                return;
            case AntiforgeryValidationException:
                await ShowAsync(context, StatusCodes.Status400BadRequest, null);
                return;
        }

        if (context.RequestServices.GetServices<IFailureClassifier>().Select(c => c.RefusalOf(error)).FirstOrDefault(r => r is not null) is { } refusal)
        {
            Refused(log, refusal.GetType().Name, context.Request.Path, error.Message);
            await ShowAsync(context, refusal);
            return;
        }

        var retryAfter = context.RequestServices.GetServices<IFailureClassifier>().Select(c => c.RetryAfter(error)).FirstOrDefault(r => r is not null);
        if (retryAfter is { } wait)
        {
            PassingFailure(log, context.Request.Path, error.GetType().Name, error.Message);
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            await ShowAsync(context, StatusCodes.Status503ServiceUnavailable, null);
            return;
        }

        Failed(log, error, context.Request.Method, context.Request.Path, Problems.Reference(context));
        await ShowAsync(context, StatusCodes.Status500InternalServerError, null);
    }

    private async Task ShowAsync(HttpContext context, CrmException error)
    {
        if (WantsJson.Of(context.Request))
        {
            await Problems.WriteAsync(context, Problems.Of(error));
            return;
        }

        // On a page a newer version is a conflict: there was no If-Match that could fail.
        var status = error is StaleRecord ? StatusCodes.Status409Conflict : Problems.Of(error).Status!.Value;
        await ShowAsync(context, status, error is InvalidInput input ? string.Join(" ", input.Fields.Select(f => Texts.Get(f.Message, f.Args)).Distinct()) : error.Localized);
    }

    private async Task ShowAsync(HttpContext context, int status, string? text)
    {
        RequestLanguage.Use(context);
        var (title, standard) = Words(status);
        context.Response.StatusCode = status;
        if (WantsJson.Of(context.Request))
        {
            await Problems.WriteAsync(context, status, text ?? Texts.Get(title));
            return;
        }

        var view = new ErrorView(status, Texts.Get(title), text ?? Texts.Get(standard), status >= 500 ? Problems.Reference(context) : null);
        if (HttpMethods.IsHead(context.Request.Method)) return;
        try
        {
            await RenderAsync(context, view);
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            // The shell itself can't be shown: say it without the shell, and keep the reason in the log.
            Failed(log, e, context.Request.Method, context.Request.Path, Problems.Reference(context));
            context.Response.Clear();
            context.Response.StatusCode = status >= 500 ? status : StatusCodes.Status500InternalServerError;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync($"{view.Title}\n{view.Text}\n{Problems.Reference(context)}\n");
        }
    }

    private static Task RenderAsync(HttpContext context, ErrorView view)
    {
        var services = context.RequestServices;
        var result = new ViewResult
        {
            ViewName = "/Views/Shared/Error.cshtml",
            ViewData = new ViewDataDictionary<ErrorView>(services.GetRequiredService<IModelMetadataProvider>(), new ModelStateDictionary()) { Model = view },
        };
        var action = new ActionContext(context, context.GetRouteData(), new ActionDescriptor());
        return services.GetRequiredService<IActionResultExecutor<ViewResult>>().ExecuteAsync(action, result);
    }

    private static (string Title, string Text) Words(int status) => status switch
    {
        400 => ("This request can't be read", "The form was open for too long or was sent twice. Load the page again and repeat."),
        401 => ("Sign in first.", "Sign in and try again."),
        403 => ("You do not have the right to do this.", "Ask your administrator if you need it for your work."),
        404 => ("Nothing is here", "This record does not exist or is not yours to see."),
        405 => ("This can't be done here", "The page does not take this kind of request."),
        409 => ("This can't be done now", "The record has changed meanwhile. Load the page again."),
        413 => ("This is too big", "Choose a smaller file and try again."),
        415 => ("This can't be read", "The server does not take this format."),
        422 => ("Some fields need attention.", "Go back and correct the values."),
        429 => ("Too many requests", "Wait a moment and try again."),
        503 => ("The system is busy for a moment", "The database does not answer just now. Nothing was lost; try again in a few seconds."),
        >= 500 => ("Something went wrong", "It is not your fault and it has been recorded. Tell support the reference if it happens again."),
        _ => ("This request can't be read", "Load the page again and repeat."),
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "{Kind} at {Path}: {Detail}")]
    private static partial void Refused(ILogger log, string kind, string path, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A failure that passes at {Path}: {Type}: {Reason}")]
    private static partial void PassingFailure(ILogger log, string path, string type, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed, reference {Reference}")]
    private static partial void Failed(ILogger log, Exception error, string method, string path, string reference);
}
