using Microsoft.AspNetCore.Http;

namespace Crm.Web;

/// <summary>Which fields the page rendered, so that the error summary can name and link them.</summary>
public static class FieldLabels
{
    /// <summary>Field name → id of its input and label.</summary>
    public static IReadOnlyDictionary<string, (string Id, string Label)> Of(HttpContext context) => Mutable(context);

    /// <summary>Notes a field.</summary>
    public static void Add(HttpContext context, string name, string id, string label) => Mutable(context)[name] = (id, label);

    /// <summary>Fields where somebody else saved another value meanwhile: id and label.</summary>
    public static IReadOnlyList<(string Id, string Label)> Newer(HttpContext context) => NewerOf(context);

    /// <summary>Notes a field that somebody else changed.</summary>
    public static void AddNewer(HttpContext context, string id, string label) => NewerOf(context).Add((id, label));

    private static List<(string Id, string Label)> NewerOf(HttpContext context)
    {
        if (context.Items[nameof(Newer)] is not List<(string, string)> list) context.Items[nameof(Newer)] = list = [];
        return list;
    }

    private static Dictionary<string, (string Id, string Label)> Mutable(HttpContext context)
    {
        if (context.Items[typeof(FieldLabels)] is not Dictionary<string, (string, string)> labels)
            context.Items[typeof(FieldLabels)] = labels = new Dictionary<string, (string Id, string Label)>(StringComparer.OrdinalIgnoreCase);
        return labels;
    }
}
