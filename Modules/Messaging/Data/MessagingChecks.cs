using System.Runtime.CompilerServices;
using Crm.Core;
using Crm.Data;
using Dapper;
using Npgsql;

namespace Crm.Messaging.Data;

/// <summary>What must hold of messages whatever was killed when.</summary>
[BypassesSave("Checks read by SQL.")]
internal sealed class MessagingChecks(NpgsqlDataSource source) : ICheck
{
    private static readonly (string Sql, string Finding)[] s_rules =
    [
        ("select id::text from messaging.messages m where state = 'Sending' and not exists (select 1 from messaging.senders s where s.id = m.claimed_by and s.alive_until > now() - interval '10 minutes')", "message {0} is in the hand of a sender that has been silent for long"),
        ("select id::text from messaging.messages m where state = 'Sent' and not exists (select 1 from messaging.tries t where t.message_id = m.id and t.outcome = 'Sent')", "message {0} is sent without a line in its log"),
        ("select m.id::text from messaging.messages m join messaging.tries t on t.message_id = m.id where t.outcome = 'Sent' group by m.id having count(*) > 1", "message {0} was taken by the gateway more than once"),
        ("select id::text from messaging.messages where state <> 'Sending' and claimed_by is not null", "message {0} is claimed but not being sent"),
        ("select execution_id::text from messaging.messages where awaited group by execution_id having bool_and(state in ('Sent', 'Failed', 'Suppressed', 'Cancelled')) and max(updated_at) < now() - interval '10 minutes'", "execution {0} waits although all of its messages have ended"),
    ];

    public string Title => "Every message stands where its log says, and none is in a dead hand";

    public async IAsyncEnumerable<string> FindAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        foreach (var (sql, finding) in s_rules)
        {
            foreach (var id in await connection.QueryAsync<string>(new CommandDefinition(sql + " limit 100", cancellationToken: ct)))
                yield return string.Format(System.Globalization.CultureInfo.InvariantCulture, finding, id);
        }
    }
}
