using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Jobs;

/// <summary>Throws away, every night, what has only kept: old failures, ended sessions and the log of sign-ins after half a year, browsers no longer trusted, read notifications after three months, background work with its result files after one.</summary>
internal sealed class PurgeOldRows(PlatformDb db, SignInGuard guard, Importing.ImportFolder imports, TimeProvider time) : IScheduledJob
{
    public string Key => "platform.purge-old-rows";

    // 03:40 in Tehran.
    public string Cron => "0 10 0 * * ?";

    [BypassesSave("Deletes bookkeeping in bulk; nothing of it is audited.")]
    public async Task RunAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var sessions = now.AddDays(-180);
        var signIns = now.AddDays(-180);
        var notifications = now.AddDays(-90);
        await guard.PurgeAsync(ct);
        await db.Sessions.Where(s => s.ExpiresAt < sessions).ExecuteDeleteAsync(ct);
        await db.SignIns.Where(s => s.At < signIns).ExecuteDeleteAsync(ct);
        await db.PasswordResets.Where(r => r.ExpiresAt < now.AddDays(-1)).ExecuteDeleteAsync(ct);
        await db.TrustedBrowsers.Where(t => t.ExpiresAt < now).ExecuteDeleteAsync(ct);
        var work = now.AddDays(-30);
        await db.Files.IgnoreQueryFilters([Filters.Branch]).Where(f => f.Owner == Background.WorkRun.FileOwner && f.CreatedAt < work).ExecuteDeleteAsync(ct);
        await db.Work.Where(w => w.EndedAt < work).ExecuteDeleteAsync(ct);
        imports.ForgetBefore(work);
        await db.Imports.Where(i => i.CreatedAt < signIns).ExecuteDeleteAsync(ct);
        await db.Notifications.Where(n => n.ReadAt < notifications).ExecuteDeleteAsync(ct);
    }
}
