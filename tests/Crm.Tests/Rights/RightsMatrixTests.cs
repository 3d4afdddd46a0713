using System.Net;
using System.Text;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Contacts.Features.ManagePositions;
using Crm.Core;
using Crm.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.WriteMessage;
using Crm.Platform.Contracts;
using Crm.Platform.Features.Account;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.EditRole;
using Crm.Platform.Features.EditUser;
using Crm.Platform.Features.Units;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.DoStage;
using Crm.Testing;
using Crm.Tests.Api;
using Crm.Tests.Contacts;
using Crm.Tests.Routines;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Rights;

/// <summary>Attack 1: each of six people on each record, by page and by API, against the declared policy (<see cref="RightsApp.Sees"/>).</summary>
public sealed class RightsMatrixTests(RightsApp app) : IClassFixture<RightsApp>
{
    [Fact]
    public async Task Each_person_sees_by_page_api_list_and_search_what_the_policy_says_and_not_there_looks_like_not_yours()
    {
        var problems = new List<string>();
        foreach (var person in RightsApp.People)
        {
            var browse = await app.As(person);
            var api = await ApiCaller.AsAsync(app, person);
            var nowhere = Guid.CreateVersion7();
            foreach (var (place, contact) in app.Contacts)
            {
                var sees = RightsApp.Sees(person, place);
                foreach (var (url, missing) in new[]
                         {
                             ($"/contacts/{contact}", $"/contacts/{nowhere}"), ($"/contacts/{contact}/edit", $"/contacts/{nowhere}/edit"), ($"/contacts/{contact}/communications/new", $"/contacts/{nowhere}/communications/new"),
                             ($"/contacts/{contact}/follow-ups/new", $"/contacts/{nowhere}/follow-ups/new"), ($"/communications/{app.Communications[place]}", $"/communications/{nowhere}"), ($"/follow-ups/{app.FollowUps[place]}", $"/follow-ups/{nowhere}"),
                             ($"/jobs/{app.Jobs[place]}", $"/jobs/{nowhere}"), ($"/messages/{app.Messages[place]}", $"/messages/{nowhere}"), ($"/messages/new/{app.Messages[place]}", $"/messages/new/{nowhere}"),
                         })
                {
                    await browse.OpenAsync(url);
                    var expected = person == "none" ? HttpStatusCode.Forbidden : sees ? HttpStatusCode.OK : HttpStatusCode.NotFound;
                    if (browse.Status != expected) problems.Add($"{person} {place} {url}: {browse.Status}, not {expected}");
                    if (browse.Status == HttpStatusCode.OK) continue;
                    var (status, text) = (browse.Status, Same(browse.Text, url));
                    await browse.OpenAsync(missing);
                    if (browse.Status != status || Same(browse.Text, missing) != text) problems.Add($"{person} {place}: {url} tells that it is there");
                }

                foreach (var path in new[] { $"/contacts/{contact}", $"/contacts/{contact}/positions", $"/contacts/{contact}/timeline", $"/communications/{app.Communications[place]}", $"/follow-ups/{app.FollowUps[place]}", $"/jobs/{app.Jobs[place]}", $"/jobs/{app.Jobs[place]}/trace", $"/messages/{app.Messages[place]}" })
                {
                    using var answer = await api.Client.GetAsync("/api/v1" + path);
                    var expected = person == "none" ? HttpStatusCode.Forbidden : sees ? HttpStatusCode.OK : HttpStatusCode.NotFound;
                    if (answer.StatusCode != expected) problems.Add($"{person} {place} API {path}: {answer.StatusCode}, not {expected}");
                }
            }

            if (person == "none") continue;
            foreach (var (list, all) in new[] { ("/contacts", app.Contacts), ("/communications", app.Communications), ("/follow-ups", app.FollowUps), ("/jobs", app.Jobs), ("/messages", app.Messages) })
            {
                var ids = (await api.GetAsync(list + "?size=200")).Items.Select(i => Guid.Parse((string)i["id"]!)).ToHashSet();
                problems.AddRange(all.Where(r => ids.Contains(r.Value) != RightsApp.Sees(person, r.Key)).Select(r => $"{person} {r.Key} in the list {list}"));
            }

            foreach (var page in (string[])["/contacts?q=Person", "/communications", "/follow-ups?show=all", "/search?q=Person+Of", "/jobs?show=all", "/messages"])
            {
                await browse.OpenAsync(page);
                if (browse.Status != HttpStatusCode.OK) problems.Add($"{person} {page}: {browse.Status}");
                foreach (var place in app.Contacts.Keys.Where(p => browse.Text.Contains("Person Of " + p, StringComparison.Ordinal) && !RightsApp.Sees(person, p))) problems.Add($"{person} reads {place} on {page}");
                if (page is not "/follow-ups?show=all")
                    foreach (var place in app.Contacts.Keys.Where(p => !browse.Text.Contains("Person Of " + p, StringComparison.Ordinal) && RightsApp.Sees(person, p))) problems.Add($"{person} misses {place} on {page}");
            }

            var found = (await api.GetAsync("/search?q=Person")).Json!.ToJsonString();
            problems.AddRange(app.Jobs.Where(j => found.Contains(j.Value.ToString(), StringComparison.Ordinal) != RightsApp.Sees(person, j.Key)).Select(j => $"{person} job {j.Key} in the API's search"));
            problems.AddRange(app.Contacts.Where(c => found.Contains(c.Value.ToString(), StringComparison.Ordinal) != RightsApp.Sees(person, c.Key)).Select(c => $"{person} {c.Key} in the API's search"));
        }

        problems.Should().BeEmpty();
    }

