using System.Globalization;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Web;

/// <summary>An answer that is made in another language than the user's own: the preview of what others will read.</summary>
/// <param name="inner">The answer.</param>
/// <param name="language">fa or en.</param>
public sealed class InLanguage(IActionResult inner, string language) : IActionResult
{
    /// <inheritdoc/>
    public async Task ExecuteResultAsync(ActionContext context)
    {
        // Holds within this call only: what is set in an async method does not reach who awaits it.
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language == "en" ? "en" : "fa");
        await inner.ExecuteResultAsync(context);
    }
}
