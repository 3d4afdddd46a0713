using System.Globalization;
using System.Text;
using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Contacts.Data;

/// <summary>
/// What every installation starts with: sensible values of all lists, and the provinces and cities of Iran. Inserted by the first migration, with
/// ids that are the same everywhere; users change them at will. Not to be edited once released: a later migration adds.
/// </summary>
internal static class FirstLists
{
    private static readonly (string List, (string Fa, string En, string? Color)[] Values)[] s_lists =
    [
        (BaseLists.Type, [("مشتری نهایی", "End customer", null), ("سازنده و انبوه‌ساز", "Builder", null), ("مدیر ساختمان", "Building manager", null), ("معمار و مشاور", "Architect and consultant", null), ("نمایندهٔ فروش", "Sales representative", null), ("تأمین‌کننده", "Supplier", null), ("سازمان دولتی", "Public body", null)]),
        (BaseLists.Rank, [("ویژه", "VIP", "purple"), ("الف", "A", "green"), ("ب", "B", "blue"), ("ج", "C", "gray")]),
        (BaseLists.Status, [("جدید", "New", "blue"), ("در حال پیگیری", "In progress", "orange"), ("در انتظار تصمیم", "Waiting for a decision", "orange"), ("مشتری فعال", "Active customer", "green"), ("راکد", "Silent", "gray"), ("از دست رفته", "Lost", "red")]),
        (BaseLists.Source, [("معرفی مشتری", "Referred by a customer", null), ("وب‌سایت", "Web site", null), ("نمایشگاه", "Exhibition", null), ("تماس ورودی", "Incoming call", null), ("تبلیغات", "Advertising", null), ("شبکه‌های اجتماعی", "Social networks", null), ("بازاریاب", "Marketer", null)]),
        (BaseLists.Role, [("مشتری", "Customer", "green"), ("سرنخ", "Lead", "blue"), ("تأمین‌کننده", "Supplier", "purple"), ("نماینده", "Representative", "orange"), ("پیمانکار", "Contractor", "gray"), ("بازاریاب", "Marketer", "gray"), ("کارمند", "Employee", "gray"), ("ذی‌نفع", "Stakeholder", "gray")]),
        (BaseLists.FieldOfActivity, [("ساختمان مسکونی", "Housing", null), ("ساختمان اداری و تجاری", "Offices and shops", null), ("بیمارستان و درمان", "Hospitals", null), ("هتل و گردشگری", "Hotels", null), ("صنعتی", "Industry", null), ("آموزشی", "Education", null), ("خدمات مهندسی", "Engineering services", null)]),
        (BaseLists.Salutation, [("آقای", "Mr", null), ("خانم", "Ms", null), ("مهندس", "Eng.", null), ("دکتر", "Dr", null), ("استاد", "Prof.", null), ("حاج‌آقا", "Haj Agha", null)]),
        (BaseLists.Position, [("مدیرعامل", "Managing director", null), ("مدیر پروژه", "Project manager", null), ("مدیر خرید", "Purchasing manager", null), ("مدیر فنی", "Technical manager", null), ("حسابدار", "Accountant", null), ("کارشناس", "Specialist", null), ("منشی", "Secretary", null), ("سرایدار", "Caretaker", null)]),
        (BaseLists.Department, [("مدیریت", "Management", null), ("فنی و مهندسی", "Engineering", null), ("خرید و تدارکات", "Purchasing", null), ("مالی", "Finance", null), ("فروش", "Sales", null), ("خدمات", "Services", null)]),
        (BaseLists.CommunicationKind, [("تماس خروجی", "Outgoing call", null), ("تماس ورودی", "Incoming call", null), ("ملاقات حضوری", "Visit", null), ("پیامک", "SMS", null), ("ایمیل", "E-mail", null), ("فکس", "Fax", null), ("نامه", "Letter", null), ("گفت‌وگوی اینترنتی", "Chat", null)]),
        (BaseLists.CommunicationResult, [("موفق", "Successful", "green"), ("نیاز به پیگیری", "To be followed up", "orange"), ("پاسخ نداد", "No answer", "gray"), ("اشغال بود", "Busy", "gray"), ("علاقه‌مند نیست", "Not interested", "red"), ("درخواست پیش‌فاکتور", "Asked for a quote", "blue"), ("قرار ملاقات", "Appointment made", "blue")]),
    ];

