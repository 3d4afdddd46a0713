using System.Diagnostics;
using Crm.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Web;

/// <summary>Problem details (RFC 9457) in the caller's language; never a stack trace.</summary>
public static class Problems
{
    /// <summary>What an error of ours is for a program: status, code and messages by field.</summary>
    public static ProblemDetails Of(CrmException error)
    {
        var problem = new ProblemDetails
        {
            Status = error switch
            {
                InvalidInput => StatusCodes.Status422UnprocessableEntity,
                RuleBroken => StatusCodes.Status409Conflict,
                NotFound => StatusCodes.Status404NotFound,
                Forbidden => StatusCodes.Status403Forbidden,
                StaleRecord => StatusCodes.Status412PreconditionFailed,
                _ => StatusCodes.Status400BadRequest,
            },
            Title = error.Localized,
        };
        if (error is RuleBroken rule) problem.Extensions["code"] = rule.Code;
        if (error is InvalidInput input)
        {
            problem.Extensions["errors"] = input.Fields
                .GroupBy(f => CamelCase(f.Field), StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Select(f => Texts.Get(f.Message, f.Args)).Distinct().ToArray(), StringComparer.Ordinal);
        }

        return problem;
    }

    /// <summary>Writes a problem.</summary>
    public static async Task WriteAsync(HttpContext context, ProblemDetails problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        context.Response.StatusCode = problem.Status ?? StatusCodes.Status500InternalServerError;
        problem.Type ??= "about:blank";
        problem.Extensions["traceId"] = Reference(context);
        await context.Response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json", context.RequestAborted);
    }

    /// <summary>Writes a problem of which nothing but the status and a title is to be said.</summary>
    public static Task WriteAsync(HttpContext context, int status, string title) => WriteAsync(context, new ProblemDetails { Status = status, Title = title });

    /// <summary>By which the log lines of this request are found.</summary>
    public static string Reference(HttpContext context) => Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;

    /// <summary><c>Phones[0].Number</c> → <c>phones[0].number</c>.</summary>
    private static string CamelCase(string path) =>
        string.Join('.', path.Split('.').Select(p => p.Length == 0 ? p : char.ToLowerInvariant(p[0]) + p[1..]));
}