    [Fact]
    public async Task A_change_or_deletion_out_of_reach_is_refused_and_leaves_every_row_as_it_was()
    {
        var problems = new List<string>();
        foreach (var person in RightsApp.People)
        {
            var api = await ApiCaller.AsAsync(app, person);
            foreach (var (place, contact) in app.Contacts.Where(c => !RightsApp.Sees(person, c.Key)))
            {
                var before = await RowsAsync();
                foreach (var (method, path, body) in new (string, string, string?)[]
                         {
                             ("PATCH", $"/contacts/{contact}", """{"notes":"x"}"""), ("DELETE", $"/contacts/{contact}", null), ("PATCH", $"/communications/{app.Communications[place]}", """{"text":"x"}"""),
                             ("DELETE", $"/communications/{app.Communications[place]}", null), ("PATCH", $"/follow-ups/{app.FollowUps[place]}", """{"text":"x"}"""), ("POST", $"/follow-ups/{app.FollowUps[place]}/done", "{}"),
                             ("POST", $"/jobs/{app.Jobs[place]}/suspend", """{"reason":"x"}"""), ("PATCH", $"/messages/{app.Messages[place]}", """{"body":"x"}"""), ("POST", $"/messages/{app.Messages[place]}/cancel", "{}"),
                         })
                {
                    using var request = new HttpRequestMessage(new HttpMethod(method), "/api/v1" + path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
                    using var answer = await api.Client.SendAsync(request);
                    var expected = person == "none" ? HttpStatusCode.Forbidden : HttpStatusCode.NotFound;
                    if (answer.StatusCode != expected) problems.Add($"{person} {place} {method} {path}: {answer.StatusCode}, not {expected}");
                }

                if (await RowsAsync() != before) problems.Add($"{person} changed {place}");
            }
        }

        problems.Should().BeEmpty();
    }

    [Fact]
    public async Task Who_sees_the_branch_but_changes_only_his_own_is_told_so_whatever_the_command()
    {
        var role = await app.SendAsync(new SaveRoleCommand { Name = "Sees branch, changes own", Scopes = new() { ["contacts.see"] = Scopes.Branch, ["contacts.change"] = Scopes.Own, ["contacts.delete"] = Scopes.Own } });
        await app.SendAsync(new AddUserCommand { UserName = "looker", Name = "Looker", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        var own = await Given.PersonAsync(app, "Mine", "Person", by: null, more: c => c with { OwnerId = app.QueryAsync<Guid>("select id from platform.users where user_name = 'looker'").Result.Single() });
        var api = await ApiCaller.AsAsync(app, "looker");
        await api.PatchAsync($"/contacts/{own}", new { notes = "mine" });
        var before = await RowsAsync();
        await api.GetAsync($"/contacts/{app.Contacts["branch"]}");
        await api.PatchAsync($"/contacts/{app.Contacts["branch"]}", new { notes = "x" }, HttpStatusCode.Forbidden);
        await api.DeleteAsync($"/contacts/{app.Contacts["branch"]}", HttpStatusCode.Forbidden);
        (await RowsAsync()).Should().Be(before);
        await api.DeleteAsync($"/contacts/{own}");
    }

    [Fact]
    public async Task A_changed_scope_and_a_changed_unit_hold_at_once_and_the_widest_of_several_roles_counts()
    {
        var role = await app.SendAsync(new SaveRoleCommand { Name = "Narrow", Scopes = new() { ["contacts.see"] = Scopes.Own } });
        var wide = await app.SendAsync(new SaveRoleCommand { Name = "Wide", Scopes = new() { ["contacts.see"] = Scopes.Team } });
        var id = await app.SendAsync(new AddUserCommand { UserName = "mover", Name = "Mover", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        var api = await ApiCaller.AsAsync(app, "mover");
        async Task<HttpStatusCode> TeamAsync() => (await api.Client.GetAsync($"/api/v1/contacts/{app.Contacts["team"]}")).StatusCode;
        (await TeamAsync()).Should().Be(HttpStatusCode.NotFound);
        await app.SendAsync(new EditUserCommand { Id = id, Name = "Mover", BranchId = Branches.HeadOffice, RoleIds = [role, wide] });
        (await TeamAsync()).Should().Be(HttpStatusCode.NotFound, "nobody is below");
        var above = await app.SendAsync(new SaveUnitCommand { Name = "Board", HeadId = id });
        var sales = (await app.QueryAsync<Guid>("select id from platform.units where name = 'Sales'")).Single();
        await app.SendAsync(new SaveUnitCommand { Id = sales, Name = "Sales", ParentId = above, HeadId = await app.UserIdAsync("head") });
        (await TeamAsync()).Should().Be(HttpStatusCode.OK, "the team is two units below");
        var circle = () => app.SendAsync(new SaveUnitCommand { Id = above, Name = "Board", ParentId = sales });
        await circle.Should().ThrowAsync<InvalidInput>();
        await app.SendAsync(new SaveUnitCommand { Id = sales, Name = "Sales", HeadId = await app.UserIdAsync("head") });
        (await TeamAsync()).Should().Be(HttpStatusCode.NotFound);
        await app.SendAsync(new SaveRoleCommand { Id = role, Name = "Narrow", Scopes = new() { ["contacts.see"] = Scopes.All } });
        (await TeamAsync()).Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_policy_as_sql_text_says_the_same()
    {
        foreach (var person in RightsApp.People)
        {
            foreach (var (type, all) in new[] { (typeof(Contact), app.Contacts), (typeof(Communication), app.Communications), (typeof(FollowUp), app.FollowUps), (typeof(Job), app.Jobs), (typeof(OutgoingMessage), app.Messages) })
            {
                var sql = await app.InScopeAsync(sp => Task.FromResult(RecordScope.Sql(type, sp.GetRequiredService<ICurrentUser>(), "r")), person);
                var table = RecordScope.Of(type)!.Table;
                var ids = (await app.QueryAsync<Guid>($"select r.id from {table} r where {sql.Text}", new Dapper.DynamicParameters(sql.Parameters))).ToHashSet();
                // Who lacks the right reaches what the wall leaves open; that he may not is the page's matter.
                foreach (var (place, id) in all.Where(_ => person != "none")) ids.Contains(id).Should().Be(RightsApp.Sees(person, place), $"{person} {place} {table}: {sql.Text}");
            }
        }
    }

    [Fact]
    public async Task A_job_is_seen_by_who_started_it_is_its_agent_or_has_a_stage_of_it_and_a_message_by_who_wrote_it_whoever_the_customer_is()
    {
        var problems = new List<string>();
        async Task SeesAsync(string person, string kind, Guid id, bool sees)
        {
            var api = await ApiCaller.AsAsync(app, person);
            using var answer = await api.Client.GetAsync($"/api/v1/{kind}/{id}");
            if (answer.IsSuccessStatusCode != sees) problems.Add($"{person} {kind}: {answer.StatusCode}");
            var listed = (await api.GetAsync($"/{kind}?size=200")).Items.Any(i => (string)i["id"]! == id.ToString());
            if (listed != sees) problems.Add($"{person} {kind} in the list: {listed}");
        }

        var own = await app.UserIdAsync("own");
        var stranger = await Given.PersonAsync(app, "Somebody", "Else", by: null);
        // Agent of a job with somebody else's customer, and whoever leads him; a colleague of the same team sees his own only.
        var agent = await app.StartAsync(app.Routine, "branch", stranger, own);
        // The stage of a job given to him, and to nobody any more once another has it; what he did stays his to see.
        var given = await app.StartAsync(app.Routine, "branch", stranger);
        var stage = (await app.OpenStagesAsync(given)).Single();
        await SeesAsync("own", "jobs", given, false);
        await app.SendAsync(new AssignStageCommand { StageId = stage.Id, UserIds = [own] });
        foreach (var job in (Guid[])[agent, given])
        {
            await SeesAsync("own", "jobs", job, true);
            await SeesAsync("head", "jobs", job, true);
            await SeesAsync("colleague", "jobs", job, false);
            await SeesAsync("province", "jobs", job, false);
            await SeesAsync("branch", "jobs", job, true);
        }

        var browse = await app.As("own");
        (await browse.OpenAsync($"/jobs/stages/{stage.Id}")).Status.Should().Be(HttpStatusCode.OK);
        (await browse.OpenAsync("/worklist")).Text.Should().Contain("Look at it");
        (await browse.OpenAsync($"/contacts/{stranger}")).Status.Should().Be(HttpStatusCode.NotFound, "the job shows its stage, not its customer");
        await app.FinishAsync(stage.Id, user: "own");
        await SeesAsync("own", "jobs", given, true);

        // A role's stage is everybody's who has it, until one takes it.
        var role = (await app.QueryAsync<Guid>("select id from platform.roles where name = 'role of own'")).Single();
        var routine = await app.RoutineAsync("For a role", [RoutinesApp.Stage("Anybody", ("who", "Role"), ("roleId", role.ToString()))]);
        var ofRole = await app.StartAsync(routine, "branch", stranger);
        await SeesAsync("own", "jobs", ofRole, true);
        await SeesAsync("colleague", "jobs", ofRole, false);

        // Seen as far as «see» reaches, steered as far as «steer» does.
        var steers = await app.SendAsync(new SaveRoleCommand { Name = "Steers own", Scopes = new() { ["routines.jobs.see"] = Scopes.Branch, ["routines.jobs.steer"] = Scopes.Own } });
        await app.SendAsync(new AddUserCommand { UserName = "steerer", Name = "Steerer", Password = CrmApp.Password, RoleIds = [steers], Language = "en" });
        var steerer = await ApiCaller.AsAsync(app, "steerer");
        await steerer.PostAsync($"/jobs/{agent}/suspend", new { reason = "x" }, HttpStatusCode.Forbidden);

        var message = await app.SendAsync(new SaveMessageCommand { Channel = MessageChannel.Sms, Address = "09121112233", Body = "To nobody's customer" }, "own");
        foreach (var (person, sees) in new[] { ("own", true), ("head", true), ("colleague", false), ("branch", true), ("province", false) }) await SeesAsync(person, "messages", message, sees);
        problems.Should().BeEmpty();
    }

    [Fact]
    public async Task A_deputy_does_the_stage_of_another_although_he_sees_only_his_own_jobs()
    {
        var (colleague, own) = (await app.UserIdAsync("colleague"), await app.UserIdAsync("own"));
        var job = await app.StartAsync(app.Routine, "branch", await Given.PersonAsync(app, "Nobody", "Of theirs", by: null));
        var stage = (await app.OpenStagesAsync(job)).Single();
        await app.SendAsync(new AssignStageCommand { StageId = stage.Id, UserIds = [colleague] });
        var browse = await app.As("own");
        (await browse.OpenAsync($"/jobs/stages/{stage.Id}")).Status.Should().Be(HttpStatusCode.NotFound);
        var today = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime);
        await app.SendAsync(new Crm.Platform.Features.Leaves.SaveLeaveCommand { UserId = colleague, From = today.AddDays(-1), Until = today.AddDays(2), DeputyId = own });
        (await browse.OpenAsync("/worklist")).Text.Should().Contain("Look at it");
        (await browse.OpenAsync($"/jobs/stages/{stage.Id}")).Status.Should().Be(HttpStatusCode.OK);
        await app.FinishAsync(stage.Id, user: "own");
        (await app.JobAsync(job)).IsOver.Should().BeTrue();
    }

    [Fact]
    public async Task What_is_taken_out_reported_or_printed_reaches_as_far_as_the_right_to_it()
    {
        var role = await app.SendAsync(new SaveRoleCommand
        {
            Name = "Sees all, takes out own", Scopes = new() { ["contacts.see"] = Scopes.All, ["contacts.export"] = Scopes.Own, ["contacts.report"] = Scopes.Own, ["contacts.print"] = Scopes.Own, ["contacts.communications.see"] = Scopes.All, ["contacts.communications.report"] = Scopes.Own, ["routines.jobs.see"] = Scopes.All, ["routines.jobs.report"] = Scopes.Own, ["routines.jobs.export"] = Scopes.Own },
        });
        await app.SendAsync(new AddUserCommand { UserName = "taker", Name = "Taker", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        var taker = await app.UserIdAsync("taker");
        var mine = await Given.PersonAsync(app, "Taken", "Out", by: null, more: c => c with { OwnerId = taker, Addresses = [new AddressFields { ProvinceId = 8, Text = "Street of mine" }] });
        await app.SendAsync(new Crm.Contacts.Features.LogCommunication.LogCommunicationCommand { ContactId = mine, KindId = Given.Value(BaseLists.CommunicationKind), StartedAt = app.Clock.GetUtcNow(), Text = "Mine" });
        var browse = await app.As("taker");
        (await browse.OpenAsync("/contacts?q=Person")).Text.Should().Contain("Person Of branch");
        (await browse.OpenAsync("/lists/contacts/export?format=csv&cols=name")).Html.Should().Contain("Taken Out").And.NotContain("Person Of");
        (await browse.OpenAsync("/lists/jobs/export?format=csv&cols=title&show=all")).Html.Should().NotContain("Person Of");
        (await browse.OpenAsync($"/contacts/{app.Contacts["branch"]}/card")).Status.Should().Be(HttpStatusCode.NotFound);
        (await browse.OpenAsync($"/contacts/{mine}/card")).Status.Should().Be(HttpStatusCode.OK);
        (await browse.OpenAsync($"/contacts/labels?ids={app.Contacts["branch"]}&ids={mine}")).Text.Should().Contain("Taken Out").And.NotContain("Person Of branch");
        (await browse.OpenAsync("/contacts/reports/contacts?by=kind&export=csv")).Html.Should().Contain("\"Person\",1,");
        (await browse.OpenAsync("/contacts/reports/communications?by=contact")).Text.Should().Contain("Taken Out").And.NotContain("Person Of");
        (await browse.OpenAsync("/jobs/reports/bottlenecks")).Text.Should().NotContain("Look at it");
    }

    [Fact]
    public async Task Each_kind_of_reach_is_a_statement_of_its_own_that_an_index_can_serve()
    {
        async Task<string> WhereAsync(string person) => await app.InScopeAsync(sp => Task.FromResult(sp.GetRequiredService<ContactsDb>().Contacts.Select(c => c.Id).ToQueryString() is var sql ? sql[sql.IndexOf("WHERE", StringComparison.Ordinal)..].ReplaceLineEndings(" ") : ""), person);
        (await WhereAsync("own")).Should().NotContain(" OR ").And.Contain("c.branch_id = @").And.Contain("c.owner_id = @");
        (await WhereAsync("head")).Should().NotContain(" OR ").And.Contain("c.owner_id = ANY (@");
        (await WhereAsync("branch")).Should().NotContain(" OR ").And.Contain("c.branch_id = @").And.NotContain("owner_id");
        (await WhereAsync("province")).Should().NotContain(" OR ").And.Contain("c.province_id = ANY (@").And.NotContain("branch_id");
        (await WhereAsync("all")).Should().NotContain("branch_id").And.NotContain("owner_id");
        async Task<string> JobsAsync(string person) => await app.InScopeAsync(sp => Task.FromResult(sp.GetRequiredService<RoutinesDb>().Stages.Select(s => s.Id).ToQueryString()), person);
        (await JobsAsync("branch")).Should().NotContain("job_people").And.NotContain("routines.jobs", "a stage knows its branch").And.Contain("branch_id = @");
        (await JobsAsync("own")).Should().Contain("job_people");
    }

    [Fact]
    public async Task Closed_fields_are_not_shown_not_found_and_not_changed()
    {
        var role = await app.SendAsync(new SaveRoleCommand
        {
            Name = "Closed fields", Permissions = ["contacts.add", "platform.audit.see"], Scopes = new() { ["contacts.see"] = Scopes.Branch, ["contacts.change"] = Scopes.Branch },
            Fields = new() { ["contacts.nationalId"] = FieldRule.Hidden, ["contacts.phones"] = FieldRule.Hidden, ["contacts.notes"] = FieldRule.ReadOnly },
        });
        await app.SendAsync(new AddUserCommand { UserName = "closed", Name = "Closed", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        var id = await Given.PersonAsync(app, "Hidden", "Fields", "09359998877", null, c => c with { NationalId = "0084575948", Notes = "As it was", Emails = [new EmailFields { Address = "hf@example.com" }] });
        var browse = await app.As("closed");
        await browse.OpenAsync($"/contacts/{id}");
        browse.Text.Should().Contain("As it was").And.Contain("hf@example.com");
        browse.Html.Should().NotContain("0084575948").And.NotContain("9359998877");

        // The form: hidden fields are not there, the closed one is shown; whatever is posted in them changes nothing.
        await browse.OpenAsync($"/contacts/{id}/edit");
        browse.Html.Should().NotContain("Command.NationalId").And.NotContain("Command.Phones").And.Contain("As it was");
        await browse.SubmitAsync($"/contacts/{id}/edit", [("Command.FirstName", "Changed"), ("Command.NationalId", "0013542419"), ("Command.Notes", "Overwritten"), ("Command.Phones[0].Number", "09350000000")]);
        browse.Location.Should().Be($"/contacts/{id}", browse.Text);
        (await app.QueryAsync<string>("select first_name || '|' || national_id || '|' || notes || '|' || (select string_agg(number, ',') from contacts.contact_phones p where p.contact_id = c.id) from contacts.contacts c where id = @id", new { id }))
            .Should().Equal("Changed|0084575948|As it was|+989359998877");

        var api = await ApiCaller.AsAsync(app, "closed");
        foreach (var record in new[] { (await api.GetAsync($"/contacts/{id}")).Json!, (await api.GetAsync("/contacts?q=Changed")).Items.Single() })
            record.AsObject().Select(p => p.Key).Should().NotContain(["nationalId", "phones"]).And.Contain(["notes", "emails"]);
        foreach (var field in (string[])["nationalId", "phones", "notes"])
            (await api.PatchAsync($"/contacts/{id}", new Dictionary<string, object?> { [field] = null }, HttpStatusCode.UnprocessableEntity)).Errors(field).Should().Equal("You do not have the right to change this field.");
        (await api.GetAsync("/contacts?q=0084575948")).Items.Should().BeEmpty("what is hidden does not find");
        (await api.GetAsync("/contacts?q=9359998877")).Items.Should().BeEmpty();
        // The list: not found by what is hidden, no column of it, no condition on it; found by the rest.
        foreach (var typed in (string[])["0084575948", "09359998877", "%2B98935999"]) (await browse.OpenAsync("/contacts?q=" + typed)).Html.Should().NotContain(id.ToString());
        // The search box promises nothing that it does not do.
        (await browse.OpenAsync("/contacts")).Html.Should().Contain("placeholder=\"Name, number or e-mail\"");
        (await browse.OpenAsync("/contacts?cols=name,nationalId,phone&q=hf%40example")).Html.Should().Contain(id.ToString()).And.NotContain("0084575948").And.NotContain("9359998877");
        (await browse.OpenAsync("/contacts?filter=nationalId.is(0084575948)")).Text.Should().Contain("The filter can't be used:");
        (await api.GetAsync("/search?q=9359998877")).Json!.ToJsonString().Should().NotContain(id.ToString());
        (await api.GetAsync("/search?q=Changed")).Json!.ToJsonString().Should().Contain(id.ToString()).And.NotContain("9359998877");
        (await (await ApiCaller.AsAsync(app, "branch")).GetAsync("/contacts?q=0084575948")).Items.Should().ContainSingle();
        var history = await app.InScopeAsync(sp => sp.GetRequiredService<IRecordHistory>().OfAsync(id, 50, default), "closed");
        history.SelectMany(h => h.Fields).SelectMany(f => new[] { f.Old, f.New }).Should().NotContain(["0084575948", "+989359998877"]).And.Contain("As it was");

        // A handler that forgets is stopped before anything is written.
        var forgets = () => app.InScopeAsync(async sp =>
        {
            var db = sp.GetRequiredService<ContactsDb>();
            var contact = (await db.LoadContactAsync(id, default))!;
            db.Entry(contact).Property(c => c.NationalId).CurrentValue = "2222222222";
            return await db.SaveChangesAsync();
        }, "closed");
        await forgets.Should().ThrowAsync<InvalidInput>();

        // Another role of the same user that says nothing of the fields opens them.
        var open = await app.SendAsync(new SaveRoleCommand { Name = "Open fields", Scopes = new() { ["contacts.see"] = Scopes.Branch } });
        await app.SendAsync(new EditUserCommand { Id = await app.UserIdAsync("closed"), Name = "Closed", BranchId = Branches.HeadOffice, RoleIds = [role, open] });
        (await api.GetAsync($"/contacts/{id}")).Text("nationalId").Should().Be("0084575948");
    }

    [Fact]
    public async Task Hidden_fields_leak_by_no_page_print_report_past_hint_or_file()
    {
        var hidden = new[] { "nationalId", "phones", "emails", "addresses", "cardNumber", "statusId", "ownerId", "roles", "groups", "positions", "liaisonId", "salutationId", "photoId", "importanceId", "birthday", "notes" };
        var role = await app.SendAsync(new SaveRoleCommand
        {
            Name = "Sees little", Permissions = ["contacts.add", "contacts.print", "contacts.report", "contacts.communications.report", "contacts.suppliers.report", "contacts.import", "contacts.merge", "contacts.export", "platform.audit.see"],
            Scopes = new() { ["contacts.see"] = Scopes.Branch, ["contacts.change"] = Scopes.Branch, ["contacts.communications.see"] = Scopes.Branch },
            Fields = hidden.ToDictionary(f => "contacts." + f, _ => FieldRule.Hidden),
        });
        await app.SendAsync(new AddUserCommand { UserName = "little", Name = "Sees Little", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        var company = await Given.CompanyAsync(app, "Veiled Works", by: null);
        var status = Given.Value(BaseLists.Status, 1);
        var id = await Given.PersonAsync(app, "Veiled", "Person", "09351112299", null, c => c with
        {
            NationalId = "0084575948", Notes = "veiled note", CardNumber = "77120099", StatusId = status, CompanyId = company, PositionId = Given.Value(BaseLists.Position), SalutationId = Given.Value(BaseLists.Salutation), Birthday = new DateOnly(1971, 3, 9),
            Emails = [new EmailFields { Address = "veiled@example.com" }], Addresses = [new AddressFields { ProvinceId = 8, Text = "Veiled street", PostalCode = "1111111113", Latitude = 35.123456m, Longitude = 51.654321m }], RoleIds = [Given.Value(BaseLists.Role, 2)],
        });
        await app.SendAsync(new SetLiaisonCommand(company, id));
        await Given.PersonAsync(app, "Veiled", "Person", "09351112299", null, c => c with { AllowKnownPhone = true, StatusId = status });
        string[] secrets = ["0084575948", "9351112299", "0935 111 2299", "veiled@example.com", "Veiled street", "1111111113", "35.12345", "77120099", "7712 0099", "veiled note"];
        var browse = await app.As("little");
        var today = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime);
        var statusTitle = (await app.QueryAsync<string>("select english_title from contacts.base_data where id = @status", new { status })).Single();
        foreach (var url in new[]
                 {
                     $"/contacts/{id}", $"/contacts/{company}", $"/contacts/{id}/edit", $"/contacts/{id}/card", $"/contacts/{id}/positions", $"/contacts/{company}/positions", $"/contacts/{id}/relations", $"/contacts/labels?ids={id}", $"/contacts/labels?company={company}",
                     $"/history/contacts.Contact/{id}?on={today:yyyy-MM-dd}", "/contacts?q=Veiled&cols=name,phone,status,email,nationalId,city,county,province,cardNumber,notes,owner,groups,birthday,importance", "/contacts/map", "/contacts/lookup?q=Veiled", "/search?q=Veiled", "/contacts/reports/contacts?by=status",
                     "/contacts/reports/contacts?by=owner", "/contacts/reports/contacts?by=county", "/contacts/reports/contacts?by=role", "/contacts/reports/completeness", "/contacts/reports/completeness?missing=national-id", "/contacts/reports/suppliers", "/contacts/reports/suppliers?by=importance",
                     "/contacts/reports/communications?by=province", "/contacts/reports/forgotten?days=1", "/contacts/reports/costs", "/contacts/reports/follow-ups", "/", "/contacts/duplicates", "/contacts/card?number=77120099", $"/contacts/{id}/photo",
                 })
        {
            await browse.OpenAsync(url);
            foreach (var secret in secrets.Where(s => !url.Contains(s, StringComparison.Ordinal))) browse.Html.Should().NotContain(secret, url);
        }

        (await browse.OpenAsync("/contacts/card?number=77120099")).Status.Should().Be(HttpStatusCode.OK, "a hidden number finds nobody");
        (await browse.OpenAsync($"/contacts/{id}/positions")).Html.Should().NotContain("Veiled Works");
        (await browse.OpenAsync($"/contacts/{id}/merge")).Status.Should().Be(HttpStatusCode.Forbidden, "who does not see all can't decide what stays");
        (await browse.OpenAsync("/contacts/reports/contacts?by=status")).Html.Should().NotContain($">{statusTitle}<");
        (await browse.OpenAsync("/contacts/reports/completeness")).Text.Should().NotContain("National ID");
        // Narrowing by what is hidden tells nothing: the same comes whatever is asked.
        foreach (var report in (string[])["/contacts/reports/contacts?by=kind", "/contacts/map?handler=Points&south=20&west=40&north=41&east=65&zoom=6", $"/contacts/labels?ids={id}"])
        {
            await browse.OpenAsync(report + $"&status={status}");
            var with = browse.Text;
            await browse.OpenAsync(report + $"&status={Given.Value(BaseLists.Status, 3)}");
            browse.Text.Should().Be(with, report);
        }

        // Typing: nothing is told by a hidden field, a name is.
        foreach (var (rule, value) in new[] { ("phone", "09351112299"), ("email", "veiled@example.com"), ("nationalId", "0084575948"), ("cardNumber", "77120099") })
            (await Given.AlikeAsync(browse, rule, value)).Should().NotContain(id.ToString(), rule);
        (await Given.AlikeAsync(browse, "name", "Veiled Person")).Should().Contain(id.ToString());

        // The time line: not by the text of a hidden value either.
        await browse.OpenAsync($"/contacts/{id}?show=change&text=0084575948");
        browse.Html[browse.Html.IndexOf("id=\"timeline\"", StringComparison.Ordinal)..].Should().Contain("Nothing is like that here.");

        // An import neither offers nor writes them, nor finds by them.
        await app.InScopeAsync(async sp =>
        {
            var source = sp.GetServices<IImportTarget>().Single(s => s.Key == "contacts");
            (await source.FieldsAsync(default)).Select(f => f.Key).Should().NotContain(["phone", "mobile", "email", "nationalId", "status", "owner", "roles", "groups", "city", "county", "province", "address", "position", "notes", "salutation", "importance"]).And.Contain("lastName");
            source.Keys.Select(k => k.Key).Should().NotContain(["phone", "nationalId", "email"]).And.Contain("number");
            return 0;
        }, "little");

        // A template's data, and its preview with it.
        var data = (await app.InScopeAsync(sp => sp.GetRequiredService<Crm.Contacts.Contracts.IContactDirectory>().DataAsync(id, default), "little"))!.ToJsonString();
        foreach (var secret in secrets) data.Should().NotContain(secret);
        data.Should().NotContain(statusTitle);

        var api = await ApiCaller.AsAsync(app, "little");
        foreach (var path in (string[])[$"/contacts/{id}", $"/contacts/{id}/positions", $"/contacts/{id}/timeline", "/contacts?q=Veiled", "/contacts?near=35.1,51.6", "/search?q=Veiled"])
        {
            var text = (await api.GetAsync(path)).Json!.ToJsonString();
            foreach (var secret in secrets) text.Should().NotContain(secret, path);
            if (path.EndsWith("positions", StringComparison.Ordinal)) text.Should().NotContain(company.ToString());
        }

        foreach (var filter in (string[])["statusId", "ownerId", "role", "groupId", "provinceId", "countyId", "cityId"])
            await api.GetAsync($"/contacts?filter[{filter}]={(filter[0] is 'p' or 'c' ? "8" : status.ToString())}", HttpStatusCode.UnprocessableEntity);
        (await browse.OpenAsync("/lists/contacts/export?format=csv&q=Veiled&cols=name,phone,nationalId,status")).Html.Should().NotContain("9351112299").And.NotContain("0084575948");
    }

    [Fact]
    public async Task An_administrator_sees_as_another_changes_nothing_and_it_is_logged()
    {
        await app.SendAsync(new SaveProfileCommand { Language = "en" }, "admin");
        await app.SendAsync(new SaveProfileCommand { Language = "fa" }, "own");
        var admin = app.Anonymous();
        await admin.SignInAsync("admin", CrmApp.Password);
        var own = await app.UserIdAsync("own");
        await admin.PostAsync($"/settings/users/{own}", [], action: "handler=View");
        admin.Location.Should().Be("/");
        await admin.OpenAsync($"/contacts/{app.Contacts["own"]}");
        admin.Status.Should().Be(HttpStatusCode.OK);
        admin.Text.Should().Contain("You see the application as “User own”. Nothing can be changed.");
        admin.Html.Should().Contain("<html lang=\"en\"", "the rights are looked at, not the language of another");
        admin.Html.Should().NotContain($"data-opened-id=\"{app.Contacts["own"]}\"", "nothing is sent to be kept as opened last");
        (await admin.OpenAsync($"/contacts/{app.Contacts["team"]}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await admin.OpenAsync("/settings/users")).Status.Should().Be(HttpStatusCode.Forbidden);
        var before = await RowsAsync();
        await admin.PostAsync($"/contacts/{app.Contacts["own"]}/edit", [("Command.FirstName", "By view")]);
        admin.Status.Should().Be(HttpStatusCode.Conflict);
        admin.Text.Should().Contain("nothing can be changed");
        (await RowsAsync()).Should().Be(before);
        await admin.OpenAsync("/settings/view-as/end");
        await admin.SubmitAsync("/settings/view-as/end", [], action: "form-narrow");
        admin.Location.Should().Be($"/settings/users/{own}");
        (await admin.OpenAsync($"/contacts/{app.Contacts["team"]}")).Status.Should().Be(HttpStatusCode.OK);
        admin.Html.Should().Contain($"data-opened-id=\"{app.Contacts["team"]}\"");
        (await app.QueryAsync<string>("select result from platform.sign_ins where user_id = @own and by_id is not null order by id", new { own })).Should().Equal("ViewedAs", "ViewEnded");

        await app.SendAsync(new SaveRoleCommand { Name = "User managers", Permissions = [Crm.Platform.PlatformPermissions.ManageUsers] });
        var refused = () => app.SendAsync(new Crm.Platform.Features.ViewAs.ViewAsCommand(own, Guid.CreateVersion7()));
        (await refused.Should().ThrowAsync<RuleBroken>("only an administrator, by name, may")).Which.Code.Should().Be("view-as.administrators");
    }

    [Fact]
    public async Task A_branch_gets_its_province_by_the_api_too()
    {
        var api = await ApiCaller.AsAsync(app, "admin");
        var branch = await app.SendAsync(new Crm.Platform.Features.BranchList.SaveBranchCommand { Name = "Placed" });
        (await api.PatchAsync($"/branches/{branch}", new { provinceId = RightsApp.Fars })).Text("provinceId").Should().Be("17");
        (await api.PatchAsync($"/branches/{branch}", new { city = "Shiraz" })).Text("provinceId").Should().Be("17", "what is not sent stays");
    }

    [Fact]
    public async Task Why_somebody_sees_a_record_is_told_in_words_and_agrees_with_what_he_sees()
    {
        await app.SendAsync(new SaveProfileCommand { Language = "en" }, "admin");
        var admin = await app.As("admin");
        foreach (var (place, contact) in app.Contacts)
        {
            foreach (var person in RightsApp.People)
            {
                await admin.OpenAsync($"/settings/why/contacts/{contact}?user={await app.UserIdAsync(person)}");
                admin.Status.Should().Be(HttpStatusCode.OK);
                admin.Text.Contains($"See {(RightsApp.Sees(person, place) ? "yes" : "no")} role of {person}", StringComparison.Ordinal).Should().BeTrue($"{person} {place}: {admin.Text}");
            }
        }

        (await admin.OpenAsync($"/settings/why/contacts/{app.Contacts["team"]}?user={await app.UserIdAsync("head")}")).Text.Should().Contain("User colleague is in charge of it and belongs to the unit Sales north, which is the user's or lies below it.");
        (await admin.OpenAsync($"/settings/why/contacts/{app.Contacts["other"]}?user={await app.UserIdAsync("branch")}")).Text.Should().Contain("The record belongs to the branch Shiraz, which the user does not see.");
        (await admin.OpenAsync($"/settings/why/communications/{app.Communications["own"]}?user={await app.UserIdAsync("own")}")).Text.Should().Contain("See yes");
        (await admin.OpenAsync($"/settings/why/contacts/{Guid.CreateVersion7()}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await (await app.As("all")).OpenAsync($"/settings/why/contacts/{app.Contacts["own"]}")).Status.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_role_is_set_up_in_the_browser_by_the_matrix()
    {
        await app.SendAsync(new SaveProfileCommand { Language = "en" }, "admin");
        var admin = await app.As("admin");
        await admin.PostAsync("/settings/roles/new", [("Command.Name", "By matrix"), ("Command.Scopes[contacts.see]", "Team"), ("Command.Scopes[contacts.change]", "Own"), ("Command.Fields[contacts.notes]", "Hidden")]);
        admin.Location.Should().Be("/settings/roles", admin.Text);
        (await app.QueryAsync<string>("select array_to_string(permissions, ',') || '|' || array_to_string(scopes, ',') || '|' || array_to_string(fields, ',') from platform.roles where name = 'By matrix'"))
            .Should().Equal("contacts.change,contacts.see|contacts.change=Own,contacts.see=Team|contacts.notes=Hidden");
        var id = (await app.QueryAsync<Guid>("select id from platform.roles where name = 'By matrix'")).Single();
        await admin.PostAsync($"/settings/roles/{id}", [("Command.Scopes[contacts.change]", "None"), ("Command.Scopes[contacts.see]", "Branch")], action: "Command.Name");
        (await app.QueryAsync<string>("select array_to_string(permissions, ',') || '|' || array_to_string(scopes, ',') from platform.roles where id = @id", new { id })).Should().Equal("contacts.see|");
        (await admin.OpenAsync($"/settings/roles/{id}")).Text.Should().Contain("See contacts: team and those below");
        await admin.PostAsync($"/settings/roles/{id}", [("Command.Fields[contacts.firstName]", "Hidden")], action: "Command.Name");
        admin.Status.Should().Be(HttpStatusCode.UnprocessableEntity, "a record without a name could not be told from another");
    }

    private async Task<string> RowsAsync() => string.Join(' ', await app.QueryAsync<string>("""
        select md5(string_agg(c::text, '' order by c.id)) from contacts.contacts c union all
        select md5(string_agg(c::text, '' order by c.id)) from contacts.communications c union all
        select md5(string_agg(c::text, '' order by c.id)) from contacts.follow_ups c union all
        select md5(string_agg(c::text, '' order by c.id)) from routines.jobs c union all
        select md5(string_agg(c::text, '' order by c.id)) from messaging.messages c
        """));

    // The error page names no address; what differs by request (the page's own tokens) is no text.
    private static string Same(string text, string url) => text.Replace(url, "", StringComparison.Ordinal);
}