    // In the order of the source's ids.
    private static readonly string[] s_provinces =
    [
        "East Azerbaijan", "West Azerbaijan", "Ardabil", "Isfahan", "Alborz", "Ilam", "Bushehr", "Tehran", "Chaharmahal and Bakhtiari", "South Khorasan", "Razavi Khorasan", "North Khorasan", "Khuzestan",
        "Zanjan", "Semnan", "Sistan and Baluchestan", "Fars", "Qazvin", "Qom", "Kurdistan", "Kerman", "Kermanshah", "Kohgiluyeh and Boyer-Ahmad", "Golestan", "Gilan", "Lorestan", "Mazandaran", "Markazi",
        "Hormozgan", "Hamadan", "Yazd",
    ];

    /// <summary>Id of a value that is there from the start.</summary>
    public static Guid Id(string list, int index)
    {
        var at = Array.FindIndex(s_lists, l => l.List == list);
        return new Guid(string.Create(CultureInfo.InvariantCulture, $"01900000-0000-7000-8001-{at + 1:x4}{index + 1:x8}"));
    }

    /// <summary>Number of a city among the places: provinces are 1 to 31, cities start at 1,000.</summary>
    public static int CityId(int sourceId) => 1000 + sourceId;

    /// <summary>The rows as SQL.</summary>
    public static string Sql()
    {
        var b = new StringBuilder("insert into contacts.base_data (id, list, title, english_title, color, \"order\", active, folded, created_at, updated_at) values\n");
        var first = true;
        foreach (var (list, values) in s_lists)
        {
            for (var i = 0; i < values.Length; i++)
            {
                var (fa, en, color) = values[i];
                b.Append(first ? "" : ",\n").Append(CultureInfo.InvariantCulture,
                    $"('{Id(list, i)}', '{list}', {Quote(fa)}, {Quote(en)}, {(color is null ? "null" : Quote(color))}, {(i + 1) * 10}, true, {Quote(PersianText.Fold(fa))}, now(), now())");
                first = false;
            }
        }

        b.Append(";\ninsert into contacts.places (id, province_id, name, english_name) values\n");
        var provinces = Rows("ostan.csv").ToList();
        for (var i = 0; i < provinces.Count; i++)
            b.Append(i == 0 ? "" : ",\n").Append(CultureInfo.InvariantCulture, $"({provinces[i][0]}, null, {Quote(Spaced(provinces[i][1]))}, {Quote(s_provinces[i])})");
        // Rows of the second kind are the municipal districts of large cities.
        foreach (var city in Rows("shahr.csv").Where(c => c[2] == "0"))
            b.Append(CultureInfo.InvariantCulture, $",\n({CityId(int.Parse(city[0], CultureInfo.InvariantCulture))}, {city[3]}, {Quote(PersianText.Clean(city[1])!)}, null)");
        return b.Append(';').ToString();
    }

    /// <summary>Lines of an embedded list of places.</summary>
    public static IEnumerable<string[]> Rows(string file)
    {
        using var stream = typeof(FirstLists).Assembly.GetManifestResourceStream("Crm.Contacts.Data.Places." + file)!;
        using var reader = new StreamReader(stream);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0) yield return line.Split(',');
        }
    }

    // The source writes the «and» of these names together with the word after it.
    private static string Spaced(string name) => PersianText.Clean(name.Replace(" وب", " و ب", StringComparison.Ordinal))!;

    private static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
