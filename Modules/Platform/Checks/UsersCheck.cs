using System.Runtime.CompilerServices;
using Crm.Core;
using Crm.Platform.Data;
using Crm.Platform.Files;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Checks;

/// <summary>Roles and branches of users are arrays of ids, which no foreign key holds: this does.</summary>
internal sealed class UsersCheck(PlatformDb db) : ICheck
{
    public string Title => "Users have existing roles and branches, and somebody is an administrator.";

    public async IAsyncEnumerable<string> FindAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var roles = await db.Roles.ToDictionaryAsync(r => r.Id, r => r.IsAdministrator, ct);
        var branches = (await db.Branches.Select(b => b.Id).ToListAsync(ct)).ToHashSet();
        var administrators = 0;
        foreach (var u in await db.Users.Select(u => new { u.UserName, u.Active, u.BranchId, u.BranchIds, u.RoleIds }).ToListAsync(ct))
        {
            foreach (var r in u.RoleIds.Where(r => !roles.ContainsKey(r))) yield return $"{u.UserName} holds the role {r}, which does not exist.";
            foreach (var b in u.BranchIds.Append(u.BranchId).Where(b => !branches.Contains(b))) yield return $"{u.UserName} belongs to the branch {b}, which does not exist.";
            if (u.Active && u.RoleIds.Exists(r => roles.GetValueOrDefault(r))) administrators++;
        }

        if (administrators == 0) yield return "No active user is an administrator.";
        var names = db.Users.Select(u => u.Id);
        var orphans = await db.ApiTokens.CountAsync(t => !names.Contains(t.UserId), ct);
        if (orphans > 0) yield return $"{orphans} API tokens belong to nobody.";
    }
}

internal sealed class FilesCheck(PlatformDb db, FileFolder folder) : ICheck
{
    public string Title => "Every stored file has its bytes.";

    public async IAsyncEnumerable<string> FindAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var file in db.Files.Select(f => new { f.Id, f.Sha256, f.Size }).AsAsyncEnumerable().WithCancellation(ct))
        {
            var info = new FileInfo(folder.PathOf(file.Sha256));
            if (!info.Exists) yield return $"The bytes of file {file.Id} are gone.";
            else if (info.Length != file.Size) yield return $"File {file.Id} has {info.Length} bytes instead of {file.Size}.";
        }
    }
}
