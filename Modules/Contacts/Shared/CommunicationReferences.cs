using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Shared;

/// <summary>Checks what a communication or a follow-up points at.</summary>
internal sealed class CommunicationReferences(ContactsDb db, BaseDataCache baseData, IUserDirectory users, IEnumerable<IContactJobs> jobs, ICurrentUser me)
{
    public async Task<Contact> ContactAsync(Guid id, CancellationToken ct) =>
        await db.Contacts.SingleOrDefaultAsync(c => c.Id == id, ct) ?? throw new NotFound(nameof(Contact), id);

    public async Task ListAsync(string list, Guid? value, string field, CancellationToken ct)
    {
        if (!(await baseData.GetAsync(ct)).Has(list, value)) throw new InvalidInput(field, "Choose one of the list.");
    }

    /// <summary>Each row names a kind of the list; the message stands beside its field.</summary>
    public async Task CostsAsync(IReadOnlyList<CostFields> costs, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        for (var i = 0; i < costs.Count; i++)
        {
            if (!costs[i].IsEmpty && !lists.Has(BaseLists.CostKind, costs[i].KindId)) throw new InvalidInput($"Costs[{i}].KindId", "Choose one of the list.");
        }
    }

    public async Task UserAsync(Guid id, string field, CancellationToken ct)
    {
        if ((await users.CardsAsync([id], ct)).GetValueOrDefault(id) is not { Active: true }) throw new InvalidInput(field, "Choose one of the list.");
    }

    /// <summary>The job must be one of the contact's running jobs, and the way on one that its stage offers to this user. A routine knows its own job.</summary>
    public async Task JobAsync(Guid contactId, Guid? jobId, Guid? stageItemId, string? outcome, CancellationToken ct)
    {
        if (jobId is null)
        {
            if (stageItemId is not null) throw new InvalidInput(nameof(Communication.JobId), "Choose one of the list.");
            return;
        }

        if (me.IsSystem && stageItemId is null) return;
        List<ContactJob> open = [];
        foreach (var source in jobs) open.AddRange(await source.OpenAsync(contactId, ct));
        if (open.Find(j => j.JobId == jobId) is not { } job) throw new InvalidInput(nameof(Communication.JobId), "This job is not a running job of the customer.");
        if (stageItemId is not { } item) return;
        if (job.Stages.FirstOrDefault(s => s.StageItemId == item) is not { } stage || stage.Ways.All(w => w.Name != outcome)) throw new InvalidInput("StageOutcome", "The job has moved on meanwhile: choose again.");
        if (stage.OnOwnPage) throw new InvalidInput("StageOutcome", "This stage asks for more: end it on its own page.");
    }
}
