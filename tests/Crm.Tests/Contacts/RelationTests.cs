using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.EditContact;
using Crm.Contacts.Features.ManagePositions;
using Crm.Contacts.Features.ManageRelations;
using Crm.Core;
using Crm.Testing;

namespace Crm.Tests.Contacts;

/// <summary>What hangs between contacts: relations, posts and liaisons, and the card that a customer is found by.</summary>
public sealed class RelationTests(DemoApp app) : IClassFixture<DemoApp>
{
    private static Guid Kind(int index) => MoreLists.Id(BaseLists.RelationKind, index);

    [Fact]
    public async Task A_relation_is_read_from_both_sides()
    {
        var (friend, known) = (await Given.PersonAsync(app, "معرفی", "کننده"), await Given.PersonAsync(app, "آشنا", "شده"));
        var sara = await app.As("sara", "fa");
        await sara.PostAsync($"/contacts/{known}/relations", [("Kind", Kind(4).ToString()), ("Command.OtherId", friend.ToString()), ("Command.Note", "در نمایشگاه")], "handler=Add");
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
        (await sara.OpenAsync($"/contacts/{known}")).Text.Should().Contain("معرف:").And.Contain("معرفی کننده");
        (await sara.OpenAsync($"/contacts/{friend}")).Text.Should().Contain("معرفی‌شده:").And.Contain("آشنا شده");
        await sara.PostAsync($"/contacts/{known}/relations", [("Kind", Kind(4).ToString()), ("Command.OtherId", friend.ToString())], "handler=Add");
        sara.Status.Should().Be(HttpStatusCode.UnprocessableEntity, "the two are related in this way already");
        var relation = (await app.QueryAsync<Guid>("select id from contacts.contact_relations where contact_id = @known", new { known })).Single();
        await app.SendAsync(new RemoveRelationCommand(friend, relation), "sara");
        (await sara.OpenAsync($"/contacts/{known}")).Text.Should().NotContain("معرفی کننده");
    }

    [Fact]
    public async Task What_is_the_same_both_ways_stands_once_whoever_was_named_first()
    {
        var (one, other) = (await Given.PersonAsync(app, "زن", "خانه"), await Given.PersonAsync(app, "شوهر", "خانه"));
        await app.SendAsync(new AddRelationCommand { ContactId = one, OtherId = other, KindId = Kind(0) }, "sara");
        await FluentActions.Awaiting(() => app.SendAsync(new AddRelationCommand { ContactId = other, OtherId = one, KindId = Kind(0) }, "sara")).Should().ThrowAsync<InvalidInput>();
        await FluentActions.Awaiting(() => app.SendAsync(new AddRelationCommand { ContactId = one, OtherId = one, KindId = Kind(0) }, "sara")).Should().ThrowAsync<InvalidInput>();
    }

    [Fact]
    public async Task A_contact_of_another_branch_is_neither_related_nor_named()
    {
        var (mine, theirs) = (await Given.PersonAsync(app, "تهرانی", "خودی", by: "reza"), await Given.PersonAsync(app, "اصفهانی", "ناپیدا", by: "zahra"));
        await FluentActions.Awaiting(() => app.SendAsync(new AddRelationCommand { ContactId = mine, OtherId = theirs, KindId = Kind(1) }, "reza")).Should().ThrowAsync<InvalidInput>();
        await app.SendAsync(new AddRelationCommand { ContactId = mine, OtherId = theirs, KindId = Kind(1) }, "admin");
        var reza = await app.As("reza");
        (await reza.OpenAsync($"/contacts/{mine}")).Text.Should().NotContain("ناپیدا");
        (await reza.OpenAsync($"/contacts/{mine}/relations")).Text.Should().NotContain("ناپیدا");
    }

    [Fact]
    public async Task Who_moves_to_another_company_keeps_the_past_and_is_no_longer_the_liaison_of_the_old_one()
    {
        var (old, next) = (await Given.CompanyAsync(app, "شرکت پیشین"), await Given.CompanyAsync(app, "شرکت تازه"));
        var person = await Given.PersonAsync(app, "جابه‌جا", "شونده", more: c => c with { CompanyId = old, PositionId = Given.Value(BaseLists.Position) });
        await app.SendAsync(new SetLiaisonCommand(old, person), "sara");
        var sara = await app.As("sara", "fa");
        (await sara.OpenAsync($"/contacts/{old}")).Text.Should().Contain("رابط").And.Contain("جابه‌جا شونده");
        await sara.PostAsync($"/contacts/{person}/edit", [("Command.CompanyId", next.ToString())], $"action=\"/contacts/{person}/edit\"");
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
        (await app.QueryAsync<Guid?>("select liaison_id from contacts.contacts where id = @old", new { old })).Single().Should().BeNull();
        (await sara.OpenAsync($"/contacts/{person}")).Text.Should().Contain("شرکت پیشین").And.Contain("شرکت تازه");
        (await sara.OpenAsync($"/contacts/{old}/positions")).Text.Should().Contain("جابه‌جا شونده", "the past stays");
        await FluentActions.Awaiting(() => app.SendAsync(new SetLiaisonCommand(old, person), "sara")).Should().ThrowAsync<RuleBroken>();
    }

