using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Contracts;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>
/// What a routine needs besides its drawing when it goes to another installation: its forms and messages go along, roles, people and base data go by their names. It stands in one custom property, which
/// an Elsa server keeps and does not look at; on arrival it is taken out again.
/// </summary>
internal sealed partial class RoutineTravel(RoutinesDb db, IEnumerable<ITemplateDirectory> messages, IUserDirectory users, IBaseDataDirectory baseData, IEventSink events)
{
    public const string Property = "Crm.Brings";
    private static readonly string[] s_lists = ["contact-type", "contact-rank", "contact-status", "contact-source", "contact-role", "communication-kind", "communication-result"];

    /// <summary>Adds what the drawing refers to; nothing when it refers to nothing of ours, so that a file from an Elsa server goes out as it came.</summary>
    public async Task PackAsync(WorkflowDefinition definition, CancellationToken ct)
    {
        var ids = IdsIn(definition);
        if (ids.Count == 0) return;
        var brings = new JsonObject();
        var forms = await db.Forms.AsNoTracking().Where(f => ids.Contains(f.Id)).OrderBy(f => f.Name).ToListAsync(ct);
        if (forms.Count > 0)
            brings["forms"] = new JsonArray([.. forms.Select(f => (JsonNode)new JsonObject { ["id"] = f.Id, ["name"] = f.Name, ["description"] = f.Description, ["fields"] = JsonNode.Parse(f.FieldsJson) })]);
        foreach (var directory in messages)
        {
            var texts = await directory.TextsAsync([.. ids], ct);
            if (texts.Count > 0) brings["messages"] = new JsonArray([.. texts.Select(m => (JsonNode)new JsonObject { ["id"] = m.Id, ["name"] = m.Name, ["channel"] = m.Channel, ["subject"] = m.Subject, ["body"] = m.Body })]);
        }

        var names = new JsonObject();
        foreach (var role in (await users.RolesAsync(ct)).Where(r => ids.Contains(r.Id))) names[role.Id.ToString()] = new JsonObject { ["kind"] = "role", ["name"] = role.Name };
        foreach (var (id, card) in await users.CardsAsync([.. ids], ct)) names[id.ToString()] = new JsonObject { ["kind"] = "user", ["name"] = card.Name };
        foreach (var list in s_lists)
            foreach (var value in (await baseData.ListAsync(list, ct)).Where(v => ids.Contains(v.Id))) names[value.Id.ToString()] = new JsonObject { ["kind"] = list, ["name"] = value.Title };
        if (names.Count > 0) brings["names"] = names;
        if (brings.Count > 0) definition.CustomProperties[Property] = brings;
    }

    /// <summary>Takes out what came along, makes what is missing here, and lets the drawing name what is here. Answers what was not found, a sentence each.</summary>
    public async Task<(WorkflowDefinition Definition, IReadOnlyList<string> Notes)> UnpackAsync(WorkflowDefinition definition, CancellationToken ct)
    {
        if (definition.Json["customProperties"] is not JsonObject properties || properties[Property] is not JsonObject brings) return (definition, []);
        properties.Remove(Property);
        var replace = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        List<string> notes = [];
        foreach (var form in Items(brings["forms"])) await FormAsync(form, replace, ct);
        foreach (var message in Items(brings["messages"])) await MessageAsync(message, replace, notes, ct);
        if (brings["names"] is JsonObject names) await NamesAsync(names, replace, notes, ct);
        if (replace.Count == 0) return (definition, notes);
        var text = Id().Replace(definition.ToJson(), m => replace.TryGetValue(m.Value, out var here) ? here : m.Value);
        return (WorkflowDefinition.Parse(text), notes);
    }

