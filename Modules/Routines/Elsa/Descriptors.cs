using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Activities;
using Crm.Routines.Definitions;
using Crm.Workflows;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Routines.Elsa;

/// <summary>What a routine can be drawn with: activities, expressions, types and strategies, in the language of the user.</summary>
internal static class Descriptors
{
    public static void Map(RouteGroupBuilder api)
    {
        var see = new RequiresAttribute(RoutinesPermissions.See);
        var d = api.MapGroup("/descriptors").WithMetadata(see);
        d.MapGet("/activities", ActivitiesAsync);
        d.MapPost("/activities/{type}/options/{property}", OptionsAsync);
        d.MapGet("/expression-descriptors", () => ElsaApi.List(Expressions()));
        d.MapGet("/storage-drivers", () => ElsaApi.List(
        [
            new JsonObject { ["typeName"] = "Elsa.Workflows.WorkflowInstanceStorageDriver, Elsa.Workflows.Core", ["displayName"] = Texts.Get("With the job"), ["priority"] = 5, ["deprecated"] = false },
        ]));
        d.MapGet("/variables", () => ElsaApi.List(VariableTypes()));
        d.MapGet("/incident-strategies", () => ElsaApi.List(
        [
            // The usual one: a fault stops its own branch and becomes an incident, the others go on (requirement 4 of the engine).
            Strategy("Elsa.Workflows.IncidentStrategies.ContinueWithIncidentsStrategy, Elsa.Workflows.Core", Texts.Get("Other branches go on"), Texts.Get("A fault stops its own branch and becomes an incident.")),
            Strategy("Elsa.Workflows.IncidentStrategies.FaultStrategy, Elsa.Workflows.Core", Texts.Get("The whole job stops"), Texts.Get("After a fault nothing of the job goes on until somebody has handled the incident.")),
        ]));
        d.MapGet("/workflow-activation-strategies", () => ElsaApi.List(
        [
            Strategy("Elsa.Workflows.ActivationValidators.AllowAlwaysStrategy, Elsa.Workflows.Core", Texts.Get("Always"), Texts.Get("Any number of jobs may run side by side.")),
            Strategy("Elsa.Workflows.Runtime.ActivationValidators.SingletonStrategy, Elsa.Workflows.Runtime", Texts.Get("One at a time"), Texts.Get("A new job starts only when no other job of the routine is running.")),
            Strategy("Elsa.Workflows.Runtime.ActivationValidators.CorrelatedSingletonStrategy, Elsa.Workflows.Runtime", Texts.Get("One at a time for each customer"), Texts.Get("A new job starts only when no other job of the routine is running for the same correlation id; without one, for the same customer.")),
            Strategy("Elsa.Workflows.Runtime.ActivationValidators.CorrelationStrategy, Elsa.Workflows.Runtime", Texts.Get("One at a time over all routines"), Texts.Get("A new job starts only when no job of any routine is running for the same correlation id; without one, for the same customer among routines with this choice.")),
        ]));
        d.MapGet("/log-persistence-strategies", () => ElsaApi.List(
        [
            Strategy("Elsa.Workflows.LogPersistence.Strategies.Include, Elsa.Workflows.Core", Texts.Get("Keep"), Texts.Get("Everything is written into the journal.")),
        ]));
        d.MapGet("/commit-strategies/workflows", () => ElsaApi.List(
        [
            CommitPoint("ActivityExecuting", Texts.Get("Before each step"), Texts.Get("What was done is saved before each step.")),
            CommitPoint("ActivityExecuted", Texts.Get("After each step"), Texts.Get("What was done is saved after each step.")),
        ]));
        d.MapGet("/commit-strategies/activities", () => ElsaApi.List(
        [
            CommitPoint("Executing", Texts.Get("Before this step"), Texts.Get("What was done is saved before this step.")),
            CommitPoint("Executed", Texts.Get("After this step"), Texts.Get("What was done is saved after this step.")),
            CommitPoint("CommitAlways", Texts.Get("Before and after this step"), Texts.Get("What was done is saved before and after this step.")),
        ]));
        d.MapGet("/output-converters", () => ElsaApi.List([]));
        api.MapGet("/features/installed", () => ElsaApi.List(Features())).WithMetadata(see);
        api.MapGet("/features/installed/{name}", (string name) => Features().FirstOrDefault(f => f["fullName"].Text() == name) is { } found ? ElsaApi.Json(found) : Results.NotFound()).WithMetadata(see);
        api.MapGet("/package/version", () => ElsaApi.Json(new JsonObject { ["packageVersion"] = "3.8.2" })).WithMetadata(see);
        api.MapGet("/resilience/strategies", () => ElsaApi.List(RetryPolicy.All.Select(p => new JsonObject
        {
            ["$type"] = "RetryStrategy", ["id"] = p.Id, ["displayName"] = Texts.Get(p.DisplayName), ["maxRetryAttempts"] = p.Policy.Retries, ["delay"] = p.Policy.Delay.ToString("c"), ["maxDelay"] = p.Policy.MaxDelay.ToString("c"),
            ["backoffType"] = p.Policy.BackOff.ToString(),
        }))).WithMetadata(see);
        api.MapGet("/workflow-contexts/provider-descriptors", () => ElsaApi.List([])).WithMetadata(see);
    }

