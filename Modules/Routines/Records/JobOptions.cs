using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Records;

/// <summary>Routines, to narrow jobs by.</summary>
internal sealed class RoutineOptions(RoutinesDb db) : IFieldOptions
{
    private const int Most = 500;

    public string Source => "routines";

    public async ValueTask<IReadOnlyList<FieldOption>?> AllAsync(string argument, CancellationToken ct) =>
        [.. (await db.Set<RoutineDefinition>().AsNoTracking().OrderBy(r => r.Name).Take(Most).Select(r => new { r.Id, r.Name }).ToListAsync(ct)).Select(r => new FieldOption(r.Id.ToString(), r.Name))];

    public async ValueTask<IReadOnlyDictionary<string, FieldOption>> FindAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct)
    {
        var ids = values.Where(v => Guid.TryParse(v, out _)).Select(Guid.Parse).ToArray();
        return (await db.Set<RoutineDefinition>().IgnoreQueryFilters([Crm.Data.Filters.SoftDelete]).AsNoTracking().Where(r => ids.Contains(r.Id)).Select(r => new { r.Id, r.Name }).ToListAsync(ct))
            .ToDictionary(r => r.Id.ToString(), r => new FieldOption(r.Id.ToString(), r.Name), StringComparer.OrdinalIgnoreCase);
    }
}

/// <summary>Titles of the stages that jobs stand at just now.</summary>
internal sealed class StageOptions(RoutinesDb db) : IFieldOptions
{
    private const int Most = 300;

    public string Source => "routines.stages";

    public async ValueTask<IReadOnlyList<FieldOption>?> AllAsync(string argument, CancellationToken ct) =>
        [.. (await db.Stages.AsNoTracking().Where(s => s.Status == StageStatus.Open).Select(s => s.Title).Distinct().OrderBy(t => t).Take(Most).ToListAsync(ct)).Select(t => new FieldOption(t, t))];

    public ValueTask<IReadOnlyDictionary<string, FieldOption>> FindAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct) =>
        new(values.Distinct().ToDictionary(v => v, v => new FieldOption(v, v)));
}

/// <summary>Into whose hands stages go: persons and roles.</summary>
internal sealed class HandsOptions(IUserDirectory users) : IFieldOptions
{
    public string Source => "routines.hands";

    public async ValueTask<IReadOnlyList<FieldOption>?> AllAsync(string argument, CancellationToken ct) =>
        [.. (await users.ActiveAsync(ct)).Select(u => new FieldOption(u.Id.ToString(), u.Name)), .. (await users.RolesAsync(ct)).Select(r => new FieldOption(r.Id.ToString(), r.Name))];

    public async ValueTask<IReadOnlyDictionary<string, FieldOption>> FindAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct)
    {
        var cards = await users.CardsAsync([.. values.Where(v => Guid.TryParse(v, out _)).Select(Guid.Parse)], ct);
        var roles = (await users.RolesAsync(ct)).Where(r => values.Contains(r.Id.ToString(), StringComparer.OrdinalIgnoreCase));
        return cards.Values.Select(u => new FieldOption(u.Id.ToString(), u.Name, Active: u.Active)).Concat(roles.Select(r => new FieldOption(r.Id.ToString(), r.Name))).ToDictionary(o => o.Value, StringComparer.OrdinalIgnoreCase);
    }
}
