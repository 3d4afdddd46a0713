using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Platform.Fields;

/// <summary>All custom fields in one snapshot: every form, list and save of a record asks for them.</summary>
internal sealed class CustomFieldCache : ICustomFields
{
    private readonly Snapshots<string, IReadOnlyDictionary<string, IReadOnlyList<CustomField>>> _fields;
    private readonly IServiceScopeFactory _scopes;

    public CustomFieldCache(IServiceScopeFactory scopes, TimeProvider time, AccessChanges changes)
    {
        _scopes = scopes;
        _fields = new(time, (_, ct) => LoadAsync(ct));
        changes.On(AccessChanges.Fields, _fields.Clear);
    }

    public async ValueTask<IReadOnlyList<CustomField>> OfAsync(string record, CancellationToken ct) => (await _fields.GetAsync("", ct)).GetValueOrDefault(record) ?? [];

    private async Task<IReadOnlyDictionary<string, IReadOnlyList<CustomField>>> LoadAsync(CancellationToken ct)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var all = await scope.ServiceProvider.GetRequiredService<PlatformDb>().CustomFields.AsNoTracking().Where(f => f.Active).OrderBy(f => f.Order).ThenBy(f => f.Id).ToListAsync(ct);
        return all.GroupBy(f => f.Record).ToDictionary(g => g.Key, g => (IReadOnlyList<CustomField>)[.. g.Select(f => f.ToField())], StringComparer.Ordinal);
    }
}
