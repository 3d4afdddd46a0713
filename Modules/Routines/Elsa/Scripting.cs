using System.Text;
using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Workflows;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Routines.Elsa;

/// <summary>What the expression editor knows of a routine's data, and a dry run of one box.</summary>
internal static class Scripting
{
    public static void Map(RouteGroupBuilder api)
    {
        var design = new RequiresAttribute(RoutinesPermissions.Design);
        api.MapPost("/scripting/javascript/type-definitions/{definitionId}", TypesAsync).WithMetadata(design);
        api.MapPost("/tests/activities", TestAsync).WithMetadata(design);
    }

    private static async Task<IResult> TypesAsync(string definitionId, RoutinesDb db, IEnumerable<IContactDirectory> contacts, ICustomFields custom, CancellationToken ct)
    {
        var definition = WorkflowDefinition.Parse((await Definitions.FindAsync(db, definitionId, "Latest", ct)).Json);
        var text = new StringBuilder();
        text.AppendLine("declare function getVariable(name: string): any;");
        text.AppendLine("declare function getInput(name: string): any;");
        text.AppendLine("declare function getOutputFrom(activity: string, output?: string): any;");
        text.AppendLine("declare function getLastResult(): any;");
        text.AppendLine("declare function getCorrelationId(): string;");
        text.AppendLine("declare function getWorkflowInstanceId(): string;");
        text.AppendLine("declare const answers: { [field: string]: any };");
        text.AppendLine("declare const customer: {");
        foreach (var (name, title) in contacts.FirstOrDefault()?.Fields ?? []) text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"  /** {Comment(Texts.Get(title))} */ {name}: any;");
        text.AppendLine("  custom: {");
        foreach (var f in await custom.OfAsync("contacts", ct))
        {
            text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"    /** {Comment(f.Title)} */ {f.Key}: {(f.Kind switch { FieldType.Number or FieldType.Money or FieldType.Formula => "number", FieldType.YesNo => "boolean", FieldType.Choices => "string[]", _ => "string" })};");
            if (f.Kind == FieldType.Choice) text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"    /** {Comment(f.Title)}: {Comment(string.Join(", ", f.Options.Select(o => o.Value + " = " + o.Title)))} */ {f.Key}_id: string;");
        }

        text.AppendLine("  };");
        text.AppendLine("};");
        text.AppendLine("declare const variables: {");
        foreach (var variable in definition.Variables.Where(v => IsName(v.Name))) text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"  {variable.Name}: {TypeOf(variable.TypeName, variable.IsArray)};");
        text.AppendLine("};");
        foreach (var variable in definition.Variables.Where(v => IsName(v.Name))) text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"declare function get{char.ToUpperInvariant(variable.Name[0])}{variable.Name[1..]}(): {TypeOf(variable.TypeName, variable.IsArray)};");
        return Results.Text(text.ToString(), "application/x-typescript", Encoding.UTF8);
    }

    private static bool IsName(string name) => name.Length > 0 && (char.IsLetter(name[0]) || name[0] == '_') && name.All(c => char.IsLetterOrDigit(c) || c == '_');

    private static string Comment(string text) => text.Replace("*/", "", StringComparison.Ordinal);

    private static string TypeOf(string name, bool array)
    {
        var type = name switch { "String" or "Guid" or "DateTime" or "DateTimeOffset" or "TimeSpan" => "string", "Boolean" => "boolean", "Int32" or "Int64" or "Double" or "Decimal" or "Single" => "number", _ => "any" };
        return array ? type + "[]" : type;
    }

    /// <summary>
    /// Runs one box alone with the routine's variables as they start, and shows what its inputs become. Nothing reaches the world: what it would ask of other modules is left unasked.
    /// </summary>
    private static async Task<IResult> TestAsync(HttpRequest request, RoutinesDb db, IActivityCatalog catalog, TimeProvider time, CancellationToken ct)
    {
        var body = await ElsaApi.BodyAsync(request);
        var which = body["workflowDefinitionHandle"] as JsonObject ?? [];
        var definition = which["definitionVersionId"].Text() is { Length: > 0 } versionId
            ? WorkflowDefinition.Parse((await ViewAsync(db, versionId, ct)).Json)
            : WorkflowDefinition.Parse((await Definitions.FindAsync(db, which["definitionId"].Text() ?? "", "Latest", ct)).Json);
        definition.AssignMissingIds();
        var handle = body["activityHandle"] as JsonObject ?? [];
        var activity = definition.AllActivities().FirstOrDefault(a => (handle["nodeId"].Text() is { Length: > 0 } node && a.NodeId == node) || (handle["id"].Text() is { Length: > 0 } id && a.Id == id) || (handle["name"].Text() is { Length: > 0 } name && a.Name == name))
            ?? throw new NotFound("activity", handle.ToJsonString());

        var alone = WorkflowDefinition.Create("test", "test", "test");
        alone.Json["variables"] = definition.Json["variables"]?.DeepClone();
        alone.Json["inputs"] = definition.Json["inputs"]?.DeepClone();
        (alone.Root!.Json["activities"] as JsonArray)!.Add(activity.Json.DeepClone());
        var compiled = CompiledWorkflow.TryCompile(alone, catalog, out var messages);
        if (compiled is null)
        {
            var text = string.Join("\n", messages.Where(m => m.Severity == ValidationSeverity.Error).Select(Publishing.Sentence));
            return ElsaApi.Json(new JsonObject { ["activityState"] = new JsonObject(), ["outcomes"] = new JsonArray(), ["outputs"] = new JsonObject(), ["status"] = "Faulted", ["exception"] = new JsonObject { ["type"] = "", ["message"] = text } });
        }

        // The id is only the seed of the ids inside, and nothing of this run is kept.
        var result = Interpreter.Run(compiled, WorkflowState.New(Guid.CreateVersion7(), alone), new Start(null, null, null, null), time.GetUtcNow());
        var lines = result.Journal.Where(j => j.ActivityId == activity.Id).ToList();
        var last = lines.LastOrDefault(l => l.Event is JournalEvent.Completed or JournalEvent.Faulted or JournalEvent.Suspended);
        return ElsaApi.Json(new JsonObject
        {
            ["activityState"] = lines.LastOrDefault(l => l.ActivityState is not null)?.ActivityState?.DeepClone() ?? new JsonObject(),
            ["outcomes"] = new JsonArray([.. (last?.Outcomes ?? []).Select(o => (JsonNode)JsonValue.Create(o))]),
            ["outputs"] = last?.Event == JournalEvent.Completed ? last.Payload?.DeepClone() ?? new JsonObject() : new JsonObject(),
            ["status"] = last?.Event switch { JournalEvent.Completed => "Completed", JournalEvent.Faulted => "Faulted", _ => "Running" },
            ["exception"] = last?.Event == JournalEvent.Faulted ? new JsonObject { ["type"] = "", ["message"] = last.Message } : null,
        });
    }

    private static async Task<VersionView> ViewAsync(RoutinesDb db, string versionId, CancellationToken ct) =>
        await Microsoft.EntityFrameworkCore.EntityFrameworkQueryableExtensions.SingleOrDefaultAsync(Definitions.Views(db, true), v => v.VersionId == versionId, ct) ?? throw new NotFound("routine version", versionId);
}
