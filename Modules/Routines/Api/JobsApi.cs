using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.DoStage;
using Crm.Routines.Features.Forms;
using Crm.Routines.Features.Incidents;
using Crm.Routines.Features.JobRail;
using Crm.Routines.Features.JobSteering;
using Crm.Routines.Features.JobTrace;
using Crm.Routines.Features.StartJob;
using Crm.Routines.Records;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Api;

internal sealed record JobRecord(Guid Id, long Number, string Title, Guid RoutineId, Guid VersionId, string RoutineName, Guid? ContactId, Guid BranchId, string Status, bool Suspended, Guid? StartedBy, IReadOnlyList<Guid> AgentIds, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? EndedBecause, uint Version)
{
    public IReadOnlyList<JobStepRecord>? Steps { get; init; }
}

/// <summary>A stage the job stands at.</summary>
internal sealed record JobStepRecord(Guid Id, string Title, DateTimeOffset Since, DateTimeOffset? DueAt, bool Late, IReadOnlyList<Guid> UserIds, IReadOnlyList<Guid> RoleIds, IReadOnlyList<string> Outcomes, IReadOnlyList<FormField> Fields);

internal sealed record StartJobBody(Guid? RoutineId, Guid? ContactId, string? Title, List<Guid>? AgentIds, JsonObject? Input);

internal sealed record CompleteStepBody(string? Outcome, JsonObject? Answers, string? Note);

internal sealed record AssignStepBody(List<Guid>? UserIds, string? Why);

internal sealed record ReasonBody(string? Reason);

/// <param name="Fields">The fields in order.</param>
/// <param name="Design">Sections, conditions and all: the draft.</param>
/// <param name="Published">Number of the version that is given out; null for none.</param>
internal sealed record FormRecord(Guid Id, string Name, string? Description, bool ForCustomers, IReadOnlyList<FormField> Fields, FormDesign Design, int? Published, uint Version);

internal sealed record FormBody(string? Name, string? Description, bool? ForCustomers, List<FormField>? Fields, FormDesign? Design);

