using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.DryRuns;
using Crm.Routines.Simulating;
using Crm.Routines.Versions;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.Simulate;

/// <summary>A stage of the drawing with its ways on: weighted by the owner, or drawn from what was recorded.</summary>
internal sealed record StageWeights(string Activity, string Title, IReadOnlyList<(string Outcome, int Index)> Outcomes, int Cases);

internal sealed record SimulationLink(Guid Id, int Version, int Count, DateTimeOffset At, bool Done);

/// <summary>What is to be simulated: which customers, how many, over what time, with which dice.</summary>
[Requires(RoutinesPermissions.Design)]
internal sealed class SimulatePage(RoutinesDb db, DryWorlds worlds, IBaseDataDirectory baseData, IWorkingTime workingTime, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string DefinitionId { get; set; } = "";

    [BindProperty]
    public StartSimulationCommand Command { get; set; } = new();

    public DryDrawing? Drawing { get; private set; }

    public string Name { get; private set; } = "";

    public string? Problem { get; private set; }

    public IReadOnlyList<SelectListItem> Types { get; private set; } = [];

    public IReadOnlyList<StageWeights> Stages { get; private set; } = [];

    public IReadOnlyList<SimulationLink> Earlier { get; private set; } = [];

    public async Task OnGetAsync()
    {
        await LoadAsync();
        var today = Dates.DayOf(time.GetUtcNow());
        (Command.From, Command.To) = (today.AddMonths(-3), today);
        if (Drawing is not null && !await db.Jobs.AnyAsync(j => j.RoutineId == Drawing.RoutineId)) Command.Customers = SimulationCustomers.All;
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command.DefinitionId = DefinitionId;
        return Send(Command, then: id => Redirect($"/routines/simulations/{id}"));
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        var routine = await db.Set<RoutineDefinition>().AsNoTracking().SingleOrDefaultAsync(r => r.DefinitionId == DefinitionId, ct) ?? throw new NotFound("routine", DefinitionId);
        Name = routine.Name;
        Earlier = [.. (await db.Set<Simulation>().AsNoTracking().Where(s => s.RoutineId == routine.Id).OrderByDescending(s => s.CreatedAt).Take(10).Select(s => new { s.Id, s.VersionNumber, s.SettingsJson, s.CreatedAt, Done = s.ReportJson != null }).ToListAsync(ct))
            .Select(s => new SimulationLink(s.Id, s.VersionNumber, JsonNode.Parse(s.SettingsJson)?["count"]?.GetValue<int>() ?? 0, s.CreatedAt, s.Done))];
        Types = [.. (await baseData.ListAsync("contact-type", ct)).Select(t => new SelectListItem(t.Title, t.Id.ToString()))];
        try
        {
            Drawing = await worlds.LatestAsync(DefinitionId, ct);
        }
        catch (RuleBroken e)
        {
            Problem = e.Localized;
            return;
        }

        var history = await StageHistory.LoadAsync(db, workingTime, routine.Id, ct);
        var stages = new List<StageWeights>();
        var index = 0;
        foreach (var node in Drawing.Workflow.Nodes.Where(n => n.Type is Stage.TypeName or Approve.TypeName))
        {
            var outcomes = node.Type == Approve.TypeName ? [Approve.Approved.Name, Approve.Rejected.Name] : OutcomesOf(node.Activity.Json["outcomes"]);
            if (outcomes.Count == 0) outcomes = ["Done"];
            var title = BoxTitles.Of(node.Activity);
            stages.Add(new(node.Key, title, [.. outcomes.Select(o => (o, index++))], history.Of(node.Id, title, outcomes).Count));
        }

        Stages = stages;
    }

    private static List<string> OutcomesOf(JsonNode? property)
    {
        var value = property is JsonObject wrapped && wrapped["expression"] is JsonObject expression ? expression["value"] : property;
        try
        {
            if (value is JsonValue text && text.TryGetValue(out string? json)) value = JsonNode.Parse(json);
        }
        catch (System.Text.Json.JsonException)
        {
            return [];
        }

        return value is JsonArray list ? [.. list.Select(o => o?.ToString() ?? "").Where(o => o.Length > 0).Distinct()] : [];
    }

    public int? Weight(int index) => index < Command.Weights.Count ? Command.Weights[index].Weight : null;
}
