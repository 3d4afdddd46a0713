using Microsoft.AspNetCore.Http;

namespace Crm.Web;

/// <summary>Which fields the page rendered, so that the error summary can name and link them.</summary>
public static class FieldLabels
{
    /// <summary>Field name → id of its input and label.</summary>
    public static IReadOnlyDictionary<string, (string Id, string Label)> Of(HttpContext context) => Mutable(context);

    /// <summary>Notes a field.</summary>
    public static void Add(HttpContext context, string name, string id, string label) => Mutable(context)[name] = (id, label);

    private static Dictionary<string, (string Id, string Label)> Mutable(HttpContext context)
    {
        if (context.Items[typeof(FieldLabels)] is not Dictionary<string, (string, string)> labels)
            context.Items[typeof(FieldLabels)] = labels = new Dictionary<string, (string Id, string Label)>(StringComparer.OrdinalIgnoreCase);
        return labels;
    }
}
