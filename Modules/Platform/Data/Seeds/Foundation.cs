using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Crm.Platform.Data.Seeds;

/// <summary>Without these nobody could sign in: the head office, the administrators' role and the first administrator.</summary>
internal sealed partial class Foundation(PlatformDb db, Passwords passwords, IConfiguration configuration, ILogger<Foundation> log) : IInitialData
{
    public string Key => "platform.foundation";

    public int Order => 0;

    [BypassesSave("Initial data: no command, one save at the end.")]
    public async Task AddAsync(CancellationToken ct)
    {
        if (!await db.Branches.AnyAsync(b => b.Id == Branches.HeadOffice, ct)) db.Branches.Add(Branch.MakeHeadOffice("دفتر مرکزی"));
        if (!await db.Roles.AnyAsync(r => r.Id == Role.Administrators, ct)) db.Roles.Add(Role.MakeAdministrators("مدیر سیستم"));
        string? made = null;
        if (!await db.Users.AnyAsync(u => u.UserName == "admin", ct))
        {
            var admin = new User("admin", "مدیر سیستم", Branches.HeadOffice) { SeesAllBranches = true, RoleIds = [Role.Administrators] };
            var given = configuration["Crm:Admin:Password"];
            // 16 characters of an alphabet without look-alikes: 80 bits, and it can be read out on the telephone.
            var password = string.IsNullOrEmpty(given) ? made = System.Security.Cryptography.RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 16) : given;
            // Who may set the configuration may set any password; a weak one is said aloud instead of refused, since without an administrator nothing starts at all.
            if (Passwords.Complaint(password, admin.UserName) is not null) Weak(log);
            admin.SetPassword(await passwords.RehashAsync(password, ct));
            db.Users.Add(admin);
        }

        await db.SaveChangesAsync(ct);
        // Once, on the console alone: it must not reach a log file.
        if (made is not null) Console.WriteLine($"The administrator was made: user name admin, password {made} (shown only this once; change it under «My profile»).");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Crm:Admin:Password is weaker than what the application takes from people; change it after the first sign-in")]
    private static partial void Weak(ILogger log);
}
