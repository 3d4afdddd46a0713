using System.Text.Json.Nodes;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Core;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.EditRole;
using Crm.Routines;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Features.DoStage;
using Crm.Routines.Features.StartJob;
using Crm.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Routines;

/// <summary>The application with two people who do stages, one customer, and short ways to draw and run routines.</summary>
public class RoutinesApp : CrmApp
{
    internal Guid Role { get; private set; }

    internal Guid Nima { get; private set; }

    internal Guid Laleh { get; private set; }

    internal Guid Customer { get; private set; }

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        var all = await InScopeAsync(sp => Task.FromResult(sp.GetServices<IPermissionSource>().SelectMany(s => s.Permissions).Select(p => p.Key).Where(k => k.StartsWith("routines.", StringComparison.Ordinal) || k.StartsWith("contacts.", StringComparison.Ordinal)).ToList()));
        var doers = all.Where(k => k is RoutinesPermissions.SeeJobs or RoutinesPermissions.Work or RoutinesPermissions.Start || k.StartsWith("contacts.", StringComparison.Ordinal)).ToList();
        Role = await SendAsync(new SaveRoleCommand { Name = "Doers", Permissions = doers });
        Nima = await SendAsync(new AddUserCommand { UserName = "nima", Name = "Nima", Password = Password, RoleIds = [Role], Language = "en" });
        Laleh = await SendAsync(new AddUserCommand { UserName = "laleh", Name = "Laleh", Password = Password, RoleIds = [Role], Language = "en" });
        Customer = await SendAsync(new AddContactCommand { Kind = ContactKind.Company, CompanyName = "Pars Lift", OwnerId = Laleh });
    }

    /// <summary>As the base does it, also after the clock was moved past the database's own, by which events are due.</summary>
    public new async Task DrainAsync()
    {
        for (var round = 0; round < 20; round++)
        {
            await base.DrainAsync();
            if ((await QueryAsync<Guid>("update platform.outbox set due_at = now() where not stuck and due_at > now() returning id")).Count == 0) return;
        }
    }

    public new async Task AdvanceAsync(TimeSpan by)
    {
        Clock.Advance(by);
        await DrainAsync();
    }

    /// <summary>Draws and publishes a routine.</summary>
    internal Task<Guid> RoutineAsync(string name, IEnumerable<JsonObject> boxes, params (string From, string Port, string To)[] arrows) => RoutineAsync(name, null, boxes, arrows);

    /// <summary>The same, with more said in the envelope: options, inputs, outputs.</summary>
    internal async Task<Guid> RoutineAsync(string name, Action<JsonObject>? more, IEnumerable<JsonObject> boxes, params (string From, string Port, string To)[] arrows)
    {
        var definition = new JsonObject
        {
            ["definitionId"] = Guid.CreateVersion7().ToString("n"), ["name"] = name, ["version"] = 1, ["variables"] = new JsonArray(),
            ["root"] = new JsonObject
            {
                ["type"] = "Elsa.Flowchart", ["id"] = "flow", ["version"] = 1, ["activities"] = new JsonArray([.. boxes.Select(b => (JsonNode)b)]),
                ["connections"] = new JsonArray([.. arrows.Select(a => (JsonNode)new JsonObject { ["source"] = new JsonObject { ["activity"] = a.From, ["port"] = a.Port }, ["target"] = new JsonObject { ["activity"] = a.To, ["port"] = "In" } })]),
            },
        };
        more?.Invoke(definition);
        var saved = await SendAsync(new ImportRoutineCommand(definition.ToJsonString()));
        var id = saved.RoutineId;
        await SendAsync(new PublishRoutineCommand(id));
        return id;
    }

    internal async Task<Guid> StartAsync(Guid routine, string user = "nima", Guid? contact = null, params Guid[] agents)
    {
        var id = await SendAsync(new StartJobCommand { RoutineId = routine, ContactId = contact ?? Customer, AgentIds = [.. agents] }, user);
        await DrainAsync();
        return id;
    }

    internal async Task FinishAsync(Guid stage, string outcome = "Done", string user = "nima", params (string Field, string Value)[] answers)
    {
        await SendAsync(new FinishStageCommand { StageId = stage, Outcome = outcome, Answers = answers.ToDictionary(a => a.Field, a => new[] { a.Value }) }, user);
        await DrainAsync();
    }

    internal Task<Job> JobAsync(Guid id) => InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Jobs.AsNoTracking().SingleAsync(j => j.Id == id));

    internal Task<List<StageItem>> OpenStagesAsync(Guid job) => InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Stages.AsNoTracking().Where(s => s.JobId == job && s.Status == StageStatus.Open).OrderBy(s => s.OpenedAt).ThenBy(s => s.Title).ToListAsync());

    internal async Task<StageItem> StageAsync(Guid job, string title) => (await OpenStagesAsync(job)).Single(s => s.Title == title);

    internal Task<List<JobIncident>> IncidentsAsync(Guid job) => InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Incidents.AsNoTracking().Where(i => i.JobId == job).ToListAsync());

    /// <summary>What the invariants say of the whole database: nothing, when all is well.</summary>
    internal Task<List<string>> CheckAsync() => InScopeAsync(async sp =>
    {
        var found = new List<string>();
        foreach (var check in sp.GetServices<ICheck>())
            await foreach (var line in check.FindAsync(default)) found.Add(line);
        return found;
    });

    internal static JsonObject Value(JsonNode? value, string type = "Literal", string typeName = "Object") => new() { ["typeName"] = typeName, ["expression"] = new JsonObject { ["type"] = type, ["value"] = value } };

    internal static JsonObject Box(string type, string id, params (string Name, JsonNode? Value)[] inputs)
    {
        var box = new JsonObject { ["id"] = id, ["type"] = type, ["version"] = 1, ["name"] = id };
        foreach (var (name, value) in inputs) box[name] = value;
        return box;
    }

    internal static JsonObject Stage(string id, params (string Name, JsonNode? Value)[] inputs) =>
        Box(Crm.Routines.Activities.Stage.TypeName, id, [("title", Value(id)), .. inputs.Any(i => i.Name == "outcomes") ? [] : new[] { ("outcomes", (JsonNode?)Value(List("Done"))) }, .. inputs.Select(i => (i.Name, (JsonNode?)(i.Value is JsonObject o && o.ContainsKey("expression") ? o : Value(i.Value))))]);

    /// <summary>A task for a role that nobody has: a rule forbids it, which makes an incident. A stage would wait for somebody. The role needs the right tasks.see for a retry.</summary>
    internal static JsonObject Lonely(Guid role) => Box("Crm.OpenTask", "Lonely", ("title", Value("Lonely")), ("who", Value("Role")), ("roleId", Value(role.ToString())), ("wait", Value(true)));

    internal static JsonArray List(params string[] items) => new([.. items.Select(i => (JsonNode)i)]);

    internal static JsonObject If(string id, string condition) => Box("Elsa.FlowDecision", id, ("condition", Value(condition, "JavaScript", "Boolean")));

    internal static JsonObject Delay(string id, string span) => Box("Elsa.Delay", id, ("timeSpan", Value(span, "Literal", "TimeSpan")));
}
