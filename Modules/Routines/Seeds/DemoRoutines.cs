using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Messaging.Contracts;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Seeds;

/// <summary>
/// Two routines of a seller and installer of lifts, published and bound: the sale and the service after it. The drawings lie beside this file in Elsa's format;
/// where they mean a role, a template, a form or a value of base data they name it (<c>@role:…</c>), because its id is another one in every database.
/// </summary>
internal sealed class DemoRoutines(
    RoutinesDb db, IActivityCatalog catalog, IEnumerable<IWhenPublished> listeners, IUserDirectory users, IBaseDataDirectory baseData, IEnumerable<ITemplateDirectory> templates, ICurrentUser user, TimeProvider time) : IDemoSeed
{
    public int Order => 40;

    [BypassesSave("Demo data: no command, one save at the end.")]
    public async Task SeedAsync(CancellationToken ct)
    {
        if (await db.Set<RoutineDefinition>().IgnoreQueryFilters([Filters.SoftDelete]).AnyAsync(ct)) return;
        var ids = await NamesAsync(ct);
        await PublishAsync("lift-sale.json", RoutinePurpose.Sale, ids, ct);
        await PublishAsync("after-sales-service.json", RoutinePurpose.AfterSales, ids, ct);
        await db.SaveChangesAsync(ct);
    }

    private async Task PublishAsync(string file, RoutinePurpose purpose, Dictionary<string, string> ids, CancellationToken ct)
    {
        var definition = Read(file);
        Name(definition.Json, ids);
        var routine = db.Add(new RoutineDefinition(definition.DefinitionId, definition.Name!)).Entity;
        var (version, _) = Publishing.Draw(routine, null, definition, definition.Id, 1, v => db.Add(v));
        await Publishing.PublishAsync(routine, version, Publishing.Check(WorkflowDefinition.Parse(version.Json), catalog), listeners, user, time, ct);
        db.Add(new RoutineBinding(routine.Id) { Purpose = purpose, Start = RoutineStart.Manual });
    }

    internal static WorkflowDefinition Read(string file)
    {
        using var stream = typeof(DemoRoutines).Assembly.GetManifestResourceStream($"Crm.Routines.Seeds.{file}") ?? throw new InvalidOperationException($"{file} is not embedded.");
        using var reader = new StreamReader(stream);
        return WorkflowDefinition.Parse(reader.ReadToEnd());
    }

    /// <summary>Ids by the names that the drawings use.</summary>
    private async Task<Dictionary<string, string>> NamesAsync(CancellationToken ct)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var role in await users.RolesAsync(ct)) ids["@role:" + role.Name] = role.Id.ToString();
        // The drawings name base data in Persian; titles come in the language of the moment.
        using var _ = Persian();
        foreach (var list in (string[])["contact-status", "communication-kind", "communication-result"])
        {
            foreach (var value in await baseData.ListAsync(list, ct)) ids[$"@{list}:{value.Title}"] = value.Id.ToString();
        }

        foreach (var directory in templates)
        {
            foreach (var template in await directory.ListAsync(ct)) ids["@template:" + template.Name] = template.Id.ToString();
        }

        foreach (var form in Forms())
        {
            form.ForCustomers = true;
            db.Add(form);
            db.Add(form.Publish(null)!);
            ids["@form:" + form.Name] = form.Id.ToString();
        }

        return ids;
    }

    private static Restore Persian()
    {
        var before = System.Globalization.CultureInfo.CurrentUICulture;
        System.Globalization.CultureInfo.CurrentUICulture = System.Globalization.CultureInfo.GetCultureInfo("fa");
        return new Restore(before);
    }

    private sealed class Restore(System.Globalization.CultureInfo before) : IDisposable
    {
        public void Dispose() => System.Globalization.CultureInfo.CurrentUICulture = before;
    }

    /// <summary>A name that this installation has not (a module that is switched off) leaves the input empty; validation says so where the input is needed.</summary>
    private static void Name(JsonNode? node, Dictionary<string, string> ids)
    {
        switch (node)
        {
            case JsonObject o:
                foreach (var (key, value) in o.ToList())
                {
                    if (value is JsonValue v && v.TryGetValue(out string? text) && text.StartsWith('@')) o[key] = ids.GetValueOrDefault(text, "");
                    else Name(value, ids);
                }

                break;
            case JsonArray a:
                foreach (var item in a) Name(item, ids);
                break;
        }
    }

    private static IEnumerable<Form> Forms()
    {
        var visit = new Form("گزارش بازدید محل") { Description = "آنچه تکنسین در محل اندازه می‌گیرد." };
        visit.Draw(FormDesign.Flat(
        [
            FormField.Make("stops", new("تعداد توقف", "Stops"), FieldKind.Number, true) with { Min = "2", Max = "60", Decimals = 0 },
            FormField.Make("capacity", new("ظرفیت", "Capacity"), FieldKind.Number, true) with { Min = "1", Decimals = 0, Unit = new("نفر", "persons") },
            FormField.Make("shaft", new("چاه آماده است؟", "Is the shaft ready?"), FieldKind.YesNo),
            FormField.Make("shaftReady", new("چاه کی آماده می‌شود؟", "When will the shaft be ready?"), FieldKind.Date) with { ShownWhen = FormCondition.When("shaft", "no"), Min = "today" },
            FormField.Make("secondVisit", new("بازدید دوم لازم است؟", "Is a second visit needed?"), FieldKind.YesNo),
            FormField.Make("remarks", new("توضیح", "Remarks"), FieldKind.LongText),
        ]));
        yield return visit;
        var service = new Form("درخواست سرویس") { Description = "آنچه پشتیبانی از مشتری می‌پرسد." };
        service.Draw(FormDesign.Flat(
        [
            FormField.Make("problem", new("شرح خرابی", "What is broken"), FieldKind.LongText, true),
            FormField.Make("urgency", new("فوریت", "Urgency"), FieldKind.Choice, true, ["عادی", "فوری", "مسافر در کابین"]) with { Look = "buttons" },
            FormField.Make("address", new("نشانی محل", "Address of the site"), FieldKind.Text),
        ]));
        yield return service;
    }
}
