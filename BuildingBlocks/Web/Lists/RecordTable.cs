using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Crm.Core;
using Microsoft.AspNetCore.Html;

namespace Crm.Web;

/// <summary>The rows of a list, written straight into the page: a list of fifty rows was half of the page's time as Razor and tag helpers.</summary>
public sealed class RecordRows(RecordListPage page) : IHtmlContent
{
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <inheritdoc/>
    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var columns = page.List.Columns;
        var cells = new RecordCells(page.Dates);
        var starts = new string[columns.Count];
        for (var i = 0; i < starts.Length; i++)
        {
            var css = columns[i].Kind is FieldType.Number or FieldType.Money or FieldType.Formula ? " class=\"num\"" : "";
            starts[i] = columns[i].Main ? "<td>" : $"<td{css} data-label=\"{s_encoder.Encode(columns[i].Text)}\">";
        }

        var select = s_encoder.Encode(Texts.Get("Choose this row"));
        var menu = s_encoder.Encode(Texts.Get("Actions"));
        var choose = page.CanChoose;
        var actions = page.HasMenu;
        var verbs = page.Verbs.Where(v => v.RowSql is not null).Select(v => (v.Key, v.Icon, Title: s_encoder.Encode(Texts.Get(v.Title)))).ToArray();
        foreach (var row in page.List.Rows)
        {
            var id = row.Id.ToString();
            writer.Write("<tr data-id=\"");
            writer.Write(id);
            if (row.Above is { } above)
            {
                writer.Write("\" data-above=\"");
                writer.Write(above);
            }

            writer.Write("\">");
            if (choose)
            {
                writer.Write("<td class=\"row-check\"><input type=\"checkbox\" class=\"form-check-input\" aria-label=\"");
                writer.Write(select);
                writer.Write("\"></td>");
            }

            for (var i = 0; i < columns.Count; i++)
            {
                writer.Write(starts[i]);
                if (columns[i].Main)
                {
                    for (var v = 0; v < verbs.Length; v++)
                    {
                        if (row.Verbs?[v] is true) Verb(writer, verbs[v].Key, verbs[v].Icon, verbs[v].Title);
                    }

                    Main(writer, row, row.Values[i], id);
                }
                else
                {
                    cells.Write(writer, columns[i], row.Values[i], page.Titles[i], row.Note(i));
                }

                writer.Write("</td>");
            }

            if (actions)
            {
                writer.Write("<td class=\"row-menu\"><button type=\"button\" class=\"btn-icon\" data-row-menu aria-haspopup=\"true\" title=\"");
                writer.Write(menu);
                writer.Write("\">");
                Icons.Svg("dots-vertical").WriteTo(writer, encoder);
                writer.Write("</button></td>");
            }

            writer.Write("</tr>");
        }
    }

    private static void Verb(TextWriter writer, string key, string icon, string title)
    {
        writer.Write("<button type=\"button\" class=\"btn-icon row-verb\" data-verb=\"");
        writer.Write(key);
        writer.Write("\" title=\"");
        writer.Write(title);
        writer.Write("\">");
        Icons.Svg(icon).WriteTo(writer, s_encoder);
        writer.Write("</button>");
    }

    private void Main(TextWriter writer, RecordRow row, object? value, string id)
    {
        writer.Write("<a class=\"row-main\" href=\"");
        writer.Write(page.Type.Url);
        writer.Write('/');
        writer.Write(id);
        writer.Write("\">");
        if (row.Icon is { } icon) Icons.Svg(icon).WriteTo(writer, s_encoder);
        s_encoder.Encode(writer, value?.ToString() is { Length: > 0 } text ? text : "—");
        writer.Write("</a>");
        if (string.IsNullOrEmpty(row.Sub)) return;
        writer.Write("<small class=\"row-sub\">");
        // A number to call is written as everywhere else.
        if (row.Sub[0] is '0' or '+' && PhoneNumber.TryParse(row.Sub, out var phone))
        {
            writer.Write("<bdi dir=\"ltr\">");
            s_encoder.Encode(writer, PersianText.Digits(phone.ToDisplay()));
            writer.Write("</bdi>");
        }
        else
        {
            s_encoder.Encode(writer, row.Sub);
        }

        writer.Write("</small>");
    }
}

/// <summary>Values of fields as cells and as texts.</summary>
public sealed class RecordCells(DateView dates)
{
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private readonly string _comma = Texts.Get("List comma");

