using System.Net;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Platform;

public sealed class NotificationTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    [Fact]
    public async Task What_a_module_tells_stands_behind_the_bell_in_the_readers_language_and_is_read_by_opening_it()
    {
        var id = await app.AddUserAsync("bell");
        await NotifyAsync([id, id], "{0} users", ["3"], "/profile");
        await app.DrainAsync();
        var browse = await app.As("bell");
        (await browse.OpenAsync("/shell")).Html.Should().Contain("\"notifications\":1");
        (await browse.OpenAsync("/notifications")).Text.Should().Contain("3 users");
        (await browse.OpenAsync("/notifications/recent")).Html.Should().Contain("drop-item unread").And.NotContain("<html");
        var link = System.Text.RegularExpressions.Regex.Match(browse.Html, "/notifications/[0-9a-f-]{36}").Value;
        (await browse.OpenAsync(link)).Location.Should().Be("/profile");
        (await browse.OpenAsync("/shell")).Html.Should().Contain("\"notifications\":0");
    }

    [Fact]
    public async Task Nobody_reads_the_notifications_of_somebody_else()
    {
        var id = await app.AddUserAsync("private");
        await app.AddUserAsync("curious");
        await NotifyAsync([id], "User saved.", [], "/profile");
        await app.DrainAsync();
        var line = (await app.QueryAsync<Guid>("select id from platform.notifications where user_id = @id", new { id })).Single();
        (await (await app.As("curious")).OpenAsync($"/notifications/{line}")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_notification_is_written_once_however_often_it_is_delivered()
    {
        var id = await app.AddUserAsync("once");
        await NotifyAsync([id], "Role saved.", [], "/profile");
        await app.DrainAsync();
        await app.DrainAsync();
        (await app.QueryAsync<int>("select count(*)::int from platform.notifications where user_id = @id", new { id })).Should().Equal(1);
    }

    [Fact]
    public async Task A_link_out_of_the_application_is_refused()
    {
        var outside = () => NotifyAsync([Guid.CreateVersion7()], "User saved.", [], "https://evil.example/");
        await outside.Should().ThrowAsync<ArgumentException>();
    }

    private Task NotifyAsync(IReadOnlyList<Guid> users, string text, IReadOnlyList<string> args, string url) => app.InScopeAsync(async sp =>
    {
        sp.GetRequiredService<INotifier>().Notify(users, text, args, url);
        return await sp.GetRequiredService<PlatformDb>().SaveChangesAsync();
    });
}