    private static async Task<IResult> ActivitiesAsync(RoutineCatalog catalog, IEnumerable<IOptionSource> sources, RoutineBoxes boxes, CancellationToken ct)
    {
        var choices = new Choices(sources);
        List<JsonNode> items = [];
        foreach (var descriptor in catalog.All)
        {
            var json = descriptor.ToJson(text => text.Length == 0 ? text : Texts.Get(text));
            foreach (var input in (json["inputs"] as JsonArray)!.OfType<JsonObject>())
            {
                if (await SpecificationsAsync(catalog, descriptor, input["name"].Text()!, choices, ct) is { } specifications) input["uiSpecifications"] = specifications;
            }

            // Outcomes are shown on the arrows: their names are stable, their titles are the user's.
            items.Add(json);
        }

        foreach (var box in await boxes.AllAsync(ct)) items.Add(box.ToJson());
        items.Add(RootWorkflow());
        return ElsaApi.List(items);
    }

    /// <summary>Choices afresh, for an input whose descriptor asks for it.</summary>
    private static async Task<IResult> OptionsAsync(string type, string property, HttpRequest request, DrawnRoutine drawn, RoutineCatalog catalog, IEnumerable<IOptionSource> sources, CancellationToken ct)
    {
        // Whose stages, for pickers of this drawing: frame.js says which one is open.
        drawn.DefinitionId = request.Headers[DrawnRoutine.Header].ToString() is { Length: > 0 } id ? id : null;
        if (catalog.Find(type) is not { } descriptor || descriptor.Input(property) is null) return Results.NotFound();
        var items = await SpecificationsAsync(catalog, descriptor, property, new Choices(sources), ct) ?? [];
        return ElsaApi.Json(new JsonObject { ["items"] = items });
    }

    private static async Task<JsonObject?> SpecificationsAsync(RoutineCatalog catalog, ActivityDescriptor descriptor, string name, Choices choices, CancellationToken ct)
    {
        var input = descriptor.Input(name)!;
        IReadOnlyList<(string Value, string Text)> list;
        if (catalog.OptionSource(descriptor.TypeName, name) is { } key) list = await choices.OfAsync(key, ct);
        else if (input.Options is { } fixedOptions && input.UIHint is "checklist" or "radiolist") list = [.. input.Options!.Select(o => (o.Value, Texts.Get(o.Text)))];
        else return null;

        var items = new JsonArray();
        // A drop-down of Studio can't be emptied again without an entry that says so.
        if (input.UIHint == "dropdown" && !input.IsRequired) items.Add(new JsonObject { ["text"] = "—", ["value"] = "" });
        foreach (var (value, text) in list.Where(l => l.Value.Length > 0)) items.Add(new JsonObject { ["text"] = text, ["value"] = value });
        var specifications = Shape(input.UIHint, items);
        if (catalog.OptionSource(descriptor.TypeName, name) is { } source && choices.ChangeWhileDrawing(source)) specifications["Refresh"] = true;
        return specifications;

        static JsonObject Shape(string hint, JsonArray items) => hint switch
        {
            "checklist" => new JsonObject { ["checklist"] = new JsonObject { ["checkList"] = new JsonObject { ["items"] = items, ["isFlagsEnum"] = false } } },
            "radiolist" => new JsonObject { ["radiolist"] = new JsonObject { ["radioList"] = new JsonObject { ["items"] = items, ["isFlagsEnum"] = false } } },
            _ => new JsonObject { [hint] = new JsonObject { ["selectList"] = new JsonObject { ["items"] = items, ["isFlagsEnum"] = false } } },
        };
    }