    [Fact]
    public async Task Several_posts_are_held_at_once_and_their_days_are_mended()
    {
        var (one, two) = (await Given.CompanyAsync(app, "پست یک"), await Given.CompanyAsync(app, "پست دو"));
        var person = await Given.PersonAsync(app, "چند", "شغله", more: c => c with { CompanyId = one });
        var today = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime);
        var second = await app.SendAsync(new SavePositionCommand { PersonId = person, CompanyId = two, From = today.AddDays(-400), PositionId = Given.Value(BaseLists.Position, 2) }, "sara");
        (await app.QueryAsync<string>("select company_name from contacts.contacts where id = @person", new { person })).Single().Should().Be("پست دو", "the post that came first is the main one");
        var sara = await app.As("sara");
        await sara.PostAsync($"/contacts/{person}/positions?edit={second}", [("Command.From", "2020-05-01"), ("Command.To", "2019-01-01")], "handler=Save");
        sara.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        await sara.PostAsync($"/contacts/{person}/positions?edit={second}", [("Command.From", "2020-05-01"), ("Command.To", "2021-01-01")], "handler=Save");
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
        (await app.QueryAsync<string>("select company_name from contacts.contacts where id = @person", new { person })).Single().Should().Be("پست یک");
        await FluentActions.Awaiting(() => app.SendAsync(new SavePositionCommand { PersonId = person, CompanyId = two, To = today.AddDays(3) }, "sara")).Should().ThrowAsync<InvalidInput>();
    }

    [Fact]
    public async Task The_api_adds_reads_and_removes_relations_and_posts()
    {
        var (company, person) = (await Given.CompanyAsync(app, "Api Works"), await Given.PersonAsync(app, "Api", "Worker"));
        using var api = app.CreateClient(new() { AllowAutoRedirect = false });
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await Tokens.MakeAsync(app, "sara"));
        using var post = await api.PostAsJsonAsync($"/api/v1/contacts/{person}/positions", new { companyId = company, from = "2024-01-01" });
        post.StatusCode.Should().Be(HttpStatusCode.Created, await post.Content.ReadAsStringAsync());
        using var liaison = await api.PostAsJsonAsync($"/api/v1/contacts/{company}/liaison", new { personId = person });
        liaison.StatusCode.Should().Be(HttpStatusCode.NoContent);
        var held = (await api.GetFromJsonAsync<JsonObject>($"/api/v1/contacts/{company}/positions"))!["items"]!.AsArray().Single()!;
        ((bool)held["liaison"]!).Should().BeTrue();
        using var ended = await api.PatchAsJsonAsync($"/api/v1/contacts/{person}/positions/{held["id"]}", new { to = "2024-12-31" });
        ((string)(await ended.Content.ReadFromJsonAsync<JsonObject>())!["to"]!).Should().Be("2024-12-31");
        using var related = await api.PostAsJsonAsync($"/api/v1/contacts/{person}/relations", new { otherId = company, kindId = Kind(4), reverse = true });
        related.StatusCode.Should().Be(HttpStatusCode.Created, await related.Content.ReadAsStringAsync());
        var seen = (await api.GetFromJsonAsync<JsonObject>($"/api/v1/contacts/{company}/relations"))!["items"]!.AsArray().Single()!;
        ((bool)seen["reverse"]!).Should().BeFalse();
        (await api.DeleteAsync($"/api/v1/contacts/{company}/relations/{seen["id"]}")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await api.DeleteAsync($"/api/v1/contacts/{person}/positions/{held["id"]}")).StatusCode.Should().Be(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_card_opens_its_customer_and_nobody_else_gets_its_number()
    {
        var id = await Given.PersonAsync(app, "کارت", "دار", more: c => c with { CardNumber = "6277 0042 11", Ibans = ["IR820540102680020817909002"], BankCards = ["4242 4242 4242 4242"] });
        var reza = await app.As("reza");
        (await reza.OpenAsync("/contacts/card?number=6277004211")).Location.Should().Be($"/contacts/{id}");
        (await reza.OpenAsync("/contacts?q=6277004211")).Html.Should().Contain($"/contacts/{id}");
        (await reza.OpenAsync("/contacts/card?number=9999999999")).Text.Should().Contain(Given.Fa("Open the customer"));
        (await reza.OpenAsync($"/contacts/{id}/card")).Html.Should().Contain("6277 0042 11").And.Contain("<path d=\"M");
        await FluentActions.Awaiting(() => Given.PersonAsync(app, "دوم", "کارت", more: c => c with { CardNumber = "6277004211" })).Should().ThrowAsync<InvalidInput>();
        await FluentActions.Awaiting(() => Given.PersonAsync(app, "شبا", "غلط", more: c => c with { Ibans = ["IR820540102680020817909012"] })).Should().ThrowAsync<InvalidInput>();
        await FluentActions.Awaiting(() => Given.PersonAsync(app, "پستی", "غلط", more: c => c with { Addresses = [new() { PostalCode = "12345" }] })).Should().ThrowAsync<InvalidInput>();
    }
}
