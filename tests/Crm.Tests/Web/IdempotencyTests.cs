using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Testing;
using Crm.Tests.Contacts;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Web;

/// <summary>One Idempotency-Key, one effect, whatever died between the effect and the answer.</summary>
public sealed class IdempotencyTests(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task The_same_key_and_body_give_the_first_answer_again_and_another_body_is_refused()
    {
        using var client = await ClientAsync();
        var first = await PostAsync(client, "first", "Arman");
        var again = await PostAsync(client, "first", "Arman");
        again.Status.Should().Be(first.Status).And.Be(HttpStatusCode.Created);
        again.Id.Should().Be(first.Id);
        (await PostAsync(client, "first", "Babak")).Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await CountAsync("Arman")).Should().Be(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_repeat_after_the_host_died_between_effect_and_answer_gets_the_answer_and_no_second_effect(bool known)
    {
        var (key, name) = known ? ("died", "Cyrus") : ("silent", "Cambyses");
        using var client = await ClientAsync();
        var first = await PostAsync(client, key, name);
        // So the row stands when the host dies before it can keep its answer.
        await DieAsync(key, seconds: 1);
        (await PostAsync(client, key, name)).Status.Should().Be(HttpStatusCode.Conflict, "its host lives, so the first try may still be under way");
        if (known) await app.QueryAsync<int>("update platform.idempotency set host = -1 where key = @key returning 1", new { key });
        else await DieAsync(key, seconds: 20);

        var again = await PostAsync(client, key, name);

        again.Status.Should().Be(HttpStatusCode.Created);
        again.Id.Should().Be(first.Id);
        (await CountAsync(name)).Should().Be(1);
        (await PostAsync(client, key, name)).Id.Should().Be(first.Id);
    }

    [Fact]
    public async Task A_try_that_was_taken_over_saves_nothing_when_it_goes_on()
    {
        using var client = await ClientAsync();
        var user = await app.UserIdAsync("sara");
        var store = app.Services.GetRequiredService<IIdempotencyStore>();
        var slow = await store.BeginAsync(user, "slow", [1], default);
        await DieAsync("slow", seconds: 20);
        (await store.BeginAsync(user, "slow", [1], default)).State.Should().Be(IdempotencyState.Fresh);

        var late = () => app.InScopeAsync(async sp =>
        {
            sp.GetRequiredService<IdempotentRequest>().Begin(user, "slow", slow);
            return await sp.GetRequiredService<MediatR.IMediator>().Send(new Crm.Contacts.Features.AddContact.AddContactCommand { Kind = Crm.Contacts.Domain.ContactKind.Person, FirstName = "Late", LastName = "Darius", AllowKnownPhone = true });
        });

        (await late.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("idempotency.under-way");
        (await CountAsync("Darius")).Should().Be(0);
    }

    private async Task<HttpClient> ClientAsync()
    {
        var client = app.Anonymous().Client;
        client.DefaultRequestHeaders.Authorization = new("Bearer", await Tokens.MakeAsync(app, "sara"));
        return client;
    }

    private static async Task<(HttpStatusCode Status, string? Id)> PostAsync(HttpClient client, string key, string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/contacts") { Content = JsonContent.Create(new { kind = "person", firstName = "Test", lastName = name }) };
        request.Headers.Add("Idempotency-Key", key);
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["id"]);
    }

    private Task DieAsync(string key, int seconds) =>
        app.QueryAsync<int>("update platform.idempotency set status = null, body = null, at = now() - make_interval(secs => @seconds) where key = @key returning 1", new { key, seconds });

    private async Task<long> CountAsync(string name) => (await app.QueryAsync<long>("select count(*) from contacts.contacts where last_name = @name", new { name })).Single();
}
