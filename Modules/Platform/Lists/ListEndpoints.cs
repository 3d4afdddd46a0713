using System.Globalization;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Features.BulkChange;
using Crm.Platform.Features.ExportList;
using Crm.Platform.Features.SavedViews;
using Crm.Platform.Files;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Crm.Platform.Lists;

/// <summary>What all lists have in common beside their pages: fields and choices for the filter, changing in place, many at once, layouts, taking out. Each asks the record's own permission.</summary>
internal sealed class ListEndpoints : IModuleEndpoints
{
    private const int Few = 200;

    /// <summary>So far rows are counted without being asked to.</summary>
    private const int Countable = 10_000;

    /// <summary>So many rows are taken out while one waits; more are written in the background.</summary>
    private const int AtOnce = 5000;

    public void Map(IEndpointRouteBuilder routes)
    {
        var lists = routes.MapGroup("/lists/{record}").WithMetadata(new SignedInAttribute());
        lists.MapGet("fields", FieldsAsync);
        lists.MapGet("choices", ChoicesAsync);
        lists.MapGet("tree", Tree);
        lists.MapGet("count", HowManyAsync);
        lists.MapGet("lookup", LookupAsync);
        lists.MapGet("export", ExportAsync);
        lists.MapPost("export", ExportPostedAsync);
        lists.MapGet("{id:guid}/value", ValueAsync);
        lists.MapPost("{id:guid}/value", SetValueAsync);
        lists.MapGet("{id:guid}/file", FileAsync);
        lists.MapPost("layout", LayoutAsync);
        lists.MapPost("bulk", BulkAsync);
    }

    private static async Task<IResult> FieldsAsync(string record, RecordLists lists, DateView dates, CancellationToken ct)
    {
        var type = lists.Type(record);
        var fields = new List<object>();
        // What is not offered can stand in a stored condition all the same.
        foreach (var f in (await lists.FieldsAsync(type, ct)).Where(f => f.Filterable || f.Editable))
        {
            var lookup = lists.LookupUrl(f);
            fields.Add(new
            {
                key = f.Key, title = f.Text, kind = f.Kind.ToString(), editable = f.Editable, offered = f.Filterable && f.Offered, lookup,
                choices = lookup is null && (f.Members is not null || f.Options is not null || f.Custom is { Options.Count: > 0 }),
                example = f.Kind switch { FieldType.Date => dates.Day(new DateOnly(2026, 4, 4)), FieldType.Moment => dates.Day(new DateOnly(2026, 4, 4)), _ => null },
                ops = FilterOperators.Of(f).Select(o => new { key = o, title = Texts.Get(FilterOperators.Title(o)), values = Math.Min(FilterOperators.Values(o), 9) }),
            });
        }

        return Results.Json(fields);
    }

    private static async Task<IResult> ChoicesAsync(string record, string field, RecordLists lists, CancellationToken ct)
    {
        var found = await FieldAsync(lists, lists.Type(record), field, ct);
        return Results.Json((await lists.ChoicesAsync(found, ct) ?? []).Where(c => c.Active).Select(c => new { value = c.Value, text = c.Text }));
    }

    // How many «all that match» are, for whoever is about to change them; no further than it matters.
    private static async Task<IResult> HowManyAsync(string record, HttpContext http, RecordLists lists, CancellationToken ct)
    {
        var type = lists.Type(record);
        var query = await lists.QueryAsync(type, name => http.Request.Query[name], ct);
        var count = await lists.Reader.CountAsync(type, query, Countable + 1, ct);
        return Results.Json(new { text = count > Countable ? Texts.Get("more than {0}", PersianText.Number(Countable)) : PersianText.Number(count) });
    }

    private static IResult Tree(string record, string? filter, RecordLists lists)
    {
        _ = lists.Type(record);
        return Results.Json(RecordFilter.Parse(filter) is { } f ? Shape(f.Root) : new { any = false, items = Array.Empty<object>() });

        static object Shape(FilterItem item) => item is FilterGroup g
            ? new { any = g.Any, items = g.Items.Select(Shape) }
            : new { field = ((FilterCondition)item).Field, op = ((FilterCondition)item).Operator, values = ((FilterCondition)item).Values };
    }

