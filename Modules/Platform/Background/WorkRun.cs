using System.Data.Common;
using System.Text.Json;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Files;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Platform.Background;

internal sealed class WorkRun(ClaimedWork work, WorkKind kind, WorkTable table, IServiceProvider services, CurrentUser user) : BackgroundRun
{
    /// <summary>Owner of result files.</summary>
    public const string FileOwner = "platform.work";

    private readonly IServiceScopeFactory _scopes = services.GetRequiredService<IServiceScopeFactory>();
    private readonly DiskRoom _room = services.GetRequiredService<DiskRoom>();
    private string? _checkpoint = work.Checkpoint;

    public long Done { get; private set; } = work.Done;

    public long? Total { get; private set; } = work.Total;

    public string? ResultText { get; private set; }

    public string? Url { get; private set; }

    public StoredFile? File { get; private set; }

    public bool CancelSeen { get; set; } = work.Cancel_Requested;

    public override Guid Id => work.Id;

    public override ICurrentUser User => user;

    public override DateTimeOffset CreatedAt => work.Created_At;

    public override bool IsCancelRequested => CancelSeen;

    public override T Args<T>() => JsonSerializer.Deserialize<T>(work.Args, WorkJson.Options)!;

    public override T? Checkpoint<T>() where T : class => _checkpoint is null ? null : JsonSerializer.Deserialize<T>(_checkpoint, WorkJson.Options);

    public override Task SaveCheckpointAsync<T>(T checkpoint, CancellationToken ct) => CheckpointAsync(JsonSerializer.Serialize(checkpoint, WorkJson.Options), null, null, ct);

    public override Task SaveCheckpointAsync<T>(T checkpoint, DbConnection connection, DbTransaction transaction, CancellationToken ct) =>
        CheckpointAsync(JsonSerializer.Serialize(checkpoint, WorkJson.Options), connection, transaction, ct);

    public override Task ReportAsync(long done, long? total = null)
    {
        (Done, Total) = (done, total ?? Total);
        if (CancelSeen && !kind.EndsItself) throw new BackgroundCancelled();
        DemandRoom();
        return Task.CompletedTask;
    }

    public override async Task<Guid> ResultFileAsync(string name, Stream content, CancellationToken ct)
    {
        var most = services.GetRequiredService<IConfiguration>().GetValue("Crm:Work:MaxResultSize", 2L * 1024 * 1024 * 1024);
        File = await services.GetRequiredService<FileStore>().SaveBigAsync(FileOwner, Id, "", name, content, most, ct);
        return File.Id;
    }

    public override void Result(string text, params object?[] args) => ResultText = WorkJson.Text(text, args);

    public override void ResultUrl(string path) => Url = path is ['/', ..] && !path.StartsWith("//", StringComparison.Ordinal) ? path : throw new ArgumentException("A path of this application.", nameof(path));

    public override async Task<T> InScopeAsync<T>(Func<IServiceProvider, Task<T>> act)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var inner = scope.ServiceProvider.GetRequiredService<CurrentUser>();
        if (user.Access is { } access) inner.Become(access, user.Through);
        else inner.BecomeSystem(user.Name, work.Branch_Id);
        return await act(scope.ServiceProvider);
    }

    // Before a checkpoint: what it would commit is done again when there is room.
    private void DemandRoom()
    {
        if (!CancelSeen) _room.Demand();
    }

    private async Task CheckpointAsync(string checkpoint, DbConnection? connection, DbTransaction? transaction, CancellationToken ct)
    {
        DemandRoom();
        await table.CheckpointAsync(work, checkpoint, Done, Total, connection, transaction, ct);
        _checkpoint = checkpoint;
    }
}

/// <summary>A result file is its user's alone, as long as he may do such work.</summary>
internal sealed class WorkFiles(IBackgroundWork work, WorkKinds kinds, ICurrentUser me) : IFileOwner
{
    public string Owner => WorkRun.FileOwner;

    public string Permission => "";

    public async Task<bool> MaySeeAsync(Guid ownerId, CancellationToken ct) =>
        await work.FindAsync(ownerId, ct) is { } run && kinds.Find(run.Key) is { } kind && (kind.Permission is null || me.Can(kind.Permission));
}