    private async Task FormAsync(JsonObject form, Dictionary<string, string> replace, CancellationToken ct)
    {
        if (IdOf(form) is not { } id || form["name"]?.ToString() is not { Length: > 0 and <= 200 } name) return;
        if (db.Forms.Local.Any(f => f.Id == id) || await db.Forms.AnyAsync(f => f.Id == id, ct)) return;
        if (await db.Forms.Where(f => f.Name == name).Select(f => (Guid?)f.Id).FirstOrDefaultAsync(ct) is { } known)
        {
            replace[id.ToString()] = known.ToString();
            return;
        }

        FormDesign design;
        try
        {
            design = FormDesign.Parse(form["fields"]?.ToJsonString());
        }
        catch (InvalidInput)
        {
            throw new InvalidInput("Json", "The form “{0}” in this file can't be read.", name);
        }

        if (FormCheck.Of(design) is [var (_, wrong, args), ..]) throw new InvalidInput("Json", "The form “{0}” in this file can't be filled: {1}", name, Texts.Get(wrong, args));
        var made = new Form(name) { Description = form["description"]?.ToString() is { Length: <= 1000 } about ? about : null };
        made.Draw(design);
        db.Add(made.Publish(null)!);
        db.Add(made);
        replace[id.ToString()] = made.Id.ToString();
    }

    private async Task MessageAsync(JsonObject message, Dictionary<string, string> replace, List<string> notes, CancellationToken ct)
    {
        if (IdOf(message) is not { } id || message["name"]?.ToString() is not { Length: > 0 and <= 200 } name || message["body"]?.ToString() is not { Length: > 0 and <= 100_000 } body) return;
        if (!messages.Any())
        {
            notes.Add(Texts.Get("The message “{0}” came along; messages are switched off here.", name));
            return;
        }

        foreach (var directory in messages)
        {
            var all = await directory.ListAsync(ct);
            if (all.Any(t => t.Id == id)) return;
            if (all.FirstOrDefault(t => t.Name == name && t.Channel == message["channel"]?.ToString()) is not { } known) continue;
            replace[id.ToString()] = known.Id.ToString();
            return;
        }

        // A fresh id: the one in the file may be a deleted one's here.
        var fresh = Guid.CreateVersion7();
        replace[id.ToString()] = fresh.ToString();
        events.Tell(new TemplateWanted(fresh, name, message["channel"]?.ToString() == "email" ? "email" : "sms", message["subject"]?.ToString(), body));
    }

    private async Task NamesAsync(JsonObject names, Dictionary<string, string> replace, List<string> notes, CancellationToken ct)
    {
        var roles = await users.RolesAsync(ct);
        var people = await users.ActiveAsync(ct);
        foreach (var (text, value) in names)
        {
            if (!Guid.TryParse(text, out var id) || value is not JsonObject shape || shape["name"]?.ToString() is not { Length: > 0 } name) continue;
            var kind = shape["kind"]?.ToString() ?? "";
            IReadOnlyList<(Guid Id, string Name)> here = kind switch
            {
                "role" => [.. roles.Select(r => (r.Id, r.Name))],
                "user" => [.. people.Select(p => (p.Id, p.Name))],
                _ when s_lists.Contains(kind) => [.. (await baseData.ListAsync(kind, ct)).Select(v => (v.Id, v.Title))],
                _ => [],
            };
            if (here.Any(h => h.Id == id)) continue;
            if (here.FirstOrDefault(h => PersianText.Fold(h.Name) == PersianText.Fold(name)) is { Id: var found } && found != Guid.Empty) replace[id.ToString()] = found.ToString();
            else notes.Add(Texts.Get(kind switch { "role" => "The role “{0}” is not here: choose another in the drawing.", "user" => "The user “{0}” is not here: choose another in the drawing.", _ => "“{0}” is not in the lists here: choose another in the drawing." }, name));
        }
    }

    // Only in the drawing: the ids of the envelope are Elsa's.
    private static HashSet<Guid> IdsIn(WorkflowDefinition definition) =>
        definition.Root is { } root ? [.. Id().Matches(root.Json.ToJsonString()).Select(m => Guid.Parse(m.Value))] : [];

    private static IEnumerable<JsonObject> Items(JsonNode? node) => (node as JsonArray ?? []).OfType<JsonObject>().Take(200);

    private static Guid? IdOf(JsonObject item) => Guid.TryParse(item["id"]?.ToString(), out var id) ? id : null;

    [GeneratedRegex("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")]
    private static partial Regex Id();
}
