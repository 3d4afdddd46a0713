using Crm.Core;
using Crm.Web;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Platform.Lists;

/// <param name="Record">Key of the record.</param>
/// <param name="Query">Query string of the list whose rows are meant.</param>
/// <param name="Ids">The chosen ones; null for all that match.</param>
/// <param name="Field">The field to set; null to delete.</param>
/// <param name="Values">What it is set to.</param>
internal sealed record BulkArguments(string Record, string Query, IReadOnlyList<Guid>? Ids, string? Field, IReadOnlyList<string> Values);

internal sealed record BulkCheckpoint(Guid? After, long Done, long Changed, long Refused);

/// <summary>Changes or deletes many rows, a batch per command: rules, history and events are those of a form. Rows are taken in the order of their ids, so that a run that is taken up again goes on behind the last one.</summary>
internal sealed class BulkJob : IBackgroundJob
{
    public const string JobKey = "platform.bulk-change";
    public string Key => JobKey;

    public string Title => "Change of many records";

    public async Task RunAsync(BackgroundRun run, CancellationToken ct)
    {
        var args = run.Args<BulkArguments>();
        var at = run.Checkpoint<BulkCheckpoint>() ?? new(null, 0, 0, 0);
        var total = await run.InScopeAsync(s => CountAsync(s, args, ct));
        string? problem = null;
        while (true)
        {
            var ids = await run.InScopeAsync(s => NextAsync(s, args, at.After, ct));
            if (ids.Count == 0) break;
            var came = await OneByOne.ApplyAsync(ids, some => run.InScopeAsync(s => ApplyAsync(s, args, some, ct)));
            problem ??= came.Reason;
            at = at with { After = ids[^1], Done = at.Done + ids.Count, Changed = at.Changed + came.Changed, Refused = at.Refused + came.Refused };
            await run.SaveCheckpointAsync(at, ct);
            await run.ReportAsync(at.Done, Math.Max(total, at.Done));
        }

        if (at.Refused > 0) run.Result("{0} records changed, {1} refused: {2}", at.Changed, at.Refused, problem ?? "");
        else run.Result(args.Field is null ? "{0} records deleted." : "{0} records changed.", at.Changed);
    }

    private static async Task<long> CountAsync(IServiceProvider services, BulkArguments args, CancellationToken ct)
    {
        if (args.Ids is { } ids) return ids.Count;
        var (type, query) = await QueryAsync(services, args, ct);
        return await services.GetRequiredService<IRecordReader>().CountAsync(type, query, long.MaxValue, ct);
    }

    private static async Task<IReadOnlyList<Guid>> NextAsync(IServiceProvider services, BulkArguments args, Guid? after, CancellationToken ct)
    {
        if (args.Ids is { } chosen) return [.. chosen.Order().Where(id => after is null || id.CompareTo(after.Value) > 0).Take(Changes(services, args).Most)];
        var (type, query) = await QueryAsync(services, args, ct);
        return await services.GetRequiredService<IRecordReader>().IdsAsync(type, query, after, Changes(services, args).Most, ct);
    }

    private static IRecordChanges Changes(IServiceProvider services, BulkArguments args) =>
        services.GetServices<IRecordChanges>().FirstOrDefault(c => c.Record == args.Record) ?? throw new NotFound("record changes", args.Record);

    private static Task<int> ApplyAsync(IServiceProvider services, BulkArguments args, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        var changes = Changes(services, args);
        return args.Field is { } field ? changes.SetAsync(ids, field, args.Values, ct) : changes.DeleteAsync(ids, ct);
    }

    private static async Task<(IRecordType Type, RecordQuery Query)> QueryAsync(IServiceProvider services, BulkArguments args, CancellationToken ct)
    {
        var lists = services.GetRequiredService<RecordLists>();
        var type = lists.Type(args.Record);
        return (type, await lists.QueryAsync(type, args.Query, ct));
    }
}