    /// <summary>Writes one value as markup, with what stands beside it (<see cref="RecordRow.Notes"/>).</summary>
    public void Write(TextWriter writer, ListField field, object? value, IReadOnlyDictionary<string, FieldOption> titles, string? note = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(titles);
        if (field.NameOf is not null)
        {
            if (value is null || note is null) return;
            writer.Write("<a href=\"");
            writer.Write(field.NameUrl);
            writer.Write('/');
            writer.Write(Key(value));
            writer.Write("\"><bdi>");
            s_encoder.Encode(writer, note);
            writer.Write("</bdi></a>");
            return;
        }

        // A mark may stand alone: a job that is over stands nowhere.
        if (value is not null) Value(writer, field, value, titles);
        if (note is null || note.IndexOf(':', StringComparison.Ordinal) is not (> 0 and var colon)) return;
        writer.Write(value is null ? "<span class=\"mark mark-" : " <span class=\"mark mark-");
        writer.Write(note[..colon]);
        writer.Write("\">");
        s_encoder.Encode(writer, Texts.Get(note[(colon + 1)..]));
        writer.Write("</span>");
    }

    private void Value(TextWriter writer, ListField field, object value, IReadOnlyDictionary<string, FieldOption> titles)
    {
        switch (field.Kind)
        {
            case FieldType.Phone:
                Show.Phone(value.ToString()).WriteTo(writer, s_encoder);
                return;
            case FieldType.Choice or FieldType.Record:
                if (titles.GetValueOrDefault(Key(value)) is { } option) Write(writer, option);
                return;
            case FieldType.Date or FieldType.Moment:
                writer.Write("<time dir=\"ltr\">");
                s_encoder.Encode(writer, Text(field, value, titles));
                writer.Write("</time>");
                return;
            default:
                s_encoder.Encode(writer, Text(field, value, titles));
                return;
        }
    }

    /// <summary>The value as people read it, without markup.</summary>
    public string Text(ListField field, object? value, IReadOnlyDictionary<string, FieldOption> titles, string? note = null)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(titles);
        return value switch
        {
            null => "",
            _ when field.NameOf is not null => note ?? "",
            _ when field.IsPercent => PersianText.Number(Convert.ToInt64(value, CultureInfo.InvariantCulture)) + (Texts.IsPersian ? "٪" : "%"),
            bool b => Texts.Get(b ? "Yes" : "No"),
            DateOnly day => dates.Day(day),
            DateTime moment => dates.DayAndTime(new DateTimeOffset(moment, TimeSpan.Zero)),
            Guid[] many => string.Join(_comma, many.Select(id => titles.GetValueOrDefault(id.ToString())?.Text).Where(t => t is not null)),
            string json when field.Kind == FieldType.Choices => string.Join(_comma, System.Text.Json.JsonSerializer.Deserialize<string[]>(json)!.Select(v => titles.GetValueOrDefault(v)?.Text ?? v)),
            _ when field.Kind is FieldType.Choice or FieldType.Record => titles.GetValueOrDefault(Key(value))?.Text ?? "",
            _ when field.Kind == FieldType.Phone => PersianText.Digits(PhoneNumber.TryParse(value.ToString(), out var phone) ? phone.ToDisplay() : value.ToString()!),
            _ when field.Kind == FieldType.Money => PersianText.Number(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
            decimal number when field.Kind is FieldType.Number or FieldType.Formula => PersianText.Decimal(number),
            _ when field.Kind is FieldType.Number or FieldType.Formula or FieldType.Time => PersianText.Digits(Convert.ToString(value, CultureInfo.InvariantCulture)!),
            _ => value.ToString()!,
        };
    }

    private static string Key(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static void Write(TextWriter writer, FieldOption option)
    {
        if (option.Color is { } color)
        {
            writer.Write("<span class=\"mark mark-");
            writer.Write(color);
            writer.Write("\">");
            s_encoder.Encode(writer, option.Text);
            writer.Write("</span>");
        }
        else if (option.Url is { } url)
        {
            writer.Write("<a href=\"");
            s_encoder.Encode(writer, url);
            writer.Write("\">");
            s_encoder.Encode(writer, option.Text);
            writer.Write("</a>");
        }
        else
        {
            s_encoder.Encode(writer, option.Text);
        }
    }
}
