using System.Net;
using System.Net.Http.Headers;
using Crm.Core;
using Crm.Data;
using Dapper;
using MediatR;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace Crm.Testing;

/// <summary>
/// The real application on a database of its own (cloned), with a fake clock and still pumps: <see cref="DrainAsync"/> does all background work that is due.
/// Use as a class fixture: one application a test class.
/// </summary>
public class CrmApp : WebApplicationFactory<Program>, IAsyncLifetime
{
    /// <summary>What links in mails lead to.</summary>
    public const string PublicUrl = "https://crm.example.test";

    /// <summary>Password of every persona.</summary>
    public const string Password = "Test-Pass-1405";

    private readonly Dictionary<string, CookieContainer> _cookies = [];
    private string _database = "";

    /// <summary>The clock of this application.</summary>
    public FakeClock Clock { get; } = new();

    /// <summary>The disk of this application: that of the machine is nobody's business.</summary>
    public FakeDisk Disk { get; } = new();

    /// <summary>Connection string of its database.</summary>
    public string ConnectionString => _database;

    /// <summary>Folder of its files.</summary>
    public string DataDirectory { get; } = Directory.CreateTempSubdirectory("crm-test-").FullName;

    /// <summary>Whether the database has the demo data of a company (otherwise initial data and personas only).</summary>
    protected virtual bool Demo => false;

    /// <summary>Whether pumps run by themselves.</summary>
    protected virtual bool PumpsRun => false;

    /// <summary>Whether it listens on a port of its own (<see cref="Address"/>) for real browsers; otherwise requests reach it without a socket.</summary>
    protected virtual bool Listens => false;

    /// <summary>What it takes for the time; <see cref="Clock"/> unless a test needs the real one.</summary>
    protected virtual TimeProvider Time => Clock;

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = new("http://localhost");

    /// <summary>Changes the database before the application starts on it.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>Further settings.</summary>
    protected virtual IEnumerable<(string Key, string Value)> Settings => [];

    /// <summary>Replaces services at the edges: gateways, mail.</summary>
    protected virtual void ConfigureServices(IServiceCollection services)
    {
    }

    public virtual async Task InitializeAsync()
    {
        _database = await TestDatabase.CloneSharedAsync(Demo ? "demo" : "base", connection => Template.FillAsync(connection, Demo));
        await PrepareAsync();
        if (!Listens)
        {
            _ = Server;
            return;
        }

        UseKestrel(0);
        StartServer();
        Address = new Uri(Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()!.Addresses.First());
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        Directory.Delete(DataDirectory, recursive: true);
        await TestDatabase.DropAsync(_database);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("ConnectionStrings:Crm", _database);
        builder.UseSetting("Crm:Pumps", PumpsRun ? "true" : "false");
        builder.UseSetting("Crm:DataDirectory", DataDirectory);
        builder.UseSetting("Crm:Admin:Password", Password);
        builder.UseSetting("Crm:PublicUrl", PublicUrl);
        builder.UseSetting("Crm:Passwords:Iterations", Template.Iterations);
        builder.UseSetting("Crm:Demo", "false");
        builder.UseSetting("Logging:LogLevel:Default", "Warning");
        if (Listens) builder.UseSetting("urls", "http://127.0.0.1:0");
        foreach (var (key, value) in Settings) builder.UseSetting(key, value);
        builder.ConfigureTestServices(services =>
        {
            services.AddSingleton(Time);
            services.AddSingleton<IDiskSpace>(Disk);
            ConfigureServices(services);
        });
    }

    /// <summary>A browser without scripts, signed in by the real form as one of the personas (see <see cref="Template"/>); redirects are not followed.</summary>
    public async Task<Browse> As(string userName, string language = "en")
    {
        var browse = Anonymous(language, _cookies.TryGetValue(userName, out var cookies) ? cookies : _cookies[userName] = new CookieContainer());
        if (cookies is null) await browse.SignInAsync(userName, Password);
        return browse;
    }

    /// <summary>Somebody who is not signed in.</summary>
    public Browse Anonymous(string language = "en", CookieContainer? cookies = null)
    {
        cookies ??= new CookieContainer();
        var client = new HttpClient(new CookieHandler(cookies, Server.CreateHandler())) { BaseAddress = new Uri("http://localhost") };
        client.DefaultRequestHeaders.AcceptLanguage.Add(new StringWithQualityHeaderValue(language));
        return new Browse(client);
    }

    /// <summary>Sends a command as the system (or as a persona), in a scope of its own.</summary>
    public Task<T> SendAsync<T>(ICommand<T> command, string? userName = null) => InScopeAsync(sp => sp.GetRequiredService<IMediator>().Send(command), userName);

    /// <summary>Does something in a scope of its own.</summary>
    public async Task<T> InScopeAsync<T>(Func<IServiceProvider, Task<T>> act, string? userName = null)
    {
        await using var scope = Services.CreateAsyncScope();
        var user = scope.ServiceProvider.GetRequiredService<CurrentUser>();
        if (userName is null) user.BecomeSystem("test");
        else user.Become(await scope.ServiceProvider.GetRequiredService<IUserAccessSource>().FindAsync(await UserIdAsync(userName), default) ?? throw new InvalidOperationException($"No user {userName}."), "test");
        return await act(scope.ServiceProvider);
    }

    /// <summary>Does all background work that is due by the clock, until nothing is left.</summary>
    public async Task DrainAsync()
    {
        for (var round = 0; round < 100; round++)
        {
            var done = 0;
            foreach (var pump in Services.GetServices<IPump>()) done += await pump.DrainAsync(default);
            if (done == 0) return;
        }

        throw new InvalidOperationException("Background work makes more background work without end.");
    }

    /// <summary>Moves the clock and does what became due.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        Clock.Advance(by);
        await DrainAsync();
    }

    /// <summary>Asks the database.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? args = null)
    {
        await using var connection = new NpgsqlConnection(_database);
        return (await connection.QueryAsync<T>(sql, args)).AsList();
    }

    /// <summary>Id of a user by sign-in name.</summary>
    public async Task<Guid> UserIdAsync(string userName) => (await QueryAsync<Guid>("select id from platform.users where lower(user_name) = lower(@userName)", new { userName })).Single();

    private sealed class CookieHandler(CookieContainer cookies, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var header = cookies.GetCookieHeader(request.RequestUri!);
            if (header.Length > 0) request.Headers.TryAddWithoutValidation("Cookie", header);
            var response = await base.SendAsync(request, cancellationToken);
            if (response.Headers.TryGetValues("Set-Cookie", out var set))
            {
                foreach (var cookie in set) cookies.SetCookies(request.RequestUri!, cookie);
            }

            return response;
        }
    }
}

/// <summary>The same application with the demo data of a company.</summary>
public sealed class DemoApp : CrmApp
{
    protected override bool Demo => true;
}
