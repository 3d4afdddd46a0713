using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Shared;

/// <summary>Checks what a contact's fields point at: values of the right list, a company one can see, a user who is active.</summary>
internal static class ContactReferences
{
    public static async Task<Employer?> CheckAsync(ContactFields f, Contact? known, ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var towns = await places.GetAsync(ct);
        List<(string, string, object?[])> wrong = [];
        One(BaseLists.Salutation, f.SalutationId, nameof(f.SalutationId));
        One(BaseLists.Type, f.TypeId, nameof(f.TypeId));
        One(BaseLists.Rank, f.RankId, nameof(f.RankId));
        One(BaseLists.Status, f.StatusId, nameof(f.StatusId));
        One(BaseLists.Source, f.SourceId, nameof(f.SourceId));
        One(BaseLists.FieldOfActivity, f.FieldOfActivityId, nameof(f.FieldOfActivityId));
        One(BaseLists.Importance, f.ImportanceId, nameof(f.ImportanceId));
        One(BaseLists.Position, f.PositionId, nameof(f.PositionId));
        One(BaseLists.Department, f.DepartmentId, nameof(f.DepartmentId));
        One(BaseLists.MaritalStatus, f.MaritalStatusId, nameof(f.MaritalStatusId));
        One(BaseLists.Religion, f.ReligionId, nameof(f.ReligionId));
        foreach (var role in f.RoleIds) One(BaseLists.Role, role, nameof(f.RoleIds));
        if (f.GroupIds.Exists(g => lists.Groups.Find(g) is null)) Wrong(nameof(f.GroupIds));
        for (var i = 0; i < f.Addresses.Count; i++)
        {
            var a = f.Addresses[i];
            if (a.ProvinceId is { } p && !towns.Is(p, PlaceKind.Province)) Wrong($"Addresses[{i}].ProvinceId");
            if (a.CountyId is { } county && !towns.Is(county, PlaceKind.County)) Wrong($"Addresses[{i}].CountyId");
            if (a.CityId is { } c && !towns.Is(c, PlaceKind.City)) Wrong($"Addresses[{i}].CityId");
        }

        // An expert who left stays where he stands; a new one must be there.
        if (f.OwnerId is { } owner && owner != known?.OwnerId && (await users.CardsAsync([owner], ct)).GetValueOrDefault(owner) is not { Active: true }) Wrong(nameof(f.OwnerId));
        Employer? employer = null;
        if (f.Kind == ContactKind.Person && f.CompanyId is { } id)
        {
            // Where he works already he may go on to, also when whoever changes him does not see that company.
            employer = known?.MainPost?.CompanyId == id ? new(id, known.CompanyName) : await db.Contacts.Where(c => c.Id == id && c.Kind == ContactKind.Company).Select(c => new Employer(c.Id, c.Name)).SingleOrDefaultAsync(ct);
            if (employer is null) Wrong(nameof(f.CompanyId));
        }

        return wrong.Count == 0 ? employer : throw new InvalidInput(wrong);

        void One(string list, Guid? value, string field)
        {
            if (!lists.Has(list, value)) Wrong(field);
        }

        void Wrong(string field) => wrong.Add((field, "Choose one of the list.", []));
    }
}
