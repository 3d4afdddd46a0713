using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.EditTemplate;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Api;

/// <summary>A template as the API shows it.</summary>
internal sealed record TemplateResource(Guid Id, string Name, string Channel, string Category, string Subject, string Body, string Format, string Language, bool Active, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, uint Version)
{
    public static TemplateResource Of(MessageTemplate t) => new(t.Id, t.Name, t.Channel.Word(), MessageResource.Camel(t.Category), t.Subject, t.Body, MessageResource.Camel(t.Format), t.Language, t.Active, t.CreatedAt, t.UpdatedAt, t.Version);
}

/// <summary>What a new template is made of.</summary>
internal sealed record NewTemplate(string? Name, string? Channel, string? Category, string? Subject, string? Body, string? Format, string? Language, bool Active = true);

internal sealed class TemplatesApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var templates = api.MapGroup("/templates").WithTags("templates");
        templates.MapGet("/", ListAsync).Requires(MessagingPermissions.Templates).Gives(typeof(ApiPage<TemplateResource>));
        templates.MapGet("/{id:guid}", GetAsync).Requires(MessagingPermissions.Templates).Gives(typeof(TemplateResource));
        templates.MapPost("/", AddAsync).Requires(MessagingPermissions.Templates).Gives(typeof(TemplateResource), StatusCodes.Status201Created);
        templates.MapPatch("/{id:guid}", ChangeAsync).Requires(MessagingPermissions.Templates).Takes(typeof(NewTemplate)).Gives(typeof(TemplateResource));
        templates.MapDelete("/{id:guid}", DeleteAsync).Requires(MessagingPermissions.Templates);
    }

    private static async Task<IResult> ListAsync(ApiQuery query, MessagingDb db, CancellationToken ct)
    {
        var templates = db.Templates.AsNoTracking();
        query.OnlyFilters("channel");
        var (_, descending) = query.Order("createdAt");
        foreach (var value in query.Filters.Values)
        {
            var channel = MessagesApi.Read(value, "filter[channel]", MessageChannel.Sms);
            templates = templates.Where(t => t.Channel == channel);
        }

        if (query.Q is { } q) templates = templates.Where(t => EF.Functions.ILike(t.Name, LikePattern.Anywhere(q)));
        var total = query.CountExact ? await templates.LongCountAsync(ct) : (long?)null;
        if (query.AfterKey<Guid>("id") is { } after) templates = descending ? templates.Where(t => t.Id.CompareTo(after) < 0) : templates.Where(t => t.Id.CompareTo(after) > 0);
        templates = descending ? templates.OrderByDescending(t => t.Id) : templates.OrderBy(t => t.Id);
        var rows = await templates.Take(query.Size + 1).ToListAsync(ct);
        var next = rows.Count > query.Size ? Cursor.Encode(new JsonObject { ["id"] = rows[query.Size - 1].Id }) : null;
        return TypedResults.Ok(new ApiPage<TemplateResource>([.. rows.Take(query.Size).Select(TemplateResource.Of)], next, total));
    }

    private static async Task<IResult> GetAsync(Guid id, MessagingDb db, HttpContext http)
    {
        var t = await FindAsync(id, db, http);
        return ApiExtensions.Record(http, TemplateResource.Of(t), t.Version);
    }

    private static async Task<IResult> AddAsync(NewTemplate body, MessagingDb db, IMediator mediator, HttpContext http)
    {
        var id = await mediator.Send(new SaveTemplateCommand
        {
            Name = body.Name, Channel = MessagesApi.Read(body.Channel, "channel", MessageChannel.Sms), Category = MessagesApi.Read(body.Category, "category", MessageCategory.Service), Subject = body.Subject, Body = body.Body,
            Format = MessagesApi.Read(body.Format, "format", BodyFormat.Text), Language = body.Language ?? "fa", Active = body.Active,
        }, http.RequestAborted);
        var t = await FindAsync(id, db, http);
        return ApiExtensions.Created(http, $"/api/v1/templates/{id}", TemplateResource.Of(t), t.Version);
    }

    private static async Task<IResult> ChangeAsync(Guid id, Patch patch, MessagingDb db, IMediator mediator, HttpContext http)
    {
        var t = await FindAsync(id, db, http);
        await mediator.Send(new SaveTemplateCommand
        {
            Id = id, Name = patch.Get("name", t.Name), Channel = MessagesApi.Read(patch.Get<string>("channel", null), "channel", t.Channel), Category = MessagesApi.Read(patch.Get<string>("category", null), "category", t.Category),
            Subject = patch.Get("subject", t.Subject), Body = patch.Get("body", t.Body), Format = MessagesApi.Read(patch.Get<string>("format", null), "format", t.Format), Language = patch.Get("language", t.Language) ?? t.Language,
            Active = patch.Get("active", t.Active), Version = http.Request.IfMatch(t.Version),
        }, http.RequestAborted);
        db.ChangeTracker.Clear();
        return await GetAsync(id, db, http);
    }

    private static async Task<IResult> DeleteAsync(Guid id, IMediator mediator, HttpContext http)
    {
        await mediator.Send(new DeleteTemplateCommand(id, http.Request.IfMatch()), http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<MessageTemplate> FindAsync(Guid id, MessagingDb db, HttpContext http) =>
        await db.Templates.AsNoTracking().FirstOrDefaultAsync(x => x.Id == id, http.RequestAborted) ?? throw new NotFound("template", id);
}
