using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.Forms;

/// <summary>Forms as a user fills them, for a stage or for a customer: with what conditions and defaults may know, and what answers change.</summary>
internal sealed class StageForms(RoutinesDb db, IFormSheets sheets, IContactDirectory contacts)
{
    public async Task<FormSheet> OfStageAsync(StageItem stage, Job job, CancellationToken ct)
    {
        var design = stage.Design;
        var text = design.Write();
        var data = new JsonObject
        {
            ["job"] = new JsonObject { ["id"] = job.Id.ToString(), ["number"] = job.Number, ["title"] = job.Title, ["routine"] = job.RoutineName, ["startedAt"] = job.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) },
        };
        // What nobody asks about costs nothing.
        if (text.Contains("customer.", StringComparison.Ordinal) && stage.ContactId is { } contact) data["customer"] = await contacts.DataAsync(contact, ct) ?? [];
        if (text.Contains("answers.", StringComparison.Ordinal)) data["answers"] = await AnswersAsync(job.Id, ct);
        return await sheets.OpenAsync(design, await SubjectAsync(design, stage.ContactId, ct), data, ct);
    }

    public async Task<FormSheet> OfCustomerAsync(FormDesign design, Guid contactId, CancellationToken ct)
    {
        var data = new JsonObject();
        if (design.Write().Contains("customer.", StringComparison.Ordinal)) data["customer"] = await contacts.DataAsync(contactId, ct) ?? [];
        return await sheets.OpenAsync(design, await SubjectAsync(design, contactId, ct), data, ct);
    }

    /// <summary>What the answers make of the customer's fields: texts by the field of the record, only what is another than now.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Changes(FormSheet sheet, JsonObject answers)
    {
        var changes = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (name, link) in sheet.Links)
        {
            // A field that was not there says nothing about the customer.
            if (!link.Changes || link.Field is null || sheet.Settle((JsonObject)answers.DeepClone()) is var look && (look.Hidden.Contains(name) || look.Closed.Contains(name))) continue;
            if (JsonNode.DeepEquals(answers[name], link.Value) || (FormCondition.IsEmpty(answers[name]) && FormCondition.IsEmpty(link.Value))) continue;
            // Potential or actual: one of them always holds.
            if (FormCondition.IsEmpty(answers[name]) && link.Field.Members is not null) continue;
            changes[link.Field.Key] = answers[name] switch { null => [], JsonArray list => [.. list.Select(v => v!.ToString())], { } one => [one.ToJsonString().Trim('"') is var plain && one.GetValueKind() is System.Text.Json.JsonValueKind.String ? one.ToString() : plain] };
        }

        return changes;
    }

    private async Task<FormSubject?> SubjectAsync(FormDesign design, Guid? contactId, CancellationToken ct)
    {
        if (contactId is not { } id || !design.Fields.Any(f => f.Kind == FieldKind.CustomerField)) return null;
        return new FormSubject("contacts", id, design.Fields.Any(f => f.Writes) && await contacts.MayChangeAsync(id, ct));
    }

    // Answers of the stages done before, in the order they were done: a later one replaces an earlier one's.
    private async Task<JsonObject> AnswersAsync(Guid jobId, CancellationToken ct)
    {
        var all = new JsonObject();
        foreach (var text in await db.Stages.AsNoTracking().Where(s => s.JobId == jobId && s.Status == StageStatus.Done && s.AnswersJson != null).OrderBy(s => s.DoneAt).Select(s => s.AnswersJson!).ToListAsync(ct))
        {
            foreach (var (name, value) in JsonNode.Parse(text) as JsonObject ?? []) all[name] = value?.DeepClone();
        }

        return all;
    }
}
