using System.Net;
using System.Net.WebSockets;
using System.Text;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Features.EditUser;
using Crm.Platform.Features.Tokens;
using Crm.Platform.Jobs;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crm.Tests.Platform;

/// <summary>SYS-10: where somebody is signed in, and the log of what happened at the door.</summary>
public sealed class SessionTests(SessionTests.LoggedApp app) : IClassFixture<SessionTests.LoggedApp>
{
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    private const string Phone = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

    [Fact]
    public async Task My_sessions_are_shown_in_words_with_address_since_and_last_seen_and_this_one_is_marked()
    {
        await app.AddUserAsync("two-places");
        var desk = await InAsync("two-places", "198.51.100.21", Firefox);
        await InAsync("two-places", "198.51.100.22", Phone);
        await desk.OpenAsync("/profile");
        desk.Text.Should().Contain("Firefox on Linux").And.Contain("Chrome on Android").And.Contain("198.51.100.21").And.Contain("198.51.100.22").And.Contain("Last seen").And.Contain("This one");
        desk.Text.IndexOf("This one", StringComparison.Ordinal).Should().BeLessThan(desk.Text.IndexOf("Chrome on Android", StringComparison.Ordinal), "this one stands first");

        app.Clock.Advance(TimeSpan.FromMinutes(10));
        await desk.OpenAsync("/profile");
        await desk.OpenAsync("/profile");
        (await app.QueryAsync<double>("select extract(epoch from last_seen_at - started_at) from platform.sessions s join platform.users u on u.id = s.user_id where u.user_name = 'two-places' order by 1")).Should().Equal(0, 600);
    }

