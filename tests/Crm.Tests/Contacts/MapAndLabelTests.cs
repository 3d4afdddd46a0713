using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Domain;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.EditRole;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

/// <summary>Positions on the map, labels, and the facts that not everybody may read.</summary>
public sealed class MapAndLabelTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Fact]
    public async Task Who_lies_nearest_to_a_point_comes_first_and_only_those_in_sight()
    {
        var near = await AtAsync("نزدیک", 25.001m, 57.0m);
        var far = await AtAsync("دورتر", 25.03m, 57.0m);
        // A degree from east to west is shorter: nearer in metres, farther in degrees.
        var east = await AtAsync("شرقی", 25.0m, 57.0305m);
        await Given.PersonAsync(app, "همسایه", "اصفهانی", by: "zahra", more: c => c with { Addresses = [new() { Text = "…", Latitude = 25.0m, Longitude = 57.0m }] });
        using var api = await ApiAsync("reza");
        var found = (await api.GetFromJsonAsync<JsonObject>("/api/v1/contacts?near=25.0,57.0&size=3"))!["items"]!.AsArray();
        found.Select(i => Guid.Parse((string)i!["id"]!)).Should().Equal(near, east, far);
        ((int)found[0]!["metres"]!).Should().BeInRange(105, 117);
        (await api.GetAsync("/api/v1/contacts?near=here")).StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task The_visible_piece_of_the_map_shows_clusters_from_afar_and_names_from_near()
    {
        for (var i = 0; i < 5; i++) await AtAsync($"خوشه{i}", 26.5m + (i * 0.0001m), 60.5m);
        var reza = await app.As("reza");
        await reza.OpenAsync("/contacts/map?handler=Points&south=26.4&west=60.4&north=26.6&east=60.6&zoom=8");
        var afar = JsonNode.Parse(reza.Html)!;
        afar["points"]!.AsArray().Should().BeEmpty();
        ((int)afar["clusters"]!.AsArray().Single()!["count"]!).Should().Be(5);
        await reza.OpenAsync("/contacts/map?handler=Points&south=26.4&west=60.4&north=26.6&east=60.6&zoom=18&q=" + Uri.EscapeDataString("خوشه3"));
        ((string)JsonNode.Parse(reza.Html)!["points"]!.AsArray().Single()!["name"]!).Should().Contain("خوشه3");
        (await reza.OpenAsync("/contacts/map?handler=Points&south=95&west=0&north=96&east=1&zoom=3")).Status.Should().Be(HttpStatusCode.BadRequest);
        await reza.OpenAsync("/contacts/map");
        reza.Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_position_has_both_degrees_and_a_country_is_one_that_there_is()
    {
        await FluentActions.Awaiting(() => Given.PersonAsync(app, "نیم", "جا", more: c => c with { Addresses = [new() { Text = "…", Latitude = 35m }] })).Should().ThrowAsync<InvalidInput>();
        await FluentActions.Awaiting(() => Given.PersonAsync(app, "ناکجا", "آباد", more: c => c with { Addresses = [new() { Text = "…", Country = "XX" }] })).Should().ThrowAsync<InvalidInput>();
        var id = await Given.PersonAsync(app, "برلینی", "دور", more: c => c with { Addresses = [new() { Text = "Street 1", Country = "de", PostalCode = "10115" }] });
        (await (await app.As("reza", "fa")).OpenAsync($"/contacts/{id}")).Text.Should().Contain("آلمان");
    }

    [Fact]
    public async Task Labels_of_all_staff_of_a_company_go_to_its_address_and_begin_after_the_used_ones()
    {
        var company = await app.SendAsync(new Crm.Contacts.Features.AddContact.AddContactCommand { Kind = ContactKind.Company, CompanyName = "شرکت برچسب", Phones = [new() { Number = Given.Mobile() }], Addresses = [new() { ProvinceId = 8, Text = "خیابان شرکت", PostalCode = "1234567890" }] }, "sara");
        var first = await Given.PersonAsync(app, "یکم", "کارمندبرچسب", more: c => c with { CompanyId = company });
        await Given.PersonAsync(app, "دوم", "کارمندبرچسب", more: c => c with { CompanyId = company, Addresses = [new() { Text = "خیابان خودش" }] });
        var reza = await app.As("reza", "fa");
        await reza.OpenAsync($"/contacts/labels?company={company}&skip=3");
        reza.Text.Should().Contain("یکم کارمندبرچسب").And.Contain("خیابان شرکت").And.Contain("خیابان خودش");
        System.Text.RegularExpressions.Regex.Count(reza.Html, "class=\"label\"").Should().Be(5, "three places stay empty");
        await reza.OpenAsync($"/contacts/labels?company={company}&ids={first}");
        (reza.Html.IndexOf("label-town", StringComparison.Ordinal) < reza.Html.IndexOf("label-name", StringComparison.Ordinal)).Should().BeTrue("city and province come first in Persian");
        var alone = await Given.PersonAsync(app, "بی", "نشانی");
        (await reza.OpenAsync($"/contacts/labels?ids={alone}")).Text.Should().Contain(Given.Fa("Nothing to print"));
        (await reza.OpenAsync($"/contacts/labels?ids={alone}&all=true")).Text.Should().Contain("بی نشانی");
    }

    [Fact]
    public async Task Sensitive_facts_are_hidden_from_those_without_the_right_and_survive_their_changes()
    {
        var religion = MoreLists.Id(BaseLists.Religion, 2);
        var id = await Given.PersonAsync(app, "راز", "دار", by: "sara", more: c => c with { ReligionId = religion, MarriedOn = new(2010, 5, 1), Preferences = "چای بدون قند" });
        using var api = await ApiAsync("maryam");
        var reads = await app.InScopeAsync(sp => Task.FromResult(sp.GetRequiredService<ICurrentUser>().Can("contacts.sensitive.see")), "maryam");
        reads.Should().BeFalse("support does not have the right");
        var seen = (await api.GetFromJsonAsync<JsonObject>($"/api/v1/contacts/{id}"))!;
        seen["religionId"].Should().BeNull();
        ((string)seen["preferences"]!).Should().Be("چای بدون قند");
        var maryam = await app.As("maryam", "fa");
        (await maryam.OpenAsync($"/contacts/{id}")).Text.Should().NotContain("مسیحی");
        await maryam.PostAsync($"/contacts/{id}/edit", [("Command.FirstName", "رازک")], $"action=\"/contacts/{id}/edit\"");
        maryam.Status.Should().Be(HttpStatusCode.Redirect, maryam.Text);
        (await app.QueryAsync<Guid?>("select religion_id from contacts.contacts where id = @id", new { id })).Single().Should().Be(religion);
        using var refused = await api.PatchAsJsonAsync($"/api/v1/contacts/{id}", new { religionId = (Guid?)null });
        refused.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        string Told(IReadOnlyList<HistoryEntry> entries) => string.Join('|', entries.SelectMany(e => e.Fields).Select(f => f.New));
        Told(await app.InScopeAsync(sp => sp.GetRequiredService<IRecordHistory>().OfAsync(id, 50, default), "maryam")).Should().Contain("•••").And.NotContain("Christian").And.NotContain("مسیحی");
        Told(await app.InScopeAsync(sp => sp.GetRequiredService<IRecordHistory>().OfAsync(id, 50, default), "admin")).Should().ContainAny("Christian", "مسیحی");
        (await (await app.As("sara", "fa")).OpenAsync($"/contacts/{id}")).Text.Should().Contain("مسیحی");
    }

    [Fact]
    public async Task Whose_roles_hide_addresses_and_phones_finds_neither_on_the_map_nor_on_labels()
    {
        var role = await app.SendAsync(new SaveRoleCommand
        {
            Name = "Without addresses", Permissions = ["contacts.print"], Scopes = new() { ["contacts.see"] = Scopes.Branch },
            Fields = new() { ["contacts.addresses"] = FieldRule.Hidden, ["contacts.phones"] = FieldRule.Hidden },
        });
        await app.SendAsync(new AddUserCommand { UserName = "noaddress", Name = "No address", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        var id = await AtAsync("پنهان‌جا", 27.2m, 61.7m);
        const string Box = "/contacts/map?handler=Points&south=27.1&west=61.6&north=27.3&east=61.8&zoom=18";
        (await (await app.As("reza")).OpenAsync(Box)).Html.Should().Contain(id.ToString());
        var closed = await app.As("noaddress");
        (await closed.OpenAsync(Box)).Html.Should().NotContain(id.ToString());
        (await closed.OpenAsync("/contacts/map?handler=Near&latitude=27.2&longitude=61.7")).Html.Should().NotContain(id.ToString());
        await closed.OpenAsync($"/contacts/labels?ids={id}");
        closed.Status.Should().Be(HttpStatusCode.OK);
        closed.Html.Should().NotContain("class=\"label\"");
    }

    private Task<Guid> AtAsync(string name, decimal latitude, decimal longitude) =>
        Given.PersonAsync(app, name, "نقشه", by: "reza", more: c => c with { Addresses = [new() { Text = "…", Latitude = latitude, Longitude = longitude }] });

    private async Task<HttpClient> ApiAsync(string user)
    {
        var client = app.CreateClient(new() { AllowAutoRedirect = false });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await Tokens.MakeAsync(app, user));
        return client;
    }
}
