using System.Globalization;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;

namespace Crm.Contacts.Seeds;

/// <summary>Makes up contacts; the same random numbers make the same ones.</summary>
internal sealed record SomeContact : ContactFields
{
    private static readonly (int City, int Province, string Area, int Weight)[] s_cities =
        [(CityOf("تهران"), 8, "021", 45), (CityOf("کرج"), 5, "026", 14), (CityOf("اصفهان"), 4, "031", 10), (CityOf("مشهد"), 11, "051", 9), (CityOf("شیراز"), 17, "071", 8), (CityOf("تبریز"), 1, "041", 7), (CityOf("رشت"), 25, "013", 4), (CityOf("اهواز"), 13, "061", 3)];

    private static readonly int[] s_counties = [.. s_cities.Select(c => CountyLists.CountyId(int.Parse(FirstLists.Rows("shahr.csv").First(r => FirstLists.CityId(int.Parse(r[0], CultureInfo.InvariantCulture)) == c.City)[4], CultureInfo.InvariantCulture)))];

    // The middles of the cities above, in their order.
    private static readonly (decimal Latitude, decimal Longitude)[] s_centres = [(35.715m, 51.404m), (35.832m, 50.991m), (32.654m, 51.668m), (36.297m, 59.606m), (29.591m, 52.583m), (38.080m, 46.291m), (37.280m, 49.583m), (31.318m, 48.670m)];

    /// <summary>One contact: three in four are persons, one in eight is written in Latin letters.</summary>
    public static SomeContact Make(Random random, BaseValues lists, IReadOnlyList<Guid> users, int unique)
    {
        var latin = random.Next(8) == 0;
        var person = random.Next(4) != 0;
        var (city, province, area, _) = City(random);
        var county = s_counties[Array.FindIndex(s_cities, c => c.City == city)];
        var mobile = string.Create(CultureInfo.InvariantCulture, $"09{10 + (unique / 10_000_000 % 30):00}{unique % 10_000_000:0000000}");
        List<PhoneFields> phones = [new() { Kind = PhoneKind.Mobile, Number = mobile }];
        if (!person || random.Next(3) == 0) phones.Add(new() { Kind = person ? PhoneKind.Home : PhoneKind.Work, Number = string.Create(CultureInfo.InvariantCulture, $"{area}{random.Next(22000000, 88999999)}") });
        if (!person && random.Next(4) == 0) phones.Add(new() { Kind = PhoneKind.Fax, Number = string.Create(CultureInfo.InvariantCulture, $"{area}{random.Next(22000000, 88999999)}") });
        return new()
        {
            Kind = person ? ContactKind.Person : ContactKind.Company,
            FirstName = !person ? null : latin ? One(random, Words.EnglishFirst) : random.Next(3) == 0 ? One(random, Words.Women) : One(random, Words.Men),
            LastName = !person ? null : latin ? One(random, Words.EnglishFamilies) : One(random, Words.Families),
            CompanyName = person ? null : CompanyNameOf(random, latin),
            Standing = random.Next(3) == 0 ? Standing.Actual : Standing.Potential,
            RoleIds = [Pick(random, lists, BaseLists.Role, 2)],
            TypeId = Pick(random, lists, BaseLists.Type),
            RankId = random.Next(3) == 0 ? null : Pick(random, lists, BaseLists.Rank),
            StatusId = Pick(random, lists, BaseLists.Status),
            SourceId = Pick(random, lists, BaseLists.Source),
            FieldOfActivityId = person ? null : Pick(random, lists, BaseLists.FieldOfActivity),
            OwnerId = users.Count == 0 ? null : users[random.Next(users.Count)],
            Phones = phones,
            Emails = random.Next(5) < 2 ? [new() { Address = string.Create(CultureInfo.InvariantCulture, $"{(person ? "user" : "info")}{unique}@example.com") }] : [],
            Addresses = random.Next(10) < 7
                ?
                [
                    new()
                    {
                        Purpose = person ? AddressPurpose.Home : AddressPurpose.Work, ProvinceId = province, CountyId = county, CityId = city, District = One(random, Words.Districts),
                        PostalCode = random.Next(2) == 0 ? null : random.NextInt64(1111111112, 9999999999).ToString(CultureInfo.InvariantCulture),
                        Latitude = Centre(city, unique).Latitude, Longitude = Centre(city, unique).Longitude,
                        Text = string.Create(CultureInfo.InvariantCulture, $"خیابان {One(random, Words.Streets)}، کوچهٔ {random.Next(1, 60)}، پلاک {random.Next(1, 200)}"),
                    },
                ]
                : [],
        };
    }

    public static string CompanyNameOf(Random random, bool latin) => latin ? One(random, Words.EnglishCompanies) : random.Next(4) switch
    {
        0 => "شرکت ساختمانی " + One(random, Words.Builders),
        1 => "مجتمع مسکونی " + One(random, Words.Towers),
        2 => "دفتر معماری " + One(random, Words.Families),
        _ => "بازرگانی " + One(random, Words.Supplies) + " " + One(random, Words.Families),
    };

    /// <summary>One of a list's first values, the earlier ones more often.</summary>
    public static Guid Pick(Random random, BaseValues lists, string list, int among = int.MaxValue)
    {
        var values = lists.All(list);
        var n = Math.Min(values.Count, among);
        return values[Math.Min(random.Next(n), random.Next(n))].Id;
    }

    public static string One(Random random, string[] words) => words[random.Next(words.Length)];

    // Every third lies on the map, around the middle of its city.
    private static (decimal? Latitude, decimal? Longitude) Centre(int city, int unique)
    {
        if (unique % 3 != 0) return (null, null);
        var (latitude, longitude) = s_centres[Array.FindIndex(s_cities, c => c.City == city)];
        return (latitude + ((unique / 3 % 97 - 48) * 0.0011m), longitude + ((unique / 7 % 89 - 44) * 0.0013m));
    }

    private static (int City, int Province, string Area, int Weight) City(Random random)
    {
        var at = random.Next(100);
        foreach (var city in s_cities)
        {
            at -= city.Weight;
            if (at < 0) return city;
        }

        return s_cities[0];
    }

    private static int CityOf(string name) => FirstLists.CityId(int.Parse(FirstLists.Rows("shahr.csv").First(r => r[1] == name && r[2] == "0")[0], CultureInfo.InvariantCulture));
}
