using Crm.Core;
using Crm.Data;
using Crm.Platform.Domain;
using Crm.Platform.Working;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Data.Seeds;

/// <summary>
/// Usual hours of an Iranian office and the official holidays. Holidays of the solar calendar are sure for years ahead; those of the lunar one are fixed by sight of the moon
/// and stand here only for a year whose official calendar is over or out. Administrators add the rest when the year's calendar is published.
/// </summary>
internal sealed class CalendarOfIran(PlatformDb db) : IInitialData
{
    private static readonly (int Month, int Day, string Title)[] s_solar =
    [
        (1, 1, "نوروز"), (1, 2, "نوروز"), (1, 3, "نوروز"), (1, 4, "نوروز"), (1, 12, "روز جمهوری اسلامی"), (1, 13, "روز طبیعت"),
        (3, 14, "رحلت امام خمینی"), (3, 15, "قیام ۱۵ خرداد"), (11, 22, "پیروزی انقلاب اسلامی"), (12, 29, "روز ملی شدن صنعت نفت"),
    ];

    private static readonly (int Month, int Day, string Title)[] s_lunar1404 =
    [
        (1, 2, "شهادت حضرت علی (ع)"), (1, 11, "عید سعید فطر"), (1, 12, "تعطیل به مناسبت عید فطر"), (2, 4, "شهادت امام جعفر صادق (ع)"), (3, 16, "عید سعید قربان"), (3, 24, "عید سعید غدیر خم"),
        (4, 14, "تاسوعای حسینی"), (4, 15, "عاشورای حسینی"), (5, 23, "اربعین حسینی"), (5, 31, "رحلت رسول اکرم (ص) و شهادت امام حسن مجتبی (ع)"), (6, 2, "شهادت امام رضا (ع)"),
        (6, 10, "شهادت امام حسن عسکری (ع)"), (6, 19, "میلاد رسول اکرم (ص) و امام جعفر صادق (ع)"), (9, 3, "شهادت حضرت فاطمه (س)"), (10, 13, "ولادت حضرت علی (ع)"), (10, 27, "مبعث رسول اکرم (ص)"),
        (11, 15, "ولادت حضرت قائم (عج)"), (12, 20, "شهادت حضرت علی (ع)"),
    ];

    /// <summary>Holidays of the solar calendar of a year, in order.</summary>
    public static IReadOnlyList<(DateOnly Day, string Title)> SolarOf(int year) => [.. s_solar.Select(h => (Calendars.Date(year, h.Month, h.Day, CalendarKind.Jalali)!.Value, h.Title))];

    public string Key => "platform.calendar-of-iran";

    public int Order => 5;

    [BypassesSave("Initial data: no command, one save at the end.")]
    public async Task AddAsync(CancellationToken ct)
    {
        if (!await db.WorkWeeks.AnyAsync(ct))
        {
            // Sunday first, as in DayOfWeek: Thursday is a half day, Friday is off.
            const string full = "08:00-16:30";
            db.WorkWeeks.Add(new WorkWeek(new DateOnly(2020, 3, 20)) { Days = [full, full, full, full, "08:00-12:30", "", full] });
        }

        var known = (await db.SpecialDays.Select(d => d.Day).ToListAsync(ct)).ToHashSet();
        foreach (var year in (int[])[1404, 1405, 1406])
        {
            foreach (var group in s_solar.Concat(year == 1404 ? s_lunar1404 : []).GroupBy(h => Calendars.Date(year, h.Month, h.Day, CalendarKind.Jalali)))
            {
                if (group.Key is { } day && known.Add(day)) db.SpecialDays.Add(new SpecialDay(day, string.Join("؛ ", group.Select(h => h.Title)), ""));
            }
        }

        await db.SaveChangesAsync(ct);
    }
}
