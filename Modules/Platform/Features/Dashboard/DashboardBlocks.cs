using System.Collections.Concurrent;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crm.Platform.Features.Dashboard;

/// <summary>A block that was loaded: where its markup is and what it shows.</summary>
internal sealed record LoadedBlock(string View, object? Model, DateTimeOffset At, bool Failed = false);

/// <summary>
/// Loads blocks and keeps what they gave for as long as they allow, for each user by himself and his rights of the moment. Several pages that ask for one at once wait for one answer.
/// </summary>
internal sealed partial class DashboardBlocks(IServiceScopeFactory scopes, TimeProvider time, ILogger<DashboardBlocks> log)
{
    private const int Most = 20_000;
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, Lazy<Task<LoadedBlock>>> _kept = new(StringComparer.Ordinal);

    /// <summary>What is kept and still holds; null where it has to be loaded.</summary>
    public LoadedBlock? Kept(IDashboardBlock block, UserAccess user) =>
        block.Keep > TimeSpan.Zero && _kept.TryGetValue(KeyOf(block, user), out var lazy) && lazy.IsValueCreated && lazy.Value is { IsCompletedSuccessfully: true } done && Holds(done.Result, block) ? done.Result : null;

    /// <summary>The block, kept or loaded now.</summary>
    public async Task<LoadedBlock> LoadAsync(IDashboardBlock block, UserAccess user)
    {
        if (block.Keep <= TimeSpan.Zero) return await MakeAsync(block, user);
        var key = KeyOf(block, user);
        if (_kept.TryGetValue(key, out var known))
        {
            if (!known.IsValueCreated || !known.Value.IsCompleted || Holds(await known.Value, block)) return await known.Value;
            _kept.TryRemove(KeyValuePair.Create(key, known));
        }

        if (_kept.Count > Most) _kept.Clear();
        return await _kept.GetOrAdd(key, _ => new Lazy<Task<LoadedBlock>>(() => MakeAsync(block, user))).Value;
    }

    private bool Holds(LoadedBlock loaded, IDashboardBlock block) => !loaded.Failed && time.GetUtcNow() - loaded.At < (block.Keep < s_longest ? block.Keep : s_longest) && loaded.At <= time.GetUtcNow();

    private async Task<LoadedBlock> MakeAsync(IDashboardBlock block, UserAccess user)
    {
        var type = block.GetType();
        // Crm.Tasks.Dashboard.TodayBlock → ~/Modules/Tasks/Dashboard/TodayBlock.cshtml
        var view = "~/Modules/" + type.FullName!["Crm.".Length..].Replace('.', '/') + ".cshtml";
        try
        {
            // In a scope of its own: whoever asked first may be gone before the others have their answer.
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<CurrentUser>().Become(user, "dashboard");
            var own = (IDashboardBlock)ActivatorUtilities.CreateInstance(scope.ServiceProvider, type);
            return new(view, await own.LoadAsync(CancellationToken.None), time.GetUtcNow());
        }
        catch (Exception e)
        {
            Broken(log, e, block.Key);
            return new(view, null, time.GetUtcNow(), Failed: true);
        }
    }

    // Rights that changed are another key: nobody sees for a minute what he may see no longer.
    private static string KeyOf(IDashboardBlock block, UserAccess user)
    {
        var rights = new HashCode();
        foreach (var permission in user.Permissions.Order(StringComparer.Ordinal)) rights.Add(permission, StringComparer.Ordinal);
        foreach (var role in user.RoleIds) rights.Add(role);
        foreach (var branch in user.Branches) rights.Add(branch);
        foreach (var colleague in user.Team) rights.Add(colleague);
        foreach (var province in user.Provinces) rights.Add(province);
        foreach (var ((record, operation), scope) in user.Scopes.OrderBy(s => s.Key.Record, StringComparer.Ordinal).ThenBy(s => s.Key.Operation)) rights.Add((record, operation, scope));
        foreach (var field in user.HiddenFields.Order(StringComparer.Ordinal)) rights.Add(field, StringComparer.Ordinal);
        rights.Add(user.IsAdministrator);
        rights.Add(user.SeesAllBranches);
        rights.Add(user.SecurityStamp, StringComparer.Ordinal);
        return $"{block.Key}|{user.Id}|{rights.ToHashCode()}|{user.Language}|{user.Calendar}|{user.TimeZone}";
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Block {Key} of the dashboard could not be loaded")]
    private static partial void Broken(ILogger log, Exception e, string key);
}
