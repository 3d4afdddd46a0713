using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Contacts.Features.ContactList;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Data;

internal sealed class ContactDirectory(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, ICustomFields custom, ListedContacts listed, ICurrentUser me) : IContactDirectory
{
    public IReadOnlyList<(string Name, string Title)> Fields { get; } =
    [
        ("name", "Name"), ("firstName", "First name"), ("lastName", "Last name"), ("salutation", "Salutation"), ("companyName", "Company"),
        ("kind", "Kind of contact"), ("number", "Number"), ("standing", "Potential or actual"), ("roles", "Roles"), ("groups", "Groups"), ("type", "Type"), ("rank", "Rank"), ("status", "Status"), ("source", "Source"),
        ("fieldOfActivity", "Field of activity"), ("importance", "Importance as a supplier"), ("phone", "Telephone"), ("mobile", "Mobile"), ("email", "E-mail"), ("province", "Province"), ("county", "County"), ("city", "City"), ("address", "Address"),
        ("nationalId", "National ID"), ("economicCode", "Economic code"), ("cardNumber", "Card number"), ("birthday", "Birthday"), ("ownerName", "Expert"),
    ];

    public IReadOnlyList<string> DataNames => [.. Fields.Select(f => f.Name), "id", "roleIds", "groupIds", "typeId", "rankId", "statusId", "sourceId", "ownerId", "custom"];

    public async Task<bool> MayChangeAsync(Guid id, CancellationToken ct) => me.IsSystem ? await db.Contacts.AnyAsync(c => c.Id == id, ct) : me.Can(ContactsPermissions.Change) && await db.ReachesAsync(typeof(Contact), id, Operation.Change, ct);

    public async Task<IReadOnlyDictionary<Guid, ContactCard>> CardsAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        if (ids.Count == 0) return new Dictionary<Guid, ContactCard>();
        var wanted = ids.Distinct().ToArray();
        return (await Cards(db.Contacts.Where(c => wanted.Contains(c.Id))).ToListAsync(ct)).ToDictionary(r => r.Id, Card);
    }

    public async Task<IReadOnlyList<ContactCard>> SearchAsync(string text, int take, CancellationToken ct)
    {
        var found = ContactSearch.Apply(db.Contacts, text, me).OrderByDescending(c => c.Number).Take(Math.Clamp(take, 1, 50));
        var cards = await Cards(found).ToListAsync(ct);
        // As the list understands it: typed on the other keyboard, or a Persian name in Latin letters.
        if (cards.Count == 0 && me.Id is not null) cards = await Cards((await listed.MeantAsync(new RecordQuery { Search = PersianText.Clean(text) }, ct)).OrderByDescending(c => c.Number).Take(Math.Clamp(take, 1, 50))).ToListAsync(ct);
        return [.. cards.Select(Card)];
    }

    public Task<Guid?> ByNumberAsync(long number, CancellationToken ct) => db.Contacts.Where(c => c.Number == number).Select(c => (Guid?)c.Id).FirstOrDefaultAsync(ct);

    public async Task<JsonObject?> DataAsync(Guid id, CancellationToken ct)
    {
        var row = await db.Contacts.Where(c => c.Id == id).Select(c => new
        {
            c.Id, c.Kind, c.Number, c.Name, c.FirstName, c.LastName, c.CompanyName, c.SalutationId, c.Standing, c.RoleIds, c.GroupIds, c.TypeId, c.RankId, c.StatusId, c.SourceId, c.FieldOfActivityId, c.ImportanceId,
            c.MainPhone, c.NationalId, c.EconomicCode, c.CardNumber, c.Birthday, c.OwnerId, c.Custom,
            Email = c.Emails.OrderBy(e => e.Position).Select(e => e.Address).FirstOrDefault(),
            Address = c.Addresses.OrderBy(a => a.Position).Select(a => new { a.ProvinceId, a.CountyId, a.CityId, a.District, a.Text }).FirstOrDefault(),
        }).SingleOrDefaultAsync(ct);
        if (row is null) return null;
        var lists = await baseData.GetAsync(ct);
        var towns = await places.GetAsync(ct);
        var owner = row.OwnerId is { } o ? (await users.CardsAsync([o], ct)).GetValueOrDefault(o)?.Name : null;
        var city = towns.Title(row.Address?.CityId);
        var mobile = row.MainPhone is { } p && PhoneNumber.Parse(p).IsMobile ? p : null;
        var data = new JsonObject
        {
            ["id"] = row.Id,
            ["name"] = row.Name,
            ["firstName"] = row.FirstName,
            ["lastName"] = row.LastName,
            ["salutation"] = lists.Title(row.SalutationId),
            ["companyName"] = row.CompanyName,
            ["kind"] = Contact.NameOf(row.Kind),
            ["number"] = row.Number,
            ["standing"] = row.Standing == Standing.Actual ? "actual" : "potential",
            ["roles"] = new JsonArray([.. row.RoleIds.Select(r => lists.Title(r)).Where(t => t is not null).Select(t => (JsonNode)JsonValue.Create(t)!)]),
            ["roleIds"] = new JsonArray([.. row.RoleIds.Select(r => (JsonNode)JsonValue.Create(r))]),
            ["groups"] = new JsonArray([.. lists.Groups.Present(row.GroupIds).Select(g => lists.Groups.Path(g)).Where(t => t is not null).Select(t => (JsonNode)JsonValue.Create(t)!)]),
            ["groupIds"] = new JsonArray([.. lists.Groups.Present(row.GroupIds).Select(g => (JsonNode)JsonValue.Create(g))]),
            ["type"] = lists.Title(row.TypeId),
            ["rank"] = lists.Title(row.RankId),
            ["status"] = lists.Title(row.StatusId),
            ["source"] = lists.Title(row.SourceId),
            ["fieldOfActivity"] = lists.Title(row.FieldOfActivityId),
            ["importance"] = lists.Title(row.ImportanceId),
            ["typeId"] = row.TypeId,
            ["rankId"] = row.RankId,
            ["statusId"] = row.StatusId,
            ["sourceId"] = row.SourceId,
            ["phone"] = row.MainPhone,
            ["mobile"] = mobile,
            ["email"] = row.Email,
            ["province"] = towns.Title(row.Address?.ProvinceId),
            ["county"] = towns.Title(row.Address?.CountyId),
            ["city"] = city,
            ["address"] = row.Address is { } a ? string.Join("، ", new[] { city, a.District, a.Text }.Where(s => s is not null)) : null,
            ["nationalId"] = row.NationalId,
            ["economicCode"] = row.EconomicCode,
            ["cardNumber"] = row.CardNumber,
            ["birthday"] = row.Birthday?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            ["ownerId"] = row.OwnerId,
            ["ownerName"] = owner,
            ["custom"] = await CustomAsync(row.Custom, ct),
        };
        Shared.ClosedFields.Remove(data, me);
        return data;
    }

    public async ValueTask<IReadOnlyCollection<string>> CustomNamesAsync(CancellationToken ct) =>
        [.. (await custom.OfAsync(Records.ContactRecords.RecordKey, ct)).SelectMany(f => f.Kind == FieldType.Choice ? (string[])[f.Key, f.Key + "_id"] : [f.Key])];

    // Lists by their titles, as a message or a condition says them; the stored key of a choice stands beside it as key_id.
    private async Task<JsonObject> CustomAsync(string? values, CancellationToken ct)
    {
        var stored = CustomValues.Parse(values);
        var shown = new JsonObject();
        foreach (var f in await custom.OfAsync(Records.ContactRecords.RecordKey, ct))
        {
            if (stored[f.Key] is not { } value || !f.IsSeenBy(me)) continue;
            if (f.Kind == FieldType.Choice)
            {
                shown[f.Key] = f.Options.FirstOrDefault(o => o.Value == value.ToString())?.Title ?? value.ToString();
                shown[f.Key + "_id"] = value.DeepClone();
            }
            else if (f.Kind == FieldType.Choices && value is JsonArray several)
            {
                shown[f.Key] = new JsonArray([.. several.Select(v => (JsonNode?)JsonValue.Create(f.Options.FirstOrDefault(o => o.Value == v!.ToString())?.Title ?? v!.ToString()))]);
            }
            else
            {
                shown[f.Key] = value.DeepClone();
            }
        }

        return shown;
    }

    private static IQueryable<CardRow> Cards(IQueryable<Contact> contacts) => contacts.AsNoTracking().Select(c => new CardRow(
        c.Id, c.Number, c.Kind, c.Name, c.MainPhone, c.Emails.OrderBy(e => e.Position).Select(e => e.Address).FirstOrDefault(), c.OwnerId, c.BranchId));

    // A mobile comes before a fixed line as the main number, so if there is one it is that.
    private ContactCard Card(CardRow r) => new(r.Id, r.Number, Contact.NameOf(r.Kind), r.Name, Phones ? r.Phone : null,
        Phones && r.Phone is { } p && PhoneNumber.Parse(p).IsMobile ? p : null, me.Hides(ContactsRights.Contacts, "emails") ? null : r.Email, r.OwnerId, r.BranchId);

    private bool Phones => !me.Hides(ContactsRights.Contacts, "phones");

    private sealed record CardRow(Guid Id, long Number, ContactKind Kind, string Name, string? Phone, string? Email, Guid? OwnerId, Guid BranchId);
}

