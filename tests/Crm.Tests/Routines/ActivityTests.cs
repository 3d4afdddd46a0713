using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Contacts.Features.ChangeContact;
using Crm.Core;
using Crm.Routines.Activities.Http;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Features.Incidents;
using Crm.Routines.Features.PressButton;
using Crm.Routines.Runtime;
using Crm.Workflows;
using FluentAssertions;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Crm.Tests.Routines.RoutinesApp;

namespace Crm.Tests.Routines;

/// <summary>An activity and a trigger that nobody in the application knows: one class each.</summary>
[Activity("Test.Shout", Title = "Shout", Description = "Shouts.", Category = "Test")]
internal sealed class Shout : Activity<ShoutInput>, IAsksOthers
{
    public static Func<int, bool> Breaks { get; set; } = _ => false;

    /// <summary>A word that nobody can shout.</summary>
    public const string Poison = "poison";

    private static int s_poisoned;

    /// <summary>How often it was tried.</summary>
    public static int Poisoned => s_poisoned;

    public override IReadOnlyList<Outcome> Outcomes => [Outcome.Done];

    protected override Task<ActivityResult> RunAsync(ShoutInput input, ActivityContext context, CancellationToken ct) => Breaks(context.Attempt) || (input.Word == Poison && Interlocked.Increment(ref s_poisoned) > 0)
        ? throw new TimeoutException("hoarse")
        : Task.FromResult(ActivityResult.Go(Outcome.Done, new JsonObject { ["said"] = input.Word.ToUpperInvariant(), ["attempt"] = context.Attempt }));
}

internal sealed record ShoutInput
{
    [Input("Word", Required = true)]
    public string Word { get; set; } = "";
}

internal sealed class Heard : ITriggerDeclaration
{
    public string Type => "Test.Heard";

    public string Title => "Heard";

    public string Description => "Somebody shouted.";

    public Type? InputType => null;

    public bool Matches(JsonObject inputs, JsonObject payload) => true;
}

/// <summary>With the two of the test beside those of the modules, registered as the scan does it.</summary>
public sealed class ActivityApp : RoutinesApp
{
    protected override void ConfigureServices(IServiceCollection services)
    {
        services.AddScoped<IActivity, Shout>();
        services.AddSingleton<ITriggerDeclaration, Heard>();
    }
}

