using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Activities;
using Crm.Workflows;

namespace Crm.Routines.Definitions;

/// <summary>Boxes that say how their people are found and not whom: they would wait for somebody at every run.</summary>
internal static class PeopleCheck
{
    public static IEnumerable<(string? ActivityId, string Input, string Text)> Find(WorkflowDefinition definition)
    {
        foreach (var box in definition.AllActivities().Where(a => a.Type is Stage.TypeName or Approve.TypeName))
        {
            var who = Fixed(box.Json["who"]) is { Length: > 0 } said ? said : box.Type == Approve.TypeName ? nameof(StageWho.Persons) : nameof(StageWho.Starter);
            var (property, input) = who switch
            {
                nameof(StageWho.Persons) => ("userIds", "Persons"),
                nameof(StageWho.Role) => ("roleId", "Role"),
                nameof(StageWho.Post) => ("postId", "Post"),
                nameof(StageWho.HeadOfUnit) => ("unitId", "Unit"),
                _ => ("", ""),
            };
            if (property.Length == 0 || Fixed(box.Json[property]) is not ("" or "[]")) continue;
            var name = box.DisplayText is { Length: > 0 } label ? label : box.Title;
            yield return (box.Id, input, Texts.Get("“{0}” does not say who does it: choose under “{1}”.", name, Texts.Get(input)));
        }
    }

    // What stands there for good; null where an expression decides at run time.
    private static string? Fixed(JsonNode? input)
    {
        if (input is not JsonObject wrapped) return "";
        var type = wrapped["expression"]?["type"]?.ToString();
        return type is null or "Literal" or "Object" ? wrapped["expression"]?["value"] switch { null => "", JsonArray list => list.Count == 0 ? "" : "…", var value => value.ToString().Trim() } : null;
    }
}
