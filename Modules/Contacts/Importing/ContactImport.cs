using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.EditContact;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Crm.Contacts.Importing;

/// <summary>
/// Contacts from files. New ones are written by COPY with all that a save writes; known ones are changed as the form changes them. Routines are not started unless the user asks: nobody wants ten thousand jobs for an
/// address book.
/// </summary>
[BypassesSave("A batch, its refused rows, the notes for the undo and the checkpoint are one transaction.")]
internal sealed class ContactImport(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, ICustomFields custom, ICurrentUser me, ModuleScope scope, TimeProvider time) : IImportTarget
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    public string Key => "contacts";

    public string Title => "Contacts";

    public string Permission => ContactsPermissions.Import;

    public string Url => "/contacts";

    public string UrlOf(Guid id) => $"/contacts/{id}";

    public IReadOnlyList<ImportKey> Keys => [.. s_keys.Where(k => k.Key is not ("phone" or "nationalId" or "email") || !me.ReadOnly(Key, k.Key switch { "phone" => "phones", "email" => "emails", _ => k.Key }))];

    private static readonly ImportKey[] s_keys =
    [
        new("phone", "Telephone number", ["phone", "mobile", "workPhone", "homePhone"]), new("nationalId", "National ID", ["nationalId"]), new("email", "E-mail", ["email"]), new("number", "Number", ["number"]),
        new("name", "Name", ["fullName", "lastName", "firstName", "company"]),
    ];

    public async Task<IReadOnlyList<ImportField>> FieldsAsync(CancellationToken ct) =>
    [
        .. ContactColumn.All.Where(c => !me.ReadOnly(Key, c.RightsName)).Select(c => c.ToField()),
        .. (await custom.OfAsync(Key, ct)).Where(f => f.IsChangedBy(me) && f.Kind != FieldType.File).Select(f => new ImportField(RowReader.CustomPrefix + f.Key, f.Title, [f.Persian, f.English ?? f.Persian], Texts.Get("Custom fields"))),
    ];

    // «نام» is the first name beside a last name, and the whole one without: so it stands in the files that our own list gives out.
    public string[] Agree(IReadOnlyList<string> heads, string[] guessed) =>
        guessed.Contains("lastName") || guessed.Contains("fullName") ? guessed : [.. guessed.Select((key, i) => key == "firstName" && PersianText.Fold(heads[i]) is "نام" or "اسم" ? "fullName" : key)];

    public async Task<IReadOnlyList<ImportVerdict>> CheckAsync(ImportPlan plan, IReadOnlyList<ImportRow> rows, CancellationToken ct)
    {
        var reader = await ReaderAsync(plan, ct);
        var read = rows.Select(reader.Read).ToList();
        var known = await KnownAsync(plan, read, ct);
        var held = await HeldAsync(read, ct);
        var companies = await CompaniesAsync(read, ct);
        var more = await custom.OfAsync(Key, ct);
        // Rows that would add the same record are told by their keys alone.
        var met = new HashSet<string>(StringComparer.Ordinal);
        List<ImportVerdict> verdicts = [];
        foreach (var r in read)
        {
            var id = Which(plan, r, known);
            if (id is null && r.Keys.Any(met.Contains) && plan.Mode == ImportMode.Create) r.Wrong(null, Texts.Get("A row above has the same key."));
            Taken(r, id, held);
            Company(plan, r, companies);
            // Values that will be added are not there yet: whatever lacks only them is in order.
            reader.Fields(r, null, null);
            reader.Custom(r, null, more, me);
            // A known one may have what the row lacks.
            if (id is not null) r.Problems.RemoveAll(p => p.Column is null && p.Text == Texts.Get("Give a first or last name."));
            foreach (var key in r.Keys) met.Add(key);
            verdicts.Add(new(r.Row, r.Problems.Count > 0 ? ImportOutcome.Refused : id is null ? ImportOutcome.Added : ImportOutcome.Changed, id, r.Problems));
        }

        return verdicts;
    }

    public async Task ApplyAsync(ImportPlan plan, IReadOnlyList<ImportRow> rows, Func<IReadOnlyList<ImportVerdict>, DbConnection, DbTransaction, Task> alsoSave, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var reader = await ReaderAsync(plan, ct);
        var waiting = rows.Select(reader.Read).ToList();
        if (reader.Missing.Count > 0) await AddValuesAsync(reader, ct);
        List<ImportVerdict> verdicts = new(rows.Count);
        // A row that means a record which an earlier row of this batch makes waits for the next round, so that rows take effect in their order.
        while (waiting.Count > 0) waiting = await RoundAsync(plan, reader, waiting, verdicts, ct);
        await db.SaveChangesAsync(ct);
        await alsoSave(verdicts, db.Database.GetDbConnection(), transaction.GetDbTransaction());
        await transaction.CommitAsync(ct);
        if (plan.Tells) scope.Pulse();
    }

    public async Task UndoAsync(IReadOnlyList<ImportedRecord> records, Func<IReadOnlyList<UndoRefusal>, DbConnection, DbTransaction, Task> alsoSave, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ids = records.Select(r => r.RecordId).ToArray();
        var contacts = await LoadAsync(ids, ct);
        var talked = await db.Communications.Where(c => ids.Contains(c.ContactId)).Select(c => c.ContactId).Union(db.FollowUps.Where(f => ids.Contains(f.ContactId)).Select(f => f.ContactId)).ToHashSetAsync(ct);
        var employers = await db.Positions.Where(p => ids.Contains(p.CompanyId) && p.To == null && db.Contacts.Any(c => c.Id == p.PersonId)).Select(p => new { p.CompanyId, p.PersonId }).ToListAsync(ct);
        List<UndoRefusal> kept = [];
        List<(Contact, Kept)> back = [];
        foreach (var record in records)
        {
            // Gone already: nothing to take back.
            if (!contacts.TryGetValue(record.RecordId, out var contact)) continue;
            if (record.Before is null)
            {
                if (contact.UpdatedAt > record.At) Keep("It was changed since.");
                else if (talked.Contains(contact.Id)) Keep("Communications or follow-ups hang on it.");
                else if (employers.Any(e => e.CompanyId == contact.Id && !ids.Contains(e.PersonId))) Keep("Others work there.");
                else
                {
                    contact.Deleting();
                    db.Remove(contact);
                }
            }
            else if (Snapshot(contact) != Normal(record.After!))
            {
                Keep("It was changed since.");
            }
            else
            {
                back.Add((contact, JsonSerializer.Deserialize<Kept>(record.Before, s_json)!));
            }

            void Keep(string why) => kept.Add(new(record.RecordId, contact.Name, Texts.Get(why)));
        }

        var companies = await CompaniesByIdAsync(back.Select(b => b.Item2.Fields.CompanyId), ct);
        foreach (var (contact, before) in back)
        {
            contact.Change(before.Fields, before.Fields.CompanyId is { } c ? companies.GetValueOrDefault(c)?.AsEmployer() : null, Today());
            contact.SetCustom(before.Custom);
            await PresentPosts.AgreeAsync(db, contact, ct);
            contact.ClearEvents();
            db.Touch(contact);
        }

        await db.SaveChangesAsync(ct);
        await alsoSave(kept, db.Database.GetDbConnection(), transaction.GetDbTransaction());
        await transaction.CommitAsync(ct);
    }

    private async Task<List<ReadRow>> RoundAsync(ImportPlan plan, RowReader reader, List<ReadRow> rows, List<ImportVerdict> verdicts, CancellationToken ct)
    {
        List<ReadRow> later = [];
        var met = new HashSet<string>(StringComparer.Ordinal);
        List<ReadRow> now = [];
        foreach (var r in rows)
        {
            // The national id tells two rows apart that the chosen key does not: the later one is judged when the earlier one stands.
            string[] keys = [.. r.Keys, .. r.NationalId is { } id ? (string[])["national id " + id] : []];
            if (keys.Any(met.Contains)) later.Add(r);
            else now.Add(r);
            foreach (var key in keys) met.Add(key);
        }

        var known = await KnownAsync(plan, now, ct);
        var held = await HeldAsync(now, ct);
        var companies = await CompaniesAsync(now, ct);
        var found = now.Select(r => (Row: r, Id: Which(plan, r, known))).ToList();
        foreach (var (r, id) in found) Taken(r, id, held);
        var changing = await LoadAsync([.. found.Where(f => f.Id is not null && f.Row.Problems.Count == 0).Select(f => f.Id!.Value)], ct);
        var employers = await CompaniesByIdAsync(changing.Values.Select(c => c.Positions.FirstOrDefault(p => p.To is null)?.CompanyId), ct);
        var more = await custom.OfAsync(Key, ct);
        List<Contact> added = [];
        List<Contact> founded = [];
        foreach (var (r, id) in found)
        {
            var employer = Company(plan, r, companies);
            var contact = id is { } i ? changing.GetValueOrDefault(i) : null;
            var known0 = contact is null ? null : EditContactCommand.Of(contact);
            var fields = reader.Fields(r, known0, employer?.Id);
            var values = reader.Custom(r, contact?.Custom, more, me);
            if (r.Problems.Count > 0)
            {
                verdicts.Add(new(r.Row, ImportOutcome.Refused, null, r.Problems));
                continue;
            }

            if (r.CompanyName is { } name && employer is null)
            {
                employer = new Contact(new ImportedContact { Kind = ContactKind.Company, CompanyName = name, OwnerId = fields.OwnerId }, null, Today());
                companies[name] = employer;
                founded.Add(employer);
                verdicts.Add(new(r.Row, ImportOutcome.Companion, employer.Id, []));
                fields = fields with { CompanyId = employer.Id };
            }

            if (contact is null)
            {
                var fresh = new Contact(fields, employer?.AsEmployer(), Today());
                fresh.SetCustom(values);
                added.Add(fresh);
                verdicts.Add(new(r.Row, ImportOutcome.Added, fresh.Id, []));
                continue;
            }

            var before = Snapshot(contact);
            contact.Change(fields, (employer ?? (known0!.CompanyId is { } c ? employers.GetValueOrDefault(c) : null))?.AsEmployer(), Today());
            contact.SetCustom(values);
            if (fields.CompanyId != known0!.CompanyId) await PresentPosts.AgreeAsync(db, contact, ct);
            var after = Snapshot(contact);
            if (before == after)
            {
                verdicts.Add(new(r.Row, ImportOutcome.Same, contact.Id, []));
                continue;
            }

            if (!plan.Tells) contact.ClearEvents();
            db.Touch(contact);
            verdicts.Add(new(r.Row, ImportOutcome.Changed, contact.Id, [], before, after));
        }

        // Companies first: posts point at them.
        foreach (var batch in new[] { founded, added })
        {
            await BulkSave.InsertAsync(db, batch, scope, plan.Tells, ct);
            await BulkSave.InsertAsync(db, [.. batch.SelectMany(c => c.Phones)], scope, false, ct);
            await BulkSave.InsertAsync(db, [.. batch.SelectMany(c => c.Emails)], scope, false, ct);
            await BulkSave.InsertAsync(db, [.. batch.SelectMany(c => c.Addresses)], scope, false, ct);
            await BulkSave.InsertAsync(db, [.. batch.SelectMany(c => c.Positions)], scope, false, ct);
        }

        await db.SaveChangesAsync(ct);
        db.ChangeTracker.Clear();
        return later;
    }

    private async Task<RowReader> ReaderAsync(ImportPlan plan, CancellationToken ct) =>
        new(plan, await baseData.GetAsync(ct), await places.GetAsync(ct), await users.ActiveAsync(ct), me, time);

    private async Task AddValuesAsync(RowReader reader, CancellationToken ct)
    {
        foreach (var list in reader.Missing.GroupBy(m => m.Key.List))
        {
            var name = list.Key;
            var there = await db.BaseData.Where(b => b.List == name).ToListAsync(ct);
            var last = there.Select(b => b.Order).DefaultIfEmpty().Max();
            foreach (var ((_, folded), title) in list)
            {
                // The cache may be half a minute old: another batch may have added it.
                var item = there.Find(b => b.Folded == folded);
                if (item is null) db.Add(item = new BaseDataItem(name, title, null, last += 10));
                reader.Added(name, folded, item.Id);
            }
        }

        await db.SaveChangesAsync(ct);
    }

    /// <summary>Which contacts have the keys: by key, as far as this user sees them.</summary>
    private async Task<ILookup<string, Guid>> KnownAsync(ImportPlan plan, List<ReadRow> rows, CancellationToken ct)
    {
        var keys = rows.SelectMany(r => r.Keys).Distinct().ToArray();
        if (keys.Length == 0) return Array.Empty<(string, Guid)>().ToLookup(p => p.Item1, p => p.Item2);
        var contacts = db.Contacts.AsNoTracking();
        var found = plan.KeyField switch
        {
            "phone" => contacts.SelectMany(c => c.Phones.Where(p => keys.Contains(p.Number)), (c, p) => new { Key = p.Number, c.Id }),
            "email" => contacts.SelectMany(c => c.Emails.Where(e => keys.Contains(e.Address)), (c, e) => new { Key = e.Address, c.Id }),
            "nationalId" => contacts.Where(c => keys.Contains(c.NationalId)).Select(c => new { Key = c.NationalId!, c.Id }),
            "name" => contacts.Where(c => keys.Contains(c.Name)).Select(c => new { Key = c.Name, c.Id }),
            _ => null,
        };
        if (found is not null) return (await found.ToListAsync(ct)).ToLookup(f => f.Key, f => f.Id);
        var numbers = keys.Select(k => long.Parse(k, CultureInfo.InvariantCulture)).ToArray();
        return (await contacts.Where(c => numbers.Contains(c.Number)).Select(c => new { c.Number, c.Id }).ToListAsync(ct)).ToLookup(f => f.Number.ToString(CultureInfo.InvariantCulture), f => f.Id);
    }

    /// <summary>Whose the national ids of the rows are already, as far as this user sees them.</summary>
    private async Task<ILookup<string, (Guid Id, string Name, long Number)>> HeldAsync(List<ReadRow> rows, CancellationToken ct)
    {
        var ids = rows.Select(r => r.NationalId).OfType<string>().Distinct().ToArray();
        if (ids.Length == 0) return Array.Empty<string>().ToLookup(i => i, _ => (Guid.Empty, "", 0L));
        return (await db.Contacts.AsNoTracking().Where(c => ids.Contains(c.NationalId)).OrderBy(c => c.Number).Select(c => new { c.NationalId, c.Id, c.Name, c.Number }).ToListAsync(ct)).ToLookup(c => c.NationalId!, c => (c.Id, c.Name, c.Number));
    }

    /// <summary>Says so where the row is found by one thing and its national id is somebody else's: one of the two is wrong, and a guess would mix two people up.</summary>
    private static void Taken(ReadRow row, Guid? id, ILookup<string, (Guid Id, string Name, long Number)> held)
    {
        if (row.NationalId is not { } national) return;
        var holders = held[national].ToList();
        if (holders.Count == 0 || holders.Exists(h => h.Id == id)) return;
        row.Wrong(row.Column("nationalId"), Texts.Get("“{0}” ({1}) has this national ID already.", holders[0].Name, PersianText.Number(holders[0].Number)));
    }

    /// <summary>The one contact the row means, or none; says what is wrong where there are several, or where the mode does not take it.</summary>
    private static Guid? Which(ImportPlan plan, ReadRow row, ILookup<string, Guid> known)
    {
        var ids = row.Keys.SelectMany(k => known[k]).Distinct().ToList();
        if (ids.Count > 1) row.Wrong(null, Texts.Get("Several contacts have this key."));
        else if (ids.Count == 1 && plan.Mode == ImportMode.Create) row.Wrong(null, Texts.Get("This contact is known already."));
        else if (ids.Count == 0 && plan.Mode == ImportMode.Update) row.Wrong(null, Texts.Get(row.Keys.Count == 0 ? "The key is empty." : "No contact has this key."));
        return ids.Count == 1 ? ids[0] : null;
    }

    private async Task<Dictionary<string, Contact>> CompaniesAsync(List<ReadRow> rows, CancellationToken ct)
    {
        var names = rows.Select(r => r.CompanyName).OfType<string>().Distinct().ToArray();
        var found = new Dictionary<string, Contact>(StringComparer.Ordinal);
        if (names.Length == 0) return found;
        foreach (var company in await db.Contacts.AsNoTracking().Where(c => c.Kind == ContactKind.Company && names.Contains(c.Name)).OrderBy(c => c.Number).ToListAsync(ct)) found.TryAdd(company.Name, company);
        return found;
    }

    private static Contact? Company(ImportPlan plan, ReadRow row, Dictionary<string, Contact> companies)
    {
        if (row.CompanyName is not { } name) return null;
        if (companies.TryGetValue(name, out var company)) return company;
        if (!plan.AddsValues) row.Wrong(row.Column("company"), Texts.Get("There is no company “{0}”.", name));
        else if (name.Length > 300) row.Wrong(row.Column("company"), Texts.Get("At most {0} characters.", 300));
        return null;
    }

    private async Task<Dictionary<Guid, Contact>> LoadAsync(Guid[] ids, CancellationToken ct) => ids.Length == 0 ? [] : await db.Contacts
        .WithParts().Where(c => ids.Contains(c.Id)).ToDictionaryAsync(c => c.Id, ct);

    private async Task<Dictionary<Guid, Contact>> CompaniesByIdAsync(IEnumerable<Guid?> ids, CancellationToken ct)
    {
        var wanted = ids.OfType<Guid>().Distinct().ToArray();
        return wanted.Length == 0 ? [] : await db.Contacts.AsNoTracking().Where(c => wanted.Contains(c.Id)).ToDictionaryAsync(c => c.Id, ct);
    }

    // What the form knows of a contact, without the version: it is compared after other saves.
    private static string Snapshot(Contact contact) => JsonSerializer.Serialize(new Kept(EditContactCommand.Of(contact) with { Version = null }, InOrder(contact.Custom)), s_json);

    // The database keeps JSON in an order of its own.
    private static string Normal(string json) => JsonSerializer.Serialize(JsonSerializer.Deserialize<Kept>(json, s_json), s_json);

    private static string? InOrder(string? values) =>
        values is null ? null : new JsonObject(CustomValues.Parse(values).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))).ToJsonString();

    private sealed record Kept(EditContactCommand Fields, string? Custom);

    private DateOnly Today() => DateView.Of(me.Access).DayOf(time.GetUtcNow());
}
