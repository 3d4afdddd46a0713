using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace Crm.Platform.Data.Seeds;

/// <summary>
/// Staff of «آسانبر سپهر», a seller and installer of lifts with a branch in Isfahan. Everybody has the password of <c>Crm:Demo:Password</c>, else of
/// <c>Crm:Admin:Password</c>; without either they get one nobody knows and an administrator sets it.
/// </summary>
internal sealed class DemoStaff(PlatformDb db, Passwords passwords, IConfiguration configuration, IEnumerable<IPermissionSource> sources) : IDemoSeed
{
    public static readonly Guid Isfahan = new("01900000-0000-7000-8000-000000000011");

    public int Order => 0;

    [BypassesSave("Demo data: no command, one save at the end.")]
    public async Task SeedAsync(CancellationToken ct)
    {
        if (await db.Users.AnyAsync(u => u.UserName == "sara", ct)) return;
        var keys = sources.SelectMany(s => s.Permissions).Select(p => p.Key).ToList();
        // By the words of the keys, so that a module that comes later finds its place: nobody but administrators and managers gets what manages, ends or sees everybody's.
        bool Of(string key, params string[] modules) => modules.Any(m => key.StartsWith(m + ".", StringComparison.Ordinal));
        bool Strong(string key) => key.EndsWith("-all", StringComparison.Ordinal) || key.Contains("manage", StringComparison.Ordinal) || key.EndsWith(".design", StringComparison.Ordinal) || key.EndsWith(".publish", StringComparison.Ordinal) || key.EndsWith(".forms", StringComparison.Ordinal)
            || key.EndsWith(".end", StringComparison.Ordinal) || key.EndsWith(".steer", StringComparison.Ordinal) || key.EndsWith(".incidents", StringComparison.Ordinal) || key.EndsWith("all", StringComparison.Ordinal)
            || key.Contains("delete", StringComparison.Ordinal) || key.Contains("settings", StringComparison.Ordinal) || key.Contains("setup", StringComparison.Ordinal) || key.Contains("base-data", StringComparison.Ordinal) || key.Contains("export", StringComparison.Ordinal);
        bool Reads(string key) => key.EndsWith(".see", StringComparison.Ordinal) || key.EndsWith(".view", StringComparison.Ordinal) || key.EndsWith(".read", StringComparison.Ordinal);
        Role Make(string name, string description, Func<string, bool> has)
        {
            var role = new Role(name) { Description = description, Permissions = [.. keys.Where(has).Order(StringComparer.Ordinal)] };
            db.Roles.Add(role);
            return role;
        }

        var salesManager = Make("مدیر فروش", "تیم فروش را اداره می‌کند و روال فروش را طراحی و منتشر می‌کند.", k => !Of(k, "platform") || k == PlatformPermissions.SeeAudit);
        var seller = Make("کارشناس فروش", "با مشتری در تماس است و کارهای فروش را پیش می‌برد.", k => Of(k, "contacts", "tasks", "messaging", "routines", "sales") && !Strong(k));
        var support = Make("پشتیبانی", "درخواست‌های پس از فروش را می‌پذیرد و پیگیری می‌کند.", k => Of(k, "contacts", "tasks", "messaging", "routines", "tickets") && !Strong(k));
        var technician = Make("تکنسین", "نصب، سرویس و تعمیر در محل مشتری.", k => (Of(k, "contacts") && Reads(k)) || (Of(k, "tasks", "routines", "tickets") && !Strong(k)));
        var marketing = Make("بازاریابی", "سرنخ می‌یابد، پیام می‌فرستد و کمپین‌ها را دنبال می‌کند.", k => Of(k, "contacts", "messaging", "tasks", "club") && !Strong(k));
        var accounting = Make("حسابداری", "مرحله‌های مالی، صورت‌حساب و وصول.", k => (Of(k, "contacts") && Reads(k)) || (Of(k, "tasks", "routines", "sales") && !Strong(k)));

        db.Branches.Add(Branch.MakeDemo(Isfahan, "شعبهٔ اصفهان", "اصفهان"));
        var given = configuration["Crm:Demo:Password"] is { Length: > 0 } demo ? demo : configuration["Crm:Admin:Password"];
        var password = string.IsNullOrEmpty(given) ? System.Security.Cryptography.RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 24) : given;
        (string UserName, string Name, Role[] Roles, Guid Branch, bool All, string Mobile)[] staff =
        [
            ("sara", "سارا محمدی", [salesManager], Branches.HeadOffice, true, "+989121110001"),
            ("reza", "رضا کریمی", [seller], Branches.HeadOffice, false, "+989121110002"),
            ("maryam", "مریم حسینی", [support], Branches.HeadOffice, false, "+989121110003"),
            ("ali", "علی رضایی", [technician], Branches.HeadOffice, false, "+989121110004"),
            ("niloofar", "نیلوفر احمدی", [marketing], Branches.HeadOffice, false, "+989121110005"),
            ("hossein", "حسین موسوی", [accounting], Branches.HeadOffice, true, "+989121110006"),
            ("zahra", "زهرا صادقی", [seller, support], Isfahan, false, "+989131110007"),
            ("mehdi", "مهدی جعفری", [technician], Isfahan, false, "+989131110008"),
        ];
        foreach (var (userName, name, roles, branch, all, mobile) in staff)
        {
            var user = new User(userName, name, branch) { RoleIds = [.. roles.Select(r => r.Id)], SeesAllBranches = all, Mobile = mobile, Email = $"{userName}@sepehr-lift.example" };
            user.SetPassword(await passwords.RehashAsync(password, ct));
            db.Users.Add(user);
        }

        await db.SaveChangesAsync(ct);
    }
}
