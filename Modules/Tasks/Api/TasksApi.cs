using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Crm.Core;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Crm.Tasks.Features.AddTask;
using Crm.Tasks.Features.CancelTask;
using Crm.Tasks.Features.CompleteTask;
using Crm.Tasks.Features.DeleteTask;
using Crm.Tasks.Features.EditTask;
using Crm.Tasks.Features.ReferTask;
using Crm.Tasks.Features.ReopenTask;
using Crm.Tasks.Features.SetProgress;
using Crm.Tasks.Records;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tasks.Api;

/// <summary>A task as the API gives it.</summary>
internal sealed record TaskRecord(
    Guid Id, long Number, string Title, string? Description, string State, string Priority, int Weight, int Percent, DateTimeOffset? DueAt, int? RemindBefore, IReadOnlyList<Guid> AssigneeIds,
    Guid? ContactId, Guid? JobId, Guid? CreatedById, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? EndedAt, Guid? EndedById, string? EndNote, uint Version, [property: JsonIgnore] string? CustomJson) : IApiRecord
{
    /// <summary>Custom fields that this user sees, by key.</summary>
    public JsonObject Custom => CustomValues.Parse(CustomJson);

    public IApiRecord With(string customJson) => this with { CustomJson = customJson };
}

internal sealed record TaskInput(string? Title, string? Description, List<Guid>? AssigneeIds, DateTimeOffset? DueAt, int? RemindBefore, string? Priority, int? Weight, Guid? ContactId, Guid? JobId, JsonElement? Custom = null);

internal sealed record TaskNote(string? Note);

internal sealed record TaskReferral(List<Guid>? ToUserIds, string? Note);

internal sealed record TaskHistoryLine(Guid Id, DateTimeOffset At, string Kind, Guid? ByUserId, string? Note, IReadOnlyList<Guid> ToUserIds, IReadOnlyList<string> Fields, int? Percent);