internal sealed class BaseDataDirectory(BaseDataCache cache) : IBaseDataDirectory
{
    public async Task<IReadOnlyList<BaseDataValue>> ListAsync(string list, CancellationToken ct) =>
        [.. (await cache.GetAsync(ct)).Active(list).Select(v => new BaseDataValue(v.Id, v.Title))];
}

internal sealed class FollowUpDirectory(ContactsDb db, BaseDataCache baseData, ICurrentUser me) : IFollowUpDirectory
{
    private const int Enough = 1000;

    public async Task<IReadOnlyList<FollowUpCard>> WaitingAsync(Guid userId, int take, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var rows = await Open(userId).OrderBy(f => f.DueAt).Take(take)
            .Select(f => new { f.Id, f.ContactId, f.Contact!.Name, f.KindId, f.Text, f.DueAt, f.CreatedAt, f.JobId }).ToListAsync(ct);
        return [.. rows.Select(r => new FollowUpCard(r.Id, r.ContactId, r.Name, lists.Title(r.KindId) ?? "", me.Hides(ContactsRights.FollowUps, "text") ? "" : r.Text ?? "", r.DueAt, r.CreatedAt, r.JobId, $"/follow-ups/{r.Id}"))];
    }

    public async Task<(int Open, int Late)> CountAsync(Guid userId, DateTimeOffset now, CancellationToken ct)
    {
        var due = await Open(userId).OrderBy(f => f.DueAt).Take(Enough).GroupBy(f => f.DueAt < now).Select(g => new { Late = g.Key, Count = g.Count() }).ToListAsync(ct);
        return (due.Sum(d => d.Count), due.Where(d => d.Late).Sum(d => d.Count));
    }

    private IQueryable<FollowUp> Open(Guid userId) => db.FollowUps.AsNoTracking().Where(f => f.AssigneeId == userId && f.State == FollowUpState.Open && f.Contact!.DeletedAt == null);
}
