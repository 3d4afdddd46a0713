using System.Globalization;
using System.Text;
using Crm.Core;

namespace Crm.Contacts.Data;

/// <summary>Counties and districts, which came after provinces and cities, with ids that are the same everywhere. Inserted by the migration that brought them; not to be edited once released.</summary>
internal static class CountyLists
{
    /// <summary>Number of a county among the places.</summary>
    public static int CountyId(int sourceId) => 10_000 + sourceId;

    /// <summary>Number of a district among the places.</summary>
    public static int DistrictId(int sourceId) => 20_000 + sourceId;

    /// <summary>Counties and districts, where each city lies, and the county of every address that has a city.</summary>
    public static string Sql()
    {
        var b = new StringBuilder("update contacts.places set kind = case when province_id is null then 'Province' else 'City' end;\ninsert into contacts.places (id, kind, province_id, county_id, name) values\n");
        var first = true;
        foreach (var r in FirstLists.Rows("shahrestan.csv")) Row($"({CountyId(Number(r[0]))}, 'County', {Number(r[2])}, null, {Quote(r[1])})");
        foreach (var r in FirstLists.Rows("bakhsh.csv")) Row($"({DistrictId(Number(r[0]))}, 'District', {Number(r[2])}, {CountyId(Number(r[3]))}, {Quote(r[1])})");
        b.Append(";\nupdate contacts.places p set county_id = v.county, district_id = v.district from (values ");
        first = true;
        foreach (var r in FirstLists.Rows("shahr.csv").Where(c => c[2] == "0")) Row($"({FirstLists.CityId(Number(r[0]))}, {CountyId(Number(r[4]))}, {DistrictId(Number(r[5]))})");
        return b.Append("""
            ) v(city, county, district) where p.id = v.city;
            update contacts.contact_addresses a set county_id = p.county_id from contacts.places p where p.id = a.city_id;
            update contacts.contacts c set county_id = p.county_id from contacts.places p where p.id = c.city_id;
            """).ToString();

        void Row(FormattableString row)
        {
            b.Append(first ? "" : ",\n").Append(row.ToString(CultureInfo.InvariantCulture));
            first = false;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Quote(string text) => "'" + PersianText.Clean(text)!.Replace("'", "''", StringComparison.Ordinal) + "'";
}
