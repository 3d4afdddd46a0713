using System.Globalization;
using System.Text.RegularExpressions;
using Crm.Core;
using Crm.Routines.Activities;
using Crm.Workflows;

namespace Crm.Routines.Versions;

/// <summary>What people call a box: its label in the drawing, a stage's own title, its name; where that is only what Studio made of the type (<c>FlowDecision1</c>), the kind of box.</summary>
internal static partial class BoxTitles
{
    private static readonly Dictionary<string, string> s_standard = StandardActivities.Descriptors.ToDictionary(d => d.TypeName, d => d.DisplayName, StringComparer.Ordinal);

    public static string Of(ActivityNode activity)
    {
        if (activity.DisplayText is { Length: > 0 } label) return label;
        if (activity.Type is Stage.TypeName or Approve.TypeName && activity.Json["title"]?["expression"]?["value"]?.ToString() is { Length: > 0 } title) return Place().Replace(title, "…");
        return Number(activity) is { } number ? Kind(activity.Type) + (number == 1 ? "" : " " + PersianText.Digits(number.ToString(CultureInfo.InvariantCulture))) : activity.Title;
    }

    // What a title is filled with stands there once the job comes to it.
    [GeneratedRegex(@"\{\{.*?\}\}")]
    private static partial Regex Place();

    // Studio names a new box by the last part of its type and a number.
    private static int? Number(ActivityNode activity)
    {
        var name = activity.Type[(activity.Type.LastIndexOf('.') + 1)..];
        return activity.Title.StartsWith(name, StringComparison.Ordinal) && int.TryParse(activity.Title.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    // The activities of the modules have the words of their type as title: OpenTask is “Open task”.
    private static string Kind(string type) => Texts.Get(s_standard.TryGetValue(type, out var known) ? known : Words(type[(type.LastIndexOf('.') + 1)..]));

    private static string Words(string name) => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? " " + char.ToLowerInvariant(c) : c.ToString())).Replace("follow up", "follow-up", StringComparison.Ordinal);
}
