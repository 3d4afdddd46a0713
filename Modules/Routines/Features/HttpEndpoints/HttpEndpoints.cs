using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Crm.Web;
using Crm.Workflows;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Routines.Features.HttpEndpoints;

/// <summary>
/// The addresses of HTTP endpoints drawn in routines. Public, because who may come in stands on the endpoint: a secret, a user's token, or anybody. A request and the step it makes are one
/// transaction; the answer goes out after its commit.
/// </summary>
internal sealed class HttpEndpoints : IModuleEndpoints
{
    public const string Root = "/workflows";
    private const int UsualSize = 1024 * 1024, LargestSize = 10 * 1024 * 1024, AtOnce = 64, Looked = 100;
    private static readonly TimeSpan s_usualWait = TimeSpan.FromSeconds(30), s_longestWait = TimeSpan.FromMinutes(2);
    private static readonly SemaphoreSlim s_places = new(AtOnce);
    private static readonly HashSet<string> s_confidential = new(StringComparer.OrdinalIgnoreCase) { "authorization", "cookie", "proxy-authorization", "x-crm-secret" };

    public void Map(IEndpointRouteBuilder routes) =>
        routes.Map(Root + "/{**path}", HandleAsync).WithMetadata(new PublicAttribute()).DisableAntiforgery().ExcludeFromDescription();

    private static async Task HandleAsync(HttpContext context, HttpDoors doors, ICurrentUser user)
    {
        var ct = context.RequestAborted;
        var address = context.Request.RouteValues["path"]?.ToString() ?? "";
        var found = await doors.FindAsync(context.Request.Method, address, ct);
        if (found.Count > 1)
        {
            await Problems.WriteAsync(context, StatusCodes.Status409Conflict, Texts.Get("Several routines answer to this address."));
            return;
        }

        var waiting = found.Count == 0 ? await WaitingAsync(context, address, ct) : null;
        if (found.Count == 0 && waiting is null)
        {
            if (doors.MethodsOf(address) is { Count: > 0 } methods)
            {
                context.Response.Headers.Allow = string.Join(", ", methods);
                await Problems.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, Texts.Get("This address does not answer to this method."));
            }
            else
            {
                await Problems.WriteAsync(context, StatusCodes.Status404NotFound, Texts.Get("There is no such address."));
            }

            return;
        }

