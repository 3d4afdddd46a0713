using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.ShowMessage;
using Crm.Messaging.Features.WriteMessage;
using Crm.Messaging.Records;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Messaging.Api;

/// <summary>A message as the API shows it.</summary>
/// <remarks><c>address</c> is null where the user does not see the customer's telephones or e-mails.</remarks>
internal sealed record MessageResource(Guid Id, string Channel, string State, string? Address, string RecipientName, Guid? ContactId, Guid? UserId, Guid? JobId, Guid? TemplateId, string Category, string Subject, string Body,
    string Format, string? Reason, string? Detail, string? ProviderId, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? SentAt, uint Version)
{
    public static MessageResource Of(OutgoingMessage m, ICurrentUser me) => new(m.Id, m.Channel.Word(), Camel(m.State), Addresses.Of(m, me), m.RecipientName, m.ContactId, m.UserId, m.JobId, m.TemplateId, Camel(m.Category), m.Subject, m.Body,
        Camel(m.Format), m.Reason, m.Detail, m.ProviderId, m.Attempts, m.CreatedAt, m.SentAt, m.Version);

    public static string Camel(Enum value) => value.ToString().ToLowerInvariant();
}

/// <summary>What a new message is made of.</summary>
internal sealed record NewMessage(string? Channel, Guid? ContactId, string? Address, Guid? TemplateId, string? Category, string? Subject, string? Body, string? Format, string? Language, bool Draft = false);

