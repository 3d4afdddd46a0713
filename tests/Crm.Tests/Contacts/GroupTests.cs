using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Data;
using Crm.Contacts.Features.ChangeContact;
using Crm.Contacts.Features.EditContact;
using Crm.Contacts.Features.ManageGroups;
using Crm.Core;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

public sealed class GroupTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Fact]
    public async Task A_contact_of_a_group_is_found_by_every_group_above_it()
    {
        var carpets = await AddAsync("کارخانه‌ها › بافندگی › گلیم");
        var id = await Given.PersonAsync(app, "گلیم‌باف", "گروهی", more: c => c with { GroupIds = [carpets] });
        var top = (await TreeAsync()).Find(carpets)!;
        var weaving = (await TreeAsync()).Find(top.ParentId)!;
        var reza = await app.As("reza");
        foreach (var group in (Guid[])[carpets, weaving.Id, weaving.ParentId!.Value])
            (await reza.OpenAsync($"/contacts?group={group}")).Html.Should().Contain($"/contacts/{id}");
        (await reza.OpenAsync($"/contacts?group={await AddAsync("کارخانه‌ها › ریسندگی")}")).Html.Should().NotContain($"/contacts/{id}");
        (await reza.OpenAsync($"/contacts/{id}")).Text.Should().Contain("کارخانه‌ها › بافندگی › گلیم");
    }

    [Fact]
    public async Task A_group_is_added_renamed_put_away_and_moved_in_place()
    {
        var sara = await app.As("sara");
        await sara.PostAsync("/contacts/groups", [("Command.Title", "آزمایشی"), ("Command.EnglishTitle", "Trial")], "handler=Add");
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
        var id = (await app.QueryAsync<Guid>("select id from contacts.groups where title = 'آزمایشی'")).Single();
        await sara.PostAsync($"/contacts/groups?edit={id}", [("Changed.Title", "آزموده"), ("Changed.Active", "true")], "handler=Edit");
        sara.Status.Should().Be(HttpStatusCode.Redirect, sara.Text);
        (await (await app.As("reza")).OpenAsync("/contacts/new")).Text.Should().Contain("آزموده");
        var under = await AddAsync("بالادست");
        await app.SendAsync(new MoveGroupCommand(id, under, 0), "sara");
        (await TreeAsync()).Find(id)!.ParentId.Should().Be(under);
        var group = (await TreeAsync()).Find(under)!;
        await app.SendAsync(new EditGroupCommand { Id = under, Version = group.Version, Title = "بالادست", Active = false }, "sara");
        (await (await app.As("reza")).OpenAsync("/contacts/new")).Text.Should().NotContain("آزموده", "a group put away takes with it what lies in it");
    }

    [Fact]
    public async Task A_group_can_not_come_to_lie_in_itself()
    {
        var low = await AddAsync("حلقه › میانه › پایین");
        var top = (await TreeAsync()).Find((await TreeAsync()).Find((await TreeAsync()).Find(low)!.ParentId)!.ParentId)!;
        await FluentActions.Awaiting(() => app.SendAsync(new MoveGroupCommand(top.Id, low, null), "sara")).Should().ThrowAsync<RuleBroken>();
        await FluentActions.Awaiting(() => app.SendAsync(new MergeGroupCommand { Id = top.Id, IntoId = low }, "sara")).Should().ThrowAsync<RuleBroken>();
        await FluentActions.Awaiting(() => app.SendAsync(new MoveGroupCommand(top.Id, top.Id, null), "sara")).Should().ThrowAsync<RuleBroken>();
    }

    [Fact]
    public async Task Of_two_merged_groups_all_contacts_are_in_the_one_that_stays()
    {
        var (from, into) = (await AddAsync("فلزی"), await AddAsync("فولادی"));
        var deep = await AddAsync("فلزی › لوله");
        var same = await AddAsync("فولادی › لوله");
        var (a, b) = (await Given.PersonAsync(app, "یکم", "فلزکار", more: c => c with { GroupIds = [from] }), await Given.PersonAsync(app, "دوم", "لوله‌کش", more: c => c with { GroupIds = [deep] }));
        await app.SendAsync(new MergeGroupCommand { Id = from, IntoId = into }, "sara");
        var tree = await TreeAsync();
        tree.Find(from)!.Id.Should().Be(into);
        tree.Find(deep)!.Id.Should().Be(same, "groups of one name in both become one as well");
        var reza = await app.As("reza");
        (await reza.OpenAsync($"/contacts?group={into}")).Html.Should().Contain($"/contacts/{a}").And.Contain($"/contacts/{b}");
        (await reza.OpenAsync($"/contacts/{b}")).Text.Should().Contain("فولادی › لوله");
        // A later save writes the group that stays.
        await reza.PostAsync($"/contacts/{a}/edit", [("Command.FirstName", "یکمین")], $"action=\"/contacts/{a}/edit\"");
        reza.Status.Should().Be(HttpStatusCode.Redirect, reza.Text);
        (await app.QueryAsync<Guid[]>("select group_ids from contacts.contacts where id = @a", new { a })).Single().Should().Equal(into);

        // A routine that names the group that went means the one it went into.
        var c = await Given.PersonAsync(app, "سوم", "فلزکار");
        await app.SendAsync(new ChangeContactGroupCommand(c, from, Remove: false), "sara");
        (await app.QueryAsync<Guid[]>("select group_ids from contacts.contacts where id = @c", new { c })).Single().Should().Equal(into);
        await app.SendAsync(new ChangeContactGroupCommand(c, from, Remove: true), "sara");
        (await app.QueryAsync<bool>("select group_ids is null from contacts.contacts where id = @c", new { c })).Single().Should().BeTrue();
    }

    [Fact]
    public async Task The_same_path_typed_twice_is_one_and_its_history_speaks_of_titles()
    {
        (await AddAsync("دوباره › يكي")).Should().Be(await AddAsync("دوباره › یکی"));
        var group = await AddAsync("دوباره › یکی");
        var id = await Given.PersonAsync(app, "تاریخ", "گروه", more: c => c with { GroupIds = [group] });
        var names = await app.InScopeAsync(sp => sp.GetServices<Crm.Platform.Contracts.IHistoryNames>().Single(n => n is ContactsHistoryNames)
            .NamesAsync([new("contacts.Contact", "groupIds", group.ToString())], default), "sara");
        names.Values.Should().ContainSingle().Which.Should().Contain("دوباره");
        // On the page of the tree nobody is told that it was added.
        var sara = await app.As("sara");
        await sara.OpenAsync("/contacts/groups");
        await sara.PostAsync("/contacts/groups", [("Command.Title", "دوباره › یکی")], "/contacts/groups?handler=Add");
        sara.Status.Should().Be(System.Net.HttpStatusCode.UnprocessableEntity);
        sara.Text.Should().Contain(Given.Fa("There is a group of this name here already."));
        id.Should().NotBeEmpty();
    }

    [Fact]
    public async Task The_api_tells_the_tree_and_filters_contacts_with_everything_under_a_group()
    {
        var token = await Tokens.MakeAsync(app, "sara");
        using var api = app.CreateClient(new() { AllowAutoRedirect = false });
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var made = await api.PostAsJsonAsync("/api/v1/groups", new { title = "Api › Deep", english = "Deep" });
        made.StatusCode.Should().Be(HttpStatusCode.Created, await made.Content.ReadAsStringAsync());
        var deep = (await made.Content.ReadFromJsonAsync<JsonObject>())!;
        using var contact = await api.PostAsJsonAsync("/api/v1/contacts", new { lastName = "Grouped", groupIds = new[] { (string)deep["id"]! } });
        var id = (string)(await contact.Content.ReadFromJsonAsync<JsonObject>())!["id"]!;
        var found = (await api.GetFromJsonAsync<JsonObject>("/api/v1/contacts?filter[groupId]=" + deep["parentId"]))!;
        found["items"]!.AsArray().Select(i => (string)i!["id"]!).Should().Equal(id);
        ((string)found["items"]![0]!["groupIds"]![0]!).Should().Be((string)deep["id"]!);
        using var wrong = await api.PostAsJsonAsync("/api/v1/contacts", new { lastName = "Grouped", groupIds = new[] { Guid.NewGuid() } });
        wrong.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        var tree = (await api.GetFromJsonAsync<JsonObject>("/api/v1/groups"))!;
        tree["items"]!.AsArray().Count.Should().BeGreaterThan(10, "the demo company has groups");
    }

    private Task<Guid> AddAsync(string path) => app.SendAsync(new AddGroupCommand { Title = path }, "sara");

    private Task<GroupTree> TreeAsync() => app.InScopeAsync(async sp => (await sp.GetRequiredService<BaseDataCache>().GetAsync(default)).Groups);
}
