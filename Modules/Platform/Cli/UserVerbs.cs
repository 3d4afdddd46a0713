using System.CommandLine;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.EditUser;
using Crm.Platform.Features.Tokens;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Platform.Cli;

/// <summary><c>token create --user NAME --name LABEL [--days N]</c>: the token alone on the last line.</summary>
internal sealed class TokenVerb : ICliCommand
{
    public Command Build(CliRunner run)
    {
        var user = new Option<string>("--user") { Description = "Sign-in name of the user whom the token acts for.", Required = true };
        var name = new Option<string>("--name") { Description = "Label, to know the token by.", Required = true };
        var days = new Option<int?>("--days") { Description = "Valid for so many days; without it the token does not expire." };
        var create = new Command("create", "Makes an API token and prints it once, alone on the last line.") { user, name, days };
        create.SetAction((parse, ct) => run(async (services, c) =>
        {
            var id = await Users.FindAsync(services, parse.GetValue(user)!, c);
            Console.WriteLine(await services.GetRequiredService<IMediator>().Send(new CreateTokenCommand { Label = parse.GetValue(name)!, Days = parse.GetValue(days), ForUserId = id }, c));
            return 0;
        }, ct));
        return new Command("token", "API tokens.") { create };
    }
}

/// <summary><c>user create</c>, <c>user password</c>, <c>user two-factor-off</c>, <c>user list</c>.</summary>
internal sealed class UserVerb : ICliCommand
{
    public Command Build(CliRunner run) => new("user", "Administration of users without the browser.") { Create(run), Password(run), TwoFactorOff(run), List(run) };

    private static Command Create(CliRunner run)
    {
        var user = new Option<string>("--user") { Description = "Sign-in name.", Required = true };
        var name = new Option<string>("--name") { Description = "Name as shown; the sign-in name by default." };
        var password = new Option<string?>("--password") { Description = "Password; asked for on the standard input when it is not given, which keeps it out of the shell's history." };
        var role = new Option<string[]>("--role") { Description = "Name of a role; may be repeated." };
        var administrator = new Option<bool>("--administrator") { Description = "Gives the administrators' role." };
        var language = new Option<string>("--language") { Description = "fa or en.", DefaultValueFactory = _ => "fa" };
        var verb = new Command("create", "Adds a user of the head office.") { user, name, password, role, administrator, language };
        verb.SetAction((parse, ct) => run(async (services, c) =>
        {
            var db = services.GetRequiredService<PlatformDb>();
            var roles = new List<Guid>();
            foreach (var wanted in parse.GetValue(role) ?? [])
                roles.Add(await db.Roles.Where(r => r.Name == wanted).Select(r => (Guid?)r.Id).FirstOrDefaultAsync(c) ?? throw new InvalidInput("--role", "Choose one of the list."));
            if (parse.GetValue(administrator)) roles.Add(Role.Administrators);
            await services.GetRequiredService<IMediator>().Send(new AddUserCommand
            {
                UserName = parse.GetValue(user)!, Name = parse.GetValue(name) ?? parse.GetValue(user)!, Password = parse.GetValue(password) ?? await Users.AskAsync(c), RoleIds = roles,
                SeesAllBranches = true, Language = parse.GetValue(language)!,
            }, c);
            Console.WriteLine($"{parse.GetValue(user)} was added.");
            return 0;
        }, ct));
        return verb;
    }

    private static Command Password(CliRunner run)
    {
        var user = new Option<string>("--user") { Description = "Sign-in name.", Required = true };
        var password = new Option<string?>("--password") { Description = "New password; asked for on the standard input when it is not given." };
        var verb = new Command("password", "Sets a user's password, ends the user's sessions and forgets failed sign-ins.") { user, password };
        verb.SetAction((parse, ct) => run(async (services, c) =>
        {
            var id = await Users.FindAsync(services, parse.GetValue(user)!, c);
            await services.GetRequiredService<IMediator>().Send(new SetUserPasswordCommand { Id = id, Password = parse.GetValue(password) ?? await Users.AskAsync(c) }, c);
            Console.WriteLine($"The password of {parse.GetValue(user)} was set.");
            return 0;
        }, ct));
        return verb;
    }

    private static Command TwoFactorOff(CliRunner run)
    {
        var user = new Option<string>("--user") { Description = "Sign-in name.", Required = true };
        var verb = new Command("two-factor-off", "Turns off the two-factor sign-in of who lost the phone, for when no administrator can, and ends the user's sessions.") { user };
        verb.SetAction((parse, ct) => run(async (services, c) =>
        {
            await services.GetRequiredService<IMediator>().Send(new ResetTwoFactorCommand(await Users.FindAsync(services, parse.GetValue(user)!, c)), c);
            Console.WriteLine($"Two-factor sign-in of {parse.GetValue(user)} is off.");
            return 0;
        }, ct));
        return verb;
    }

    private static Command List(CliRunner run)
    {
        var verb = new Command("list", "Lists users: sign-in name, state, roles, name.");
        verb.SetAction((_, ct) => run(async (services, c) =>
        {
            var db = services.GetRequiredService<PlatformDb>();
            var roles = await db.Roles.ToDictionaryAsync(r => r.Id, r => r.Name, c);
            foreach (var u in await db.Users.OrderBy(u => u.UserName).Select(u => new { u.UserName, u.Active, u.Name, u.RoleIds }).ToListAsync(c))
                Console.WriteLine($"{u.UserName}\t{(u.Active ? "active" : "inactive")}\t{string.Join(", ", u.RoleIds.Where(roles.ContainsKey).Select(r => roles[r]))}\t{u.Name}");
            return 0;
        }, ct));
        return verb;
    }
}

internal static class Users
{
    public static async Task<Guid> FindAsync(IServiceProvider services, string userName, CancellationToken ct)
    {
        var name = userName.ToLowerInvariant();
        return await services.GetRequiredService<PlatformDb>().Users.Where(u => u.UserName == name).Select(u => (Guid?)u.Id).FirstOrDefaultAsync(ct)
            ?? throw new InvalidInput("--user", "There is no user of this name.");
    }

    public static async Task<string?> AskAsync(CancellationToken ct)
    {
        if (!Console.IsInputRedirected) Console.Write("Password: ");
        return await Console.In.ReadLineAsync(ct);
    }
}
