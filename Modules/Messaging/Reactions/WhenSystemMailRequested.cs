using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Writing;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Reactions;

/// <summary>Puts a mail whose text is nobody's to read into the queue: once per key. It is shown in the lists like every message, without its text.</summary>
internal sealed class WhenSystemMailRequested(MessagingDb db, MessageWriter writer, TimeProvider time) : IReactTo<SystemMailRequested>
{
    public async Task ReactAsync(SystemMailRequested e, EventInfo info, CancellationToken ct)
    {
        var key = $"system:{e.Key}";
        if (await db.Messages.IgnoreQueryFilters().AnyAsync(m => m.SourceKey == key, ct)) return;
        var message = new OutgoingMessage
        {
            Channel = MessageChannel.Email, Address = e.Address, RecipientName = e.Name, UserId = e.UserId, Category = MessageCategory.Service, Subject = e.Subject, Language = e.Language, SourceKey = key,
            BranchId = info.BranchId ?? Guid.Empty,
        };
        message.Seal(e.SealedText);
        db.Messages.Add(message);
        message.Queue(time.GetUtcNow(), await writer.HasGatewayAsync(MessageChannel.Email, ct));
    }
}
