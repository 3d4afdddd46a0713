using Crm.Core;
using Crm.Platform.Data;
using Crm.Platform.Data.Seeds;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Platform;

/// <summary>What the ready-made roles hold. A new right of any module has to be judged here.</summary>
public sealed class FirstRolesTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    [Fact]
    public async Task A_seller_may_not_set_up_design_delete_or_see_what_is_everybodys()
    {
        var (all, held) = await HeldAsync(FirstRoles.Seller);
        all.Except(held).Where(k => !k.StartsWith("platform.", StringComparison.Ordinal)).Should().BeEquivalentTo(
            "contacts.delete", "contacts.import", "contacts.merge", "contacts.purge", "contacts.export", "contacts.communications.delete", "contacts.communications.purge", "contacts.communications.export", "contacts.base-data.manage", "contacts.groups.manage", "contacts.sensitive.see", "contacts.activity-reports.review", "contacts.suppliers.score", "contacts.suppliers.delete", "contacts.suppliers.purge", "contacts.suppliers.criteria.manage",
            "messaging.export", "messaging.templates", "messaging.purge", "messaging.settings", "messaging.hosts.allow",
            "routines.purge", "routines.design", "routines.publish", "routines.forms", "routines.incidents", "routines.jobs.see-all", "routines.jobs.export", "routines.jobs.steer", "routines.jobs.end", "routines.jobs.move",
            "tasks.see-all", "tasks.edit-all", "tasks.export", "tasks.purge");
        held.Should().NotContain(k => k.StartsWith("platform.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FirstRoles.SalesManager)]
    [InlineData(FirstRoles.Support)]
    [InlineData(FirstRoles.Technician)]
    [InlineData(FirstRoles.Marketing)]
    [InlineData(FirstRoles.Accounting)]
    public async Task Servers_and_gateways_are_the_administrators(string role) =>
        (await HeldAsync(role)).Held.Should().NotBeEmpty().And.NotContain(["contacts.purge", "messaging.settings", "messaging.hosts.allow", "platform.users.manage", "platform.roles.manage", "platform.settings.manage"]);

    [Fact]
    public async Task Marketing_makes_templates() => (await HeldAsync(FirstRoles.Marketing)).Held.Should().Contain("messaging.templates").And.NotContain("contacts.delete");

    private Task<(List<string> All, List<string> Held)> HeldAsync(string role) => app.InScopeAsync(async sp => (
        sp.GetServices<IPermissionSource>().SelectMany(s => s.Permissions).Select(p => p.Key).ToList(),
        (await sp.GetRequiredService<PlatformDb>().Roles.AsNoTracking().SingleAsync(r => r.Name == role)).Permissions.ToList()));
}
