using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Messaging.Contracts;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Writing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Reactions;

/// <summary>Another module asks for a message: once per key, and what can't be sent stands among the failed ones with its reason.</summary>
internal sealed class WhenMessageRequested(MessagingDb db, MessageWriter writer) : IReactTo<MessageRequested>
{
    public async Task ReactAsync(MessageRequested e, EventInfo info, CancellationToken ct)
    {
        var template = await db.Templates.FirstOrDefaultAsync(t => t.Id == e.TemplateId, ct);
        await writer.WriteAsync(template, new(e.ContactId, e.UserId), new($"request:{e.Key}", e.JobId, Data: Data(e.Data), BranchId: info.BranchId), ct);
    }

    private static JsonObject? Data(string json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            // The message is worth more than the data beside it: missing fields stay empty.
            return null;
        }
    }
}