    [Fact]
    public async Task One_session_or_all_others_are_ended_from_here_and_are_out_at_once_on_open_connections_too()
    {
        await app.AddUserAsync("many-places");
        var here = await InAsync("many-places", "198.51.100.23", Firefox);
        var cookies = new CookieContainer();
        var second = app.Anonymous("en", cookies);
        await second.SignInAsync("many-places", CrmApp.Password);
        var third = await InAsync("many-places", "198.51.100.25", Phone);
        using var listening = await OpenAsync(cookies);

        var id = (await app.QueryAsync<Guid>("select s.id from platform.sessions s join platform.users u on u.id = s.user_id where u.user_name = 'many-places' and s.address = 'unknown'")).Single();
        await here.PostAsync("/profile", [("session", id.ToString())], "handler=End\"");
        here.Location.Should().Be("/profile");
        (await second.OpenAsync("/profile")).Location.Should().StartWith("/sign-in");
        (await IsCutAsync(listening)).Should().BeTrue();
        (await third.OpenAsync("/profile")).Status.Should().Be(HttpStatusCode.OK);

        await here.PostAsync("/profile", [], "handler=EndOthers");
        (await third.OpenAsync("/profile")).Location.Should().StartWith("/sign-in");
        (await here.OpenAsync("/profile")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Nobody_ends_the_session_of_another()
    {
        await app.AddUserAsync("victim");
        await app.AddUserAsync("meddler");
        var victim = await InAsync("victim", "198.51.100.26", Firefox);
        var meddler = await InAsync("meddler", "198.51.100.27", Firefox);
        await InAsync("meddler", "198.51.100.28", Firefox);
        var id = (await app.QueryAsync<Guid>("select s.id from platform.sessions s join platform.users u on u.id = s.user_id where u.user_name = 'victim'")).Single();
        await meddler.PostAsync("/profile", [("session", id.ToString())], "handler=End\"");
        meddler.Status.Should().Be(HttpStatusCode.NotFound);
        (await victim.OpenAsync("/profile")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_administrator_sees_the_sessions_of_a_user_and_ends_them_within_his_rights()
    {
        var id = await app.AddUserAsync("watched");
        var watched = await InAsync("watched", "198.51.100.29", Phone);
        var admin = await app.As("admin");
        (await admin.OpenAsync($"/settings/users/{id}")).Text.Should().Contain("Chrome on Android").And.Contain("198.51.100.29");
        await admin.PostAsync($"/settings/users/{id}", [("session", null)], "handler=End");
        (await watched.OpenAsync("/profile")).Location.Should().StartWith("/sign-in");
        (await LogAsync("watched")).Should().Contain(("SessionEnded", await app.UserIdAsync("admin")));

        await app.AddUserAsync("keeper-of-users", "platform.users.manage");
        var beyond = async () => await app.SendAsync(new EndUserSessionsCommand(await app.UserIdAsync("admin"), null), "keeper-of-users");
        await beyond.Should().ThrowAsync<RuleBroken>("only administrators touch administrators");
        await app.AddUserAsync("no-keeper");
        var none = async () => await app.SendAsync(new EndUserSessionsCommand(id, null), "no-keeper");
        await none.Should().ThrowAsync<Forbidden>();
    }

    [Fact]
    public async Task Ending_sessions_leaves_tokens_of_programs_alone()
    {
        var id = await app.AddUserAsync("with-program");
        var token = await app.SendAsync(new CreateTokenCommand { Label = "Shop", ForUserId = id });
        await app.SendAsync(new EndUserSessionsCommand(id, null), "admin");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/users/me");
        request.Headers.Authorization = new("Bearer", token);
        using var answer = await app.Anonymous().Client.SendAsync(request);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Every_attempt_stands_in_the_log_with_its_result_and_the_user_sees_his_own()
    {
        await app.AddUserAsync("logged");
        var browse = At("198.51.100.31", Firefox);
        await browse.PostAsync("/sign-in", [("Command.UserName", "LOGGED"), ("Command.Password", "not the password")]);
        await browse.PostAsync("/sign-in", [("Command.UserName", "nobody-knows-me"), ("Command.Password", "not the password")]);
        await browse.SignInAsync("logged", CrmApp.Password);
        await browse.PostAsync("/profile/password", [("Command.Present", CrmApp.Password), ("Command.Password", "short"), ("Command.Again", "other")]);
        browse.Text.Should().Contain("Choose a password of at least 10 characters.").And.Contain("The two are not the same.", "all that is wrong is told at once");
        await browse.PostAsync("/profile/password", [("Command.Present", "not the password"), ("Command.Password", "another good password"), ("Command.Again", "another good password")]);
        await browse.PostAsync("/profile/password", [("Command.Present", CrmApp.Password), ("Command.Password", "another good password"), ("Command.Again", "another good password")]);
        (await browse.OpenAsync("/profile")).Text.Should().Contain("My latest sign-ins").And.Contain("Wrong password").And.Contain("Password changed").And.NotContain("nobody-knows-me");
        await browse.PostAsync("/sign-out", []);
        await app.SendAsync(new SetUserPasswordCommand { Id = await app.UserIdAsync("logged"), Password = CrmApp.Password }, "admin");
        await app.SendAsync(new SetUserActiveCommand(await app.UserIdAsync("logged"), false), "admin");
        await browse.PostAsync("/sign-in", [("Command.UserName", "logged"), ("Command.Password", CrmApp.Password)]);
        (await LogAsync("logged")).Select(l => l.Result).Should().Equal("WrongPassword", "SignedIn", "WrongPassword", "PasswordChanged", "SignedOut", "PasswordSet", "Deactivated");
        (await LogAsync("nobody-knows-me")).Select(l => l.Result).Should().Equal("UnknownName");
        (await app.QueryAsync<string>("select distinct address || ' ' || left(agent, 7) from platform.sign_ins where user_name = 'logged' and by_id is null")).Should().Contain("198.51.100.31 Mozilla");
    }

    [Fact]
    public async Task A_flood_against_a_pause_is_counted_in_one_line_a_minute()
    {
        await app.AddUserAsync("flooded-log");
        for (var i = 0; i < 12; i++) await At("203.0.113.61", Firefox).PostAsync("/sign-in", [("Command.UserName", "flooded-log"), ("Command.Password", "not the password")]);
        (await LogAsync("flooded-log")).Select(l => l.Result).Should().Equal("WrongPassword", "WrongPassword", "WrongPassword", "WrongPassword", "WrongPassword", "LockedOut");
        (await app.QueryAsync<int>("select times from platform.sign_ins where user_name = 'flooded-log' and result = 'LockedOut'")).Should().Equal(7);
    }

    [Fact]
    public async Task Administrators_filter_the_log_and_page_through_it_and_others_do_not_see_it()
    {
        var id = await app.AddUserAsync("paged");
        var guard = app.Services.GetRequiredService<TimeProvider>();
        await app.QueryAsync<int>("""
            insert into platform.sign_ins (id, at, last_at, result, user_id, user_name, address, agent, times)
            select ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, @now, @now, case when n % 2 = 0 then 'SignedIn' else 'WrongCode' end, @id, 'paged', '192.0.2.' || n % 200, null, 1 from generate_series(1, 120) n returning 1
            """, new { now = guard.GetUtcNow(), id });
        var admin = await app.As("admin");
        var seen = new List<string>();
        var url = $"/settings/sign-ins?user={id}";
        for (var page = 0; page < 3; page++)
        {
            await admin.OpenAsync(url);
            seen.AddRange(System.Text.RegularExpressions.Regex.Matches(admin.Html, @"192\.0\.2\.\d+").Select(m => m.Value));
            var next = System.Text.RegularExpressions.Regex.Match(admin.Html, "href=\"([^\"]*after=[^\"]*)\"");
            if (next.Success) url = WebUtility.HtmlDecode(next.Groups[1].Value) is var u && u.StartsWith('?') ? "/settings/sign-ins" + u : u;
        }

        seen.Should().HaveCount(120).And.OnlyHaveUniqueItems();
        (await admin.OpenAsync("/settings/sign-ins?q=pag&result=WrongCode&address=192.0.2.7")).Text.Should().Contain("192.0.2.7").And.Contain("Wrong code").And.NotContain("192.0.2.9");
        (await admin.OpenAsync("/settings/sign-ins?q=nobody-has-this-name")).Text.Should().Contain("No sign-ins found");

        var plain = await InAsync("paged", "198.51.100.33", Firefox);
        (await plain.OpenAsync("/settings/sign-ins")).Status.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_log_is_thrown_away_after_half_a_year()
    {
        await app.AddUserAsync("long-ago");
        await app.QueryAsync<int>("""
            insert into platform.sign_ins (id, at, last_at, result, user_name, address, times)
            select gen_random_uuid(), @now - make_interval(days => d), @now - make_interval(days => d), 'UnknownName', 'long-ago-' || d, '192.0.2.1', 1 from unnest(array[179, 181]) d returning 1
            """, new { now = app.Clock.GetUtcNow() });
        await app.InScopeAsync(async sp =>
        {
            await sp.GetServices<IScheduledJob>().OfType<PurgeOldRows>().Single().RunAsync(default);
            return 0;
        });
        (await app.QueryAsync<string>("select user_name from platform.sign_ins where user_name like 'long-ago-%'")).Should().Equal("long-ago-179");
    }

    [Fact]
    public async Task Names_and_addresses_of_sign_ins_stand_in_no_log_file()
    {
        await app.AddUserAsync("canary-name");
        var browse = At("203.0.113.99", "Canary-Browser/1.0");
        await browse.PostAsync("/sign-in", [("Command.UserName", "canary-typed"), ("Command.Password", "canary-password")]);
        await browse.PostAsync("/sign-in", [("Command.UserName", "canary-name"), ("Command.Password", "canary-password")]);
        await browse.SignInAsync("canary-name", CrmApp.Password);
        await browse.OpenAsync("/profile");
        await browse.PostAsync("/sign-out", []);
        app.Lines.Should().NotBeEmpty();
        app.Lines.Where(l => l.Contains("canary", StringComparison.OrdinalIgnoreCase) && !l.Contains("User canary-name", StringComparison.Ordinal) || l.Contains("203.0.113.99", StringComparison.Ordinal)).Should().BeEmpty();
    }

    private async Task<IReadOnlyList<(string Result, Guid? By)>> LogAsync(string name) =>
        await app.QueryAsync<(string, Guid?)>("select result, by_id from platform.sign_ins where user_name = @name order by id", new { name });

    private Browse At(string address, string agent)
    {
        var browse = app.At(address);
        browse.Client.DefaultRequestHeaders.Add("User-Agent", agent);
        return browse;
    }

    private async Task<Browse> InAsync(string user, string address, string agent)
    {
        var browse = At(address, agent);
        await browse.SignInAsync(user, CrmApp.Password);
        return browse;
    }

    private async Task<WebSocket> OpenAsync(CookieContainer cookies)
    {
        var client = app.Server.CreateWebSocketClient();
        client.ConfigureRequest = request => request.Headers.Cookie = cookies.GetCookieHeader(new Uri("http://localhost/"));
        var socket = await client.ConnectAsync(new Uri("ws://localhost/hubs/live"), CancellationToken.None);
        await socket.SendAsync(Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e"), WebSocketMessageType.Text, true, CancellationToken.None);
        return socket;
    }

    private static async Task<bool> IsCutAsync(WebSocket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                if ((await socket.ReceiveAsync(buffer, limit.Token)).MessageType == WebSocketMessageType.Close) return true;
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Keeps what the application logs, as a log file would.</summary>
    public sealed class LoggedApp : PlatformApp, ILoggerProvider
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => new Keeper(_lines);

        protected override IEnumerable<(string Key, string Value)> Settings => [.. base.Settings, ("Logging:LogLevel:Default", "Information")];

        protected override void ConfigureServices(IServiceCollection services)
        {
            base.ConfigureServices(services);
            services.AddSingleton<ILoggerProvider>(this);
        }

        private sealed class Keeper(System.Collections.Concurrent.ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => lines.Enqueue(formatter(state, exception) + exception);
        }
    }
}
