using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Crm.Web;

/// <summary>A redirect answered to htmx would be followed inside the request and pasted into the page; told as HX-Redirect, the whole page goes there.</summary>
internal sealed class HtmxRedirectFilter : IAlwaysRunResultFilter
{
    public void OnResultExecuting(ResultExecutingContext context)
    {
        if (!Htmx.WantsFragment(context.HttpContext.Request)) return;
        var url = context.Result switch
        {
            RedirectResult r => r.Url,
            LocalRedirectResult r => r.Url,
            _ => null,
        };
        if (url is null) return;
        context.HttpContext.Response.Headers["HX-Redirect"] = url.StartsWith("~/", StringComparison.Ordinal) ? url[1..] : url;
        context.Result = new StatusCodeResult(StatusCodes.Status204NoContent);
    }

    public void OnResultExecuted(ResultExecutedContext context)
    {
    }
}
