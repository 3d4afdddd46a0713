using System.Text;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>Published routines that are «usable as activity»: boxes for other routines, with the inputs, outputs and outcomes that they declare. Names, ids and fields are Elsa's.</summary>
internal sealed class RoutineBoxes(RoutinesDb db, RoutineCatalog catalog)
{
    public async Task<IReadOnlyList<ActivityDescriptor>> AllAsync(CancellationToken ct)
    {
        var rows = await db.Set<RoutineDefinition>().AsNoTracking().Where(d => d.PublishedVersionId != null).OrderBy(d => d.CreatedAt)
            .Join(db.Set<RoutineVersion>().AsNoTracking().Where(v => EF.Functions.Like(v.Json, "%usableAsActivity%")), d => d.PublishedVersionId, v => v.Id, (d, v) => v.Json).ToListAsync(ct);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        List<ActivityDescriptor> boxes = [];
        foreach (var definition in rows.Select(r => WorkflowDefinition.Parse(r)))
        {
            if (definition.Options["usableAsActivity"] is not JsonValue flag || !flag.TryGetValue<bool>(out var usable) || !usable) continue;
            var type = TypeName(definition.Name ?? "");
            // Two of one name, or one called like an activity: the box still means its own routine, by its id.
            if (type.Length == 0 || catalog.Find(type) is not null || !taken.Add(type)) taken.Add(type = $"{type}_{definition.DefinitionId}");
            boxes.Add(Describe(definition, type));
        }

        return boxes;
    }

    /// <summary>What of a drawing cannot run because a routine it uses is not there, one sentence for each box.</summary>
    public async Task<IReadOnlyList<(string Activity, string Message, object?[] Args)>> MissingAsync(WorkflowDefinition definition, CancellationToken ct)
    {
        var used = definition.AllActivities().Select(a => (Activity: a, Id: a.Json["workflowDefinitionId"] is JsonValue v && v.TryGetValue<string>(out var id) ? id : null)).Where(u => !string.IsNullOrEmpty(u.Id)).ToList();
        if (used.Count == 0) return [];
        var ids = used.Select(u => u.Id!).Distinct().ToArray();
        var there = await db.Set<RoutineDefinition>().Where(d => ids.Contains(d.DefinitionId) && d.PublishedVersionId != null).Select(d => d.DefinitionId).ToListAsync(ct);
        return [.. used.Where(u => !there.Contains(u.Id!)).Select(u => (u.Activity.Id, "The routine that the box “{0}” stands for is not published here.", new object?[] { u.Activity.Title }))];
    }

    private static ActivityDescriptor Describe(WorkflowDefinition definition, string type) => new()
    {
        TypeName = type,
        Version = definition.Version,
        Category = definition.Options["activityCategory"] is JsonValue c && c.TryGetValue<string>(out var category) && category.Length > 0 ? category : Texts.Get("Routines"),
        DisplayName = definition.Name ?? type,
        Description = definition.Description,
        Executor = ActivityExecutor.Engine,
        Inputs =
        [
            .. definition.Inputs.Select((input, place) => new InputDescriptor
            {
                Name = Pascal(input.Name), TypeName = Type(input.TypeName), DisplayName = string.IsNullOrWhiteSpace(input.DisplayName) ? input.Name : input.DisplayName, Description = input.Json["description"]?.ToString(),
                UIHint = input.Json["uiHint"]?.ToString() is { Length: > 0 } hint ? hint : "singleline", Order = place,
            }),
        ],
        Outputs = [.. definition.Outputs.Select(output => new OutputDescriptor(Pascal(output.Name), Type(output.TypeName), string.IsNullOrWhiteSpace(output.DisplayName) ? output.Name : output.DisplayName))],
        Ports = definition.Outcomes.Count > 0 ? [.. definition.Outcomes.Select(o => new PortDescriptor(o))] : [new PortDescriptor("Done")],
        CustomProperties = new JsonObject { ["RootType"] = "WorkflowDefinitionActivity", ["WorkflowDefinitionId"] = definition.DefinitionId, ["WorkflowDefinitionVersionId"] = definition.Id, ["icon"] = "sitemap" },
        ConstructionProperties = new JsonObject
        {
            ["workflowDefinitionId"] = definition.DefinitionId, ["workflowDefinitionVersionId"] = definition.Id, ["latestAvailablePublishedVersion"] = definition.Version, ["latestAvailablePublishedVersionId"] = definition.Id, ["version"] = definition.Version,
        },
    };

    /// <summary>The name as Elsa makes a type of it: words together, each with a capital.</summary>
    internal static string TypeName(string name)
    {
        var text = new StringBuilder(name.Length);
        var next = true;
        foreach (var letter in name)
        {
            if (char.IsWhiteSpace(letter) || letter is '_' or '-' or '\u200c')
            {
                next = true;
                continue;
            }

            text.Append(next ? char.ToUpperInvariant(letter) : letter);
            next = false;
        }

        return text.ToString();
    }

    private static string Pascal(string name) => name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..];

    private static string Type(string? type) => string.IsNullOrWhiteSpace(type) ? "Object" : type;
}
