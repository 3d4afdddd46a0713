using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Microsoft.Extensions.Logging;

namespace Crm.Platform.Jobs;

/// <summary>How long deleted records are kept.</summary>
internal sealed class BinRules
{
    public const string Key = "platform.bin";

    /// <summary>Days until they are removed for good.</summary>
    public int Days { get; init; } = 30;
}

/// <summary>Removes, every night, what has been in the recycle bin long enough and what nothing depends on; the rest stays until that is settled.</summary>
internal sealed partial class PurgeBin(RecycleBin bin, ISettings settings, TimeProvider time, ILogger<PurgeBin> log) : IScheduledJob
{
    private const int MostOfANight = 5000;
    private const int Batch = 200;

    string IScheduledJob.Key => "platform.purge-bin";

    // 04:05 in Tehran.
    public string Cron => "0 35 0 * * ?";

    public async Task RunAsync(CancellationToken ct)
    {
        var before = time.GetUtcNow().AddDays(-(await settings.GetAsync<BinRules>(BinRules.Key, ct)).Days);
        var (gone, kept) = (0, new HashSet<Guid>());
        // Twice: what kept a record in the first round may have gone in it.
        for (var round = 0; round < 2; round++)
        {
            var cursor = before;
            while (gone < MostOfANight)
            {
                var old = await bin.ListAsync(new(Batch, cursor), null, ct);
                if (old.Count == 0) break;
                foreach (var deletion in old)
                {
                    if ((await bin.PurgeAsync(deletion.Id, ct)).Count == 0) gone++;
                    else kept.Add(deletion.Id);
                }

                cursor = old[^1].At;
            }
        }

        if (gone > 0 || kept.Count > 0) Purged(log, gone, kept.Count);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Recycle bin: {Gone} deletions removed for good, {Kept} kept because something depends on them")]
    private static partial void Purged(ILogger log, int gone, int kept);
}