    private static async Task<IResult> LookupAsync(string record, string? q, RecordLists lists, CancellationToken ct)
    {
        var type = lists.Type(record);
        var main = type.Fields.First(f => f.Main);
        var page = await lists.Reader.PageAsync(type, await lists.MeantAsync(type, new() { Search = PersianText.Clean(q), Columns = [main.Key], Size = 20 }, ct), ct);
        return Results.Json(page.Rows.Select(r => new LookupItem(r.Id.ToString(), r.Values[0]?.ToString() ?? "—", r.Sub ?? "")));
    }

    private static async Task<IResult> ValueAsync(string record, Guid id, string field, RecordLists lists, DateView dates, CancellationToken ct)
    {
        var type = lists.Type(record);
        var found = await FieldAsync(lists, type, field, ct);
        var page = await lists.Reader.PageAsync(type, new() { Ids = [id], Columns = [found.Key], Size = 1, Whole = true }, ct);
        if (page.Rows.Count == 0) throw new NotFound(record, id);
        // What lists are only narrowed by is no value of a row.
        if (page.Columns.Count == 0) throw new NotFound("field", field);
        var value = page.Rows[0].Values[0];
        var titles = (await lists.TitlesAsync(page.Columns, page.Rows, ct))[0];
        string[] values = value switch
        {
            null => [],
            Guid[] many => [.. many.Select(v => v.ToString())],
            string json when found.Kind == FieldType.Choices => System.Text.Json.JsonSerializer.Deserialize<string[]>(json)!,
            bool yes => [yes ? "true" : "false"],
            _ when found.IsPercent => [PersianText.Digits(Convert.ToString(value, CultureInfo.InvariantCulture)!)],
            _ when found.Kind is FieldType.Choice or FieldType.Record => [Convert.ToString(value, CultureInfo.InvariantCulture)!],
            _ => [new RecordCells(dates).Text(found, value, titles)],
        };
        return Results.Json(new { values, texts = titles.ToDictionary(t => t.Key, t => t.Value.Text) });
    }

    private static async Task<IResult> SetValueAsync(string record, Guid id, HttpContext http, RecordLists lists, IEnumerable<IRecordChanges> changes, DateView dates, CancellationToken ct)
    {
        var type = lists.Type(record);
        var form = await http.Request.ReadFormAsync(ct);
        var field = await EditableAsync(lists, type, form["field"].ToString(), ct);
        await Changes(changes, record).SetAsync([id], field.Key, Values(form), ct);
        var page = await lists.Reader.PageAsync(type, new() { Ids = [id], Columns = [field.Key], Size = 1 }, ct);
        var html = new StringWriter();
        if (page.Rows.Count > 0) new RecordCells(dates).Write(html, field, page.Rows[0].Values[0], (await lists.TitlesAsync(page.Columns, page.Rows, ct))[0], page.Rows[0].Note(0));
        return Results.Json(new { html = html.ToString() });
    }

    // The record, its field and so its file: what is hidden from somebody is not there.
    private static async Task<IResult> FileAsync(string record, Guid id, string field, HttpContext http, RecordLists lists, CustomFiles files, FileStore store, CancellationToken ct)
    {
        var type = lists.Type(record);
        var found = await FieldAsync(lists, type, field, ct);
        if (found.Custom is not { Kind: FieldType.File } custom || (await lists.Reader.PageAsync(type, new() { Ids = [id], Columns = [found.Key], Size = 1 }, ct)).Rows.Count == 0) throw new NotFound(record, id);
        var (file, content) = await store.OpenGrantedAsync(await files.OfAsync(type, id, custom, ct), ct);
        // Whatever it is, a browser gets it as a download that can run nothing.
        http.Response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "private, no-cache";
        return Results.Stream(content, file.ContentType.StartsWith("text/", StringComparison.Ordinal) ? file.ContentType + "; charset=utf-8" : file.ContentType, file.Name, enableRangeProcessing: true);
    }

