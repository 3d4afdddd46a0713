using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Platform.Api;

internal sealed record WorkRecord(Guid Id, string Key, string Title, string? About, BackgroundStage Stage, long Done, long? Total, string? Result, string? Problem, string? File, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt);

internal sealed class WorkApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api) =>
        api.MapGet("/work/{id:guid}", async (Guid id, IBackgroundWork work, CancellationToken ct) =>
        {
            var run = await work.FindAsync(id, ct) ?? throw new NotFound("work", id);
            return new WorkRecord(run.Id, run.Key, run.Title, run.About, run.Stage, run.Done, run.Total, run.Result, run.Problem, run.FileId is { } file ? $"/files/{file}" : null, run.CreatedAt, run.StartedAt, run.EndedAt);
        }).WithTags("Background work").SignedIn();
}
