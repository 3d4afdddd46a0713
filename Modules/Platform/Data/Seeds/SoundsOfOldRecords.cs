using Crm.Core;
using Crm.Data;
using Dapper;
using Npgsql;

namespace Crm.Platform.Data.Seeds;

/// <summary>Entries of the search that were written before names were found by their sound get their keys, once.</summary>
internal sealed class SoundsOfOldRecords(NpgsqlDataSource source) : IInitialData
{
    private const int Batch = 5000;

    public string Key => "platform.search-sounds";

    public int Order => 1;

    [BypassesSave("Works out a column of the plumbing's table for rows that are there already.")]
    public async Task AddAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        for (var after = Guid.Empty; ;)
        {
            var rows = (await connection.QueryAsync<(Guid Id, string Type, string Title, string Text)>(
                "select id, type, title, text from platform.search where id > @after order by id limit @Batch", new { after, Batch })).AsList();
            if (rows.Count == 0) return;
            var made = rows.Select(r => SearchTexts.Of(new(r.Type, r.Title, "", r.Text, "", ""))).ToList();
            await connection.ExecuteAsync("""
                update platform.search s set text = n.text, sound = n.sound from unnest(@ids, @texts, @sounds) as n(id, text, sound) where s.id = n.id
                """, new { ids = rows.Select(r => r.Id).ToArray(), texts = made.Select(m => m.Text).ToArray(), sounds = made.Select(m => m.Sound).ToArray() });
            after = rows[^1].Id;
        }
    }
}
