using System.Diagnostics;
using Crm.Testing;
using Npgsql;

namespace Crm.Tests.Contacts;

/// <summary>Counts the SQL statements that something takes, by the spans of the driver.</summary>
internal static class Statements
{
    public static async Task<int> CountAsync(CrmApp app, Func<Task> act)
    {
        var database = new NpgsqlConnectionStringBuilder(app.ConnectionString).Database;
        var count = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = a =>
            {
                if (a.Tags.Any(t => t.Key is "db.name" or "db.namespace" && (t.Value?.EndsWith(database!, StringComparison.Ordinal) ?? false)) && a.Tags.Any(t => t.Key is "db.statement" or "db.query.text")) Interlocked.Increment(ref count);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await act();
        return count;
    }
}
