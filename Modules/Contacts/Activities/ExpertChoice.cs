using Crm.Contacts.Data;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Activities;

/// <summary>Finds who of a role is to be in charge of a customer.</summary>
internal sealed class ExpertChoice(ContactsDb db, IUserDirectory users, IUserAccessSource access)
{
    public async Task<Guid?> OfAsync(ExpertRule rule, Guid role, Guid customer, CancellationToken ct)
    {
        Guid[] candidates = [.. (await users.InRoleAsync(role, ct)).Where(u => u.Active).Select(u => u.Id).Order()];
        if (candidates.Length == 0) return null;
        if (rule == ExpertRule.Province)
        {
            var province = await db.Contacts.Where(c => c.Id == customer).Select(c => c.ProvinceId).FirstOrDefaultAsync(ct);
            if (province is null) return null;
            List<Guid> there = [];
            foreach (var id in candidates)
                if ((await access.FindAsync(id, ct))?.Provinces.Contains(province.Value) == true) there.Add(id);
            if (there.Count == 0) return null;
            // Several of one province share it by load.
            candidates = [.. there];
        }

        // Two jobs that choose at the same instant wait for each other: otherwise both would take the same one.
        await OneAfterAnotherAsync(ct);
        if (rule == ExpertRule.InTurn) return await InTurnAsync(candidates, ct);
        var load = await db.Contacts.Where(c => c.OwnerId != null && candidates.Contains(c.OwnerId.Value)).GroupBy(c => c.OwnerId!.Value).Select(g => new { Id = g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Id, g => g.Count, ct);
        return candidates.OrderBy(id => load.GetValueOrDefault(id)).ThenBy(id => id).First();
    }

    [Crm.Data.BypassesSave("Takes a lock that ends with the step's transaction.")]
    private Task OneAfterAnotherAsync(CancellationToken ct) => db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended('contacts.expert-choice', 0))", ct);

    // Whose turn came longest ago: by what this activity itself wrote, in the history of the customers.
    private async Task<Guid> InTurnAsync(Guid[] candidates, CancellationToken ct)
    {
        var turns = await db.ExpertTurns.Where(t => candidates.Contains(t.UserId)).ToDictionaryAsync(t => t.UserId, ct);
        var next = candidates.OrderBy(id => turns.TryGetValue(id, out var t) ? t.Turn : 0).ThenBy(id => id).First();
        var last = turns.Count == 0 ? 0 : turns.Values.Max(t => t.Turn);
        if (turns.TryGetValue(next, out var turn)) turn.Turn = last + 1;
        else db.Add(new Domain.ExpertTurn { UserId = next, Turn = last + 1 });
        return next;
    }
}
