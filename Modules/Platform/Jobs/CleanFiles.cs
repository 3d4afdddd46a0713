using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Crm.Platform.Jobs;

/// <summary>
/// Every night: attachments of records that were never made (an upload whose form was not saved) go, and bytes that no attachment refers to any more. What is younger than a
/// day stays: its record may be on its way.
/// </summary>
internal sealed partial class CleanFiles(PlatformDb db, FileFolder folder, IEnumerable<IFileOwner> owners, TimeProvider time, ILogger<CleanFiles> log) : IScheduledJob
{
    private const int Batch = 500;
    private static readonly TimeSpan s_grace = TimeSpan.FromDays(1);

    public string Key => "platform.clean-files";

    // 04:20 in Tehran.
    public string Cron => "0 50 0 * * ?";

    [BypassesSave("Housekeeping of what nobody refers to: in batches, no audit.")]
    public async Task RunAsync(CancellationToken ct)
    {
        // An archive that is being written right now names files as an earlier moment saw them: another night will do.
        await db.Database.OpenConnectionAsync(ct);
        try
        {
            if (!await db.Database.SqlQuery<bool>($"select pg_try_advisory_lock({ArchiveLock.Key}) as \"Value\"").SingleAsync(ct)) return;
            try
            {
                await CleanAsync(ct);
            }
            finally
            {
                await db.Database.ExecuteSqlAsync($"select pg_advisory_unlock({ArchiveLock.Key})", CancellationToken.None);
            }
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    [BypassesSave("Housekeeping of what nobody refers to: in batches, no audit.")]
    private async Task CleanAsync(CancellationToken ct)
    {
        var before = time.GetUtcNow() - s_grace;
        var records = 0;
        foreach (var owner in owners)
        {
            var after = Guid.Empty;
            while (true)
            {
                var some = await db.Files.IgnoreQueryFilters().Where(f => f.Owner == owner.Owner && f.CreatedAt < before && f.Id.CompareTo(after) > 0).OrderBy(f => f.Id).Take(Batch)
                    .Select(f => new { f.Id, f.OwnerId }).ToListAsync(ct);
                if (some.Count == 0) break;
                after = some[^1].Id;
                if (await owner.ExistingAsync([.. some.Select(f => f.OwnerId).Distinct()], ct) is not { } existing) break;
                var lost = some.Where(f => !existing.Contains(f.OwnerId)).Select(f => f.Id).ToArray();
                if (lost.Length > 0) records += await db.Files.IgnoreQueryFilters().Where(f => lost.Contains(f.Id)).ExecuteDeleteAsync(ct);
            }
        }

        var bytes = 0;
        foreach (var some in folder.OlderThan(s_grace).Chunk(Batch))
        {
            var hashes = some.Select(Path.GetFileNameWithoutExtension).Distinct().ToArray();
            var used = (await db.Files.IgnoreQueryFilters().Where(f => hashes.Contains(f.Sha256)).Select(f => f.Sha256).Distinct().ToListAsync(ct)).ToHashSet();
            foreach (var path in some.Where(p => !used.Contains(Path.GetFileNameWithoutExtension(p))))
            {
                File.Delete(path);
                bytes++;
            }
        }

        if (records > 0 || bytes > 0) Cleaned(log, records, bytes);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Files: {Records} attachments of records that were never made and {Bytes} files that nothing refers to were removed")]
    private static partial void Cleaned(ILogger log, int records, int bytes);
}