    private static async Task<IResult> LayoutAsync(string record, HttpContext http, IMediator mediator, RecordLists lists, CancellationToken ct)
    {
        var type = lists.Type(record);
        var form = await http.Request.ReadFormAsync(ct);
        var reset = form["reset"] == "true";
        var size = int.TryParse(form["size"], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 50;
        await mediator.Send(new SaveLayoutCommand(record, reset ? [] : [.. form["column"].Where(c => !string.IsNullOrEmpty(c)).Select(c => c!)], reset ? 50 : size), ct);
        return Results.LocalRedirect(Back(form["back"].ToString(), type));
    }

    private static async Task<IResult> BulkAsync(string record, HttpContext http, RecordLists lists, ICurrentUser user, IMediator mediator, CancellationToken ct)
    {
        var type = lists.Type(record);
        var form = await http.Request.ReadFormAsync(ct);
        var delete = form["action"] == "delete";
        if (delete && (type.Delete is not { } right || !user.Can(right))) throw new Forbidden(type.Delete ?? type.See);
        var verb = form["action"].ToString() is { } action && action.StartsWith(RecordVerb.Prefix, StringComparison.Ordinal) ? type.Verbs.FirstOrDefault(v => RecordVerb.Prefix + v.Key == action) ?? throw new NotFound("verb", action) : null;
        if (verb is not null && !user.Can(verb.Permission)) throw new Forbidden(verb.Permission);
        var field = delete ? null : verb is not null ? RecordVerb.Prefix + verb.Key : (await EditableAsync(lists, type, form["field"].ToString(), ct)).Key;
        List<string> values = verb is null ? Values(form) : verb.Asks is not null && PersianText.Clean(form["said"], multiline: true) is { } said ? [said] : [];
        var ids = form["ids"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries).Where(i => Guid.TryParse(i, out _)).Select(Guid.Parse).ToList();
        var back = Back(form["back"].ToString(), type);
        if (form["all"] != "true" && ids.Count <= Few)
        {
            Told(await OneByOne.ApplyAsync(ids, ApplyAsync));
            return Results.LocalRedirect(back);
        }

        var all = form["all"] == "true";
        await mediator.Send(new StartBulkCommand(new(record, all ? form["query"].ToString() : "", all ? null : ids, field, values)), ct);
        new Flash("info", Texts.Get("It is being done in the background; you will be told when it is ready.")).Leave(http);
        return Results.LocalRedirect(back);

        // A command a scope: one that was refused leaves nothing behind for the next.
        async Task<int> ApplyAsync(IReadOnlyList<Guid> some)
        {
            await using var scope = http.RequestServices.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<CurrentUser>().Become(user.Access!, user.Through);
            var one = Changes(scope.ServiceProvider.GetServices<IRecordChanges>(), record);
            return delete ? await one.DeleteAsync(some, ct) : await one.SetAsync(some, field!, values, ct);
        }

        void Told(BulkOutcome came)
        {
            if (came.Refused == 0) new Flash("success", Texts.Get(delete ? "{0} records deleted." : "{0} records changed.", PersianText.Number(came.Changed))).Leave(http);
            else if (came.Changed == 0) new Flash("danger", came.Reason ?? "").Leave(http);
            else new Flash("warning", Texts.Get("{0} records changed, {1} refused: {2}", PersianText.Number(came.Changed), PersianText.Number(came.Refused), came.Reason)).Leave(http);
        }
    }

    private static async Task ExportAsync(string record, HttpContext http, RecordLists lists, ICurrentUser user, DateView dates, TimeProvider time, CancellationToken ct)
    {
        var type = lists.Type(record);
        if (type.Export is { } right && !user.Can(right)) throw new Forbidden(right);
        var format = http.Request.Query["format"] == "csv" ? "csv" : "xlsx";
        var query = await lists.QueryAsync(type, name => http.Request.Query[name], ct);
        await WriteAsync(http, lists, type, query, format, http.Request.Query["raw"] == "true", dates, time, ct);
    }

    // What the page of a list asks for: few rows come as a file at once, many as one that is told when it is ready.
    private static async Task<IResult> ExportPostedAsync(string record, HttpContext http, RecordLists lists, ICurrentUser user, IMediator mediator, DateView dates, TimeProvider time, CancellationToken ct)
    {
        var type = lists.Type(record);
        if (type.Export is { } right && !user.Can(right)) throw new Forbidden(right);
        var form = await http.Request.ReadFormAsync(ct);
        var ids = form["ids"].ToString();
        var chosen = form["all"] != "true" && ids.Length > 0;
        var columns = QueryHelpers.ParseQuery(form["query"]).TryGetValue("cols", out var cols) ? "&cols=" + Uri.EscapeDataString(cols.ToString()) : "";
        var asked = chosen ? "ids=" + Uri.EscapeDataString(ids) + columns : form["query"].ToString();
        var format = form["as"] == "xlsx" ? "xlsx" : "csv";
        var raw = form["as"] == "raw";
        var query = await lists.QueryAsync(type, asked, ct);
        if (await lists.Reader.CountAsync(type, query, AtOnce + 1, ct) <= AtOnce)
        {
            await WriteAsync(http, lists, type, query, format, raw, dates, time, ct);
            return Results.Empty;
        }

        await mediator.Send(new StartExportCommand(new(record, asked, format, raw, FileName(type, raw, dates, time, format))), ct);
        new Flash("info", Texts.Get("The list is long: the file is being written in the background, and you will be told when it is ready.")).Leave(http);
        return Results.LocalRedirect(Back(form["back"].ToString(), type));
    }

    // A file for programs is called by the key, as its columns are.
    private static string FileName(IRecordType type, bool raw, DateView dates, TimeProvider time, string format) => TakenNames.Of(raw ? type.Key : Texts.Get(type.Title), dates, time.GetUtcNow(), format);

    private static async Task WriteAsync(HttpContext http, RecordLists lists, IRecordType type, RecordQuery query, string format, bool raw, DateView dates, TimeProvider time, CancellationToken ct)
    {
        http.Response.ContentType = format == "csv" ? "text/csv; charset=utf-8" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        http.Response.Headers.ContentDisposition = TakenNames.Attachment(FileName(type, raw, dates, time, format), FileName(type, raw: true, dates, time, format)[..^(format.Length + 1)]);
        http.Response.Headers.XContentTypeOptions = "nosniff";
        // The zip writer closes its parts synchronously; a buffered stream between keeps that from the connection.
        await using var to = new BufferedStream(http.Response.BodyWriter.AsStream(), 1 << 16);
        await new ListExport(lists, dates).WriteAsync(type, query, to, format, raw, null, ct);
        await to.FlushAsync(ct);
    }

    private static IRecordChanges Changes(IEnumerable<IRecordChanges> changes, string record) => changes.FirstOrDefault(c => c.Record == record) ?? throw new NotFound("record changes", record);

    private static List<string> Values(IFormCollection form) => [.. form["value"].Where(v => !string.IsNullOrEmpty(v)).Select(v => v!)];

    private static async Task<ListField> FieldAsync(RecordLists lists, IRecordType type, string key, CancellationToken ct) =>
        (await lists.FieldsAsync(type, ct)).FirstOrDefault(f => f.Key == key) ?? throw new NotFound("field", key);

    private static async Task<ListField> EditableAsync(RecordLists lists, IRecordType type, string key, CancellationToken ct)
    {
        var field = await FieldAsync(lists, type, key, ct);
        return field.Editable ? field : throw new NotFound("field", key);
    }

    // Only to the record's own list: the address comes from a form.
    private static string Back(string back, IRecordType type) => back == type.Url || back.StartsWith(type.Url + "?", StringComparison.Ordinal) ? back : type.Url;
}
