using System.Text.Json.Nodes;
using Crm.Routines.Definitions;
using Crm.Workflows;

namespace Crm.Routines.Elsa;

/// <summary>A version with what its routine says about it.</summary>
internal sealed record VersionView
{
    public required Guid Id { get; init; }

    public required Guid RoutineId { get; init; }

    public required string VersionId { get; init; }

    public required string DefinitionId { get; init; }

    public required int Number { get; init; }

    public required int Revision { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? PublishedAt { get; init; }

    public required bool IsLatest { get; init; }

    public required bool IsPublished { get; init; }

    /// <summary>Empty unless asked for.</summary>
    public required string Json { get; init; }
}

internal static class DefinitionJson
{
    /// <summary>Rows of versions as Elsa sees them; <see cref="VersionView.Json"/> only when asked for.</summary>
    public static IQueryable<VersionView> Views(IQueryable<RoutineDefinition> definitions, IQueryable<RoutineVersion> versions, bool withJson) =>
        versions.Join(definitions, v => v.RoutineId, d => d.Id, (v, d) => new VersionView
        {
            Id = v.Id, RoutineId = d.Id, VersionId = v.VersionId, DefinitionId = d.DefinitionId, Number = v.Number, Revision = v.Revision, Name = v.Name, Description = d.Description,
            CreatedAt = v.CreatedAt, PublishedAt = v.PublishedAt, IsLatest = v.Id == d.LatestVersionId, IsPublished = v.Id == d.PublishedVersionId, Json = withJson ? v.Json : "",
        });

    /// <summary>The definition as Studio opens it.</summary>
    /// <param name="view">With its drawing.</param>
    /// <param name="mayDesign">Without the links Studio shows it read-only.</param>
    public static JsonObject ForStudio(VersionView view, bool mayDesign)
    {
        var json = Envelope(view);
        if (json["customProperties"] is not JsonObject custom) json["customProperties"] = custom = [];
        custom[Drawing.RevisionProperty] = Drawing.BaseText(view.Number, view.Revision);
        // Studio wants both; a file that came without them goes out without them.
        json["createdAt"] ??= view.CreatedAt;
        json["isReadonly"] ??= false;
        json["links"] = mayDesign ? Links(view.DefinitionId) : new JsonArray();
        json["materializerName"] = "Json";
        return json;
    }

    /// <summary>The definition as a file: what was imported or drawn, and the forms, messages and names that its boxes refer to, where they do.</summary>
    public static async Task<string> ForFileAsync(VersionView view, RoutineTravel travel, CancellationToken ct)
    {
        var json = Envelope(view);
        Drawing.Clean(json);
        var definition = WorkflowDefinition.Of(json);
        await travel.PackAsync(definition, ct);
        return definition.ToJson(indented: true);
    }

    public static JsonObject Summary(VersionView view, bool mayDesign) => new()
    {
        ["id"] = view.VersionId,
        ["definitionId"] = view.DefinitionId,
        ["name"] = view.Name,
        ["description"] = view.Description,
        ["version"] = view.Number,
        ["toolVersion"] = null,
        ["isLatest"] = view.IsLatest,
        ["isPublished"] = view.IsPublished,
        ["providerName"] = null,
        ["materializerName"] = "Json",
        ["isMaterializerAvailable"] = true,
        ["createdAt"] = view.CreatedAt,
        ["isReadonly"] = false,
        ["links"] = mayDesign ? Links(view.DefinitionId) : [],
    };

    public static JsonArray Links(string definitionId) =>
    [
        new JsonObject { ["href"] = $"/workflow-definitions/{definitionId}/publish", ["rel"] = "publish", ["method"] = "POST" },
        new JsonObject { ["href"] = $"/workflow-definitions/{definitionId}/retract", ["rel"] = "retract", ["method"] = "POST" },
        new JsonObject { ["href"] = $"/workflow-definitions/{definitionId}", ["rel"] = "delete", ["method"] = "DELETE" },
    ];

    private static JsonObject Envelope(VersionView view)
    {
        var definition = WorkflowDefinition.Parse(view.Json);
        definition.Id = view.VersionId;
        definition.DefinitionId = view.DefinitionId;
        definition.Version = view.Number;
        definition.IsLatest = view.IsLatest;
        definition.IsPublished = view.IsPublished;
        return definition.Json;
    }
}
