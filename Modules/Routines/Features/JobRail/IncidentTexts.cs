using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Domain;

namespace Crm.Routines.Features.JobRail;

/// <summary>An incident's reason in the language of the moment.</summary>
internal static class IncidentTexts
{
    public static string Of(JobIncident incident)
    {
        // A rule that a module named comes with its sentence and fillers; the engine's own sentences are keys themselves.
        if (incident.Details is { Length: > 0 } text && text.StartsWith('{'))
        {
            try
            {
                if (JsonNode.Parse(text) is JsonObject details && details["key"]?.ToString() is { Length: > 0 } key)
                    return Texts.Get(key, [.. (details["args"] as JsonArray ?? []).Select(a => (object?)a?.ToString())]);
            }
            catch (JsonException)
            {
                // Details are free text of whoever failed; then the message alone speaks.
            }
        }

        return incident.Arguments.Length > 0 || incident.Kind != Crm.Workflows.IncidentKind.ActivityFaulted ? Texts.Get(incident.Message, [.. incident.Arguments.Cast<object?>()]) : incident.Message;
    }
}
