using Crm.Core;
using Crm.Platform.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Reactions;

/// <summary>Records are gone for good: their files, their entry in the search and in anybody's recent records go too. The bytes follow with the nightly clean-up, unless another record shares them.</summary>
internal sealed class WhenRecordsPurged(PlatformDb db) : IReactTo<RecordsPurged>
{
    public async Task ReactAsync(RecordsPurged e, EventInfo info, CancellationToken ct)
    {
        var ids = e.Ids;
        db.Files.RemoveRange(await db.Files.IgnoreQueryFilters().Where(f => ids.Contains(f.OwnerId)).ToListAsync(ct));
        db.Search.RemoveRange(await db.Search.Where(s => ids.Contains(s.Id)).ToListAsync(ct));
        db.RecentRecords.RemoveRange(await db.RecentRecords.Where(r => ids.Contains(r.RecordId)).ToListAsync(ct));
    }
}