internal sealed class TasksApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var tasks = api.MapGroup("/tasks").WithTags("Tasks");
        tasks.MapGet("/", ListAsync).Requires(TasksPermissions.See);
        tasks.MapPost("/", AddAsync).Requires(TasksPermissions.Add).Takes(typeof(TaskInput)).Gives(typeof(TaskRecord), StatusCodes.Status201Created);
        tasks.MapGet("/{id:guid}", GetAsync).Requires(TasksPermissions.See).Gives(typeof(TaskRecord));
        tasks.MapPatch("/{id:guid}", ChangeAsync).Requires(TasksPermissions.See).Takes(typeof(TaskInput)).Gives(typeof(TaskRecord));
        tasks.MapDelete("/{id:guid}", async (Guid id, IMediator mediator, HttpContext context, CancellationToken ct) =>
        {
            await mediator.Send(new DeleteTaskCommand(id, context.Request.IfMatch()), ct);
            return TypedResults.NoContent();
        }).Requires(TasksPermissions.See);
        tasks.MapGet("/{id:guid}/history", HistoryAsync).Requires(TasksPermissions.See);
        tasks.MapPost("/{id:guid}/complete", async (Guid id, TaskNote? body, IMediator mediator, TasksDb db, HttpContext context, CancellationToken ct) =>
            await AnswerAsync(db, await mediator.Send(new CompleteTaskCommand { Id = id, Note = PersianText.Clean(body?.Note, multiline: true) }, ct), context, ct)).Requires(TasksPermissions.See).Gives(typeof(TaskRecord));
        tasks.MapPost("/{id:guid}/cancel", async (Guid id, TaskNote? body, IMediator mediator, TasksDb db, HttpContext context, CancellationToken ct) =>
            await AnswerAsync(db, await mediator.Send(new CancelTaskCommand { Id = id, Note = PersianText.Clean(body?.Note, multiline: true) }, ct), context, ct)).Requires(TasksPermissions.See).Gives(typeof(TaskRecord));
        tasks.MapPost("/{id:guid}/reopen", async (Guid id, IMediator mediator, TasksDb db, HttpContext context, CancellationToken ct) =>
            await AnswerAsync(db, await mediator.Send(new ReopenTaskCommand(id), ct), context, ct)).Requires(TasksPermissions.See).Gives(typeof(TaskRecord));
        tasks.MapPost("/{id:guid}/refer", async (Guid id, TaskReferral body, IMediator mediator, TasksDb db, HttpContext context, CancellationToken ct) =>
            await AnswerAsync(db, await mediator.Send(new ReferTaskCommand { Id = id, ToUserIds = body.ToUserIds ?? [], Note = PersianText.Clean(body.Note, multiline: true) }, ct), context, ct)).Requires(TasksPermissions.See).Gives(typeof(TaskRecord));
    }

    private static async Task<ApiPage<object>> ListAsync(ApiQuery query, HttpContext http, TasksDb db, RecordLists lists, ICustomFields custom, ICurrentUser me, CancellationToken ct)
    {
        query.OnlyFilters([.. new[] { "show", "state", "contactId", "assigneeId", "jobId", "priority" }.Where(f => !me.Hides(TasksRights.Tasks, f))]);
        var choices = new Dictionary<string, string> { ["show"] = Option(query, "show", "all"), ["state"] = Option(query, "state", "any") };
        var conditions = new List<FilterItem>().Is("contact", Id(query, "contactId")).Is("user", Id(query, "assigneeId")).Is("job", Id(query, "jobId"));
        if (query.Filters.TryGetValue("priority", out var priority)) conditions.Is("priority", Priority(priority, "filter[priority]"));
        // dueAt is the usual order; where only ended tasks are asked for it goes by their end.
        var ended = choices["state"] is "done" or "cancelled";
        if (query is { Sort: "dueAt", Descending: true }) throw new InvalidInput("sort", "This list has no such order.");
        if (ended && query.Sort == "dueAt") query = query with { Sort = null };
        var part = await lists.PartAsync(TaskRecords.RecordKey, query, http, conditions, [(ended ? "-dueAt" : "dueAt", ended ? "endedAt" : "dueAt"), ("createdAt", "number")], choices, ct);
        return part.Page(await custom.SeenAsync(await Records(db.Visible().Where(t => part.Ids.Contains(t.Id))).ToListAsync(ct), TasksRights.Of, me, ct));
    }

    // The words of the list's own choices, strictly: what can't be understood is said.
    private static string Option(ApiQuery query, string name, string otherwise)
    {
        if (!query.Filters.TryGetValue(name, out var text)) return otherwise;
        return TaskRecords.All.First(c => c.Parameter == name).Options.FirstOrDefault(o => string.Equals(o.Key, text, StringComparison.OrdinalIgnoreCase))?.Key ?? throw new InvalidInput($"filter[{name}]", "Choose one of the list.");
    }

    private static async Task<IResult> AddAsync(Patch patch, IMediator mediator, TasksDb db, HttpContext context, CancellationToken ct)
    {
        ClosedInputs.Refuse(patch.Has, TasksRights.Of, context.RequestServices.GetRequiredService<ICurrentUser>(), adding: true);
        var body = new TaskInput(
            patch.Get<string>("title", null), patch.Get<string>("description", null), patch.Get<List<Guid>>("assigneeIds", null), patch.Get<DateTimeOffset?>("dueAt", null), patch.Get<int?>("remindBefore", null), patch.Get<string>("priority", null),
            patch.Get<int?>("weight", null), patch.Get<Guid?>("contactId", null), patch.Get<Guid?>("jobId", null), patch.Has("custom") ? patch.Get<JsonElement>("custom", default) : null);
        var id = await mediator.Send(new AddTaskCommand
        {
            Title = PersianText.Clean(body.Title), Description = PersianText.Clean(body.Description, multiline: true), AssigneeIds = body.AssigneeIds ?? [], DueAt = body.DueAt, RemindBefore = body.RemindBefore,
            Priority = Priority(body.Priority) ?? TaskPriority.Normal, Weight = body.Weight ?? 1, ContactId = body.ContactId, JobId = body.JobId,
            Custom = body.Custom is { } custom ? CustomValues.Input(custom) : [], WholeForm = false,
        }, ct);
        var record = await FindAsync(db, id, ct);
        return ApiExtensions.Created(context, $"/api/v1/tasks/{id}", await ShownAsync(record, context, ct), record.Version);
    }

    private static Task<IResult> GetAsync(Guid id, TasksDb db, HttpContext context, CancellationToken ct) => AnswerAsync(db, id, context, ct);

    private static async Task<IResult> ChangeAsync(Guid id, Patch patch, IMediator mediator, TasksDb db, HttpContext context, CancellationToken ct)
    {
        ClosedInputs.Refuse(patch.Has, TasksRights.Of, context.RequestServices.GetRequiredService<ICurrentUser>());
        var was = await FindAsync(db, id, ct);
        var command = new EditTaskCommand
        {
            Id = id, Version = context.Request.IfMatch(was.Version), Title = PersianText.Clean(patch.Get("title", was.Title)), Description = PersianText.Clean(patch.Get("description", was.Description), multiline: true),
            AssigneeIds = patch.Get<List<Guid>>("assigneeIds", [.. was.AssigneeIds]) ?? [], DueAt = patch.Get("dueAt", was.DueAt), RemindBefore = patch.Get("remindBefore", was.RemindBefore),
            Priority = Priority(patch.Get("priority", was.Priority)) ?? TaskPriority.Normal, Weight = patch.Get("weight", was.Weight), ContactId = patch.Get("contactId", was.ContactId),
            Custom = patch.Has("custom") ? CustomValues.Input(patch.Get<JsonElement>("custom", default)) : [], WholeForm = false,
        };
        if (patch.Has("percent"))
        {
            // One save a command: the percentage alone, or the rest alone.
            if (PatchedOthers(patch)) throw new InvalidInput("percent", "Send the progress in a request of its own.");
            await mediator.Send(new SetProgressCommand { Id = id, Percent = patch.Get("percent", was.Percent) }, ct);
        }
        else
        {
            await mediator.Send(command, ct);
        }

        return await AnswerAsync(db, id, context, ct);
    }

    private static async Task<IReadOnlyList<TaskHistoryLine>> HistoryAsync(Guid id, TasksDb db, ICurrentUser me, CancellationToken ct)
    {
        if (!await db.Visible().AnyAsync(t => t.Id == id, ct)) throw new NotFound("task", id);
        var entries = await db.Entries.AsNoTracking().Where(e => e.TaskId == id).OrderBy(e => e.At).ThenBy(e => e.Id).ToListAsync(ct);
        return [.. entries.Where(e => e.IsShownTo(me)).Select(e => new TaskHistoryLine(e.Id, e.At, e.Kind.ToString().ToLowerInvariant(), e.ByUserId, e.NoteFor(me), e.ToUserIds, e.Fields, e.Percent))];
    }

    private static bool PatchedOthers(Patch patch) =>
        Array.Exists(["title", "description", "assigneeIds", "dueAt", "remindBefore", "priority", "weight", "contactId", "custom"], patch.Has);

    private static async Task<IResult> AnswerAsync(TasksDb db, Guid id, HttpContext context, CancellationToken ct)
    {
        var record = await FindAsync(db, id, ct);
        return ApiExtensions.Record(context, await ShownAsync(record, context, ct), record.Version);
    }

    private static async Task<object> ShownAsync(TaskRecord record, HttpContext context, CancellationToken ct) =>
        (await context.RequestServices.GetRequiredService<ICustomFields>().SeenAsync([record], TasksRights.Of, context.RequestServices.GetRequiredService<ICurrentUser>(), ct))[record.Id];

    private static async Task<TaskRecord> FindAsync(TasksDb db, Guid id, CancellationToken ct) =>
        await Records(db.Visible().Where(t => t.Id == id)).FirstOrDefaultAsync(ct) ?? throw new NotFound("task", id);

    private static IQueryable<TaskRecord> Records(IQueryable<WorkTask> tasks) => tasks.AsNoTracking().Select(t => new TaskRecord(
        t.Id, t.Number, t.Title, t.Description, t.State.ToString().ToLower(), t.Priority.ToString().ToLower(), t.Weight, t.Percent, t.DueAt, t.RemindBefore, t.Assignees.Select(a => a.UserId).ToList(),
        t.ContactId, t.JobId, t.CreatedBy, t.CreatedAt, t.UpdatedAt, t.EndedAt, t.EndedBy, t.EndNote, t.Version, t.Custom));

    private static TaskPriority? Priority(string? text, string field = "priority") =>
        text is null ? null : Enum.TryParse<TaskPriority>(text, ignoreCase: true, out var p) && Enum.IsDefined(p) ? p : throw new InvalidInput(field, "Choose one of the list.");

    private static Guid? Id(ApiQuery query, string name) =>
        !query.Filters.TryGetValue(name, out var text) ? null : Guid.TryParse(text, out var id) ? id : throw new InvalidInput($"filter[{name}]", "This value can't be taken.");
}
