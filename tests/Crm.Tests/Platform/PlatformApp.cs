using System.Net;
using Crm.Core;
using Crm.Platform.Features.Account;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.EditRole;
using Crm.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Platform;

/// <summary>The application; a test says from which network address it calls by the header <c>X-From</c>.</summary>
public class PlatformApp : CrmApp
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        // The tests read English.
        await SendAsync(new SaveProfileCommand { Language = "en" }, "admin");
    }

    protected override void ConfigureServices(IServiceCollection services) => services.AddSingleton<IStartupFilter, FromHeader>();

    protected override IEnumerable<(string Key, string Value)> Settings => [("Crm:Passwords:Iterations", "1000")];

    /// <summary>Somebody at an address.</summary>
    public Browse At(string address, string language = "en")
    {
        var browse = Anonymous(language);
        browse.Client.DefaultRequestHeaders.Add("X-From", address);
        return browse;
    }

    /// <summary>Adds a user with a role of these permissions.</summary>
    public async Task<Guid> AddUserAsync(string userName, params string[] permissions)
    {
        var role = permissions.Length == 0 ? (Guid?)null : await SendAsync(new SaveRoleCommand { Name = "role of " + userName, Permissions = [.. permissions] });
        return await SendAsync(new AddUserCommand { UserName = userName, Name = "User " + userName, Password = Password, RoleIds = role is { } id ? [id] : [], Language = "en" });
    }

    private sealed class FromHeader : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, go) =>
            {
                if (IPAddress.TryParse(context.Request.Headers["X-From"], out var address)) context.Connection.RemoteIpAddress = address;
                return go(context);
            });
            next(app);
        };
    }
}
