using System.Net;
using Crm.Core;
using Crm.Platform;
using Crm.Platform.Domain;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.BranchList;
using Crm.Platform.Features.EditRole;
using Crm.Platform.Features.EditUser;
using Crm.Testing;

namespace Crm.Tests.Platform;

public sealed class UserRightsTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    private static readonly (string Url, string Permission)[] s_pages =
    [
        ("/settings/users", PlatformPermissions.ManageUsers), ("/settings/users/new", PlatformPermissions.ManageUsers), ("/settings/roles", PlatformPermissions.ManageRoles), ("/settings/roles/new", PlatformPermissions.ManageRoles),
        ("/settings/branches", PlatformPermissions.ManageBranches), ("/settings/units", PlatformPermissions.ManageUnits), ("/settings/working-time", PlatformPermissions.ManageSettings), ("/settings/tokens", PlatformPermissions.ManageTokens),
        ("/settings/audit", PlatformPermissions.SeeAudit), ("/settings/outbox", PlatformPermissions.ManageOutbox),
    ];

    [Fact]
    public async Task Each_page_of_the_settings_opens_to_its_own_right_and_to_no_other()
    {
        foreach (var right in s_pages.Select(p => p.Permission).Distinct())
        {
            var name = "only-" + right.Split('.')[1];
            await app.AddUserAsync(name, right);
            var browse = await app.As(name);
            foreach (var (url, permission) in s_pages)
                (await browse.OpenAsync(url)).Status.Should().Be(permission == right ? HttpStatusCode.OK : HttpStatusCode.Forbidden, $"{name} opens {url}");
        }

        foreach (var (url, _) in s_pages) (await app.Anonymous().OpenAsync(url)).Location.Should().StartWith("/sign-in");
        foreach (var language in (string[])["fa", "en"])
        {
            var admin = await app.As("admin", language);
            foreach (var (url, _) in s_pages) (await admin.OpenAsync(url)).Status.Should().Be(HttpStatusCode.OK, url);
        }
    }

    [Fact]
    public async Task Who_manages_users_cannot_make_himself_an_administrator()
    {
        var id = await app.AddUserAsync("climber", PlatformPermissions.ManageUsers);
        var admin = await app.UserIdAsync("admin");
        var refused = () => app.SendAsync(new EditUserCommand { Id = id, Name = "Climber", BranchId = Branches.HeadOffice, RoleIds = [Role.Administrators] }, "climber");
        (await refused.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("rights.administrators");
        var password = () => app.SendAsync(new SetUserPasswordCommand { Id = admin, Password = "a password of mine" }, "climber");
        await password.Should().ThrowAsync<RuleBroken>("setting an administrator's password would be the same");
        var deactivate = () => app.SendAsync(new SetUserActiveCommand(admin, false), "climber");
        await deactivate.Should().ThrowAsync<RuleBroken>();
    }

    [Fact]
    public async Task Only_administrators_change_the_rights_of_roles()
    {
        await app.AddUserAsync("roler", PlatformPermissions.ManageRoles);
        foreach (var rights in (SaveRoleCommand[])[new() { Permissions = [PlatformPermissions.ManageRoles] }, new() { Scopes = new() { ["contacts.see"] = Scopes.Own } }, new() { Fields = new() { ["contacts.notes"] = FieldRule.Hidden } }])
        {
            var refused = () => app.SendAsync(rights with { Name = "Mine" }, "roler");
            (await refused.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("rights.only-administrators");
        }

        var role = await app.SendAsync(new SaveRoleCommand { Name = "Empty role" }, "roler");
        await app.SendAsync(new SaveRoleCommand { Id = role, Name = "Another name" }, "roler");
        await app.SendAsync(new SaveRoleCommand { Id = role, Name = "Another name", Permissions = [PlatformPermissions.SeeAudit] }, "admin");
    }

    [Fact]
    public async Task Who_manages_users_gives_no_role_that_reaches_further_or_is_more_open_than_his_own()
    {
        var own = await app.SendAsync(new SaveRoleCommand { Name = "Own contacts", Permissions = [PlatformPermissions.ManageUsers], Scopes = new() { ["contacts.see"] = Scopes.Own }, Fields = new() { ["contacts.notes"] = FieldRule.Hidden } });
        var wide = await app.SendAsync(new SaveRoleCommand { Name = "All contacts", Scopes = new() { ["contacts.see"] = Scopes.All }, Fields = new() { ["contacts.notes"] = FieldRule.Hidden } });
        var open = await app.SendAsync(new SaveRoleCommand { Name = "Own contacts with notes", Scopes = new() { ["contacts.see"] = Scopes.Own } });
        await app.SendAsync(new AddUserCommand { UserName = "giver", Name = "Giver", Password = CrmApp.Password, RoleIds = [own] });
        foreach (var beyond in new[] { wide, open })
        {
            var refused = () => app.SendAsync(new AddUserCommand { UserName = "taker", Name = "Taker", Password = CrmApp.Password, RoleIds = [beyond] }, "giver");
            (await refused.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("rights.beyond");
        }

        await app.SendAsync(new AddUserCommand { UserName = "taker", Name = "Taker", Password = CrmApp.Password, RoleIds = [own] }, "giver");
    }

    [Fact]
    public async Task The_last_administrator_stays()
    {
        var admin = await app.UserIdAsync("admin");
        var away = () => app.SendAsync(new SetUserActiveCommand(admin, false));
        (await away.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("users.last-administrator");
        var role = () => app.SendAsync(new EditUserCommand { Id = admin, Name = "Admin", BranchId = Branches.HeadOffice, SeesAllBranches = true });
        (await role.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("users.last-administrator");
    }

    [Fact]
    public async Task A_changed_role_holds_at_once()
    {
        var role = await app.SendAsync(new SaveRoleCommand { Name = "Auditors", Permissions = [PlatformPermissions.SeeAudit] });
        await app.SendAsync(new AddUserCommand { UserName = "auditor", Name = "Auditor", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        var browse = await app.As("auditor");
        (await browse.OpenAsync("/settings/audit")).Status.Should().Be(HttpStatusCode.OK);
        await app.SendAsync(new SaveRoleCommand { Id = role, Name = "Auditors", Permissions = [] });
        (await browse.OpenAsync("/settings/audit")).Status.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_user_of_another_branch_is_not_there_for_a_manager_of_one_branch()
    {
        var branch = await app.SendAsync(new SaveBranchCommand { Name = "Shiraz" });
        var other = await app.SendAsync(new AddUserCommand { UserName = "shirazi", Name = "Shirazi", Password = CrmApp.Password, BranchId = branch });
        await app.AddUserAsync("local-manager", PlatformPermissions.ManageUsers);
        var browse = await app.As("local-manager");
        (await browse.OpenAsync($"/settings/users/{other}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await browse.OpenAsync($"/settings/users/{Guid.CreateVersion7()}")).Status.Should().Be(HttpStatusCode.NotFound, "not there and not yours look alike");
        (await browse.OpenAsync("/settings/users")).Text.Should().NotContain("Shirazi");
        var open = () => app.SendAsync(new AddUserCommand { UserName = "spy", Name = "Spy", Password = CrmApp.Password, SeesAllBranches = true }, "local-manager");
        (await open.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("rights.branches");
    }

    [Fact]
    public async Task A_user_is_added_and_changed_in_the_browser_and_the_history_tells_it()
    {
        var admin = await app.As("admin");
        await admin.PostAsync("/settings/users/new", [("Command.Name", "نگار یوسفی"), ("Command.UserName", "negar"), ("Command.Password", "یک گذرواژهٔ بلند"), ("Command.Mobile", "۰۹۱۲۳۴۵۶۷۸۹")]);
        admin.Location.Should().StartWith("/settings/users/");
        var page = admin.Location!;
        (await app.QueryAsync<string>("select mobile from platform.users where user_name = 'negar'")).Should().Equal("+989123456789");

        await admin.PostAsync(page, [("Command.Name", "نگار کاظمی")], action: "Command.Name");
        admin.Location.Should().Be("/settings/users");
        (await admin.OpenAsync(page)).Text.Should().Contain("نگار یوسفی").And.Contain("نگار کاظمی");
        admin.Html.Should().NotContain("AQAAAA", "no hash is told, in the history neither");
    }

    [Fact]
    public async Task A_taken_name_and_a_weak_password_are_said_beside_the_field()
    {
        var admin = await app.As("admin");
        await admin.PostAsync("/settings/users/new", [("Command.Name", "X"), ("Command.UserName", "ADMIN"), ("Command.Password", "a good long password")]);
        admin.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        admin.Text.Should().Contain("Somebody else has this user name already.");
        await admin.PostAsync("/settings/users/new", [("Command.Name", "X"), ("Command.UserName", "weak"), ("Command.Password", "1234")]);
        admin.Text.Should().Contain("Choose a password of at least 10 characters.");
    }

    [Fact]
    public async Task Extra_fields_of_a_form_change_nothing()
    {
        await app.AddUserAsync("plain");
        var browse = await app.As("plain");
        var before = (await app.QueryAsync<string>("select row_to_json(u)::text from (select id, active, branch_id, branch_ids, role_ids, sees_all_branches, security_stamp, password_hash from platform.users where user_name = 'plain') u")).Single();
        await browse.PostAsync("/profile", [("Command.Language", "en"), ("Command.RoleIds", Role.Administrators.ToString()), ("Command.SeesAllBranches", "true"), ("Command.Id", (await app.UserIdAsync("admin")).ToString()), ("Command.Active", "false"), ("RoleIds", Role.Administrators.ToString())]);
        browse.Location.Should().Be("/profile");
        (await app.QueryAsync<string>("select row_to_json(u)::text from (select id, active, branch_id, branch_ids, role_ids, sees_all_branches, security_stamp, password_hash from platform.users where user_name = 'plain') u")).Should().Equal(before);
    }

    [Fact]
    public async Task A_role_in_use_and_the_head_office_stay()
    {
        await app.AddUserAsync("holder", PlatformPermissions.SeeAudit);
        var role = (await app.QueryAsync<Guid>("select id from platform.roles where name = 'role of holder'")).Single();
        var delete = () => app.SendAsync(new DeleteRoleCommand(role));
        (await delete.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("roles.in-use");
        var close = () => app.SendAsync(new SetBranchActiveCommand(Branches.HeadOffice, false));
        (await close.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("branch.head-office");
    }
}
