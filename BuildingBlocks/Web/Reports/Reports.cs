using Crm.Core;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Crm.Web;

/// <summary>Reports of a module, for the page that lists all there are.</summary>
[Contribution(Microsoft.Extensions.DependencyInjection.ServiceLifetime.Singleton)]
public interface IReportSource
{
    /// <summary>All of them; who may not see one does not find it in the list.</summary>
    IEnumerable<ReportLink> Reports { get; }
}

/// <summary>One report.</summary>
/// <param name="Group">English sentence (translation key), as the menu's group: <c>Contacts</c>.</param>
/// <param name="Title">English sentence (translation key).</param>
/// <param name="Says">What it answers: an English sentence (translation key).</param>
/// <param name="Url">Absolute path.</param>
/// <param name="Icon">Tabler icon.</param>
/// <param name="Permission">Who may see it.</param>
public sealed record ReportLink(string Group, string Title, string Says, string Url, string Icon, string Permission);

/// <summary>What stands in a column.</summary>
public enum ReportKind
{
    /// <summary>Words, as they are.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>Rials.</summary>
    Money,

    /// <summary>A share of a hundred.</summary>
    Percent,

    /// <summary>A civil date.</summary>
    Day,

    /// <summary>A moment.</summary>
    Moment,
}

/// <summary>A column.</summary>
/// <param name="Title">In the language of the moment.</param>
/// <param name="Kind">What stands in it.</param>
public sealed record ReportColumn(string Title, ReportKind Kind = ReportKind.Text);

/// <summary>A cell: its value (text, long, DateOnly, DateTimeOffset, or null) and where it leads, if anywhere.</summary>
public sealed record ReportCell(object? Value, string? Url = null);

/// <summary>A report as a table: what stands under the chart, in the file and on paper.</summary>
/// <param name="Name">What it is called where it has no title of its own: Latin letters.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Rows">Rows, each with a cell a column.</param>
/// <param name="Totals">Last row, or null.</param>
public sealed record ReportTable(string Name, IReadOnlyList<ReportColumn> Columns, IReadOnlyList<IReadOnlyList<ReportCell>> Rows, IReadOnlyList<ReportCell>? Totals = null);

/// <summary>How a chart draws its numbers.</summary>
public enum ChartShape
{
    /// <summary>Standing columns beside each other.</summary>
    Columns,

    /// <summary>Standing columns upon each other.</summary>
    Stacked,

    /// <summary>Lying bars, for long names.</summary>
    Bars,

    /// <summary>Lines over time.</summary>
    Lines,

    /// <summary>Parts of a whole: the first series only.</summary>
    Pie,
}

/// <summary>One row of numbers of a chart.</summary>
/// <param name="Name">As the legend says it, in the language of the moment.</param>
/// <param name="Values">One for each label.</param>
/// <param name="Color">Of a badge (green, red, orange, gray …) where the numbers are good or bad; null for the next of the row.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<long> Values, string? Color = null);

/// <summary>A chart. Its numbers stand in a table beside it too: whoever can't see it loses nothing.</summary>
/// <param name="Shape">How it is drawn.</param>
/// <param name="Title">What it shows, in the language of the moment: the name of the picture.</param>
/// <param name="Labels">Names along the axis, as they are shown.</param>
/// <param name="Series">Numbers.</param>
/// <param name="Urls">Where a click on a label's part leads, or null.</param>
public sealed record ChartData(ChartShape Shape, string Title, IReadOnlyList<string> Labels, IReadOnlyList<ChartSeries> Series, IReadOnlyList<string?>? Urls = null)
{
    /// <summary>Whether there is anything to draw.</summary>
    public bool IsEmpty => Labels.Count == 0 || Series.All(s => s.Values.All(v => v == 0));
}

/// <summary>A choice in a report's filter.</summary>
/// <param name="Name">Name in the query.</param>
/// <param name="Label">In the language of the moment.</param>
/// <param name="Items">Values; empty for a searching drop-down.</param>
/// <param name="Value">What is chosen.</param>
/// <param name="LookupUrl">JSON endpoint of a searching drop-down.</param>
/// <param name="LookupText">Text of the value that is chosen there.</param>
public sealed record ReportChoice(string Name, string Label, IEnumerable<SelectListItem> Items, string? Value, string? LookupUrl = null, string? LookupText = null)
{
    /// <summary>A number instead of a choice.</summary>
    public bool IsNumber { get; init; }

    /// <summary>There is always one chosen: no empty choice.</summary>
    public bool Always { get; init; }
}

/// <summary>The filter of a report: <c>&lt;partial name="_ReportFilter" model="…" /&gt;</c>. State stands in the query.</summary>
/// <param name="Url">Path of the report.</param>
/// <param name="Period">The days it covers; null where it needs none.</param>
/// <param name="Choices">Further choices.</param>
public sealed record ReportFilter(string Url, Period? Period, IReadOnlyList<ReportChoice> Choices);

/// <summary>A whole report: <c>&lt;partial name="_Report" model="…" /&gt;</c>.</summary>
/// <param name="Chart">The picture over the table; null for none.</param>
/// <param name="Table">The table.</param>
/// <param name="Empty">What to say where there is nothing (translation key).</param>
public sealed record ReportView(ChartData? Chart, ReportTable Table, string Empty = "Nothing was found for this choice.")
{
    /// <summary>Whether the user may take the table away as a file.</summary>
    public bool MayExport { get; init; } = true;
}
