using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Crm.Platform.Features.EditRole;
using Crm.Platform.Features.EditUser;
using Crm.Platform.Features.Tokens;
using Crm.Routines;
using Crm.Testing;
using Crm.Tests.Platform;

namespace Crm.Tests.Attacks;

/// <summary>Attack 10 on open connections: who is out is out within five seconds, however long ago the connection was opened.</summary>
public sealed class LiveTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    private const string Shell = "ws://localhost/hubs/live";
    private const string Designer = "ws://localhost/elsa/hubs/workflow-instance";

    [Fact]
    public async Task Signing_out_cuts_the_connections_of_that_session_and_no_other()
    {
        await app.AddUserAsync("leaving");
        var (here, hereCookies) = await SignInAsync("leaving");
        var (_, thereCookies) = await SignInAsync("leaving");
        using var listening = await OpenAsync(Shell, hereCookies);
        using var elsewhere = await OpenAsync(Shell, thereCookies);
        await here.PostAsync("/sign-out", []);
        (await IsCutAsync(listening)).Should().BeTrue();
        elsewhere.State.Should().Be(WebSocketState.Open);
        await StillHearsAsync(elsewhere);
    }

    [Fact]
    public async Task A_deactivated_user_hears_nothing_more()
    {
        var id = await app.AddUserAsync("deactivated");
        using var listening = await OpenAsync(Shell, (await SignInAsync("deactivated")).Cookies);
        await app.SendAsync(new SetUserActiveCommand(id, false));
        (await IsCutAsync(listening)).Should().BeTrue();
    }

    [Fact]
    public async Task A_word_that_got_lost_between_hosts_costs_no_more_than_five_seconds()
    {
        var id = await app.AddUserAsync("unheard-of");
        using var listening = await OpenAsync(Shell, (await SignInAsync("unheard-of")).Cookies);
        // As another host would do it whose word got lost: past the application.
        await app.QueryAsync<int>("update platform.users set active = false where id = @id returning 1", new { id });
        (await IsCutAsync(listening)).Should().BeTrue();
    }

    [Fact]
    public async Task A_revoked_token_and_a_lost_right_cut_too()
    {
        var id = await app.AddUserAsync("watcher", RoutinesPermissions.SeeJobs);
        var token = await app.SendAsync(new CreateTokenCommand { Label = "Watch", ForUserId = id });
        using var byToken = await OpenAsync(Designer, token: token);
        using var byCookie = await OpenAsync(Designer, (await SignInAsync("watcher")).Cookies);
        await app.SendAsync(new RevokeTokenCommand((await app.QueryAsync<Guid>("select id from platform.api_tokens where user_id = @id", new { id })).Single()), "watcher");
        (await IsCutAsync(byToken)).Should().BeTrue();
        byCookie.State.Should().Be(WebSocketState.Open);

        var role = (await app.QueryAsync<Guid>("select unnest(role_ids) from platform.users where id = @id", new { id })).Single();
        await app.SendAsync(new SaveRoleCommand { Id = role, Name = "role of watcher", Permissions = [] });
        (await IsCutAsync(byCookie)).Should().BeTrue();
    }

    [Fact]
    public async Task A_page_of_another_site_opens_no_connection()
    {
        await app.AddUserAsync("lured");
        var (_, cookies) = await SignInAsync("lured");
        var open = () => OpenAsync(Shell, cookies, origin: "http://evil.example");
        await open.Should().ThrowAsync<InvalidOperationException>();
    }

    private async Task<(Browse Browse, CookieContainer Cookies)> SignInAsync(string user)
    {
        var cookies = new CookieContainer();
        var browse = app.Anonymous("en", cookies);
        await browse.SignInAsync(user, CrmApp.Password);
        return (browse, cookies);
    }

    /// <summary>What a SignalR client does: a WebSocket, the handshake, its answer.</summary>
    private async Task<WebSocket> OpenAsync(string hub, CookieContainer? cookies = null, string? token = null, string? origin = null)
    {
        var client = app.Server.CreateWebSocketClient();
        client.ConfigureRequest = request =>
        {
            if (cookies is not null) request.Headers.Cookie = cookies.GetCookieHeader(new Uri("http://localhost/"));
            if (token is not null) request.Headers.Authorization = "Bearer " + token;
            if (origin is not null) request.Headers.Origin = origin;
        };
        var socket = await client.ConnectAsync(new Uri(hub), CancellationToken.None);
        await SendAsync(socket, """{"protocol":"json","version":1}""");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[4096];
        var answer = await socket.ReceiveAsync(buffer, limit.Token);
        Encoding.UTF8.GetString(buffer, 0, answer.Count).Should().StartWith("{}");
        return socket;
    }

    private static Task SendAsync(WebSocket socket, string message) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(message + "\u001e"), WebSocketMessageType.Text, true, CancellationToken.None);

    private async Task StillHearsAsync(WebSocket socket)
    {
        // A call of a method that is not there is answered: the connection lives at both ends.
        await SendAsync(socket, """{"type":1,"invocationId":"1","target":"nothing","arguments":[]}""");
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var answer = await socket.ReceiveAsync(buffer, limit.Token);
        answer.MessageType.Should().Be(WebSocketMessageType.Text);
    }

    private static async Task<bool> IsCutAsync(WebSocket socket)
    {
        var since = Stopwatch.StartNew();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        var buffer = new byte[4096];
        try
        {
            while (since.Elapsed < TimeSpan.FromSeconds(5))
            {
                var message = await socket.ReceiveAsync(buffer, limit.Token);
                if (message.MessageType == WebSocketMessageType.Close) return true;
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

        return false;
    }
}