        var door = waiting?.Door ?? found[0].Door.Door;
        if (!await MayEnterAsync(context, door, user)) return;
        if (!await s_places.WaitAsync(TimeSpan.FromSeconds(2), ct))
        {
            context.Response.Headers.RetryAfter = "2";
            await Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, Texts.Get("Too many requests at once. Try again in a moment."));
            return;
        }

        try
        {
            var payload = await PayloadAsync(context, waiting?.Route ?? found[0].Route, door, ct);
            if (payload is null) return;
            // Where no token is asked for, a cookie that came along makes nobody the one who started it.
            await EnterAsync(context, found.Count == 0 ? null : found[0].Door, waiting, door, payload, door.Authorize || door.Policy is not null ? user.Id : null);
        }
        finally
        {
            s_places.Release();
        }
    }

    /// <summary>An endpoint in the middle of a running job.</summary>
    private static async Task<WaitingDoor?> WaitingAsync(HttpContext context, string address, CancellationToken ct)
    {
        var job = Named(context, "x-workflow-instance-id", "workflowInstanceId") is { } text && Guid.TryParse(text, out var id) ? id : (Guid?)null;
        var correlation = Named(context, "x-correlation-id", "correlationId");
        await using var scope = context.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("routines: HTTP endpoint of a job");
        var db = scope.ServiceProvider.GetRequiredService<RoutinesDb>();
        var first = HttpPaths.Normal(address);
        // Drawings have few addresses, however many jobs wait at one.
        var drawn = await db.Set<BookmarkRow>().AsNoTracking().Where(b => b.Kind == BookmarkKind.Http && (b.Name == first || b.Name!.Contains("{"))).Select(b => b.Name!).Distinct().ToListAsync(ct);
        var fitting = drawn.Where(name => HttpPaths.Match(name, address) is not null).ToArray();
        if (fitting.Length == 0) return null;
        var rows = db.Set<BookmarkRow>().AsNoTracking().Where(b => b.Kind == BookmarkKind.Http && fitting.Contains(b.Name!))
            .Join(db.Jobs.IgnoreQueryFilters([Filters.Scope]), b => b.JobId, j => j.Id, (b, j) => new { b.Id, b.JobId, b.Name, j.CorrelationId })
            .Where(r => (job == null || r.JobId == job) && (correlation == null || r.CorrelationId == correlation));
        WaitingDoor? found = null;
        var last = Guid.Empty;
        while (true)
        {
            var some = await rows.Where(r => r.Id > last).OrderBy(r => r.Id).Take(Looked).Join(db.Set<JobState>(), r => r.JobId, s => s.JobId, (r, s) => new { r.Id, r.JobId, r.Name, s.State }).OrderBy(r => r.Id).ToListAsync(ct);
            foreach (var row in some)
            {
                if (WorkflowState.Parse(row.State).Bookmarks.FirstOrDefault(b => b.Id == row.Id)?.Payload is not JsonObject shape || HttpDoor.Read(shape) is not { } door || !door.Methods.Contains(context.Request.Method)) continue;
                if (found is not null) throw new RuleBroken("http.several-jobs", "Several jobs wait at this address: name the job or its correlation id.");
                found = new WaitingDoor(row.JobId, row.Id, HttpPaths.Match(row.Name!, address)!, door);
            }

            if (some.Count < Looked) return found;
            last = some[^1].Id;
        }
    }

    private static async Task<bool> MayEnterAsync(HttpContext context, HttpDoor door, ICurrentUser user)
    {
        if (!door.Knows(context.Request.Headers["X-Crm-Secret"].ToString()))
        {
            await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, Texts.Get("The secret is missing or wrong."));
            return false;
        }

        if (!door.Authorize && door.Policy is null) return true;
        // A cookie alone says nothing: another site could have sent it along.
        if (user.Id is null || !context.Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, Texts.Get("A token is needed."));
            return false;
        }

        if (door.Policy is not { Length: > 0 } right || user.Can(right)) return true;
        await Problems.WriteAsync(context, StatusCodes.Status403Forbidden, Texts.Get("You may not do this."));
        return false;
    }

    /// <summary>What the endpoint gives to the routine; null when the request cannot be taken, and was told so.</summary>
    private static async Task<JsonObject?> PayloadAsync(HttpContext context, IReadOnlyDictionary<string, string> route, HttpDoor door, CancellationToken ct)
    {
        var request = context.Request;
        var limit = Math.Min(door.SizeLimit ?? UsualSize, LargestSize);
        if (request.ContentLength > limit)
        {
            await Problems.WriteAsync(context, StatusCodes.Status413PayloadTooLarge, Texts.Get("The request is too big."));
            return null;
        }

        using var body = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int n;
        while ((n = await request.Body.ReadAsync(chunk, ct)) > 0)
        {
            if (body.Length + n > limit)
            {
                await Problems.WriteAsync(context, StatusCodes.Status413PayloadTooLarge, Texts.Get("The request is too big."));
                return null;
            }

            body.Write(chunk, 0, n);
        }

        JsonNode? content = null;
        if (body.Length > 0)
        {
            var type = request.ContentType?.Split(';')[0].Trim() ?? "";
            var text = Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length).Replace("\0", "", StringComparison.Ordinal);
            if (type.EndsWith("json", StringComparison.OrdinalIgnoreCase))
            {
                try
                {
                    content = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 32 });
                }
                catch (JsonException)
                {
                    await Problems.WriteAsync(context, StatusCodes.Status400BadRequest, Texts.Get("The body is not JSON."));
                    return null;
                }
            }
            else if (type.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
            {
                content = Object(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(text).Take(1000).Select(f => new KeyValuePair<string, string?[]>(f.Key, [.. f.Value])));
            }
            else if (type.Length == 0 || type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || type.EndsWith("xml", StringComparison.OrdinalIgnoreCase))
            {
                content = JsonValue.Create(text);
            }
            else
            {
                await Problems.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, Texts.Get("JSON, a form or text is expected."));
                return null;
            }
        }

        var query = Object(request.Query.Select(q => new KeyValuePair<string, string?[]>(q.Key, [.. q.Value])));
        var headers = Object(request.Headers.Where(h => !s_confidential.Contains(h.Key)).Select(h => new KeyValuePair<string, string?[]>(h.Key, [.. h.Value])));
        var places = new JsonObject();
        foreach (var (name, value) in route) places[name] = value;
        return new JsonObject
        {
            ["parsedContent"] = content, ["routeData"] = places, ["queryStringData"] = query, ["headers"] = headers,
            ["result"] = new JsonObject { ["method"] = request.Method, ["path"] = request.Path.Value, ["content"] = content?.DeepClone(), ["query"] = query.DeepClone(), ["route"] = places.DeepClone() },
        };
    }

    [BypassesSave("The request, the job it starts and its first step are one transaction, committed before anybody is answered.")]
    private static async Task EnterAsync(HttpContext context, DoorOfRoutine? start, WaitingDoor? waiting, HttpDoor door, JsonObject payload, Guid? by)
    {
        var ct = context.RequestAborted;
        await using var scope = context.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        var services = scope.ServiceProvider;
        services.GetRequiredService<CurrentUser>().BecomeSystem("routines: HTTP request");
        services.GetRequiredService<ModuleScope>().Command = "HttpEndpoint";
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var answers = services.GetRequiredService<HttpAnswers>();
        var db = services.GetRequiredService<RoutinesDb>();
        Guid jobId;
        Burst? burst;
        HttpAnswers.Wait? hears = null;
        RunnableRoutine? routine = null;
        JobFacts? facts = null;
        try
        {
            // From here on the caller may go away: what was accepted is carried through.
            await using (var transaction = await db.Database.BeginTransactionAsync(ct))
            {
                if (start is not null)
                {
                    routine = await services.GetRequiredService<IRoutineStore>().PublishedAsync(start.RoutineId, ct);
                    if (routine is null)
                    {
                        await Problems.WriteAsync(context, StatusCodes.Status404NotFound, Texts.Get("There is no such address."));
                        return;
                    }

                    // Who came with a secret or a token may say whom it is about.
                    var contact = door.SecretHash is not null || door.Authorize || door.Policy is not null ? await ContactAsync(services, payload, ct) : null;
                    var job = await services.GetRequiredService<JobStarter>().StartAsync(new NewJob
                    {
                        Routine = routine, ContactId = contact, BranchId = contact is null ? Branches.HeadOffice : null, StartedBy = by, Input = (payload["parsedContent"] as JsonObject)?.DeepClone().AsObject(), TriggerActivityId = start.ActivityId,
                        Payload = payload, CorrelationId = Named(context, "x-correlation-id", "correlationId"), MustStart = true, At = now,
                    }, ct);
                    jobId = job!.Id;
                    facts = JobFacts.Of(job, routine.VersionId);
                }
                else
                {
                    jobId = waiting!.JobId;
                    db.Add(new QueuedStimulus { JobId = jobId, At = now, Body = StimulusText.Write(new BookmarkResumed(waiting.BookmarkId, payload)) });
                }

                hears = answers.Listen(jobId);
                db.CarriesOn = true;
                await db.SaveChangesAsync(ct);
                burst = await services.GetRequiredService<BurstRunner>().RunWithinAsync((NpgsqlConnection)db.Database.GetDbConnection(), facts, jobId, now);
                await transaction.CommitAsync(CancellationToken.None);
            }

            services.GetRequiredService<OutboxSignal>().Pulse();
            if (burst is null || BurstRunner.NeedsOthers(burst)) services.GetRequiredService<RuntimeSignal>().Pulse();
            // Somebody else has the job in hand, or its answer stands further on: the caller waits for it.
            if (burst is null || (burst is { Response: null, Status: JobStatus.Running } && burst.Version.Routine.Workflow.AnswersRequests && BurstRunner.NeedsOthers(burst)))
            {
                var wait = door.Timeout is { } own ? own < s_longestWait ? own : s_longestWait : s_usualWait;
                burst = await hears.ForAsync(wait, ct) ?? burst;
            }
        }
        finally
        {
            hears?.Dispose();
        }

        await AnswerAsync(context, jobId, burst);
    }

    private static async Task AnswerAsync(HttpContext context, Guid jobId, Burst? burst)
    {
        var response = context.Response;
        response.Headers["x-elsa-workflow-instance-id"] = jobId.ToString("N");
        if (burst?.Response is { } answer)
        {
            response.StatusCode = answer.StatusCode;
            foreach (var (name, value) in answer.Headers ?? [])
            {
                var text = value is JsonArray several ? string.Join(", ", several.Select(s => s?.ToString())) : value?.ToString() ?? "";
                // What a browser would take as ours (cookies, where to go, what may run) is not a routine's to say.
                if (Allowed(name) && !text.AsSpan().ContainsAny("\r\n\0")) response.Headers[name] = text;
            }

            if (answer.Content is not { } content || response.StatusCode is 204 or 304) return;
            var isText = content is JsonValue v && v.TryGetValue<string>(out _);
            var type = answer.ContentType ?? (isText ? "text/plain" : "application/json");
            response.ContentType = type.Contains("charset", StringComparison.OrdinalIgnoreCase) || !type.AsSpan().Contains("text", StringComparison.OrdinalIgnoreCase) && !type.AsSpan().Contains("json", StringComparison.OrdinalIgnoreCase) ? type : type + "; charset=utf-8";
            // A page of a routine has no rights on our address: no scripts, no forms, no session.
            response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";
            await response.WriteAsync(isText ? content.GetValue<string>() : content.ToJsonString(StimulusText.Json), context.RequestAborted);
            return;
        }

        if (burst is { Status: JobStatus.Faulted })
        {
            await Problems.WriteAsync(context, StatusCodes.Status500InternalServerError, Texts.Get("The routine was stopped by an incident."));
            return;
        }

        response.StatusCode = burst is { State.IsOver: true } ? StatusCodes.Status200OK : StatusCodes.Status202Accepted;
        response.ContentType = "application/json; charset=utf-8";
        await response.WriteAsync(new JsonObject { ["workflowInstanceId"] = jobId.ToString("N") }.ToJsonString(), context.RequestAborted);
    }

    private static bool Allowed(string name) =>
        name.Length is > 0 and <= 100 && !name.AsSpan().ContainsAny(" \t\r\n:\0") && !name.StartsWith("Content-Security", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase)
        && name.ToLowerInvariant() is not ("set-cookie" or "clear-site-data" or "strict-transport-security" or "content-length" or "transfer-encoding" or "connection" or "refresh" or "service-worker-allowed" or "x-frame-options" or "x-content-type-options");

    private static async Task<Guid?> ContactAsync(IServiceProvider services, JsonObject payload, CancellationToken ct)
    {
        var named = JobData.IdOf((payload["parsedContent"] as JsonObject)?["contactId"]) ?? JobData.IdOf((payload["queryStringData"] as JsonObject)?["contactId"]) ?? JobData.IdOf((payload["routeData"] as JsonObject)?["contactId"]);
        if (named is not { } id) return null;
        return (await services.GetRequiredService<IContactDirectory>().CardsAsync([id], ct)).ContainsKey(id) ? id : throw new RuleBroken("http.no-contact", "There is no contact with this id.");
    }

    private static string? Named(HttpContext context, string header, string query) =>
        context.Request.Headers[header].ToString() is { Length: > 0 and <= 300 } h ? h : context.Request.Query[query].ToString() is { Length: > 0 and <= 300 } q ? q : null;

    private static JsonObject Object(IEnumerable<KeyValuePair<string, string?[]>> pairs)
    {
        var json = new JsonObject();
        foreach (var (name, values) in pairs) json[name] = values.Length == 1 ? values[0] : new JsonArray([.. values.Select(v => (JsonNode?)v)]);
        return json;
    }

    private sealed record WaitingDoor(Guid JobId, Guid BookmarkId, IReadOnlyDictionary<string, string> Route, HttpDoor Door);
}