/// <summary>Activities and triggers of the modules, and what reaches beyond one job: HTTP, webhooks, other routines, one at a time, retries.</summary>
public sealed partial class ActivityTests(ActivityApp app) : IClassFixture<ActivityApp>
{
    private static JsonObject Starting(JsonObject box)
    {
        box["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        return box;
    }

    private static JsonObject Line(string id, string js) => Box("Elsa.WriteLine", id, ("text", Value(js, "JavaScript", "String")));

    private Task<IReadOnlyList<string>> LinesAsync(Guid job) => app.QueryAsync<string>("select entry::jsonb ->> 'message' from routines.journal where job_id = @job and event = 'Completed' and entry::jsonb ->> 'activityType' = 'Elsa.WriteLine' order by seq", new { job });

    private Task<IReadOnlyList<Guid>> JobsAsync(Guid routine) => app.QueryAsync<Guid>("select id from routines.jobs where routine_id = @routine order by number", new { routine });

    private Task<Guid> PersonAsync(string name, Guid? owner = null, DateOnly? birthday = null) => app.SendAsync(new AddContactCommand { Kind = ContactKind.Person, FirstName = "Test", LastName = name, OwnerId = owner, Birthday = birthday });

    private Task<Guid> ValueAsync(string list, int place = 0) => app.InScopeAsync(async sp => (await sp.GetRequiredService<Crm.Contacts.Contracts.IBaseDataDirectory>().ListAsync(list, default))[place].Id);

    private async Task ForgetAsync(Guid routine) => await app.QueryAsync<int>("with t as (delete from routines.triggers where routine_id = @routine returning 1) select count(*)::int from t", new { routine });

    private async Task<List<Guid>> WorkersAsync(int count)
    {
        var tasks = await app.InScopeAsync(sp => Task.FromResult(sp.GetServices<IPermissionSource>().SelectMany(p => p.Permissions).Select(p => p.Key).Where(k => k.StartsWith("tasks.", StringComparison.Ordinal)).ToList()));
        var role = await app.SendAsync(new Crm.Platform.Features.EditRole.SaveRoleCommand { Name = "Workers " + Guid.CreateVersion7(), Permissions = tasks });
        List<Guid> people = [];
        for (var n = 0; n < count; n++) people.Add(await app.SendAsync(new Crm.Platform.Features.AddUser.AddUserCommand { UserName = $"worker{n}{Random.Shared.Next()}", Name = $"Worker {n}", Password = Crm.Testing.CrmApp.Password, RoleIds = [role] }));
        return people;
    }

    // ---- the declaration

    [Fact]
    public void A_module_declares_an_activity_or_a_trigger_by_one_class_that_the_scan_finds()
    {
        var services = new ServiceCollection();
        services.AddContributions([typeof(IActivity).Assembly, typeof(Shout).Assembly]);
        services.Should().Contain(s => s.ServiceType == typeof(IActivity) && s.ImplementationType == typeof(Shout));
        services.Should().Contain(s => s.ServiceType == typeof(ITriggerDeclaration) && s.ImplementationType == typeof(Heard));

        var catalog = app.Services.GetRequiredService<IActivityCatalog>();
        var shout = catalog.Find("Test.Shout")!;
        (shout.DisplayName, shout.Inputs.Single().IsRequired, shout.Ports.Single().Name).Should().Be(("Shout", true, "Done"));
        catalog.Find("Test.Heard")!.Kind.Should().Be(ActivityKind.Trigger);
    }

    [Fact]
    public async Task What_was_declared_runs_and_its_trigger_starts_a_routine()
    {
        var routine = await app.RoutineAsync("Shouting", [Starting(Box("Test.Heard", "Heard")), Box("Test.Shout", "Shout", ("word", Value("hello"))), Line("Say", "getOutputFrom('Shout', 'Output').said")], ("Heard", "Done", "Shout"), ("Shout", "Done", "Say"));
        await app.InScopeAsync(async sp =>
        {
            var db = sp.GetRequiredService<RoutinesDb>();
            db.AddToOutbox(new TriggerFired("Test.Heard", app.Customer, "{}"), null);
            return await db.SaveChangesAsync();
        });
        await app.DrainAsync();
        (await LinesAsync((await JobsAsync(routine)).Should().ContainSingle().Subject)).Should().Equal("HELLO");
        await ForgetAsync(routine);
    }

    // ---- retries

    [Fact]
    public async Task A_step_that_always_fails_is_parked_after_its_tries_and_the_others_go_on_at_once()
    {
        // Fault 12.
        Task<Guid> RoutineAsync(string word) => app.RoutineAsync("Shouts " + word, [Box("Test.Shout", "Shout", ("word", Value(word)))]);
        var bad = await app.StartAsync(await RoutineAsync(Shout.Poison));
        var good = await RoutineAsync("hello");
        for (var n = 0; n < 20; n++) await app.StartAsync(good);
        (await app.QueryAsync<(string, long)>("select status, count(*) from routines.jobs where routine_id = @good group by status", new { good })).Should().Equal(("Finished", 20L));

        var waits = new List<double>();
        for (var tries = 1; tries < 5; tries++)
        {
            Shout.Poisoned.Should().Be(tries);
            var due = (await app.QueryAsync<DateTime>("select due_at from routines.calls where job_id = @bad", new { bad })).Single();
            waits.Add((new DateTimeOffset(due, TimeSpan.Zero) - app.Clock.GetUtcNow()).TotalSeconds);
            await app.AdvanceAsync(new DateTimeOffset(due, TimeSpan.Zero) - app.Clock.GetUtcNow());
        }

        waits.Zip([2, 8, 32, 128]).Should().OnlyContain(w => w.First >= (w.Second * 0.8) - 0.01 && w.First <= (w.Second * 1.2) + 0.01);
        (await app.IncidentsAsync(bad)).Should().ContainSingle().Which.Status.Should().Be(IncidentStatus.Open);
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        Shout.Poisoned.Should().Be(5, "it is parked");
        (await app.QueryAsync<long>("select count(*) from routines.calls where job_id = @bad", new { bad })).Single().Should().Be(0);
    }

    [Fact]
    public async Task A_box_is_tried_again_as_its_own_policy_says_and_then_becomes_an_incident()
    {
        var shout = Box("Test.Shout", "Shout", ("word", Value("hello")));
        shout["customProperties"] = new JsonObject { ["resilienceStrategy"] = new JsonObject { ["mode"] = "Expression", ["expression"] = new JsonObject { ["type"] = "Object", ["value"] = """{ "maxRetryAttempts": 2, "delay": "01:00:00", "backoffType": "Constant", "failures": ["Timeout"] }""" } } };
        var routine = await app.RoutineAsync("Hoarse", [shout, Line("Say", "'tried ' + getOutputFrom('Shout', 'Output').attempt")], ("Shout", "Done", "Say"));
        Shout.Breaks = attempt => attempt < 3;
        try
        {
            var job = await app.StartAsync(routine);
            (await LinesAsync(job)).Should().BeEmpty();
            await app.AdvanceAsync(TimeSpan.FromMinutes(80));
            await app.AdvanceAsync(TimeSpan.FromMinutes(80));
            (await LinesAsync(job)).Should().Equal("tried 3");

            Shout.Breaks = _ => true;
            var lost = await app.StartAsync(routine);
            for (var n = 0; n < 4; n++) await app.AdvanceAsync(TimeSpan.FromMinutes(80));
            var incident = (await app.IncidentsAsync(lost)).Should().ContainSingle().Subject;
            Shout.Breaks = _ => false;
            await app.SendAsync(new RetryIncidentsCommand { Ids = [incident.Id] }, "admin");
            await app.DrainAsync();
            (await app.JobAsync(lost)).Status.Should().Be(JobStatus.Finished);
        }
        finally
        {
            Shout.Breaks = _ => false;
        }
    }

    // ---- one at a time

    [Fact]
    public async Task Fifty_start_a_routine_that_lets_one_job_run_and_one_of_them_does()
    {
        var routine = await app.RoutineAsync("Alone", d => d["options"] = new JsonObject { ["activationStrategyType"] = "Elsa.Workflows.Runtime.ActivationValidators.SingletonStrategy, Elsa.Workflows.Runtime" }, [Stage("Only")]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            try
            {
                await app.SendAsync(new Crm.Routines.Features.StartJob.StartJobCommand { RoutineId = routine }, "nima");
                return "won";
            }
            catch (CrmException e) when (e is RuleBroken or InvalidInput)
            {
                return "told";
            }
        }));
        await app.DrainAsync();
        answers.Count(a => a == "won").Should().Be(1);
        answers.Count(a => a == "told").Should().Be(49);

