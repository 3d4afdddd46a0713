using Crm.Routines.Activities;
using Crm.Workflows;

namespace Crm.Routines.Versions;

/// <summary>What people call a box: its label in the drawing, a stage's own title, else its name.</summary>
internal static class BoxTitles
{
    public static string Of(ActivityNode activity)
    {
        if (activity.DisplayText is { Length: > 0 } label) return label;
        return activity.Type is Stage.TypeName or Approve.TypeName && activity.Json["title"]?["expression"]?["value"]?.ToString() is { Length: > 0 } title ? title : activity.Title;
    }
}
