using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Seeds;

/// <summary>What the people of a company that sells and installs lifts have to do this week: some of it late, some done, some handed on.</summary>
internal sealed class TasksDemo(TasksDb db, IUserDirectory users, IContactDirectory contacts, TimeProvider time) : IDemoSeed
{
    private static readonly (string Title, string? Text, TaskPriority Priority, bool Customer)[] s_tasks =
    [
        ("پیگیری تأیید نقشهٔ چاه آسانسور", "نقشهٔ اصلاح‌شده هفتهٔ پیش برای مهندس ناظر فرستاده شد؛ هنوز پاسخی نرسیده است.", TaskPriority.High, true),
        ("ارسال پیش‌فاکتور آسانسور شش‌نفره", "با گیربکس ایتالیایی و درب تمام‌اتوماتیک؛ تخفیف نقدی جدا نوشته شود.", TaskPriority.Normal, true),
        ("هماهنگی بازدید از ساختمان", null, TaskPriority.Normal, true),
        ("تهیهٔ قرارداد سرویس و نگهداری یک‌ساله", "دوازده نوبت سرویس ماهانه، بدون قطعه.", TaskPriority.Normal, true),
        ("پیگیری چک برگشتی قسط دوم", "پیش از تماس با امور مالی هماهنگ شود.", TaskPriority.Urgent, true),
        ("سفارش ریل و سیم‌بکسل به انبار", null, TaskPriority.Normal, false),
        ("گرفتن وقت بازرسی استاندارد", "پروندهٔ فنی کامل است؛ فقط نوبت بازرسی مانده.", TaskPriority.High, true),
        ("به‌روزرسانی فهرست قیمت قطعات", "نرخ تازهٔ تابلو فرمان و درایو از تأمین‌کننده گرفته شود.", TaskPriority.Low, false),
        ("تماس با مدیر ساختمان دربارهٔ صدای موتور", null, TaskPriority.High, true),
        ("تعویض دکمهٔ طبقهٔ سوم", "دکمه گیر می‌کند؛ قطعه در انبار موجود است.", TaskPriority.Normal, true),
        ("آماده کردن گزارش فروش ماه", "به تفکیک کارشناس و شهر.", TaskPriority.Normal, false),
        ("تمدید بیمهٔ مسئولیت مدنی آسانسور", null, TaskPriority.High, true),
        ("ارسال کاتالوگ کابین‌های تازه", "مشتری کابین استیل خش‌دار و سقف کاذب خواسته است.", TaskPriority.Low, true),
        ("بررسی نشتی روغن جک هیدرولیک", null, TaskPriority.Urgent, true),
        ("نصب برچسب ظرفیت و شمارهٔ امداد", null, TaskPriority.Low, true),
        ("جلسهٔ هماهنگی گروه نصب", "برنامهٔ هفتهٔ آینده و تقسیم خودروها.", TaskPriority.Normal, false),
        ("نظرسنجی پس از تحویل آسانسور", null, TaskPriority.Low, true),
        ("پیگیری پرداخت پیش‌پرداخت قرارداد", "سی درصد مبلغ قرارداد پیش از شروع ساخت کابین.", TaskPriority.High, true),
        ("ثبت شکایت تأخیر نصب و پاسخ به مشتری", null, TaskPriority.Urgent, true),
        ("بازبینی تابلو برق موتورخانه", null, TaskPriority.Normal, true),
        ("دعوت از مشتری برای بازدید از نمایشگاه", "کارت دعوت به نام خانوادگی صادر شود.", TaskPriority.Low, true),
        ("کنترل موجودی درب‌های نیمه‌اتوماتیک", null, TaskPriority.Normal, false),
        ("ارسال صورت‌حساب سرویس‌های سه‌ماهه", null, TaskPriority.Normal, true),
        ("مشاورهٔ انتخاب آسانسور بدون موتورخانه", "ساختمان پنج طبقه؛ ارتفاع اورهد کم است.", TaskPriority.Normal, true),
        ("گرفتن رضایت‌نامه از مالک", null, TaskPriority.Low, true),
        ("پیگیری تحویل گاورنر از گمرک", null, TaskPriority.High, false),
        ("آموزش نگهبان برای نجات دستی", null, TaskPriority.Normal, true),
        ("تنظیم لول طبقات پس از سرویس", null, TaskPriority.Normal, true),
        ("استعلام قیمت موتور گیرلس", "دو برند، با زمان تحویل.", TaskPriority.Normal, false),
        ("برگرداندن تماس مشتری", "صبح تماس گرفته و پیغام گذاشته است.", TaskPriority.High, true),
        ("تحویل مدارک به شهرداری", null, TaskPriority.Normal, true),
        ("بررسی علت توقف بین طبقات", "سه بار در یک هفته؛ سنسور درب هم دیده شود.", TaskPriority.Urgent, true),
        ("تبریک سالگرد همکاری", null, TaskPriority.Low, true),
        ("ورود اطلاعات مشتریان نمایشگاه", "نود کارت ویزیت؛ تکراری‌ها ادغام شوند.", TaskPriority.Normal, false),
        ("عقد قرارداد نوسازی کابین", null, TaskPriority.High, true),
        ("پیگیری نتیجهٔ مناقصهٔ مجتمع اداری", null, TaskPriority.High, true),
        ("بازدید دوره‌ای آسانسور بیمارستان", "دو آسانسور تخت‌بر؛ با مسئول تأسیسات هماهنگ شود.", TaskPriority.Urgent, true),
        ("مرتب کردن بایگانی قراردادها", null, TaskPriority.Low, false),
        ("اعلام زمان اعزام تکنسین", null, TaskPriority.Normal, true),
        ("تهیهٔ فهرست آسانسورهای بدون گواهی استاندارد", null, TaskPriority.Normal, false),
    ];