        // Its end makes room for the next.
        await app.FinishAsync((await app.StageAsync((await JobsAsync(routine)).Single(), "Only")).Id);
        await app.StartAsync(routine);
        (await JobsAsync(routine)).Should().HaveCount(2);
    }

    [Fact]
    public async Task One_at_a_time_for_each_customer_lets_others_through()
    {
        var routine = await app.RoutineAsync("One each", d => d["options"] = new JsonObject { ["activationStrategyType"] = "Elsa.Workflows.Runtime.ActivationValidators.CorrelatedSingletonStrategy, Elsa.Workflows.Runtime" }, [Stage("Do")]);
        var other = await PersonAsync("Other");
        await app.StartAsync(routine);
        await app.StartAsync(routine, contact: other);
        var again = () => app.StartAsync(routine, contact: other);
        await again.Should().ThrowAsync<RuleBroken>();
        (await JobsAsync(routine)).Should().HaveCount(2);
    }

    // ---- other routines

    [Fact]
    public async Task A_routine_used_as_a_box_takes_inputs_gives_outputs_and_leaves_by_its_outcomes()
    {
        var name = "Add up " + Guid.CreateVersion7().ToString("n")[..6];
        var childId = "";
        await app.RoutineAsync(name, d =>
        {
            childId = d["definitionId"]!.ToString();
            d["options"] = new JsonObject { ["usableAsActivity"] = true };
            d["inputs"] = new JsonArray(new JsonObject { ["name"] = "Amount", ["type"] = "Int32", ["displayName"] = "Amount" });
            d["outputs"] = new JsonArray(new JsonObject { ["name"] = "Total", ["type"] = "Int32" });
            d["outcomes"] = new JsonArray("Much", "Little");
        }, [Box("Elsa.SetOutput", "Sum", ("outputName", Value("Total")), ("outputValue", Value("getInput('Amount') * 2", "JavaScript"))), If("Big", "getInput('Amount') > 10"), Box("Elsa.Complete", "Much", ("outcomes", Value("Much"))), Box("Elsa.Complete", "Little", ("outcomes", Value("Little")))],
            ("Sum", "Done", "Big"), ("Big", "True", "Much"), ("Big", "False", "Little"));

        var admin = await app.As("admin");
        var box = JsonNode.Parse(await admin.Client.GetStringAsync("/elsa/api/descriptors/activities"))!["items"]!.AsArray().Single(d => d!["displayName"]!.ToString() == name)!;
        box["inputs"]!.AsArray().Select(i => i!["name"]!.ToString()).Should().Equal("Amount");
        box["outputs"]!.AsArray().Select(i => i!["name"]!.ToString()).Should().Equal("Total");
        box["ports"]!.AsArray().Select(i => i!["name"]!.ToString()).Should().Equal("Much", "Little");

        var used = new JsonObject
        {
            ["id"] = "Use", ["name"] = "Use", ["type"] = box["typeName"]!.ToString(), ["version"] = 1, ["workflowDefinitionId"] = childId, ["workflowDefinitionVersionId"] = box["constructionProperties"]!["workflowDefinitionVersionId"]!.ToString(),
            ["amount"] = Value("7", "JavaScript"), ["total"] = new JsonObject { ["typeName"] = "Int32", ["memoryReference"] = new JsonObject { ["id"] = "v1" } },
        };
        var routine = await app.RoutineAsync("Uses it", d => d["variables"] = new JsonArray(new JsonObject { ["id"] = "v1", ["name"] = "sum", ["typeName"] = "Object" }), [used, Line("Small", "'little ' + variables.sum"), Line("Large", "'much ' + variables.sum")], ("Use", "Little", "Small"), ("Use", "Much", "Large"));
        var job = await app.StartAsync(routine);
        (await LinesAsync(job)).Should().Equal("little 14");
        (await app.JobAsync(job)).Status.Should().Be(JobStatus.Finished);
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_box_of_a_routine_that_is_not_there_is_refused_at_publish_by_name()
    {
        var publish = () => app.RoutineAsync("Uses nothing", [new JsonObject { ["id"] = "Use", ["name"] = "Use", ["type"] = "NoSuchRoutine", ["version"] = 1, ["workflowDefinitionId"] = "nowhere" }]);
        (await publish.Should().ThrowAsync<InvalidInput>()).Which.Fields.Single().Field.Should().Be("Use");
    }

    [Fact]
    public async Task Jobs_for_a_list_are_started_each_with_its_item_and_waited_for()
    {
        var childId = "";
        var child = await app.RoutineAsync("For each", d => childId = d["definitionId"]!.ToString(), [Line("Say", "'item ' + getInput('Item')")]);
        var routine = await app.RoutineAsync("Many", [Box("Elsa.BulkDispatchWorkflows", "Many", ("workflowDefinitionId", Value(childId, "Literal", "String")), ("items", Value("['a', 'b', 'c']", "JavaScript"))), Line("After", "'after'")], ("Many", "Done", "After"));
        var job = await app.StartAsync(routine);
        (await LinesAsync(job)).Should().Equal("after");
        var said = new List<string>();
        foreach (var id in await JobsAsync(child)) said.AddRange(await LinesAsync(id));
        said.Should().BeEquivalentTo("item a", "item b", "item c");
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task An_end_of_a_job_that_can_not_be_told_does_not_hold_up_the_others_that_are_told_with_it()
    {
        var child = await app.RoutineAsync("Quick child", [Line("Say", "'done'")]);
        var bad = await app.StartAsync(child);
        // An end whose text can't be read, of a job that has a parent to tell: it stands before the others in the queue.
        var parent = await app.RoutineAsync("Parent of quick ones", [Box("Elsa.ExecuteWorkflow", "Sub", ("workflowDefinitionId", Value(child.ToString())), ("waitForCompletion", Value(true, "Literal", "Boolean"))), Line("After", "'after'")], ("Sub", "Done", "After"));
        var told = await app.StartAsync(parent);
        (await LinesAsync(told)).Should().Equal("after");
        await app.QueryAsync<int>("update routines.jobs set parent_job_id = @told, parent_execution_id = gen_random_uuid() where id = @bad", new { told, bad });
        await app.QueryAsync<int>("""
            insert into routines.calls (job_id, execution_id, kind, type, body, due_at, attempts, stuck)
            select @bad, gen_random_uuid(), 'Ended', 'Finished', case when n = 1 then '{' else '{}' end, now() - interval '1 minute', 0, false from generate_series(1, 5) n
            """, new { bad });
        await app.DrainAsync();
        (await app.QueryAsync<(int Attempts, string Body)>("select attempts, body from routines.calls where job_id = @bad", new { bad })).Should().ContainSingle("the four that can be told are told, though not with the fifth").Which.Should().Be((1, "{"));
        await app.QueryAsync<int>("delete from routines.calls where job_id = @bad; update routines.jobs set parent_job_id = null, parent_execution_id = null where id = @bad", new { bad });
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_commit_point_lets_a_job_go_on_in_the_next_burst()
    {
        var first = Line("a", "'a'");
        first["customProperties"] = new JsonObject { ["commitStrategyName"] = "Executed" };
        var job = await app.StartAsync(await app.RoutineAsync("Commits", [first, Line("b", "'b'")], ("a", "Done", "b")));
        (await LinesAsync(job)).Should().Equal("a", "b");
        (await app.JobAsync(job)).Status.Should().Be(JobStatus.Finished);
    }

    // ---- HTTP in

    private async Task<string> HelloAsync(string path, Action<JsonObject>? more = null)
    {
        var door = Starting(Box("Elsa.HttpEndpoint", "Door", ("path", Value(path, "Literal", "String")), ("supportedMethods", Value("[\"GET\", \"POST\"]", "Object", "String[]"))));
        more?.Invoke(door);
        await app.RoutineAsync("Door " + path, [door, Box("Elsa.WriteHttpResponse", "Answer", ("statusCode", Value("Created")), ("content", Value("({ hello: getOutputFrom('Door', 'routeData').name, sent: getOutputFrom('Door', 'parsedContent') })", "JavaScript")))], ("Door", "Done", "Answer"));
        return "/workflows/" + path;
    }

    [Fact]
    public async Task A_request_starts_a_routine_and_is_answered_by_it()
    {
        var path = "hello-" + Guid.CreateVersion7().ToString("n");
        await HelloAsync(path + "/{name}");
        var client = app.Anonymous().Client;
        using var answer = await client.PostAsJsonAsync($"/workflows/{path}/Sara", new { n = 3 });
        answer.StatusCode.Should().Be(HttpStatusCode.Created);
        JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.ToJsonString().Should().Be("""{"hello":"Sara","sent":{"n":3}}""");
        var job = Guid.Parse(answer.Headers.GetValues("x-elsa-workflow-instance-id").Single());
        (await app.JobAsync(job)).Status.Should().Be(JobStatus.Finished);

        (await client.DeleteAsync($"/workflows/{path}/Sara")).StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        (await client.GetAsync($"/workflows/{path}")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        using var bad = new StringContent("{ not json", Encoding.UTF8, "application/json");
        (await client.PostAsync($"/workflows/{path}/Sara", bad)).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        using var big = new StringContent(new string('x', 1_100_000), Encoding.UTF8, "text/plain");
        (await client.PostAsync($"/workflows/{path}/Sara", big)).StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task A_door_with_a_secret_or_for_users_only_stays_closed_to_others()
    {
        var secret = await HelloAsync("secret-" + Guid.CreateVersion7().ToString("n"), d => d["secret"] = Value("sixteen-letters-at-least", "Literal", "String"));
        var users = await HelloAsync("users-" + Guid.CreateVersion7().ToString("n"), d => d["authorize"] = Value(true, "Literal", "Boolean"));
        var client = app.Anonymous().Client;
        (await client.GetAsync(secret)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        client.DefaultRequestHeaders.Add("X-Crm-Secret", "sixteen-letters-at-least");
        (await client.GetAsync(secret)).StatusCode.Should().Be(HttpStatusCode.Created);
        (await client.GetAsync(users)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        // A cookie alone opens nothing: another site could send it along.
        (await (await app.As("admin")).Client.GetAsync(users)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Two_routines_at_one_address_are_refused_at_publish()
    {
        var path = "twice-" + Guid.CreateVersion7().ToString("n");
        await HelloAsync(path);
        var second = () => HelloAsync(path.ToUpperInvariant());
        await second.Should().ThrowAsync<InvalidInput>();
    }

    [Fact]
    public async Task A_job_in_the_middle_waits_for_its_request()
    {
        var path = "middle-" + Guid.CreateVersion7().ToString("n");
        var routine = await app.RoutineAsync("Middle", [Stage("First"), Box("Elsa.HttpEndpoint", "Door", ("path", Value(path, "Literal", "String"))), Box("Elsa.WriteHttpResponse", "Answer", ("content", Value("thanks"))), Stage("Last")], ("First", "Done", "Door"), ("Door", "Done", "Answer"), ("Answer", "Done", "Last"));
        var job = await app.StartAsync(routine);
        var client = app.Anonymous().Client;
        (await client.GetAsync("/workflows/" + path)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        await app.FinishAsync((await app.StageAsync(job, "First")).Id);
        (await client.GetStringAsync("/workflows/" + path)).Should().Be("thanks");
        await app.DrainAsync();
        (await app.StageAsync(job, "Last")).Title.Should().Be("Last");
    }

    // ---- webhook

    [Fact]
    public async Task A_webhook_starts_its_own_routine_for_the_customer_in_the_body_once_for_each_key()
    {
        var definitionId = "";
        var routine = await app.RoutineAsync("Hooked", d => definitionId = d["definitionId"]!.ToString(), [Starting(Box("Crm.WebhookCalled", "Hook", ("secret", Value("a-long-shared-secret", "Literal", "String")), ("customerField", Value("order.customer", "Literal", "String")))), Line("Say", "'order ' + getInput('order').number + ' of ' + customer.name")], ("Hook", "Done", "Say"));
        var client = app.Anonymous().Client;
        var body = $$"""{ "order": { "number": 17, "customer": "{{app.Customer}}" } }""";
        async Task<HttpResponseMessage> Call(Action<HttpRequestMessage> with, string? text = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/hooks/" + definitionId) { Content = new StringContent(text ?? body, Encoding.UTF8, "application/json") };
            with(request);
            return await client.SendAsync(request);
        }

        (await Call(_ => { })).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await Call(r => r.Headers.Add("X-Crm-Secret", "a-long-shared-secreT"))).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        for (var n = 0; n < 2; n++)
            (await Call(r =>
            {
                r.Headers.Add("X-Crm-Secret", "a-long-shared-secret");
                r.Headers.Add("Idempotency-Key", "order-17");
            })).StatusCode.Should().Be(HttpStatusCode.Accepted);
        var signature = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes("a-long-shared-secret"), Encoding.UTF8.GetBytes(body)));
        (await Call(r => r.Headers.Add("X-Crm-Signature", signature))).StatusCode.Should().Be(HttpStatusCode.Accepted);
        (await Call(r => r.Headers.Add("X-Crm-Signature", signature), body + " ")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await Call(r => r.Headers.Add("X-Crm-Secret", "a-long-shared-secret"), """{ "order": { "customer": "nobody" } }""")).StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await Call(r => r.Headers.Add("X-Crm-Secret", "a-long-shared-secret"), new string('[', 100) + new string(']', 100))).StatusCode.Should().Be(HttpStatusCode.BadRequest);

        await app.DrainAsync();
        var jobs = await JobsAsync(routine);
        jobs.Should().HaveCount(2);
        (await LinesAsync(jobs[0])).Should().Equal("order 17 of Pars Lift");
        await ForgetAsync(routine);
    }

    // ---- HTTP out

    [Fact]
    public async Task Another_system_is_asked_and_the_answer_decides_and_its_secrets_stand_nowhere()
    {
        using var server = new HttpListener();
        var port = Random.Shared.Next(20_000, 40_000);
        server.Prefixes.Add($"http://127.0.0.1:{port}/");
        server.Start();
        var asked = new List<string>();
        var serving = Task.Run(async () =>
        {
            while (server.IsListening)
            {
                var context = await server.GetContextAsync();
                lock (asked) asked.Add($"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath} {context.Request.Headers["Authorization"]} {context.Request.Headers["Idempotency-Key"]?.Length}");
                context.Response.StatusCode = context.Request.Url.AbsolutePath switch { "/moved" => 302, "/none" => 404, _ => 200 };
                if (context.Response.StatusCode == 302) context.Response.RedirectLocation = $"http://127.0.0.1:{port}/ok";
                context.Response.ContentType = "application/json";
                await context.Response.OutputStream.WriteAsync("""{ "price": 12 }"""u8.ToArray());
                context.Response.Close();
            }
        });
        await app.SendAsync(new Crm.Messaging.Features.Settings.AllowHostCommand { Host = "127.0.0.1" });
        JsonObject Ask(string path, string method = "GET") => Box("Elsa.FlowSendHttpRequest", "Ask", ("url", Value($"http://127.0.0.1:{port}{path}")), ("method", Value(method)), ("authorization", Value("Bearer canary-1405")), ("content", Value("({ a: 1 })", "JavaScript")), ("expectedStatusCodes", Value("[200, 404]", "Object", "Int32[]")));
        async Task<Guid> RunAsync(string path, string method = "GET") => await app.StartAsync(await app.RoutineAsync("Ask " + path, [Ask(path, method), Line("Good", "'price ' + getOutputFrom('Ask', 'parsedContent').price"), Line("None", "'none'")], ("Ask", "200", "Good"), ("Ask", "404", "None")));

        var good = await RunAsync("/ok", "POST");
        (await LinesAsync(good)).Should().Equal("price 12");
        (await LinesAsync(await RunAsync("/none"))).Should().Equal("none");
        (await LinesAsync(await RunAsync("/moved"))).Should().Equal("price 12");
        asked.Should().Contain("POST /ok Bearer canary-1405 32");
        (await app.QueryAsync<long>("select (select count(*) from routines.journal where entry like '%canary-1405%') + (select count(*) from routines.job_states where convert_from(state, 'utf8') like '%canary-1405%') + (select count(*) from routines.calls where body like '%canary-1405%')")).Single().Should().Be(0);
        server.Stop();
        await app.QueryAsync<int>("delete from messaging.allowed_hosts where host = '127.0.0.1' returning 1");
    }

    public static TheoryData<string> Inner() =>
    [
        "http://127.0.0.1/", "http://localhost/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/", "http://[fe80::1]/", "http://[fc00::1]/", "http://100.64.0.1/", "http://[64:ff9b::7f00:1]/", "http://127.0.0.1.:80/", "http://①②⑦.⓪.⓪.①/", "http://[::]/", "http://224.0.0.1/", "http://255.255.255.255/", "http://198.18.0.1/", "http://[2002:7f00:1::]/",
        "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://user:pass@127.0.0.1/", "//127.0.0.1/", "http:///", "javascript:alert(1)",
    ];

    [Theory]
    [MemberData(nameof(Inner))]
    public async Task Nothing_of_the_inner_network_is_asked(string url)
    {
        var http = app.Services.GetRequiredService<OutsideHttp>();
        var ask = () => http.AskAsync(new SendHttpRequestInput { Url = url }, Guid.CreateVersion7(), default);
        await ask.Should().ThrowAsync<RuleBroken>();
    }

    // ---- triggers and activities of the modules

    [Fact]
    public async Task A_change_starts_only_where_the_old_and_the_new_value_are_meant()
    {
        var (first, second, third) = (await ValueAsync("contact-status"), await ValueAsync("contact-status", 1), await ValueAsync("contact-status", 2));
        var routine = await app.RoutineAsync("Won", [Starting(Box("Crm.ContactChanged", "Changed", ("oldStatus", Value(first.ToString())), ("status", Value(second.ToString())))), Line("Say", "'won'")], ("Changed", "Done", "Say"));
        var customer = await PersonAsync("Changes");
        async Task SetAsync(Guid to)
        {
            await app.SendAsync(new ChangeContactStatusCommand(customer, ContactMark.Status, to));
            await app.DrainAsync();
        }

        await SetAsync(third);
        await SetAsync(second);
        (await JobsAsync(routine)).Should().BeEmpty();
        await SetAsync(first);
        await SetAsync(second);
        (await JobsAsync(routine)).Should().ContainSingle();
        await ForgetAsync(routine);
    }

    [Fact]
    public async Task A_birthday_starts_a_routine_every_year_at_its_hour_in_the_calendar_and_once()
    {
        // 12 Mordad 1370; the clock of the tests stands in 1405.
        var born = Calendars.Date(1370, 5, 12, CalendarKind.Jalali)!.Value;
        var customer = await PersonAsync("Born in Mordad", birthday: born);
        await PersonAsync("Another day", birthday: born.AddDays(40));
        var routine = await app.RoutineAsync("Birthday", [Starting(Box("Crm.DateReached", "Day", ("field", Value("birthday")), ("daysBefore", Value(1)), ("hour", Value(8)))), Line("Say", "customer.name")], ("Day", "Done", "Say"));
        var zone = app.Services.GetRequiredService<RuntimeOptions>().Zone;
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(app.Clock.GetUtcNow(), zone).DateTime);
        var year = Calendars.Parts(today, CalendarKind.Jalali).Year;
        var next = Calendars.Date(year, 5, 11, CalendarKind.Jalali)!.Value;
        if (next <= today) next = Calendars.Date(year + 1, 5, 11, CalendarKind.Jalali)!.Value;

        await app.AdvanceAsync(new DateTimeOffset(next.ToDateTime(new TimeOnly(7, 59)), zone.GetUtcOffset(next.ToDateTime(new TimeOnly(7, 59)))) - app.Clock.GetUtcNow());
        (await JobsAsync(routine)).Should().BeEmpty();
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        await app.AdvanceAsync(TimeSpan.FromDays(3));
        (await app.QueryAsync<Guid>("select contact_id from routines.jobs where routine_id = @routine", new { routine })).Should().Equal(customer);
        await app.AdvanceAsync(TimeSpan.FromDays(366));
        (await app.QueryAsync<Guid>("select id from routines.jobs where routine_id = @routine and contact_id = @customer", new { routine, customer })).Should().HaveCount(2);
        await ForgetAsync(routine);
    }

    [Fact]
    public void The_last_day_of_Esfand_keeps_the_leap_day()
    {
        var lastOf1404 = Calendars.Date(1404, 12, 29, CalendarKind.Jalali)!.Value;
        var leap = Calendars.Date(1403, 12, 30, CalendarKind.Jalali)!.Value;
        Crm.Contacts.Activities.DateReachedTrigger.SameDays(lastOf1404, CalendarKind.Jalali).Should().Contain(leap);
        Crm.Contacts.Activities.DateReachedTrigger.SameDays(new DateOnly(2026, 2, 28), CalendarKind.Gregorian).Should().Contain(new DateOnly(2024, 2, 29));
    }

    [Fact]
    public async Task A_button_stands_on_the_page_for_who_may_press_it_and_starts_its_routine()
    {
        var nobody = await app.SendAsync(new Crm.Platform.Features.EditRole.SaveRoleCommand { Name = "Pressers " + Guid.CreateVersion7() });
        var routine = await app.RoutineAsync("Pressed", [Starting(Box("Crm.ButtonPressed", "Press", ("button", Value("Send a catalogue")))), Line("Say", "customer.name"), Box("Crm.ButtonPressed", "More", ("button", Value("Catalogue arrived"))), Line("Then", "'arrived'")], ("Press", "Done", "Say"), ("Say", "Done", "More"), ("More", "Done", "Then"));
        var hidden = await app.RoutineAsync("Hidden", [Starting(Box("Crm.ButtonPressed", "Press", ("button", Value("Not for all")), ("role", Value(nobody.ToString())))), Line("Say", "'x'")], ("Press", "Done", "Say"));
        Task<IReadOnlyList<string>> ButtonsAsync() => app.InScopeAsync(sp => sp.GetRequiredService<CustomerButtons>().OfAsync(app.Customer, true, default), "nima");
        (await ButtonsAsync()).Should().Equal("Send a catalogue");

        var forged = () => app.SendAsync(new PressButtonCommand { ContactId = app.Customer, Button = "Not for all" }, "nima");
        await forged.Should().ThrowAsync<RuleBroken>();
        await app.SendAsync(new PressButtonCommand { ContactId = app.Customer, Button = "Send a catalogue" }, "nima");
        await app.DrainAsync();
        var job = (await JobsAsync(routine)).Should().ContainSingle().Subject;
        (await ButtonsAsync()).Should().Equal("Catalogue arrived", "Send a catalogue");
        await app.SendAsync(new PressButtonCommand { ContactId = app.Customer, Button = "Catalogue arrived" }, "nima");
        await app.DrainAsync();
        (await LinesAsync(job)).Should().Equal("Pars Lift", "arrived");
        await ForgetAsync(routine);
        await ForgetAsync(hidden);
    }

    [Fact]
    public async Task A_logged_communication_a_missed_follow_up_and_a_task_that_is_done_start_routines()
    {
        var kind = await ValueAsync("communication-kind");
        var logged = await app.RoutineAsync("Logged", [Starting(Box("Crm.CommunicationLogged", "Logged", ("kind", Value(kind.ToString())))), Line("Say", "getInput('text')")], ("Logged", "Done", "Say"));
        var missed = await app.RoutineAsync("Missed", [Starting(Box("Crm.FollowUpMissed", "Missed")), Line("Say", "'missed'")], ("Missed", "Done", "Say"));
        var done = await app.RoutineAsync("Task done", [Starting(Box("Crm.TaskEnded", "Ended", ("outcome", Value("Done")), ("title", Value("offer")))), Line("Say", "getInput('title')")], ("Ended", "Done", "Say"));

        await app.SendAsync(new Crm.Contacts.Features.LogCommunication.LogCommunicationCommand { ContactId = app.Customer, KindId = kind, StartedAt = app.Clock.GetUtcNow(), Text = "He asked for a price." }, "nima");
        await app.SendAsync(new Crm.Contacts.Features.FollowUps.PlanFollowUpCommand { ContactId = app.Customer, KindId = kind, Text = "Ring", AssigneeId = app.Nima, DueAt = app.Clock.GetUtcNow().AddHours(1) }, "nima");
        var worker = (await WorkersAsync(1))[0];
        var task = await app.SendAsync(new Crm.Tasks.Features.AddTask.AddTaskCommand { Title = "Write the offer", AssigneeIds = [worker], ContactId = app.Customer }, "admin");
        await app.SendAsync(new Crm.Tasks.Features.CompleteTask.CompleteTaskCommand { Id = task }, "admin");
        app.Clock.Advance(TimeSpan.FromHours(3));
        for (var n = 0; n < 2; n++) await app.InScopeAsync(async sp =>
        {
            await sp.GetServices<IScheduledJob>().Single(j => j.Key == "contacts.remind-follow-ups").RunAsync(default);
            return 0;
        });
        await app.DrainAsync();

        (await LinesAsync((await JobsAsync(logged)).Should().ContainSingle().Subject)).Should().Equal("He asked for a price.");
        (await JobsAsync(missed)).Should().ContainSingle();
        (await LinesAsync((await JobsAsync(done)).Should().ContainSingle().Subject)).Should().Equal("Write the offer");
        foreach (var routine in new[] { logged, missed, done }) await ForgetAsync(routine);
    }

    [Fact]
    public async Task Groups_are_joined_and_left()
    {
        var group = await app.SendAsync(new Crm.Contacts.Features.ManageGroups.AddGroupCommand { Title = "Fair " + Guid.CreateVersion7() });
        var routine = await app.RoutineAsync("Groups", [Box("Crm.AddToGroup", "In", ("group", Value(group.ToString()))), Stage("Between"), Box("Crm.TakeFromGroup", "Out", ("group", Value(group.ToString())))], ("In", "Done", "Between"), ("Between", "Done", "Out"));
        var customer = await PersonAsync("In a group");
        Task<IReadOnlyList<int>> GroupsAsync() => app.QueryAsync<int>("select coalesce(cardinality(group_ids), 0) from contacts.contacts where id = @customer", new { customer });
        var job = await app.StartAsync(routine, contact: customer);
        (await GroupsAsync()).Should().Equal(1);
        await app.FinishAsync((await app.StageAsync(job, "Between")).Id);
        (await GroupsAsync()).Should().Equal(0);
    }

    [Fact]
    public async Task Experts_are_chosen_by_load_and_in_turn()
    {
        var role = await app.SendAsync(new Crm.Platform.Features.EditRole.SaveRoleCommand { Name = "Experts " + Guid.CreateVersion7() });
        var people = new List<Guid>();
        for (var n = 0; n < 3; n++) people.Add(await app.SendAsync(new Crm.Platform.Features.AddUser.AddUserCommand { UserName = $"expert{n}{Random.Shared.Next()}", Name = $"Expert {n}", Password = Crm.Testing.CrmApp.Password, RoleIds = [role] }));
        await PersonAsync("Busy", people[0]);
        await PersonAsync("Busier", people[1]);
        await PersonAsync("Busiest", people[1]);
        async Task<Guid?> AssignAsync(string rule)
        {
            var customer = await PersonAsync(rule);
            await app.StartAsync(await app.RoutineAsync("Assign " + rule, [Box("Crm.AssignExpert", "Assign", ("rule", Value(rule)), ("role", Value(role.ToString())))]), contact: customer);
            return (await app.QueryAsync<Guid?>("select owner_id from contacts.contacts where id = @customer", new { customer })).Single();
        }

        (await AssignAsync("LeastLoad")).Should().Be(people[2]);
        var turns = new List<Guid?>();
        for (var n = 0; n < 6; n++) turns.Add(await AssignAsync("InTurn"));
        turns.Take(3).Should().OnlyHaveUniqueItems().And.BeEquivalentTo(people.Select(p => (Guid?)p));
        turns.Skip(3).Should().Equal(turns.Take(3));
        (await AssignAsync("Province")).Should().BeNull();
    }

    [Fact]
    public async Task A_group_task_is_done_when_all_have_done_theirs_or_with_the_first()
    {
        var workers = await WorkersAsync(2);
        async Task<(Guid Job, List<Guid> Tasks)> OpenAsync(string waitFor)
        {
            var job = await app.StartAsync(await app.RoutineAsync("Group " + waitFor, [Box("Crm.OpenGroupTask", "Group", ("title", Value("Count the stock")), ("userIds", Value(List([.. workers.Select(w => w.ToString())]))), ("waitFor", Value(waitFor))), Line("Say", "'done ' + getOutputFrom('Group', 'Output').done")], ("Group", "Done", "Say")));
            return (job, [.. await app.QueryAsync<Guid>("select id from tasks.work_tasks where job_id = @job order by id", new { job })]);
        }

        var all = await OpenAsync("All");
        all.Tasks.Should().HaveCount(2);
        foreach (var task in all.Tasks)
        {
            (await LinesAsync(all.Job)).Should().BeEmpty();
            await app.SendAsync(new Crm.Tasks.Features.CompleteTask.CompleteTaskCommand { Id = task }, "admin");
            await app.DrainAsync();
        }

        (await LinesAsync(all.Job)).Should().Equal("done 2");
        var first = await OpenAsync("First");
        await app.SendAsync(new Crm.Tasks.Features.CompleteTask.CompleteTaskCommand { Id = first.Tasks[1] }, "admin");
        await app.DrainAsync();
        (await LinesAsync(first.Job)).Should().Equal("done 1");
        (await app.QueryAsync<string>("select state from tasks.work_tasks where id = @id", new { id = first.Tasks[0] })).Single().Should().Be("Cancelled");
    }
}
