using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Contacts.Importing;

/// <summary>A field of a contact that a file may bring.</summary>
/// <param name="Key">Stable key.</param>
/// <param name="Title">English sentence (translation key).</param>
/// <param name="Group">Heading (translation key).</param>
/// <param name="Property">Property of <see cref="ContactFields"/> whose messages stand at this column.</param>
/// <param name="Aliases">What columns are called besides, in both languages.</param>
/// <param name="List">Base data it is chosen of.</param>
/// <param name="Repeats">Whether several columns may bring it.</param>
internal sealed record ContactColumn(string Key, string Title, string Group, string Property, string[] Aliases, string? List = null, bool Repeats = false)
{
    private const string Who = "Who";
    private const string Reach = "How to reach";
    private const string Place = "Addresses";
    private const string Sort = "Which kind of customer";

    public static readonly IReadOnlyList<ContactColumn> All =
    [
        new("kind", "Kind of contact", Who, nameof(ContactFields.Kind), ["kind", "person or company", "نوع شخص", "شخص/شرکت", "حقیقی/حقوقی", "نوع مخاطب"]),
        new("salutation", "Salutation", Who, nameof(ContactFields.SalutationId), ["prefix", "title prefix", "عنوان", "پیشوند", "لقب"], BaseLists.Salutation),
        new("firstName", "First name", Who, nameof(ContactFields.FirstName), ["given name", "forename", "نام", "نام کوچک", "اسم"]),
        new("lastName", "Last name", Who, nameof(ContactFields.LastName), ["family name", "surname", "نام‌خانوادگی", "فامیل", "فامیلی"]),
        new("fullName", "Full name", Who, nameof(ContactFields.LastName), ["name", "contact", "customer", "نام و نام خانوادگی", "نام کامل", "نام مشتری", "مشتری", "مخاطب"]),
        new("company", "Company", Who, nameof(ContactFields.CompanyName), ["company name", "organization", "organisation", "org", "employer", "نام شرکت", "سازمان", "موسسه", "محل کار"]),
        new("position", "Position", Who, nameof(ContactFields.PositionId), ["job title", "job", "role in company", "سمت", "پست", "شغل"], BaseLists.Position),
        new("department", "Department", Who, nameof(ContactFields.DepartmentId), ["unit", "واحد", "دپارتمان"], BaseLists.Department),
        new("nationalId", "National ID", Who, nameof(ContactFields.NationalId), ["national code", "national number", "کد ملی", "کدملی", "شناسه ملی", "شمارهٔ ملی", "شماره ملی"]),
        new("birthday", "Birthday", Who, nameof(ContactFields.Birthday), ["birth date", "date of birth", "born", "تاریخ تولد", "زادروز"]),
        new("number", "Number", Who, "Number", ["no", "contact number", "customer number", "code", "شماره", "شمارهٔ مشتری", "شماره مشتری", "کد مشتری", "کد"]),
        new("phone", "Telephone", Reach, nameof(ContactFields.Phones), ["phone", "telephone number", "tel", "other phone", "تلفن", "شماره تلفن", "شمارهٔ تلفن", "شماره تماس", "تلفن تماس"], null, true),
        new("mobile", "Mobile", Reach, nameof(ContactFields.Phones), ["mobile phone", "cell", "cell phone", "cellphone", "موبایل", "همراه", "تلفن همراه", "شماره موبایل", "شماره همراه"], null, true),
        new("workPhone", "Work phone", Reach, nameof(ContactFields.Phones), ["business phone", "office phone", "تلفن محل کار", "تلفن شرکت", "تلفن ثابت"], null, true),
        new("homePhone", "Home phone", Reach, nameof(ContactFields.Phones), ["تلفن منزل", "تلفن خانه"], null, true),
        new("fax", "Fax", Reach, nameof(ContactFields.Phones), ["fax number", "business fax", "نمابر", "دورنگار", "فکس"], null, true),
        new("email", "E-mail", Reach, nameof(ContactFields.Emails), ["email", "mail", "e-mail address", "email address", "ایمیل", "پست الکترونیک", "رایانامه", "نشانی ایمیل"], null, true),
        new("address", "Address", Place, "Addresses.Text", ["street", "street address", "business street", "نشانی", "آدرس"]),
        new("city", "City", Place, "Addresses.CityId", ["town", "business city", "شهر"]),
        new("county", "County", Place, "Addresses.CountyId", ["shahrestan", "township", "شهرستان"]),
        new("province", "Province", Place, "Addresses.ProvinceId", ["state", "region", "استان"]),
        new("district", "District", Place, "Addresses.District", ["area", "منطقه", "محله"]),
        new("postalCode", "Postal code", Place, "Addresses.PostalCode", ["postcode", "zip", "zip code", "کد پستی", "کدپستی"]),
        new("country", "Country", Place, "Addresses.Country", ["country code", "کشور"]),
        new("status", "Status", Sort, nameof(ContactFields.StatusId), ["state of customer", "وضعیت"], BaseLists.Status),
        new("type", "Type", Sort, nameof(ContactFields.TypeId), ["customer type", "نوع", "نوع مشتری"], BaseLists.Type),
        new("rank", "Rank", Sort, nameof(ContactFields.RankId), ["grade", "رتبه", "درجه"], BaseLists.Rank),
        new("source", "Source", Sort, nameof(ContactFields.SourceId), ["lead source", "how they found us", "نحوه آشنایی", "نحوهٔ آشنایی", "منبع"], BaseLists.Source),
        new("fieldOfActivity", "Field of activity", Sort, nameof(ContactFields.FieldOfActivityId), ["industry", "line of business", "زمینهٔ فعالیت", "زمینه فعالیت", "صنعت"], BaseLists.FieldOfActivity),
        new("importance", "Importance as a supplier", Sort, nameof(ContactFields.ImportanceId), ["supplier importance", "importance", "اهمیت", "اهمیت تأمین‌کننده"], BaseLists.Importance),
        new("roles", "Roles", Sort, nameof(ContactFields.RoleIds), ["role", "نقش", "نقش‌ها"], BaseLists.Role),
        new("groups", "Groups", Sort, nameof(ContactFields.GroupIds), ["group", "category", "categories", "گروه", "گروه‌ها", "دسته"]),
        new("owner", "Expert", Sort, nameof(ContactFields.OwnerId), ["owner", "account manager", "assigned to", "کارشناس", "مسئول"]),
        new("standing", "Potential or actual", Sort, nameof(ContactFields.Standing), ["standing", "بالقوه یا بالفعل", "بالقوه/بالفعل"]),
        new("notes", "Notes", Sort, nameof(ContactFields.Notes), ["note", "comment", "description", "remarks", "یادداشت", "توضیحات", "توضیح", "ملاحظات"]),
    ];

    private static readonly Dictionary<string, ContactColumn> s_byKey = All.ToDictionary(c => c.Key);

    public static ContactColumn? Find(string? key) => key is null ? null : s_byKey.GetValueOrDefault(key);

    /// <summary>What rights on fields call it.</summary>
    public string RightsName => Property.Split('.')[0] switch
    {
        nameof(ContactFields.RoleIds) => "roles",
        nameof(ContactFields.GroupIds) => "groups",
        nameof(ContactFields.PositionId) or nameof(ContactFields.DepartmentId) => "positions",
        var name => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(name),
    };

    public ImportField ToField() => new(Key, Texts.Get(Title), [.. Aliases, Title, Texts.In("fa", Title)], Texts.Get(Group), Repeats);
}
