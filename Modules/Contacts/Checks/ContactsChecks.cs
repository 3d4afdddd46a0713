using System.Runtime.CompilerServices;
using Crm.Core;
using Crm.Data;
using Dapper;

namespace Crm.Contacts.Checks;

/// <summary>What lists and searches are fed with says the same as the records themselves.</summary>
internal sealed class FoldedTextCheck(ConnectionSettings settings) : ICheck
{
    public string Title => "Search texts and main numbers of contacts agree with their records.";

    [BypassesSave("A check reads by SQL and changes nothing.")]
    public async IAsyncEnumerable<string> FindAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await settings.OpenAloneAsync(ct);
        await connection.ExecuteAsync("set statement_timeout = 0");
        foreach (var number in await connection.QueryAsync<long>(
            "select number from contacts.contacts where position(platform.fold_fa(name) in search_text) = 0 order by number limit 20"))
            yield return $"Contact {number}: its search text does not hold its name.";
        foreach (var number in await connection.QueryAsync<long>(
            """
            select c.number from contacts.contacts c
            where c.main_phone is not null and not exists (select 1 from contacts.contact_phones p where p.contact_id = c.id and p.number = c.main_phone)
            order by 1 limit 20
            """))
            yield return $"Contact {number}: its main number is none of its numbers.";
        foreach (var title in await connection.QueryAsync<string>("select list || ' «' || title || '»' from contacts.base_data where folded <> platform.fold_fa(title) limit 20"))
            yield return $"Base data {title}: its folded title is not that of its title.";
    }
}

/// <summary>Nothing hangs in the air.</summary>
internal sealed class DanglingCheck(ConnectionSettings settings) : ICheck
{
    public string Title => "Communications, follow-ups and posts belong to contacts that exist.";

    [BypassesSave("A check reads by SQL and changes nothing.")]
    public async IAsyncEnumerable<string> FindAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await settings.OpenAloneAsync(ct);
        await connection.ExecuteAsync("set statement_timeout = 0");
        (string What, string Sql)[] questions =
        [
            ("communication", "select x.id from contacts.communications x where not exists (select 1 from contacts.contacts c where c.id = x.contact_id and c.branch_id = x.branch_id) limit 20"),
            ("follow-up", "select x.id from contacts.follow_ups x where not exists (select 1 from contacts.contacts c where c.id = x.contact_id and c.branch_id = x.branch_id) limit 20"),
            ("post", "select x.id from contacts.contact_positions x where not exists (select 1 from contacts.contacts c where c.id = x.company_id and c.kind = 'Company') limit 20"),
            ("relation", "select x.id from contacts.contact_relations x where not exists (select 1 from contacts.base_data b where b.id = x.kind_id and b.list = 'relation-kind') limit 20"),
            ("liaison", "select x.id from contacts.contacts x where x.liaison_id is not null and not exists (select 1 from contacts.contact_positions p where p.company_id = x.id and p.person_id = x.liaison_id and p.\"to\" is null) limit 20"),
            ("score", "select x.id from contacts.supplier_scores x where not exists (select 1 from contacts.supplier_criteria c where c.id = x.criterion_id) limit 20"),
            ("communication with an unknown kind,", "select x.id from contacts.communications x where not exists (select 1 from contacts.base_data b where b.id = x.kind_id and b.list = 'communication-kind') limit 20"),
        ];
        foreach (var (what, sql) in questions)
        {
            foreach (var id in await connection.QueryAsync<Guid>(sql)) yield return $"A {what} belongs to nothing: {id}.";
        }
    }
}

/// <summary>The score that lists and reports show is the one that was given last, and the sum of its points.</summary>
internal sealed class SupplierRatingCheck(ConnectionSettings settings) : ICheck
{
    public string Title => "Scores of suppliers agree with what they are made of.";

    [BypassesSave("A check reads by SQL and changes nothing.")]
    public async IAsyncEnumerable<string> FindAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await settings.OpenAloneAsync(ct);
        await connection.ExecuteAsync("set statement_timeout = 0");
        foreach (var id in await connection.QueryAsync<Guid>(
            """
            select coalesce(r.contact_id, e.contact_id) from contacts.supplier_ratings r
            full join (select distinct on (contact_id) contact_id, id, total, scored_on from contacts.supplier_evaluations where deleted_at is null order by contact_id, scored_on desc, id desc) e on e.contact_id = r.contact_id
            where (r.evaluation_id, r.total, r.scored_on) is distinct from (e.id, e.total, e.scored_on) limit 20
            """))
            yield return $"Supplier {id}: its score is not that of its latest scoring.";
        foreach (var id in await connection.QueryAsync<Guid>(
            $"""
            select e.id from contacts.supplier_evaluations e join contacts.supplier_scores s on s.evaluation_id = e.id group by e.id, e.total
            having e.total <> round(100.0 * sum(s.weight * s.points) / sum(s.weight * {Domain.SupplierGrades.Best}), 1) limit 20
            """))
            yield return $"Scoring {id}: its total is not the sum of its points.";
    }
}
