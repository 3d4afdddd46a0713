using System.Globalization;
using Crm.Core;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>What pages with a report have in common: the days it covers, the file, links to the lists behind the numbers.</summary>
public abstract class ReportPage(TimeProvider time) : PageBase
{
    /// <summary>Key of the days it covers, as <see cref="Periods"/> knows them.</summary>
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Period { get; set; }

    /// <summary>First day, where the days are chosen one by one.</summary>
    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    /// <summary>Last day.</summary>
    [BindProperty(SupportsGet = true)]
    public DateOnly? To { get; set; }

    /// <summary><c>csv</c> or <c>xlsx</c> for the file; else the page.</summary>
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Export { get; set; }

    /// <summary>What it can be narrowed by.</summary>
    public ReportFilter Filter { get; protected set; } = null!;

    /// <summary>Chart and table.</summary>
    public ReportView Report { get; protected set; } = null!;

    /// <summary>The moment of the request.</summary>
    protected DateTimeOffset Now { get; } = time.GetUtcNow();

    /// <summary>Stops what is read when nobody waits for it any more.</summary>
    protected CancellationToken Ct => HttpContext.RequestAborted;

    /// <summary>The page, or the file when one is asked for.</summary>
    /// <param name="right">Permission to take the file away; null where whoever sees the report may.</param>
    /// <exception cref="Forbidden">The file is asked for by somebody without that right.</exception>
    protected async Task<IActionResult> ShownAsync(string? right = null)
    {
        if (Export is not ("csv" or "xlsx")) return Page();
        if (right is not null && !Me.Can(right)) throw new Forbidden(right);
        return await ReportFile.OfAsync(Report.Table, Export, Dates, Title(), Now);
    }

    // As the list of reports calls this one.
    private string Title() =>
        HttpContext.RequestServices.GetServices<IReportSource>().SelectMany(s => s.Reports).FirstOrDefault(r => HttpContext.Request.Path.Equals(r.Url, StringComparison.OrdinalIgnoreCase)) is { } link ? T[link.Title] : Report.Table.Name;

    /// <summary>A choice of which one always holds.</summary>
    protected static ReportChoice Titled(string name, string label, IEnumerable<(string Key, string Title)> values, string chosen) =>
        new(name, label, values.Select(v => new SelectListItem(v.Title, v.Key)), chosen) { Always = true };

    /// <summary>A path with those parts of a query that have a value.</summary>
    protected static string Link(string path, params (string Name, object? Value)[] query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return QueryHelpers.AddQueryString(path, query.Where(q => q.Value is not null).Select(q => KeyValuePair.Create(q.Name, Convert.ToString(q.Value, CultureInfo.InvariantCulture))));
    }

    /// <summary>A day as a link carries it: of the user's calendar, in Latin digits.</summary>
    protected string Day(DateOnly day) => Calendars.Format(day, Dates.Calendar);
}