    public int Order => 35;

    [BypassesSave("Demo data is no command.")]
    public async Task SeedAsync(CancellationToken ct)
    {
        if (await db.WorkTasks.IgnoreQueryFilters().AnyAsync(ct)) return;
        // The administrator looks after the system; he has no customers.
        var people = (await users.WithPermissionAsync(TasksPermissions.See, ct)).Where(u => u.UserName != "admin").OrderBy(u => u.UserName, StringComparer.Ordinal).ToList();
        if (people.Count == 0) return;
        var customers = new List<ContactCard>();
        foreach (var word in (string[])["شرکت", "مجتمع", "احمد", "رضا", "علی", "زهرا"])
            customers.AddRange((await contacts.SearchAsync(word, 20, ct)).Where(c => customers.TrueForAll(k => k.Id != c.Id)));

        var now = time.GetUtcNow();
        var dates = DateView.Of(null);
        var today = dates.DayOf(now);
        for (var i = 0; i < s_tasks.Length; i++)
        {
            var (title, text, priority, withCustomer) = s_tasks[i];
            var giver = people[i % 3 % people.Count];
            var doer = people[i % people.Count];
            // From six days late to twelve days ahead; every eighth has no date.
            var due = i % 8 == 7 ? (DateTimeOffset?)null : dates.Moment(today.AddDays(i % 19 - 6), new TimeOnly(9 + i % 8, i % 2 * 30));
            var opened = (due is { } d && d < now ? d : now).AddDays(-2 - i % 5).AddMinutes(-i * 7);
            var customer = withCustomer && customers.Count > 0 ? customers[i * 7 % customers.Count] : null;
            var content = new TaskContent(text, due, due is null || i % 3 > 0 ? null : 60, priority, 1 + i % 5, customer?.Id, null);
            Guid[] assignees = i % 9 == 4 && people.Count > 1 ? [doer.Id, people[(i + 1) % people.Count].Id] : [doer.Id];
            var task = new WorkTask(title, content, assignees, opened, giver.Id) { BranchId = customer?.BranchId ?? Guid.Empty };
            if (i % 6 == 2) task.SetProgress(10 * (1 + i % 8), opened.AddHours(20), doer.Id);
            if (i % 11 == 5 && people.Count > 2 && people[(i + 2) % people.Count] is var next && !assignees.Contains(next.Id)) task.Refer([next.Id], "امروز بیرون از دفتر هستم؛ لطفاً شما انجام دهید.", opened.AddHours(22), doer.Id);
            if (i % 5 == 1) task.Complete(i % 2 == 1 ? "انجام و به مشتری اطلاع داده شد." : null, opened.AddHours(30 + i % 10), task.AssigneeIds[0]);
            if (i % 17 == 13) task.Cancel("مشتری منصرف شد.", opened.AddHours(26), giver.Id);
            if (task.RemindAt < now) task.Reminded();
            db.Add(task);
            db.Entry(task).Property(t => t.CreatedAt).CurrentValue = opened;
            db.Entry(task).Property(t => t.CreatedBy).CurrentValue = giver.Id;
            // Nobody is to be told of what was always there.
            task.ClearEvents();
        }

        await db.SaveChangesAsync(ct);
    }
}
