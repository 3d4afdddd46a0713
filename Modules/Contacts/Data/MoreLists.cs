using System.Globalization;
using System.Text;
using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Contacts.Data;

/// <summary>Lists that came after the first release, with ids that are the same everywhere. Inserted by the migrations that brought them; not to be edited once released.</summary>
internal static class MoreLists
{
    private static readonly (string List, (string Fa, string En, string? Reverse, string? ReverseEn)[] Values)[] s_lists =
    [
        (BaseLists.RelationKind,
        [
            ("همسر", "Spouse", null, null), ("خویشاوند", "Family member", null, null), ("پدر یا مادر", "Parent", "فرزند", "Child"), ("همراه", "Companion", "همراهی‌شونده", "Accompanied by this one"), ("معرف", "Referrer", "معرفی‌شده", "Referred"),
            ("شرکت مادر", "Parent company", "شرکت زیرمجموعه", "Subsidiary"), ("شریک", "Partner", null, null), ("وکیل یا نماینده", "Agent", "موکل", "Principal"), ("ضامن", "Guarantor", "ضمانت‌شده", "Guaranteed"),
        ]),
        (BaseLists.MaritalStatus, [("مجرد", "Single", null, null), ("متأهل", "Married", null, null), ("جداشده", "Divorced", null, null), ("همسر درگذشته", "Widowed", null, null)]),
        (BaseLists.Religion, [("شیعه", "Shia", null, null), ("سنی", "Sunni", null, null), ("مسیحی", "Christian", null, null), ("زرتشتی", "Zoroastrian", null, null), ("کلیمی", "Jewish", null, null)]),
    ];

    public static Guid Id(string list, int index)
    {
        var at = Array.FindIndex(s_lists, l => l.List == list);
        return new Guid(string.Create(CultureInfo.InvariantCulture, $"01900000-0000-7000-8002-{at + 1:x4}{index + 1:x8}"));
    }

    /// <summary>The rows of one list as SQL. A value of the same name that somebody added meanwhile stays.</summary>
    public static string Sql(string list)
    {
        var b = new StringBuilder("insert into contacts.base_data (id, list, title, english_title, reverse, english_reverse, \"order\", active, folded, created_at, updated_at) values\n");
        var values = s_lists.Single(l => l.List == list).Values;
        for (var i = 0; i < values.Length; i++)
        {
            var (fa, en, reverse, reverseEn) = values[i];
            b.Append(i == 0 ? "" : ",\n").Append(CultureInfo.InvariantCulture,
                $"('{Id(list, i)}', '{list}', {Quote(fa)}, {Quote(en)}, {Quote(reverse)}, {Quote(reverseEn)}, {(i + 1) * 10}, true, {Quote(PersianText.Fold(fa))}, now(), now())");
        }

        return b.Append("\non conflict do nothing;").ToString();
    }

    private static string Quote(string? text) => text is null ? "null" : "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
