using Crm.Core;
using Crm.Data;
using Crm.Platform.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Data.Seeds;

/// <summary>The organisation chart of the demo company: units, posts and who holds them; one post is vacant.</summary>
internal sealed class DemoChart(PlatformDb db) : IDemoSeed
{
    public int Order => 1;

    [BypassesSave("Demo data: no command, one save at the end.")]
    public async Task SeedAsync(CancellationToken ct)
    {
        if (await db.Units.AnyAsync(ct)) return;
        var users = await db.Users.IgnoreQueryFilters([Filters.Branch]).ToDictionaryAsync(u => u.UserName, u => u.Id, ct);
        if (!users.ContainsKey("sara")) return;
        var company = new OrgUnit("آسان‌بر البرز");
        var (sales, service, money) = (new OrgUnit("فروش") { ParentId = company.Id }, new OrgUnit("خدمات پس از فروش") { ParentId = company.Id }, new OrgUnit("مالی") { ParentId = company.Id });
        db.Units.AddRange(company, sales, service, money);
        var chief = new Post("مدیرعامل", company.Id) { Leads = true };
        var salesManager = new Post("مدیر فروش", sales.Id) { Leads = true, ReportsToId = chief.Id };
        var seller = new Post("کارشناس فروش", sales.Id) { ReportsToId = salesManager.Id };
        var marketer = new Post("کارشناس بازاریابی", sales.Id) { ReportsToId = salesManager.Id };
        var serviceManager = new Post("مدیر خدمات", service.Id) { Leads = true, ReportsToId = chief.Id };
        var technician = new Post("تکنسین", service.Id) { ReportsToId = serviceManager.Id };
        var accountant = new Post("حسابدار", money.Id) { ReportsToId = chief.Id };
        db.Posts.AddRange(chief, salesManager, seller, marketer, serviceManager, technician, accountant);
        var since = new DateOnly(2025, 3, 21);
        foreach (var (post, user) in ((Post, string)[])[(salesManager, "sara"), (seller, "reza"), (seller, "zahra"), (marketer, "niloofar"), (serviceManager, "maryam"), (technician, "ali"), (technician, "mehdi"), (accountant, "hossein")])
        {
            if (users.TryGetValue(user, out var id)) db.PostHolders.Add(new PostHolder(post.Id, id, since, null));
        }

        await db.SaveChangesAsync(ct);
    }
}
