namespace Crm.Contacts.Domain;

/// <summary>What the fields of a contact are called (translation keys), for history and conditions.</summary>
internal static class FieldTitles
{
    public static readonly IReadOnlyList<(string Name, string Title)> All =
    [
        ("firstName", "First name"), ("lastName", "Last name"), ("companyName", "Company"), ("salutationId", "Salutation"), ("nationalId", "National ID"), ("economicCode", "Economic code"), ("cardNumber", "Card number"), ("ibans", "Bank accounts"), ("bankCards", "Bank cards"), ("liaisonId", "Liaison"), ("marriedOn", "Marriage date"), ("maritalStatusId", "Marital status"), ("religionId", "Religion"), ("preferences", "Preferences"), ("photoId", "Photo"), ("birthday", "Birthday"),
        ("standing", "Potential or actual"), ("roles", "Roles"), ("groups", "Groups"), ("typeId", "Type"), ("rankId", "Rank"), ("statusId", "Status"), ("sourceId", "Source"), ("fieldOfActivityId", "Field of activity"), ("importanceId", "Importance as a supplier"),
        ("ownerId", "Expert"), ("notes", "Notes"), ("phones", "Telephones"), ("emails", "E-mails"), ("addresses", "Addresses"), ("positions", "Positions"),
    ];

    private static readonly Dictionary<string, string> s_more = new(StringComparer.Ordinal) { ["roleIds"] = "Roles", ["groupIds"] = "Groups", ["kind"] = "Kind of contact", ["number"] = "Number", ["branchId"] = "Branch" };

    public static string? Of(string name)
    {
        foreach (var (n, title) in All)
        {
            if (n == name) return title;
        }

        return s_more.GetValueOrDefault(name);
    }
}
