using System.Text.Json;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Contracts;
using Crm.Platform.Domain;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Platform.Data;

/// <summary>All settings as JSON texts, at most five seconds old.</summary>
internal sealed class Settings
{
    private readonly Snapshots<string, IReadOnlyDictionary<string, string>> _values;
    private readonly NpgsqlDataSource _source;

    public Settings(NpgsqlDataSource source, TimeProvider time, AccessChanges changes)
    {
        _source = source;
        _values = new(time, (_, ct) => LoadAsync(ct));
        changes.On(AccessChanges.Settings, _values.Clear);
    }

    public async ValueTask<string?> FindAsync(string key, CancellationToken ct) => (await _values.GetAsync("", ct)).GetValueOrDefault(key);

    [BypassesSave("One read for a singleton that no scope owns.")]
    private async Task<IReadOnlyDictionary<string, string>> LoadAsync(CancellationToken ct)
    {
        await using var connection = await _source.OpenConnectionAsync(ct);
        return (await connection.QueryAsync<(string Key, string Value)>(new CommandDefinition("select key, value::text from platform.settings", cancellationToken: ct)))
            .ToDictionary(r => r.Key, r => r.Value, StringComparer.Ordinal);
    }
}

internal sealed class SettingsStore(Settings settings, IServiceScopeFactory scopes, ICurrentUser user) : ISettings
{
    public async Task<T> GetAsync<T>(string key, CancellationToken ct) where T : class, new() =>
        await settings.FindAsync(key, ct) is { } json ? JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web) ?? new T() : new T();

    [BypassesSave("Called from other modules' commands, whose one save is of another context: the setting is saved, and audited, in a scope of its own.")]
    public async Task SetAsync<T>(string key, T value, CancellationToken ct) where T : class, new()
    {
        await using var scope = scopes.CreateAsyncScope();
        var inner = scope.ServiceProvider.GetRequiredService<CurrentUser>();
        if (user.Access is { } access) inner.Become(access, user.Through);
        else inner.BecomeSystem(user.Name.Length > 0 ? user.Name : "settings");
        var db = scope.ServiceProvider.GetRequiredService<PlatformDb>();
        var json = JsonSerializer.Serialize(value, JsonSerializerOptions.Web);
        if (await db.Settings.FirstOrDefaultAsync(s => s.Key == key, ct) is { } known) known.Value = json;
        else db.Settings.Add(new Setting(key, json));
        await db.SaveChangesAsync(ct);
    }
}
