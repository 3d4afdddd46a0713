using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Workflows;

namespace Crm.Routines.DryRuns;

/// <summary>Why a dry job stopped, as key and fillers: read in the language of the moment, the same bytes in a report whoever runs it.</summary>
internal static class DryTexts
{
    /// <summary>A failure that tells its key, as the runtime's do.</summary>
    public static ActivityFaulted Fault(Guid execution, string key, params string[] args) =>
        new(execution, Texts.In("en", key, [.. args.Cast<object?>()]), new JsonObject { ["key"] = key, ["args"] = new JsonArray([.. args.Select(a => (JsonNode?)a)]) });

    public static string KeyOf(Incident incident) => (incident.Details as JsonObject)?["key"]?.ToString() is { Length: > 0 } key ? key : incident.Message;

    public static IReadOnlyList<string> ArgsOf(Incident incident) =>
        incident.Details is JsonObject details && details["key"] is not null ? [.. (details["args"] as JsonArray ?? []).Select(a => a?.ToString() ?? "")] : incident.Arguments;

    public static string Of(Incident incident) => Texts.Get(KeyOf(incident), [.. ArgsOf(incident).Cast<object?>()]);
}
