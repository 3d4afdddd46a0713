using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Activities.Triggers;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.PressButton;

/// <summary>Which buttons stand on a customer's page for the user: those that start a routine for his kind of customer, and those that one of his jobs waits for.</summary>
internal sealed class CustomerButtons(RoutinesDb db, IContactDirectory contacts, ICurrentUser me)
{
    // On every customer's page: built once.
    private static readonly Func<RoutinesDb, IAsyncEnumerable<RoutineTrigger>> s_triggers = EF.CompileAsyncQuery((RoutinesDb db) => db.Set<RoutineTrigger>().AsNoTracking().Where(t => t.Type == ButtonPressed.TypeName));

    /// <param name="contactId">The customer.</param>
    /// <param name="hasJobs">Jobs of his are under way: one of them may wait for a button.</param>
    /// <param name="ct">Stops it.</param>
    public async Task<IReadOnlyList<string>> OfAsync(Guid contactId, bool hasJobs, CancellationToken ct)
    {
        if (!me.Can(RoutinesPermissions.Start)) return [];
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var triggers = await s_triggers(db).ToListAsync(ct);
        if (triggers.Count > 0)
        {
            var routines = triggers.Select(t => t.RoutineId).Distinct().ToArray();
            var bindings = (await db.Set<RoutineBinding>().AsNoTracking().Where(b => routines.Contains(b.RoutineId) && b.Active).ToListAsync(ct)).ToLookup(b => b.RoutineId);
            var kind = JobData.IdOf((await contacts.DataAsync(contactId, ct))?["typeId"]);
            foreach (var trigger in triggers)
            {
                var fitting = bindings[trigger.RoutineId].Where(b => trigger.BindingId is null || b.Id == trigger.BindingId).ToList();
                if (fitting.Count > 0 && !fitting.Exists(b => b.Fits(kind))) continue;
                Add(JsonNode.Parse(trigger.Inputs)!.AsObject());
            }
        }

        if (!hasJobs) return [.. names];
        const string waits = Burst.TriggerPrefix + ButtonPressed.TypeName;
        var states = await db.Set<BookmarkRow>().AsNoTracking().Where(b => b.Name == waits).Join(db.Set<JobState>().Where(s => s.ContactId == contactId), b => b.JobId, s => s.JobId, (b, s) => s.State).Distinct().Take(50).ToListAsync(ct);
        foreach (var mark in states.SelectMany(s => WorkflowState.Parse(s).Bookmarks).Where(b => b.Name == waits)) Add(mark.Payload as JsonObject ?? []);
        return [.. names];

        void Add(JsonObject inputs)
        {
            if (ButtonPressed.NameOf(inputs) is { Length: > 0 } name && (ButtonPressed.RoleOf(inputs) is not { } role || me.Access is { IsAdministrator: true } || me.Access?.RoleIds.Contains(role) == true)) names.Add(name);
        }
    }
}
