using Crm.Core;
using Crm.Tasks.Contracts;
using Crm.Tasks.Features.Worklist;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Tasks.Api;

/// <summary>What waits, as the API gives it; <c>group</c> is late, today, thisWeek, later or someDay by the user's zone and calendar.</summary>
internal sealed record WorklistRecord(Guid Id, string Source, string Title, string Detail, Guid? ContactId, DateTimeOffset? DueAt, DateTimeOffset Since, string Url, string Group);

/// <param name="Items">In the order to do them.</param>
/// <param name="Next">Always null: it is one page.</param>
/// <param name="Kinds">How many wait in each source.</param>
internal sealed record WorklistAnswer(IReadOnlyList<WorklistRecord> Items, string? Next, IReadOnlyList<WorklistKind> Kinds);

internal sealed class WorklistApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api) => api.MapGet("/worklist", AnswerAsync).SignedIn().WithTags("Tasks");

    private static async Task<WorklistAnswer> AnswerAsync(ApiQuery query, IMediator mediator, ICurrentUser me, TimeProvider time, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var dates = DateView.Of(me.Access);
        var worklist = await mediator.Send(new LoadWorklistQuery(query.Filters.GetValueOrDefault("source")), ct);
        return new([.. worklist.Items.Select(i => Record(i, now, dates))], null, worklist.Kinds);
    }

    private static WorklistRecord Record(WorklistItem i, DateTimeOffset now, DateView dates) =>
        new(i.Id, i.Source, i.Title, i.Detail, i.ContactId, i.DueAt, i.Since, i.Url, System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(WorklistGroups.Of(i.DueAt, now, dates).ToString()));
}