    /// <summary>Studio looks the root of a definition up like any other activity.</summary>
    private static JsonObject RootWorkflow() => new ActivityDescriptor { TypeName = "Elsa.Workflow", Category = "Flow", DisplayName = "Workflow", Executor = ActivityExecutor.Engine, IsBrowsable = false, IsContainer = true }
        .ToJson(text => text.Length == 0 ? text : Texts.Get(text));

    private static IEnumerable<JsonObject> Expressions()
    {
        static JsonObject One(string type, string title, string? language = null) => new()
        {
            ["type"] = type, ["displayName"] = title, ["isSerializable"] = true, ["isBrowsable"] = true, ["properties"] = language is null ? [] : new JsonObject { ["MonacoLanguage"] = language },
        };
        yield return One("Literal", Texts.Get("Fixed value"));
        yield return One("Object", Texts.Get("List or object"), "json");
        yield return One("Variable", Texts.Get("Variable"));
        yield return One("Input", Texts.Get("Input"));
        yield return One("JavaScript", "JavaScript", "javascript");
        yield return One("Liquid", Texts.Get("Text template"), "liquid");
    }

    private static IEnumerable<JsonObject> VariableTypes()
    {
        static JsonObject One(string type, string title) => new() { ["typeName"] = type, ["displayName"] = title, ["category"] = Texts.Get("Basic"), ["description"] = title };
        yield return One("String", Texts.Get("Text"));
        yield return One("Boolean", Texts.Get("Yes or no"));
        yield return One("Int32", Texts.Get("Whole number"));
        yield return One("Int64", Texts.Get("Big whole number"));
        yield return One("Decimal", Texts.Get("Exact number"));
        yield return One("Double", Texts.Get("Decimal number"));
        yield return One("DateTimeOffset", Texts.Get("Moment"));
        yield return One("DateTime", Texts.Get("Date and time"));
        yield return One("TimeSpan", Texts.Get("Time span"));
        yield return One("Guid", Texts.Get("Id"));
        yield return One("Object", Texts.Get("Anything"));
    }

    private static IEnumerable<JsonObject> Features()
    {
        // Studio asks for this one before it opens the live connection of the instance viewer.
        yield return new JsonObject { ["name"] = "RealTimeWorkflowsFeature", ["namespace"] = "Elsa.RealTimeWorkflows.Features", ["fullName"] = "Elsa.RealTimeWorkflowUpdates", ["displayName"] = "Real time workflows", ["description"] = "" };
        // And for this one before it shows the tab «Resilience» on a box.
        yield return new JsonObject { ["name"] = "ResilienceFeature", ["namespace"] = "Elsa.Resilience.Features", ["fullName"] = "Elsa.Resilience", ["displayName"] = "Resilience", ["description"] = "" };
    }

    private static JsonObject CommitPoint(string name, string title, string description) => new() { ["name"] = name, ["displayName"] = title, ["description"] = description };

    private static JsonObject Strategy(string type, string title, string description) => new() { ["typeName"] = type, ["displayName"] = title, ["description"] = description };

    /// <summary>Each source is asked once per answer, however many inputs it fills.</summary>
    private sealed class Choices(IEnumerable<IOptionSource> sources)
    {
        private readonly Dictionary<string, IOptionSource> _sources = sources.ToDictionary(s => s.Key, StringComparer.Ordinal);
        private readonly Dictionary<string, IReadOnlyList<(string, string)>> _loaded = new(StringComparer.Ordinal);

        public bool ChangeWhileDrawing(string key) => _sources.TryGetValue(key, out var source) && source.ChangesWhileDrawing;

        public async Task<IReadOnlyList<(string Value, string Text)>> OfAsync(string key, CancellationToken ct)
        {
            if (_loaded.TryGetValue(key, out var known)) return known;
            // The module that owns the source may be switched off: its activities then offer nothing.
            return _loaded[key] = _sources.TryGetValue(key, out var source) ? await source.LoadAsync(ct) : [];
        }
    }
}
