using Crm.Core;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Crm.Data;

/// <summary>Does something once per message id, with the answer kept: a repeat gets the same answer and changes nothing.</summary>
public static class Inbox
{
    /// <summary>
    /// Opens a transaction on the module's context, notes the message, runs <paramref name="act"/>, saves, keeps its answer and commits.
    /// When the message was noted before, its answer comes back and <paramref name="act"/> does not run.
    /// </summary>
    /// <param name="db">Context of the module whose data changes.</param>
    /// <param name="consumer">Who takes the message, for example <c>activity</c>.</param>
    /// <param name="messageId">Id that a repeat carries too.</param>
    /// <param name="act">The effect; answers JSON, or null.</param>
    /// <param name="ct">Cancels before the commit.</param>
    [BypassesSave("The inbox row, the effect and the answer must be one transaction.")]
    public static async Task<string?> OnceAsync(ModuleDb db, string consumer, Guid messageId, Func<CancellationToken, Task<string?>> act, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var connection = db.Database.GetDbConnection();
        var t = transaction.GetDbTransaction();
        if (!await NoteAsync(db, consumer, messageId, ct))
        {
            return await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
                "select outcome::text from platform.inbox where consumer = @consumer and message_id = @messageId", new { consumer, messageId }, t, cancellationToken: ct));
        }

        var outcome = await act(ct);
        await db.SaveChangesAsync(ct);
        if (outcome is not null)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                "update platform.inbox set outcome = @outcome::jsonb where consumer = @consumer and message_id = @messageId", new { consumer, messageId, outcome }, t, cancellationToken: ct));
        }

        await transaction.CommitAsync(ct);
        return outcome;
    }

    /// <summary>Notes a message in the transaction that is open, for whoever writes his effect in it.</summary>
    /// <returns>False when it was noted before.</returns>
    [BypassesSave("The note belongs to the caller's transaction.")]
    public static async Task<bool> NoteAsync(ModuleDb db, string consumer, Guid messageId, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(db);
        return await db.Database.GetDbConnection().ExecuteAsync(new CommandDefinition(
            "insert into platform.inbox (consumer, message_id) values (@consumer, @messageId) on conflict do nothing", new { consumer, messageId }, db.Database.CurrentTransaction!.GetDbTransaction(), cancellationToken: ct)) > 0;
    }
}
