using Crm.Core;
using Crm.Data;
using Crm.Platform.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Data.Seeds;

/// <summary>
/// Roles that a sales and service company finds ready on the first day, to change or remove. What each may follows from the words of the keys, so that it holds for whatever
/// modules are there: nobody but the manager gets what manages, designs, ends or shows everybody's.
/// </summary>
internal sealed class FirstRoles(PlatformDb db, IEnumerable<IPermissionSource> sources) : IInitialData
{
    public const string SalesManager = "مدیر فروش";
    public const string Seller = "کارشناس فروش";
    public const string Support = "پشتیبانی";
    public const string Technician = "تکنسین";
    public const string Marketing = "بازاریابی";
    public const string Accounting = "حسابداری";

    private static readonly string[] s_strongEnds = ["-all", ".design", ".publish", ".forms", ".end", ".steer", ".move", ".incidents", ".templates", ".review", ".score"];
    private static readonly string[] s_strongWords = ["manage", "delete", "purge", "settings", "setup", "base-data", "export", "import", "merge", "restore", "hosts", "allow", "sensitive"];

    public string Key => "platform.first-roles";

    public int Order => 1;

    [BypassesSave("Initial data: no command, one save at the end.")]
    public async Task AddAsync(CancellationToken ct)
    {
        var known = await db.Roles.Select(r => r.Name).ToListAsync(ct);
        var keys = sources.SelectMany(s => s.Permissions).Select(p => p.Key).Order(StringComparer.Ordinal).ToList();
        Add(SalesManager, "تیم فروش را اداره می‌کند و روال فروش را طراحی و منتشر می‌کند.", k => (!Of(k, "platform") && !Technical(k)) || k is PlatformPermissions.SeeAudit or PlatformPermissions.ShareSnippets);
        Add(Seller, "با مشتری در تماس است و کارهای فروش را پیش می‌برد.", k => Of(k, "contacts", "tasks", "messaging", "routines", "sales") && !Strong(k));
        Add(Support, "درخواست‌های پس از فروش را می‌پذیرد و پیگیری می‌کند.", k => Of(k, "contacts", "tasks", "messaging", "routines", "tickets") && !Strong(k));
        Add(Technician, "نصب، سرویس و تعمیر در محل مشتری.", k => (Of(k, "contacts") && Reads(k)) || (Of(k, "tasks", "routines", "tickets") && !Strong(k)));
        Add(Marketing, "سرنخ می‌یابد، پیام می‌فرستد و کمپین‌ها را دنبال می‌کند.", k => Of(k, "contacts", "messaging", "tasks", "club") && (!Strong(k) || k.EndsWith(".templates", StringComparison.Ordinal)));
        Add(Accounting, "مرحله‌های مالی، صورت‌حساب و وصول.", k => (Of(k, "contacts") && Reads(k)) || (Of(k, "tasks", "routines", "sales") && !Strong(k)));
        await db.SaveChangesAsync(ct);

        void Add(string name, string description, Func<string, bool> has)
        {
            // A database of an earlier release may have it from the demo company.
            if (!known.Contains(name)) db.Roles.Add(new Role(name) { Description = description, Permissions = [.. keys.Where(has)] });
        }
    }

    private static bool Of(string key, params string[] modules) => Array.Exists(modules, m => key.StartsWith(m + ".", StringComparison.Ordinal));

    private static bool Strong(string key) =>
        Array.Exists(s_strongEnds, e => key.EndsWith(e, StringComparison.Ordinal)) || Array.Exists(s_strongWords, w => key.Contains(w, StringComparison.Ordinal));

    // Gateways, servers and what may be reached from inside belong to the administrator.
    private static bool Technical(string key) => key.EndsWith(".settings", StringComparison.Ordinal) || key.EndsWith(".purge", StringComparison.Ordinal) || key.Contains(".hosts.", StringComparison.Ordinal);

    // Facts like religion are for few: reading them is a right of its own, not one of «reads everything».
    private static bool Reads(string key) =>
        !key.Contains("sensitive", StringComparison.Ordinal) && (key.EndsWith(".see", StringComparison.Ordinal) || key.EndsWith(".view", StringComparison.Ordinal) || key.EndsWith(".read", StringComparison.Ordinal));
}
