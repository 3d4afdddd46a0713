using System.Diagnostics;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Runtime;

/// <summary>An HTTP endpoint that starts a routine.</summary>
internal sealed record DoorOfRoutine(Guid RoutineId, string ActivityId, string Path, HttpDoor Door);

/// <summary>
/// The addresses that start routines, kept for a moment. An address that is not known is looked for anew at once; one that was taken away is known a moment longer, and the start then finds nothing published.
/// </summary>
internal sealed class HttpDoors(IServiceScopeFactory scopes)
{
    public const string TypeName = "Elsa.HttpEndpoint";
    private static readonly TimeSpan s_keep = TimeSpan.FromSeconds(2);

    private IReadOnlyList<DoorOfRoutine> _doors = [];
    private long _readAt;

    /// <summary>The doors that a request means, and the values of the parts in braces.</summary>
    public async Task<IReadOnlyList<(DoorOfRoutine Door, IReadOnlyDictionary<string, string> Route)>> FindAsync(string method, string address, CancellationToken ct)
    {
        var stale = _readAt == 0 || Stopwatch.GetElapsedTime(_readAt) > s_keep;
        if (stale) await ReadAsync(ct);
        var found = Match(method, address);
        if (found.Count > 0 || stale) return found;
        await ReadAsync(ct);
        return Match(method, address);
    }

    /// <summary>Methods that an address answers to; empty when nobody is there.</summary>
    public IReadOnlyList<string> MethodsOf(string address) => [.. _doors.Where(d => HttpPaths.Match(d.Path, address) is not null).SelectMany(d => d.Door.Methods).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private List<(DoorOfRoutine, IReadOnlyDictionary<string, string>)> Match(string method, string address)
    {
        List<(DoorOfRoutine Door, IReadOnlyDictionary<string, string> Route)> found = [];
        foreach (var door in _doors)
            if (door.Door.Methods.Contains(method) && HttpPaths.Match(door.Path, address) is { } route) found.Add((door, route));
        // A fixed address is meant rather than one with places.
        return found.Count > 1 && found.Any(f => f.Route.Count == 0) ? [.. found.Where(f => f.Route.Count == 0)] : found;
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("routines: addresses of HTTP endpoints");
        var rows = await scope.ServiceProvider.GetRequiredService<RoutinesDb>().Set<RoutineTrigger>().AsNoTracking().Where(t => t.Type == TypeName && t.EventName != null && t.ActivityId != null).OrderBy(t => t.Id).ToListAsync(ct);
        _doors = [.. rows.Select(t => new DoorOfRoutine(t.RoutineId, t.ActivityId!, t.EventName!, HttpDoor.Read(HttpDoor.Of(JsonNode.Parse(t.Inputs)!.AsObject()))))];
        _readAt = Stopwatch.GetTimestamp();
    }
}
