using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Runtime;
using Crm.Workflows;

namespace Crm.Routines.Definitions;

/// <summary>
/// Fields that texts and expressions of a drawing ask for and nobody has: they would stay empty at every run, and nobody would hear of it. A hint and not a refusal: what Contacts tells may grow by a custom field tomorrow.
/// </summary>
internal sealed partial class FieldCheck(IContactDirectory contacts)
{
    private static readonly string[] s_job = [.. JobData.Of(new JobFacts()).Select(d => d.Key)];

    public async Task<IReadOnlyList<RoutineProblem>> FindAsync(WorkflowDefinition definition, IActivityCatalog catalog, CancellationToken ct)
    {
        IReadOnlyCollection<string>? customs = null;
        List<RoutineProblem> found = [];
        foreach (var box in definition.AllActivities())
        {
            foreach (var (property, expression) in Expressions(box.Json))
            {
                if (expression["value"] is not JsonValue value || !value.TryGetValue(out string? text)) continue;
                var type = expression["type"]?.ToString();
                var activity = catalog.Find(box.Type);
                var known = activity?.Input(property);
                var title = known is not null ? Texts.Get(known.DisplayName) : property;
                var name = box.DisplayText is { Length: > 0 } label ? label : box.Title;
                // Plain texts of our own boxes are filled all the same.
                if (type == "Literal" && known is not null && activity!.Fills(known)) type = "Liquid";
                if (type == "Literal")
                {
                    // Somebody wrote a place into a text that stays as it stands.
                    if (Place().Match(text) is { Success: true } plain && Field().IsMatch(plain.Value))
                        found.Add(new(false, Texts.Get("“{0}”: “{1}” stays as it stands. Choose “Liquid” as the kind of this text so that it is filled.", name, plain.Value), box.Id, title) { Source = text, At = plain.Index });
                    continue;
                }

                if (type is not ("Liquid" or "Handlebars" or "JavaScript")) continue;
                foreach (var (path, at) in Paths(text, type != "JavaScript"))
                {
                    if (path.Root == "customer" && path.First == "custom" && path.Second is not null) customs ??= await contacts.CustomNamesAsync(ct);
                    var (names, typed, prefix) = path switch
                    {
                        { Root: "job" } => (s_job, path.First, "job."),
                        { First: "custom", Second: { } second } => (customs!, second, "customer.custom."),
                        { First: "custom" } => (["custom"], path.First, ""),
                        _ => ((IReadOnlyCollection<string>)contacts.DataNames, path.First, "customer."),
                    };
                    if (names.Contains(typed)) continue;
                    var sentence = NearMiss.Of(typed, names) is { } meant
                        ? Texts.Get("“{0}”: there is no field called “{1}”. Is “{2}” meant?", name, prefix + typed, prefix + meant)
                        : Texts.Get("“{0}”: there is no field called “{1}”.", name, prefix + typed);
                    found.Add(new(false, sentence, box.Id, title) { Source = text, At = at });
                }
            }
        }

        return found;
    }

    // What is evaluated of a box: its inputs, and the conditions of the cases of a switch, which are none.
    private static IEnumerable<(string Property, JsonObject Expression)> Expressions(JsonObject box)
    {
        foreach (var (property, node) in box)
        {
            if (node is JsonObject input && input["expression"] is JsonObject expression) yield return (property, expression);
            else if (property is "cases" && node is JsonArray cases)
            {
                foreach (var condition in cases.OfType<JsonObject>().Select(c => c["condition"]).OfType<JsonObject>())
                    yield return (property, condition["expression"] as JsonObject ?? condition);
            }
        }
    }

    private static IEnumerable<((string Root, string First, string? Second) Path, int At)> Paths(string text, bool template)
    {
        // Of a text only its places count, of an expression all but the texts in it.
        var read = template ? text : Quoted().Replace(text, m => new string(' ', m.Length));
        foreach (var (part, start) in template ? Place().Matches(read).Select(m => (m.Value, m.Index)) : [(read, 0)])
        {
            foreach (Match m in Field().Matches(template ? Quoted().Replace(part, q => new string(' ', q.Length)) : part))
                yield return ((m.Groups[1].Value, m.Groups[2].Value, m.Groups[3].Success ? m.Groups[3].Value : null), start + m.Index);
        }
    }

    [GeneratedRegex(@"\{\{.*?\}\}", RegexOptions.Singleline | RegexOptions.NonBacktracking)]
    private static partial Regex Place();

    [GeneratedRegex(@"'(?:[^'\\\n]|\\.)*'|""(?:[^""\\\n]|\\.)*""", RegexOptions.NonBacktracking)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<![\p{L}\p{N}_.$])(customer|job)(?:\?)?\.([\p{L}_][\p{L}\p{N}_]*)(?:(?:\?)?\.([\p{L}_][\p{L}\p{N}_]*))?")]
    private static partial Regex Field();
}
