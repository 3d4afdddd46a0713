using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace Crm.Platform.Data.Seeds;

/// <summary>
/// Staff of «آسان‌بر البرز», a seller and installer of lifts with a branch in Isfahan. Everybody has the password of <c>Crm:Demo:Password</c>, else of
/// <c>Crm:Admin:Password</c>; without either they get one nobody knows and an administrator sets it.
/// </summary>
internal sealed class DemoStaff(PlatformDb db, Passwords passwords, IConfiguration configuration) : IDemoSeed
{
    public static readonly Guid Isfahan = new("01900000-0000-7000-8000-000000000011");

    public int Order => 0;

    [BypassesSave("Demo data: no command, one save at the end.")]
    public async Task SeedAsync(CancellationToken ct)
    {
        if (await db.Users.AnyAsync(u => u.UserName == "sara", ct)) return;
        var roles = await db.Roles.ToDictionaryAsync(r => r.Name, ct);
        db.Branches.Add(Branch.MakeDemo(Isfahan, "شعبهٔ اصفهان", "اصفهان"));
        var given = configuration["Crm:Demo:Password"] is { Length: > 0 } demo ? demo : configuration["Crm:Admin:Password"];
        var password = string.IsNullOrEmpty(given) ? System.Security.Cryptography.RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 24) : given;
        (string UserName, string Name, string[] Roles, Guid Branch, bool All, string Mobile)[] staff =
        [
            ("sara", "سارا محمدی", [FirstRoles.SalesManager], Branches.HeadOffice, true, "+989121110001"),
            ("reza", "رضا کریمی", [FirstRoles.Seller], Branches.HeadOffice, false, "+989121110002"),
            ("maryam", "مریم حسینی", [FirstRoles.Support], Branches.HeadOffice, false, "+989121110003"),
            ("ali", "علی رضایی", [FirstRoles.Technician], Branches.HeadOffice, false, "+989121110004"),
            ("niloofar", "نیلوفر احمدی", [FirstRoles.Marketing], Branches.HeadOffice, false, "+989121110005"),
            ("hossein", "حسین موسوی", [FirstRoles.Accounting], Branches.HeadOffice, true, "+989121110006"),
            ("zahra", "زهرا صادقی", [FirstRoles.Seller, FirstRoles.Support], Isfahan, false, "+989131110007"),
            ("mehdi", "مهدی جعفری", [FirstRoles.Technician], Isfahan, false, "+989131110008"),
        ];
        foreach (var (userName, name, of, branch, all, mobile) in staff)
        {
            var user = new User(userName, name, branch) { RoleIds = [.. of.Select(r => roles[r].Id)], SeesAllBranches = all, Mobile = mobile, Email = $"{userName}@sepehr-lift.example" };
            user.SetPassword(await passwords.RehashAsync(password, ct));
            db.Users.Add(user);
        }

        await db.SaveChangesAsync(ct);
    }
}
