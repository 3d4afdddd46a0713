using System.Text.Json.Serialization;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.ActivityReports;
using Crm.Core;
using Crm.Data;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Api;

internal sealed record ApiReportLine(Guid Id, string Section, [property: JsonIgnore] DateTimeOffset When, string Title, string? Url, Guid? ContactId, string? Text)
{
    public DateTime At => When.UtcDateTime;
}

internal sealed record ApiActivityReport(
    Guid Id, Guid AuthorId, string Span, DateOnly From, DateOnly To, string State, string? Summary, IReadOnlyList<ApiReportLine> Lines, int? Rating, string? Comment, Guid? ReviewedBy, [property: JsonIgnore] DateTimeOffset? Sent, [property: JsonIgnore] DateTimeOffset? Reviewed, uint Version)
{
    public DateTime? SentAt => Sent?.UtcDateTime;

    public DateTime? ReviewedAt => Reviewed?.UtcDateTime;
}

internal sealed class ActivityReportsApi : IApiEndpoints
{
    private static readonly Keyset<ActivityReport> s_orders = new("-from", SortOrder<ActivityReport>.By("from", r => r.From, r => r.Id));

    public void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("/activity-reports").WithTags("activity-reports");
        group.MapGet("", ListAsync).Requires(ContactsPermissions.WriteActivityReports);
        group.MapGet("/{id:guid}", RecordAsync).Requires(ContactsPermissions.WriteActivityReports).Gives(typeof(ApiActivityReport));
        group.MapPost("", async (Patch p, HttpContext http, IMediator mediator, ContactsDb db, ICurrentUser me, CancellationToken ct) =>
        {
            var id = await mediator.Send(new StartActivityReportCommand { Span = ApiFilters.Parse(p.Get<string>("span", null), "span", ReportSpan.Day), Day = p.Get<DateOnly?>("day", null) }, ct);
            db.ChangeTracker.Clear();
            var record = await FindAsync(db, me, id, ct);
            return ApiExtensions.Created(http, $"/api/v1/activity-reports/{id}", record, record.Version);
        }).Requires(ContactsPermissions.WriteActivityReports).Takes(typeof(StartActivityReportCommand)).Gives(typeof(ApiActivityReport), StatusCodes.Status201Created);
        group.MapPatch("/{id:guid}", (Guid id, Patch p, HttpContext http, IMediator mediator, ContactsDb db, ICurrentUser me, CancellationToken ct) => SaveAsync(id, p, http, mediator, db, me, false, ct))
            .Requires(ContactsPermissions.WriteActivityReports).Takes(typeof(ApiActivityReport)).Gives(typeof(ApiActivityReport));
        group.MapPost("/{id:guid}/send", (Guid id, Patch p, HttpContext http, IMediator mediator, ContactsDb db, ICurrentUser me, CancellationToken ct) => SaveAsync(id, p, http, mediator, db, me, true, ct))
            .Requires(ContactsPermissions.WriteActivityReports).Takes(typeof(ApiActivityReport)).Gives(typeof(ApiActivityReport));
        group.MapPost("/{id:guid}/review", async (Guid id, Patch p, HttpContext http, IMediator mediator, ContactsDb db, ICurrentUser me, CancellationToken ct) =>
        {
            await mediator.Send(new ReviewActivityReportCommand { Id = id, Rating = p.Get<int?>("rating", null), Comment = PersianText.Clean(p.Get<string>("comment", null), multiline: true), SendBack = p.Get("sendBack", false), Version = http.Request.IfMatch() }, ct);
            db.ChangeTracker.Clear();
            return await RecordAsync(id, http, db, me, ct);
        }).Requires(ContactsPermissions.ReviewActivityReports).Takes(typeof(ReviewActivityReportCommand)).Gives(typeof(ApiActivityReport));
    }

    private static async Task<IResult> SaveAsync(Guid id, Patch p, HttpContext http, IMediator mediator, ContactsDb db, ICurrentUser me, bool send, CancellationToken ct)
    {
        var now = await FindAsync(db, me, id, ct);
        await mediator.Send(
            new SaveActivityReportCommand
            {
                Id = id, Version = http.Request.IfMatch(now.Version), Send = send, Summary = PersianText.Clean(p.Get("summary", now.Summary), multiline: true),
                Lines = p.Has("lines") ? [.. (p.Get<ReportLineFields[]>("lines", null) ?? []).Select(l => l with { Text = PersianText.Clean(l.Text, multiline: true) })] : [.. now.Lines.Select(l => new ReportLineFields { Id = l.Id, Text = l.Text, ContactId = l.ContactId })],
            }, ct);
        db.ChangeTracker.Clear();
        return await RecordAsync(id, http, db, me, ct);
    }

    private static async Task<IResult> RecordAsync(Guid id, HttpContext http, ContactsDb db, ICurrentUser me, CancellationToken ct)
    {
        var record = await FindAsync(db, me, id, ct);
        return ApiExtensions.Record(http, record, record.Version);
    }

    private static async Task<ApiPage<ApiActivityReport>> ListAsync(ApiQuery query, HttpContext http, ContactsDb db, ICurrentUser me, CancellationToken ct)
    {
        var all = ActivityReportQuery.Visible(db, me);
        if (ApiFilters.Id(query, "authorId") is { } author) all = all.Where(r => r.AuthorId == author);
        if (ApiFilters.Enum<ReportState>(query, "state") is { } state) all = all.Where(r => r.State == state);
        if (ApiFilters.Enum<ReportSpan>(query, "span") is { } span) all = all.Where(r => r.Span == span);
        if (ApiFilters.Day(query, "from") is { } from) all = all.Where(r => r.To >= from);
        if (ApiFilters.Day(query, "to") is { } to) all = all.Where(r => r.From <= to);
        query.OnlyFilters("authorId", "state", "span", "from", "to");
        var sort = ApiFilters.Sort(query, s_orders);
        var items = await Project(s_orders.Page(all, sort, ApiFilters.After(http, query, sort, s_orders)).Take(query.Size + 1)).ToListAsync(ct);
        string? next = null;
        if (items.Count > query.Size)
        {
            items.RemoveAt(query.Size);
            next = Keyset<ActivityReport>.Cursor(sort, items[^1].From, items[^1].Id);
        }

        return new(items, next, query.CountExact ? await all.LongCountAsync(ct) : null);
    }

    private static async Task<ApiActivityReport> FindAsync(ContactsDb db, ICurrentUser me, Guid id, CancellationToken ct) =>
        await Project(ActivityReportQuery.Visible(db, me).Where(r => r.Id == id)).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(ActivityReport), id);

    private static IQueryable<ApiActivityReport> Project(IQueryable<ActivityReport> all) => all.Select(r => new ApiActivityReport(
        r.Id, r.AuthorId, r.Span == ReportSpan.Day ? "day" : "week", r.From, r.To, r.State == ReportState.Draft ? "draft" : r.State == ReportState.Sent ? "sent" : r.State == ReportState.Returned ? "returned" : "reviewed", r.Summary,
        r.Lines.OrderBy(l => l.At).ThenBy(l => l.Id).Select(l => new ApiReportLine(l.Id, l.Section, l.At, l.Title, l.Url, l.ContactId, l.Text)).ToList(), r.Rating, r.Comment, r.ReviewedBy, r.SentAt, r.ReviewedAt, r.Version));
}
