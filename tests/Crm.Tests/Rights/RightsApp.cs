using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Features.LogCommunication;
using Crm.Core;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.WriteMessage;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.BranchList;
using Crm.Platform.Features.EditRole;
using Crm.Platform.Features.EditUser;
using Crm.Platform.Features.Units;
using Crm.Routines.Features.StartJob;
using Crm.Testing;
using Crm.Tests.Contacts;
using Crm.Tests.Routines;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Rights;

/// <summary>
/// Six people with the same rights, each as far as a scope reaches, and one contact (with a communication, a follow-up, a job and a message) for each place a record can be seen from:
/// <c>own</c> sells, <c>head</c> leads own's team, <c>branch</c> sees the branch, <c>province</c> sees Fars, <c>all</c> sees all, <c>none</c> has no right on contacts.
/// </summary>
public class RightsApp : RoutinesApp
{
    /// <summary>Number of the province Fars.</summary>
    public const int Fars = 17;

    public static readonly string[] People = ["own", "head", "branch", "province", "all", "none"];

    /// <summary>Contacts by the name of the place they are in: own (own's), team (a colleague's of own in the same team), branch (nobody's, same branch), other (another branch), fars (another branch, in Fars).</summary>
    public Dictionary<string, Guid> Contacts { get; } = [];

    public Dictionary<string, Guid> Communications { get; } = [];

    public Dictionary<string, Guid> FollowUps { get; } = [];

    public Dictionary<string, Guid> Jobs { get; } = [];

    public Dictionary<string, Guid> Messages { get; } = [];

    /// <summary>A routine of one stage, for whoever starts it or the customer's expert.</summary>
    internal Guid Routine { get; private set; }

    public Guid OtherBranch { get; private set; }

    /// <summary>Who may see which contact: the declared policy.</summary>
    public static bool Sees(string person, string place) => person switch
    {
        "own" => place is "own",
        "head" => place is "own" or "team",
        "branch" => place is "own" or "team" or "branch",
        "province" => place is "fars",
        "all" => true,
        _ => false,
    };

    protected override IEnumerable<(string Key, string Value)> Settings => [("Crm:Passwords:Iterations", "1000")];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        OtherBranch = await SendAsync(new SaveBranchCommand { Name = "Shiraz" });
        var scopes = new Dictionary<string, Scopes> { ["own"] = Scopes.Own, ["head"] = Scopes.Team, ["branch"] = Scopes.Branch, ["province"] = Scopes.Province, ["all"] = Scopes.All, ["none"] = Scopes.None, ["colleague"] = Scopes.Own };
        var ids = new Dictionary<string, Guid>();
        foreach (var (name, scope) in scopes)
        {
            var role = await SendAsync(new SaveRoleCommand { Name = "role of " + name, Scopes = OnContacts(scope), Permissions = ["tasks.see", "routines.jobs.work"] });
            ids[name] = await SendAsync(new AddUserCommand { UserName = name, Name = "User " + name, Password = Password, RoleIds = [role], Language = "en" });
        }

        ids["far"] = await SendAsync(new AddUserCommand { UserName = "far", Name = "User far", Password = Password, BranchId = OtherBranch, Language = "en" });
        await SendAsync(new EditUserCommand { Id = ids["province"], Name = "User province", BranchId = Branches.HeadOffice, RoleIds = [(await QueryAsync<Guid>("select id from platform.roles where name = 'role of province'")).Single()], ProvinceIds = [Fars] });
        var sales = await SendAsync(new SaveUnitCommand { Name = "Sales", HeadId = ids["head"] });
        await SendAsync(new SaveUnitCommand { Name = "Sales north", ParentId = sales, MemberIds = [ids["own"], ids["colleague"]] });

        Routine = await RoutineAsync("Rights routine", [Stage("Look at it")]);
        await AddAsync("own", ids["own"], null);
        await AddAsync("team", ids["colleague"], null);
        await AddAsync("branch", null, 8);
        await AddAsync("other", ids["far"], null, "far");
        await AddAsync("fars", null, Fars, "far");
        await DrainAsync();
    }

    /// <summary>All rights on contacts and what hangs on them, as far as a scope reaches.</summary>
    public static Dictionary<string, Scopes> OnContacts(Scopes scope) => new(
        new[] { "contacts.see", "contacts.change", "contacts.delete", "contacts.communications.see", "contacts.communications.change", "contacts.communications.delete", "contacts.follow-ups.plan", "routines.jobs.see", "routines.jobs.steer", "messaging.see", "messaging.send" }.Select(p => KeyValuePair.Create(p, scope))
            .Concat(new[] { "contacts.add", "contacts.communications.add", "routines.jobs.start" }.Select(p => KeyValuePair.Create(p, scope == Scopes.None ? Scopes.None : Scopes.Branch))));

    private async Task AddAsync(string place, Guid? owner, int? province, string? by = null)
    {
        // In the branch of who adds it.
        var contact = await InScopeAsync(sp =>
        {
            if (by is not null) sp.GetRequiredService<CurrentUser>().BecomeSystem("test", OtherBranch);
            return sp.GetRequiredService<IMediator>().Send(new AddContactCommand
            {
                Kind = ContactKind.Person, FirstName = "Person", LastName = "Of " + place, NationalId = "0013542419", AllowKnownPhone = true, Phones = [new PhoneFields { Number = Given.Mobile() }], OwnerId = owner,
                Addresses = province is { } p ? [new AddressFields { ProvinceId = p, Text = "Street" }] : [],
            });
        });
        Contacts[place] = contact;
        Communications[place] = await SendAsync(new LogCommunicationCommand { ContactId = contact, KindId = Given.Value(BaseLists.CommunicationKind), Text = "Talk of " + place, StartedAt = Clock.GetUtcNow() });
        FollowUps[place] = await SendAsync(new PlanFollowUpCommand { ContactId = contact, KindId = Given.Value(BaseLists.CommunicationKind), DueAt = Clock.GetUtcNow().AddDays(1), AssigneeId = owner ?? await UserIdAsync("all"), Text = "Plan of " + place });
        // By the system: nobody's but the expert's.
        Jobs[place] = await SendAsync(new StartJobCommand { RoutineId = Routine, ContactId = contact });
        Messages[place] = await SendAsync(new SaveMessageCommand { Channel = MessageChannel.Sms, ContactId = contact, Body = "Written to " + place });
    }
}
