using System.Globalization;
using System.Text.Json;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Platform.Background;

/// <summary>What is known of a job without making one.</summary>
internal sealed record WorkKind(string Key, string Title, string? Permission, bool IsHeavy, bool EndsItself);

/// <summary>All kinds of long work, read once.</summary>
internal sealed class WorkKinds(IServiceScopeFactory scopes)
{
    private Dictionary<string, WorkKind>? _all;

    public IReadOnlyCollection<WorkKind> All => Read().Values;

    public WorkKind? Find(string key) => Read().GetValueOrDefault(key);

    private Dictionary<string, WorkKind> Read()
    {
        if (_all is { } all) return all;
        using var scope = scopes.CreateScope();
        // Two jobs of one key stop whoever asks first: the pump, at start.
        return _all = scope.ServiceProvider.GetServices<IBackgroundJob>().Select(j => new WorkKind(j.Key, j.Title, j.Permission, j.IsHeavy, j.EndsItself)).ToDictionary(k => k.Key);
    }
}

internal sealed class BackgroundWork(ModuleScope scope, PlatformDb db, WorkKinds kinds, ICurrentUser me) : IBackgroundWork
{
    // More than anybody needs; it keeps one user from filling the queue of all.
    private const int MaxOpen = 20;

    public async Task<Guid> StartAsync(string key, object? args, string? about, CancellationToken ct)
    {
        var kind = kinds.Find(key) ?? throw new InvalidOperationException($"No background job is called {key}.");
        if (kind.Permission is { } permission && !me.Can(permission)) throw new Forbidden(permission);
        if (me.Id is { } id && await db.Work.CountAsync(w => w.UserId == id && (w.Stage == BackgroundStage.Waiting || w.Stage == BackgroundStage.Running), ct) >= MaxOpen)
            throw new RuleBroken("work.too-much", "Too much of your work is waiting or under way. Wait until some of it is done.");
        var row = new BackgroundRow
        {
            Key = key, About = about is { Length: > 200 } ? about[..200] : about, Args = JsonSerializer.Serialize(args, WorkJson.Options), UserId = me.Id,
            BranchId = me.IsSystem && !me.SeesAllBranches ? me.HomeBranch : null, Stage = BackgroundStage.Waiting, CreatedAt = scope.Time.GetUtcNow(),
        };
        scope.Start(row);
        return row.Id;
    }

    public async Task<BackgroundState?> FindAsync(Guid id, CancellationToken ct) =>
        await Mine().FirstOrDefaultAsync(w => w.Id == id, ct) is { } row ? WorkJson.State(row, kinds) : null;

    public async Task<IReadOnlyList<BackgroundState>> OfAsync(string key, int take, CancellationToken ct) =>
        [.. (await Mine().Where(w => w.Key == key).OrderByDescending(w => w.Id).Take(take).ToListAsync(ct)).Select(w => WorkJson.State(w, kinds))];

    private IQueryable<BackgroundRow> Mine()
    {
        var (id, system) = (me.Id, me.IsSystem);
        return db.Work.AsNoTracking().Where(w => system || (id != null && w.UserId == id));
    }
}

/// <summary>Texts of a run are kept as key and arguments, so that they are read in the language of the moment.</summary>
internal static class WorkJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static string Text(string key, params object?[] args) =>
        JsonSerializer.Serialize(new Said(key, [.. args.Select(a => a is CrmException e ? e.Localized : Convert.ToString(a, CultureInfo.InvariantCulture) ?? "")]), Options);

    public static Said? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<Said>(json, Options);

    public static string? In(string language, string? json) =>
        Read(json) is { } said ? Texts.In(language, said.Text, [.. said.Args.Select(a => language == "fa" ? PersianText.PersianDigits(a) : a)]) : null;

    public static BackgroundState State(BackgroundRow w, WorkKinds kinds) => new(
        w.Id, w.Key, kinds.Find(w.Key) is { } kind ? Texts.Get(kind.Title) : w.Key, w.About, w.Stage, w.Done, w.Total, In(Texts.Language, w.Result), In(Texts.Language, w.Problem), w.Url, w.FileId, w.FileName,
        w.CancelRequested, w.CreatedAt, w.StartedAt, w.EndedAt);

    internal sealed record Said(string Text, string[] Args);
}
