using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Features.Costs;
using Crm.Core;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Panels;

internal sealed record CostsPanelModel(Guid ContactId, long Total, long ThisYear);

/// <summary>What the customer's visits have cost; nothing where nothing was written down.</summary>
internal sealed class CostsPanel(ContactsDb db, DateView dates, TimeProvider time) : IContactPanel
{
    public string Key => "costs";

    public string Title => "Costs";

    public int Order => 90;

    public string Place => "side";

    public string? Permission => ContactsPermissions.SeeCommunications;

    public static object? Of(Guid contactId, ProfileCosts? costs) => costs is null ? null : new CostsPanelModel(contactId, costs.Total, costs.ThisYear);

    public async Task<object?> LoadAsync(Guid contactId, CancellationToken ct)
    {
        if (db.Me.Hides(ContactsRights.Communications, "costs")) return null;
        var year = Periods.Of("this-year", null, null, time.GetUtcNow(), dates).In(dates);
        var sums = await CostQuery.Lines(db.Communications.AsNoTracking().Where(c => c.ContactId == contactId)).GroupBy(l => 1)
            .Select(g => new { Total = g.Sum(l => l.Amount), ThisYear = g.Sum(l => l.At >= year.From ? l.Amount : 0) }).SingleOrDefaultAsync(ct);
        return sums is null ? null : new CostsPanelModel(contactId, sums.Total, sums.ThisYear);
    }
}