internal sealed class JobsApi : IApiEndpoints
{
    public void Map(RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("jobs");
        jobs.MapGet("/", ListAsync).Requires(RoutinesPermissions.SeeJobs);
        jobs.MapPost("/", StartAsync).Requires(RoutinesPermissions.Start).Gives(typeof(JobRecord), StatusCodes.Status201Created);
        jobs.MapGet("/{id:guid}", GetAsync).Requires(RoutinesPermissions.SeeJobs).Gives(typeof(JobRecord));
        jobs.MapGet("/{id:guid}/trace", TraceAsync).Requires(RoutinesPermissions.SeeJobs);
        jobs.MapPost("/{id:guid}/steps/{stepId:guid}/complete", CompleteAsync).Requires(RoutinesPermissions.Work);
        jobs.MapPost("/{id:guid}/steps/{stepId:guid}/assign", AssignAsync).Requires(RoutinesPermissions.Steer);
        jobs.MapPost("/{id:guid}/suspend", (Guid id, ReasonBody? body, IMediator mediator, CancellationToken ct) => DoneAsync(mediator, new SuspendJobCommand { JobId = id, Reason = body?.Reason }, ct)).Requires(RoutinesPermissions.Steer);
        jobs.MapPost("/{id:guid}/resume", (Guid id, IMediator mediator, CancellationToken ct) => DoneAsync(mediator, new ResumeJobCommand(id), ct)).Requires(RoutinesPermissions.Steer);
        jobs.MapPost("/{id:guid}/end", (Guid id, ReasonBody? body, IMediator mediator, CancellationToken ct) => DoneAsync(mediator, new EndJobCommand { JobId = id, Reason = body?.Reason }, ct)).Requires(RoutinesPermissions.End);
        jobs.MapPost("/{id:guid}/incidents/{incidentId:guid}/retry", RetryAsync).Requires(RoutinesPermissions.Incidents);
        var forms = api.MapGroup("/forms").WithTags("forms");
        forms.MapGet("/", FormsAsync).Requires(RoutinesPermissions.Forms);
        forms.MapGet("/{id:guid}", FormAsync).Requires(RoutinesPermissions.Forms).Gives(typeof(FormRecord));
        forms.MapPost("/", AddFormAsync).Requires(RoutinesPermissions.Forms).Gives(typeof(FormRecord), StatusCodes.Status201Created);
        forms.MapPatch("/{id:guid}", ChangeFormAsync).Requires(RoutinesPermissions.Forms).Takes(typeof(FormBody)).Gives(typeof(FormRecord));
        forms.MapDelete("/{id:guid}", async (Guid id, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new DeleteFormCommand(id), ct);
            return TypedResults.NoContent();
        }).Requires(RoutinesPermissions.Forms);
    }

    private static async Task<ApiPage<object>> ListAsync(ApiQuery query, HttpContext http, RoutinesDb db, RecordLists lists, CancellationToken ct)
    {
        query.OnlyFilters("show", "routineId", "agentId", "contactId", "stage");
        var conditions = new List<FilterItem>().Is("routine", Id("routineId")).Is("agent", Id("agentId")).Is("contact", Id("contactId")).Is("stage", query.Filters.GetValueOrDefault("stage"));
        // A job begins when it is made: two names of one moment.
        var part = await lists.PartAsync(JobRecords.RecordKey, query, http, conditions, [("-startedAt", "startedAt"), ("createdAt", "startedAt")], new Dictionary<string, string> { ["show"] = Show(query) }, ct);
        return part.Page((await db.Jobs.AsNoTracking().Where(j => part.Ids.Contains(j.Id)).ToListAsync(ct)).ToDictionary(j => j.Id, j => (object)Of(j)));

        Guid? Id(string name) => query.Filters.TryGetValue(name, out var text) ? Guid.TryParse(text, out var id) ? id : throw new InvalidInput($"filter[{name}]", "This value can't be taken.") : null;
    }

    private static string Show(ApiQuery query) => query.Filters.GetValueOrDefault("show") is not { Length: > 0 } show ? "all"
        : JobRecords.All[0].Options.FirstOrDefault(o => o.Key == show)?.Key ?? throw new InvalidInput("filter[show]", "Choose one of the list.");

    private static async Task<IResult> StartAsync(StartJobBody body, HttpContext context, IMediator mediator, RoutinesDb db, CancellationToken ct)
    {
        var id = await mediator.Send(new StartJobCommand { RoutineId = body.RoutineId ?? Guid.Empty, ContactId = body.ContactId, Title = body.Title, AgentIds = body.AgentIds ?? [], Input = body.Input }, ct);
        var job = await db.Jobs.FirstAsync(j => j.Id == id, ct);
        return ApiExtensions.Created(context, $"/api/v1/jobs/{id}", Of(job), job.Version);
    }

    private static async Task<IResult> GetAsync(Guid id, HttpContext context, RoutinesDb db, TimeProvider time, CancellationToken ct)
    {
        var job = await db.Jobs.AsNoTracking().FirstOrDefaultAsync(j => j.Id == id, ct) ?? throw new NotFound("job", id);
        var now = time.GetUtcNow();
        var stages = await db.Stages.AsNoTracking().Where(s => s.JobId == id && s.Status == StageStatus.Open).OrderBy(s => s.OpenedAt).ToListAsync(ct);
        var record = Of(job) with { Steps = [.. stages.Select(s => new JobStepRecord(s.Id, s.Title, s.OpenedAt, s.DueAt, s.DueAt < now, s.UserIds, s.RoleIds, s.Setup.Outcomes, s.Fields))] };
        return ApiExtensions.Record(context, record, job.Version);
    }

    private static async Task<IResult> TraceAsync(Guid id, RoutinesDb db, JobTraces traces, CancellationToken ct)
    {
        var job = await db.Jobs.AsNoTracking().FirstOrDefaultAsync(j => j.Id == id, ct) ?? throw new NotFound("job", id);
        var trace = await traces.OfAsync(job, ct);
        return TypedResults.Ok(new
        {
            items = trace.Steps.Select(s => new { s.Id, s.ActivityId, s.Title, s.Type, state = s.State.ToString(), s.StartedAt, s.EndedAt, s.Outcome, s.Message, s.Who, s.Note, answers = s.Answers.Select(a => new { a.Label, a.Value }), files = s.Files }),
        });
    }

    private static async Task<IResult> CompleteAsync(Guid id, Guid stepId, CompleteStepBody body, IMediator mediator, StageAccess stages, CancellationToken ct)
    {
        if ((await stages.LoadAsync(stepId, ct, tracked: false)).Job.Id != id) throw new NotFound("stage", stepId);
        var answers = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var (name, value) in body.Answers ?? [])
        {
            // Rows of a table are the one answer that has parts.
            if (value is JsonArray { Count: > 0 } rows && rows[0] is JsonObject)
                foreach (var (row, i) in rows.Select((r, i) => (r as JsonObject ?? [], i)))
                    foreach (var (column, cell) in row) answers[string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}.{i}.{column}")] = [cell?.ToString() ?? ""];
            else answers[name] = value is JsonArray list ? [.. list.Select(v => v?.ToString() ?? "")] : [value?.ToString() ?? ""];
        }

        await mediator.Send(new FinishStageCommand { StageId = stepId, Outcome = body.Outcome ?? "", Answers = answers, Note = body.Note }, ct);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> AssignAsync(Guid id, Guid stepId, AssignStepBody body, IMediator mediator, RoutinesDb db, CancellationToken ct)
    {
        if (!await db.Stages.AnyAsync(s => s.Id == stepId && s.JobId == id, ct)) throw new NotFound("stage", stepId);
        await mediator.Send(new AssignStageCommand { StageId = stepId, UserIds = body.UserIds ?? [], Why = body.Why }, ct);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> RetryAsync(Guid id, Guid incidentId, IMediator mediator, RoutinesDb db, CancellationToken ct)
    {
        if (!await db.Incidents.AnyAsync(i => i.Id == incidentId && i.JobId == id, ct)) throw new NotFound("incident", incidentId);
        await mediator.Send(new RetryIncidentsCommand { Ids = [incidentId] }, ct);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> DoneAsync(IMediator mediator, ICommand command, CancellationToken ct)
    {
        await mediator.Send(command, ct);
        return TypedResults.NoContent();
    }

    private static async Task<ApiPage<FormRecord>> FormsAsync(ApiQuery query, RoutinesDb db, CancellationToken ct) =>
        FewRecords.Page(query, (await db.Forms.AsNoTracking().ToListAsync(ct)).Select(Of), f => f.Id, f => f.Name);

    private static async Task<IResult> FormAsync(Guid id, HttpContext context, RoutinesDb db, CancellationToken ct)
    {
        var form = await db.Forms.AsNoTracking().FirstOrDefaultAsync(f => f.Id == id, ct) ?? throw new NotFound("form", id);
        return ApiExtensions.Record(context, Of(form), form.Version);
    }

    private static async Task<IResult> AddFormAsync(FormBody body, HttpContext context, IMediator mediator, RoutinesDb db, CancellationToken ct)
    {
        var id = await mediator.Send(new SaveFormCommand { Name = body.Name, Description = body.Description, ForCustomers = body.ForCustomers ?? false, Design = Text(body.Design, body.Fields), Plain = body.Design is null, Publish = body.Design is not null || body.Fields is { Count: > 0 } }, ct);
        var form = await db.Forms.FirstAsync(f => f.Id == id, ct);
        return ApiExtensions.Created(context, $"/api/v1/forms/{id}", Of(form), form.Version);
    }

    private static async Task<IResult> ChangeFormAsync(Guid id, Patch patch, HttpContext context, IMediator mediator, RoutinesDb db, CancellationToken ct)
    {
        var was = await db.Forms.AsNoTracking().FirstOrDefaultAsync(f => f.Id == id, ct) ?? throw new NotFound("form", id);
        await mediator.Send(new SaveFormCommand
        {
            Id = id, Version = context.Request.IfMatch(was.Version), Name = patch.Get("name", was.Name), Description = patch.Get("description", was.Description), ForCustomers = patch.Get("forCustomers", was.ForCustomers),
            Design = Text(patch.Get<FormDesign?>("design", null), patch.Get<List<FormField>?>("fields", null)) ?? was.FieldsJson, Plain = patch.Get<FormDesign?>("design", null) is null && patch.Get<List<FormField>?>("fields", null) is not null, Publish = was.PublishedVersionId is not null || !was.Design.IsEmpty || patch.Get<List<FormField>?>("fields", null) is not null || patch.Get<FormDesign?>("design", null) is not null,
        }, ct);
        db.ChangeTracker.Clear();
        return await FormAsync(id, context, db, ct);
    }

    private static string? Text(FormDesign? design, List<FormField>? fields) => design?.Write() ?? (fields is null ? null : FormDesign.Flat(fields).Write());

    private static JobRecord Of(Job j) => new(j.Id, j.Number, j.Title, j.RoutineId, j.VersionId, j.RoutineName, j.ContactId, j.BranchId, j.Status.ToString().ToLowerInvariant(), j.Paused, j.StartedBy, j.AgentIds, j.StartedAt, j.EndedAt, j.EndedBecause, j.Version);

    private static FormRecord Of(Form f) => new(f.Id, f.Name, f.Description, f.ForCustomers, [.. f.Design.Fields], f.Design, f.PublishedNumber, f.Version);
}
