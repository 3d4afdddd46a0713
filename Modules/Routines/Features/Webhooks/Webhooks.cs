using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Routines.Activities.Triggers;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Crm.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Features.Webhooks;

/// <summary>
/// Every routine with the trigger «Webhook called» has an address of its own. Public, because other systems call it: the secret is the key. The call is accepted when the job is written; the
/// same <c>Idempotency-Key</c> starts one job.
/// </summary>
internal sealed class Webhooks : IModuleEndpoints
{
    public const string Root = "/hooks";
    private const int MaxBody = 256 * 1024;
    private const int MaxDepth = 32;

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(Root + "/{definitionId}", HandleAsync).WithMetadata(new PublicAttribute()).DisableAntiforgery().ExcludeFromDescription();

    [BypassesSave("The job that a call starts is saved before the caller is answered.")]
    private static async Task HandleAsync(string definitionId, HttpContext context)
    {
        var ct = context.RequestAborted;
        await using var scope = context.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        var services = scope.ServiceProvider;
        services.GetRequiredService<CurrentUser>().BecomeSystem("routines: webhook");
        services.GetRequiredService<ModuleScope>().Command = "Webhook";
        var db = services.GetRequiredService<RoutinesDb>();
        var triggers = await db.Set<RoutineTrigger>().AsNoTracking().Where(t => t.Type == WebhookCalled.TypeName)
            .Join(db.Set<RoutineDefinition>().Where(d => d.DefinitionId == definitionId), t => t.RoutineId, d => d.Id, (t, d) => t).OrderBy(t => t.Id).ToListAsync(ct);
        if (triggers.Count == 0)
        {
            await Problems.WriteAsync(context, StatusCodes.Status404NotFound, Texts.Get("There is no such address."));
            return;
        }

        var body = await BodyAsync(context.Request, ct);
        if (body is null)
        {
            await Problems.WriteAsync(context, StatusCodes.Status413PayloadTooLarge, Texts.Get("The request is too big."));
            return;
        }

        var trigger = triggers.FirstOrDefault(t => Knows(WebhookCalled.Text(JsonNode.Parse(t.Inputs)!.AsObject(), "secret"), context.Request, body));
        if (trigger is null)
        {
            await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, Texts.Get("The secret is missing or wrong."));
            return;
        }

        JsonNode? json = null;
        try
        {
            if (body.Length > 0) json = JsonNode.Parse(body, documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException)
        {
            await Problems.WriteAsync(context, StatusCodes.Status400BadRequest, Texts.Get("The body is not JSON."));
            return;
        }

        var routine = await services.GetRequiredService<IRoutineStore>().PublishedAsync(trigger.RoutineId, ct);
        if (routine is null)
        {
            await Problems.WriteAsync(context, StatusCodes.Status404NotFound, Texts.Get("There is no such address."));
            return;
        }

        var field = WebhookCalled.Text(JsonNode.Parse(trigger.Inputs)!.AsObject(), "customerField");
        var contact = field.Length == 0 ? null : await CustomerAsync(services, json, field, ct);
        if (field.Length > 0 && contact is null)
        {
            await Problems.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, Texts.Get("No customer was found by the field {0}.", field));
            return;
        }

        var payload = json as JsonObject ?? new JsonObject { ["body"] = json };
        var key = context.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 and <= 100 } given ? given : null;
        var job = await services.GetRequiredService<JobStarter>().StartAsync(new NewJob
        {
            Routine = routine, ContactId = contact, BranchId = contact is null ? Branches.HeadOffice : null, Input = payload.DeepClone().AsObject(), TriggerActivityId = trigger.ActivityId, Payload = payload.DeepClone(), MustStart = true,
            StartKey = key is null ? null : $"hook:{routine.RoutineId:N}:{key}", At = services.GetRequiredService<TimeProvider>().GetUtcNow(),
        }, ct);
        await db.SaveChangesAsync(ct);
        services.GetRequiredService<OutboxSignal>().Pulse();
        services.GetRequiredService<RuntimeSignal>().Pulse();
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(new JsonObject { ["job"] = job?.Id.ToString(), ["number"] = job?.Number, ["repeated"] = job is null }.ToJsonString(), ct);
    }

    private static async Task<byte[]?> BodyAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > MaxBody) return null;
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int n;
        while ((n = await request.Body.ReadAsync(chunk, ct)) > 0)
        {
            if (buffer.Length + n > MaxBody) return null;
            buffer.Write(chunk, 0, n);
        }

        return buffer.ToArray();
    }

    private static bool Knows(string secret, HttpRequest request, byte[] body)
    {
        if (secret.Length < WebhookCalled.ShortestSecret) return false;
        var expected = Encoding.UTF8.GetBytes(secret);
        if (request.Headers["X-Crm-Signature"].ToString() is { Length: > 0 } signature)
        {
            var made = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(expected, body));
            return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(made), Encoding.ASCII.GetBytes(signature.Trim().ToLowerInvariant()));
        }

        // Hashed, so that the length of the secret does not show in the time it takes.
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(expected), SHA256.HashData(Encoding.UTF8.GetBytes(request.Headers["X-Crm-Secret"].ToString())));
    }

    private static async Task<Guid?> CustomerAsync(IServiceProvider services, JsonNode? json, string path, CancellationToken ct)
    {
        var at = json;
        foreach (var part in path.Split('.', StringSplitOptions.RemoveEmptyEntries)) at = (at as JsonObject)?[part];
        if (at is not JsonValue) return null;
        var contacts = services.GetRequiredService<IContactDirectory>();
        if (JobData.IdOf(at) is { } id) return (await contacts.CardsAsync([id], ct)).ContainsKey(id) ? id : null;
        return long.TryParse(at.ToString(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? await contacts.ByNumberAsync(number, ct) : null;
    }
}
