using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.ShowMessage;
using Crm.Messaging.Features.WriteMessage;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Api;

/// <summary>A message as the API shows it.</summary>
internal sealed record MessageResource(Guid Id, string Channel, string State, string Address, string RecipientName, Guid? ContactId, Guid? UserId, Guid? JobId, Guid? TemplateId, string Category, string Subject, string Body,
    string Format, string? Reason, string? Detail, string? ProviderId, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? SentAt, uint Version)
{
    public static MessageResource Of(OutgoingMessage m) => new(m.Id, m.Channel.Word(), Camel(m.State), m.Address, m.RecipientName, m.ContactId, m.UserId, m.JobId, m.TemplateId, Camel(m.Category), m.Subject, m.Body,
        Camel(m.Format), m.Reason, m.Detail, m.ProviderId, m.Attempts, m.CreatedAt, m.SentAt, m.Version);

    public static string Camel(Enum value) => value.ToString().ToLowerInvariant();
}

/// <summary>What a new message is made of.</summary>
internal sealed record NewMessage(string? Channel, Guid? ContactId, string? Address, Guid? TemplateId, string? Category, string? Subject, string? Body, string? Format, string? Language, bool Draft = false);

internal sealed class MessagesApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        api.MapGet("/messages", ListAsync).Requires(MessagingPermissions.See);
        api.MapGet("/messages/{id:guid}", GetAsync).Requires(MessagingPermissions.See);
        api.MapPost("/messages", AddAsync).Requires(MessagingPermissions.Send);
        api.MapPost("/messages/{id:guid}/retry", (Guid id, MessagingDb db, IMediator mediator, HttpContext http) => ActAsync(new RetryMessageCommand(id), id, db, mediator, http)).Requires(MessagingPermissions.Send);
        api.MapPost("/messages/{id:guid}/cancel", (Guid id, MessagingDb db, IMediator mediator, HttpContext http) => ActAsync(new CancelMessageCommand(id), id, db, mediator, http)).Requires(MessagingPermissions.Send);
    }

    internal static T Read<T>(string? text, string field, T fallback) where T : struct, Enum =>
        string.IsNullOrEmpty(text) ? fallback : Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]) ? value : throw new InvalidInput(field, "This value can't be taken.");

    private static async Task<IResult> ListAsync(ApiQuery query, MessagingDb db, CancellationToken ct)
    {
        var messages = db.Messages.AsNoTracking();
        foreach (var (name, value) in query.Filters)
        {
            switch (name)
            {
                case "state":
                    var state = Read(value, "filter[state]", MessageState.Sent);
                    messages = messages.Where(m => m.State == state);
                    break;
                case "channel":
                    var channel = Read(value, "filter[channel]", MessageChannel.Sms);
                    messages = messages.Where(m => m.Channel == channel);
                    break;
                case "contactId" when Guid.TryParse(value, out var contact):
                    messages = messages.Where(m => m.ContactId == contact);
                    break;
                case "jobId" when Guid.TryParse(value, out var job):
                    messages = messages.Where(m => m.JobId == job);
                    break;
                default:
                    throw new InvalidInput($"filter[{name}]", "This value can't be taken.");
            }
        }

        if (query.Q is { } q)
        {
            var number = PhoneNumber.TryParse(q, out var n) ? n.Value : null;
            messages = messages.Where(m => m.Address == q || m.Address == number || EF.Functions.ILike(m.RecipientName, "%" + q.Replace("%", "\\%", StringComparison.Ordinal) + "%"));
        }

        if (query.Sort is not (null or "createdAt")) throw new InvalidInput("sort", "This value can't be taken.");
        var total = query.CountExact ? await messages.LongCountAsync(ct) : (long?)null;
        var ascending = query.Sort is not null && !query.Descending;
        if (query.After?["id"]?.GetValue<Guid>() is { } after) messages = ascending ? messages.Where(m => m.Id.CompareTo(after) > 0) : messages.Where(m => m.Id.CompareTo(after) < 0);
        messages = ascending ? messages.OrderBy(m => m.Id) : messages.OrderByDescending(m => m.Id);
        var rows = await messages.Take(query.Size + 1).ToListAsync(ct);
        var next = rows.Count > query.Size ? Cursor.Encode(new JsonObject { ["id"] = rows[query.Size - 1].Id }) : null;
        return TypedResults.Ok(new ApiPage<MessageResource>([.. rows.Take(query.Size).Select(MessageResource.Of)], next, total));
    }

    private static async Task<IResult> GetAsync(Guid id, MessagingDb db, HttpContext http)
    {
        var m = await db.Messages.AsNoTracking().FirstOrDefaultAsync(x => x.Id == id, http.RequestAborted) ?? throw new NotFound("message", id);
        return ApiExtensions.Record(http, MessageResource.Of(m), m.Version);
    }

    private static async Task<IResult> AddAsync(NewMessage body, MessagingDb db, IMediator mediator, HttpContext http)
    {
        var id = await mediator.Send(new SaveMessageCommand
        {
            Channel = Read(body.Channel, "channel", MessageChannel.Sms), ContactId = body.ContactId, Address = body.Address, TemplateId = body.TemplateId,
            Category = Read(body.Category, "category", MessageCategory.Service), Subject = body.Subject, Body = body.Body, Format = Read(body.Format, "format", BodyFormat.Text), Language = body.Language ?? "fa", Send = !body.Draft,
        }, http.RequestAborted);
        var m = await db.Messages.AsNoTracking().FirstAsync(x => x.Id == id, http.RequestAborted);
        return ApiExtensions.Created(http, $"/api/v1/messages/{id}", MessageResource.Of(m), m.Version);
    }

    private static async Task<IResult> ActAsync(ICommand command, Guid id, MessagingDb db, IMediator mediator, HttpContext http)
    {
        await mediator.Send(command, http.RequestAborted);
        return await GetAsync(id, db, http);
    }
}