internal sealed class MessagesApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var messages = api.MapGroup("/messages").WithTags("messages");
        messages.MapGet("/", ListAsync).Requires(MessagingPermissions.See).Gives(typeof(ApiPage<MessageResource>));
        messages.MapGet("/{id:guid}", GetAsync).Requires(MessagingPermissions.See).Gives(typeof(MessageResource));
        messages.MapPost("/", AddAsync).Requires(MessagingPermissions.Send).Gives(typeof(MessageResource), StatusCodes.Status201Created);
        messages.MapPatch("/{id:guid}", ChangeAsync).Requires(MessagingPermissions.Send).Takes(typeof(NewMessage)).Gives(typeof(MessageResource));
        messages.MapPost("/{id:guid}/send", (Guid id, MessagingDb db, IMediator mediator, HttpContext http) => SendAsync(id, db, mediator, http)).Requires(MessagingPermissions.Send).Gives(typeof(MessageResource));
        messages.MapPost("/{id:guid}/retry", (Guid id, MessagingDb db, IMediator mediator, HttpContext http) => ActAsync(new RetryMessageCommand(id), id, db, mediator, http)).Requires(MessagingPermissions.Send).Gives(typeof(MessageResource));
        messages.MapPost("/{id:guid}/cancel", (Guid id, MessagingDb db, IMediator mediator, HttpContext http) => ActAsync(new CancelMessageCommand(id), id, db, mediator, http)).Requires(MessagingPermissions.Send).Gives(typeof(MessageResource));
    }

    internal static T Read<T>(string? text, string field, T fallback) where T : struct, Enum =>
        string.IsNullOrEmpty(text) ? fallback : Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]) ? value : throw new InvalidInput(field, "This value can't be taken.");

    private static async Task<IResult> ListAsync(ApiQuery query, MessagingDb db, ICurrentUser me, CancellationToken ct)
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
                case "contactId" or "jobId":
                    throw new InvalidInput($"filter[{name}]", "This value can't be taken.");
                default:
                    throw new InvalidInput($"filter[{name}]", "There is no such filter.");
            }
        }

        if (query.Q is { } q)
        {
            var number = PhoneNumber.TryParse(q, out var n) ? n.Value : null;
            var seen = !Addresses.AnyHidden(me);
            messages = messages.Where(m => ((seen || m.ContactId == null) && (m.Address == q || m.Address == number)) || EF.Functions.ILike(m.RecipientName, LikePattern.Anywhere(q)));
        }

        var total = query.CountExact ? await messages.LongCountAsync(ct) : (long?)null;
        var ascending = !query.Order("-createdAt").Descending;
        if (query.AfterKey<Guid>("id") is { } after) messages = ascending ? messages.Where(m => m.Id.CompareTo(after) > 0) : messages.Where(m => m.Id.CompareTo(after) < 0);
        messages = ascending ? messages.OrderBy(m => m.Id) : messages.OrderByDescending(m => m.Id);
        var rows = await messages.Take(query.Size + 1).ToListAsync(ct);
        var next = rows.Count > query.Size ? Cursor.Encode(new JsonObject { ["id"] = rows[query.Size - 1].Id }) : null;
        return TypedResults.Ok(new ApiPage<MessageResource>([.. rows.Take(query.Size).Select(m => MessageResource.Of(m, me))], next, total));
    }

    private static async Task<IResult> GetAsync(Guid id, MessagingDb db, HttpContext http)
    {
        var m = await FindAsync(id, db, http);
        return ApiExtensions.Record(http, MessageResource.Of(m, Me(http)), m.Version);
    }

    private static async Task<IResult> AddAsync(NewMessage body, MessagingDb db, IMediator mediator, HttpContext http)
    {
        var id = await mediator.Send(new SaveMessageCommand
        {
            Channel = Read(body.Channel, "channel", MessageChannel.Sms), ContactId = body.ContactId, Address = body.Address, TemplateId = body.TemplateId,
            Category = Read(body.Category, "category", MessageCategory.Service), Subject = body.Subject, Body = body.Body, Format = Read(body.Format, "format", BodyFormat.Text), Language = body.Language ?? "fa", Send = !body.Draft,
        }, http.RequestAborted);
        var m = await db.Messages.AsNoTracking().FirstAsync(x => x.Id == id, http.RequestAborted);
        return ApiExtensions.Created(http, $"/api/v1/messages/{id}", MessageResource.Of(m, Me(http)), m.Version);
    }

    private static ICurrentUser Me(HttpContext http) => http.RequestServices.GetRequiredService<ICurrentUser>();

    /// <summary>A draft is changed; what was sent or queued stays as it is.</summary>
    private static async Task<IResult> ChangeAsync(Guid id, Patch patch, MessagingDb db, IMediator mediator, HttpContext http)
    {
        var m = await FindAsync(id, db, http);
        // Another contact means another address, unless one is given.
        await mediator.Send(Command(m, http) with
        {
            ContactId = patch.Get("contactId", m.ContactId), Address = patch.Get("address", patch.Has("contactId") ? null : m.Address), TemplateId = patch.Get("templateId", m.TemplateId), Category = Read(patch.Get<string>("category", null), "category", m.Category),
            Subject = patch.Get("subject", m.Subject), Body = patch.Get("body", m.Body), Format = Read(patch.Get<string>("format", null), "format", m.Format), Language = patch.Get("language", m.Language) ?? m.Language,
        }, http.RequestAborted);
        db.ChangeTracker.Clear();
        return await GetAsync(id, db, http);
    }

    private static async Task<IResult> SendAsync(Guid id, MessagingDb db, IMediator mediator, HttpContext http)
    {
        var m = await FindAsync(id, db, http);
        await mediator.Send(Command(m, http) with { Send = true }, http.RequestAborted);
        db.ChangeTracker.Clear();
        return await GetAsync(id, db, http);
    }

    private static SaveMessageCommand Command(OutgoingMessage m, HttpContext http) => new()
    {
        Id = m.Id, Channel = m.Channel, ContactId = m.ContactId, Address = m.Address, TemplateId = m.TemplateId, Category = m.Category, Subject = m.Subject, Body = m.Body, Format = m.Format, Language = m.Language,
        Version = http.Request.IfMatch(m.Version),
    };

    private static async Task<OutgoingMessage> FindAsync(Guid id, MessagingDb db, HttpContext http) =>
        await db.Messages.AsNoTracking().FirstOrDefaultAsync(x => x.Id == id, http.RequestAborted) ?? throw new NotFound("message", id);

    private static async Task<IResult> ActAsync(ICommand command, Guid id, MessagingDb db, IMediator mediator, HttpContext http)
    {
        await mediator.Send(command, http.RequestAborted);
        return await GetAsync(id, db, http);
    }
}
