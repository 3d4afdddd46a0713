using System.Text.RegularExpressions;
using Crm.Contacts.Contracts;
using Crm.Core;

namespace Crm.Messaging.Templates;

/// <summary>A field that a template may contain.</summary>
/// <param name="Path">As written between the braces.</param>
/// <param name="Title">English title (translation key).</param>
/// <param name="Group">English title (translation key) of its group.</param>
internal sealed record MergeField(string Path, string Title, string Group);

/// <summary>
/// Which fields there are. Names are fixed, except what routines fill in freely: answers of forms, variables and further data of a job can't be known when
/// a template is saved.
/// </summary>
internal static partial class MergeFields
{
    private static readonly MergeField[] s_own =
    [
        new("job.number", "Number of the job", "Job"),
        new("job.title", "Title of the job", "Job"),
        new("stage.title", "Title of the stage", "Job"),
        new("stage.due", "When the stage is due", "Job"),
        new("agent.name", "Name of the agent", "Job"),
        new("extra", "Further text of the activity", "Job"),
        new("company.name", "Name of our company", "Our company"),
        new("company.phone", "Telephone of our company", "Our company"),
        new("company.address", "Address of our company", "Our company"),
        new("company.website", "Web site of our company", "Our company"),
        new("recipient.name", "Name of the recipient", "Message"),
        new("sender.name", "Name of the user who sends", "Message"),
        new("link", "Link to the record, for staff", "Message"),
        new("today", "Today's date", "Message"),
    ];

    private static readonly string[] s_free = ["answers", "variables", "data"];
    private static HashSet<string> s_known = [.. s_own.Select(f => f.Path)];
    private static bool s_contact;

    /// <summary>All of them, for the picker.</summary>
    public static IReadOnlyList<MergeField> All(IContactDirectory contacts) =>
        [.. contacts.Fields.Where(f => f.Name.All(c => char.IsLetterOrDigit(c) || c is '_' or '.')).Select(f => new MergeField("contact." + f.Name, f.Title, "Contact")), .. s_own];

    /// <summary>Learns the contact's fields; they do not change while the application runs.</summary>
    public static void Learn(IContactDirectory contacts)
    {
        if (s_contact) return;
        s_known = [.. s_own.Select(f => f.Path), .. All(contacts).Select(f => f.Path)];
        s_contact = true;
    }

    /// <summary>That a path is no field, with the one that was probably meant.</summary>
    public static TemplateProblem NoField(string path) => NoField(path, Meant(path));

    private static TemplateProblem NoField(string path, string? meant) =>
        meant is null ? new("There is no field called “{0}”.", path) : new("There is no field called “{0}”. Is “{1}” meant?", path, meant);

    private static string? Meant(string path) => NearMiss.Of(path, path.StartsWith("customer.", StringComparison.Ordinal) ? s_known.Where(f => f.StartsWith("contact.", StringComparison.Ordinal)).Select(f => "customer." + f[8..]) : s_known);

    /// <summary>A text with its fields called as people know them: <c>Dear ‹Name›</c>. For lists and previews; what is no field stays as it is written.</summary>
    public static string Readable(string text, IReadOnlyDictionary<string, string> titles) => Tag().Replace(text, m => m.Groups[1].Value switch
    {
        // Where a condition begins and ends says nothing to who reads what is sent; that there are two ways does.
        "" => m.Value.StartsWith("{{else", StringComparison.Ordinal) ? " / " : "",
        var path when titles.TryGetValue(path, out var title) => $"‹{title}›",
        var path when path.StartsWith("customer.", StringComparison.Ordinal) && titles.TryGetValue("contact" + path[8..], out var title) => $"‹{title}›",
        // What routines fill in freely has no title but the name that was given to it.
        var path => $"‹{path[(path.LastIndexOf('.') + 1)..]}›",
    });

    // A whole tag, or the beginning of one that the end of an excerpt cut.
    [GeneratedRegex(@"\{\{!--.*?(?:--\}\}|$)|\{\{(?:#\w+\s+[^}]*|/\w*|else)\s*(?:\}\}|$)|\{\{\s*([\p{L}_@][\p{L}\p{N}_.]*)\s*\}\}|\{\{[^}]*$", RegexOptions.Singleline)]
    private static partial Regex Tag();

    /// <summary>The first of the paths that asks for a custom field of the contact that there is not; null when there is none.</summary>
    public static TemplateProblem? UnknownCustom(IEnumerable<string> paths, IReadOnlyCollection<string> customs)
    {
        foreach (var path in paths)
        {
            if (path.Split('.') is not [("contact" or "customer") and var root, "custom", var name, ..] || customs.Contains(name)) continue;
            return NoField(path, NearMiss.Of(name, customs) is { } meant ? $"{root}.custom.{meant}" : null);
        }

        return null;
    }

    /// <summary>Whether the path can have a value.</summary>
    public static bool IsField(string path)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        var root = dot < 0 ? path : path[..dot];
        if (dot > 0 && s_free.Contains(root, StringComparer.Ordinal)) return true;
        if (path.StartsWith("contact.custom.", StringComparison.Ordinal)) return true;
        // Routines call the contact «customer».
        if (root == "customer" && dot > 0) return IsField("contact" + path[dot..]);
        return s_known.Contains(path);
    }
}
