using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Crm.Contacts.Contracts;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Contacts.Features.BaseDataSettings;
using Crm.Contacts.Features.EditPhoto;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Features.LogCommunication;
using Crm.Contacts.Features.ManageGroups;
using Crm.Contacts.Features.ManagePositions;
using Crm.Core;
using Crm.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.WriteMessage;
using Crm.Platform.Contracts;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.EditRole;
using Crm.Platform.Features.EditUser;
using Crm.Routines.Features.FillForm;
using Crm.Routines.Features.Forms;
using Crm.Tasks.Domain;
using Crm.Tasks.Features.AddTask;
using Crm.Tasks.Features.CompleteTask;
using Crm.Tasks.Features.SetProgress;
using Crm.Testing;
using Crm.Tests.Api;
using Crm.Tests.Contacts;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Attacks;

public sealed partial class RouteTests
{
    // Lists of what there is to choose from are no record's values; these routes show nothing else. The audit of everything shows besides how they came to be and who was at work; record by record it is walked below.
    private static readonly string[] s_choices = ["GET /api/v1/base-data/{list}", "GET /api/v1/groups", "GET /api/v1/groups/{id:guid}", "GET /api/v1/places", "GET /api/v1/audit", "GET /settings/audit", "GET /elsa/api/descriptors/activities", "GET /openapi/{documentName}.json"];

    [Fact]
    public async Task What_the_roles_hide_of_any_record_is_told_by_no_route_of_the_application()
    {
        var planted = await PlantAsync();
        var rights = await app.InScopeAsync(sp => Task.FromResult(sp.GetServices<IRecordRightsSource>().SelectMany(s => s.Records).ToList()));
        var hidden = rights.SelectMany(r => r.Fields.Where(f => f.Hideable).Select(f => $"{r.Key}.{f.Name}")).ToList();
        hidden.Except(planted.Canaries.Keys).Should().BeEmpty("each field that roles can hide needs a value planted in a record here, so that its leaks are found");

        var all = await app.InScopeAsync(sp => Task.FromResult(sp.GetServices<IPermissionSource>().SelectMany(s => s.Permissions).Select(p => p.Key).ToList()));
        // Who manages lists, people and settings sees what there is to choose from.
        string[] not = ["contacts.base-data.manage", "contacts.groups.manage"];
        List<string> may = [.. all.Where(k => !not.Contains(k) && (!k.StartsWith("platform.", StringComparison.Ordinal) || k == "platform.audit.see"))];
        var scoped = rights.SelectMany(r => r.Permissions.Values).ToHashSet();
        var role = await app.SendAsync(new SaveRoleCommand
        {
            Name = "Sees no field", Permissions = [.. may.Except(scoped)], Scopes = may.Where(scoped.Contains).ToDictionary(k => k, _ => Scopes.Branch), Fields = hidden.ToDictionary(f => f, _ => FieldRule.Hidden),
        });
        var open = await app.SendAsync(new SaveRoleCommand { Name = "Sees every field", Permissions = [.. may.Except(scoped)], Scopes = may.Where(scoped.Contains).ToDictionary(k => k, _ => Scopes.Branch) });
        await app.SendAsync(new AddUserCommand { UserName = "blind", Name = "Sees No Field", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        await app.SendAsync(new AddUserCommand { UserName = "sighted", Name = "Sees Every Field", Password = CrmApp.Password, RoleIds = [open], Language = "en" });
        // Both are given what waits, so that worklists and first pages have something to tell.
        foreach (var person in (string[])["blind", "sighted"]) await WorkAsync(person, planted);
        await app.DrainAsync();

        var urls = await UrlsAsync(planted);
        var (blind, sighted) = (await app.As("blind"), await app.As("sighted"));
        var problems = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (route, url) in urls)
        {
            await blind.OpenAsync(url);
            if ((int)blind.Status >= 500) problems.Add($"{(int)blind.Status} {url}");
            foreach (var (field, canary) in planted.Canaries.Where(c => c.Value.In(blind.Html, url))) problems.Add($"{field} is told by {route}: {url} ({canary.Found(blind.Html)})");
        }

        // The walk proves something only where it meets the values at all: for somebody who sees them it does.
        foreach (var (_, url) in urls)
        {
            await sighted.OpenAsync(url);
            foreach (var (field, _) in planted.Canaries.Where(c => c.Value.In(sighted.Html, url))) seen.Add(field);
        }

        problems.Should().BeEmpty();
        planted.Canaries.Keys.Except(seen).Should().BeEmpty("every planted value is told to who may see it");
    }

    [Fact]
    public async Task A_closed_field_is_said_by_nobody_who_adds_a_record()
    {
        var rights = await app.InScopeAsync(sp => Task.FromResult(sp.GetServices<IRecordRightsSource>().SelectMany(s => s.Records).Where(r => r.Permissions.ContainsKey(Operation.Add) && r.Fields.Count > 0).ToList()));
        var closed = rights.SelectMany(r => r.Fields.Select(f => (Record: r, Field: f))).ToList();
        var role = await app.SendAsync(new SaveRoleCommand
        {
            Name = "Adds without saying", Permissions = ["tasks.see", "messaging.send"], Scopes = rights.SelectMany(r => r.Permissions.Values).Distinct().ToDictionary(k => k, _ => Scopes.Branch),
            Fields = closed.ToDictionary(c => $"{c.Record.Key}.{c.Field.Name}", _ => FieldRule.ReadOnly),
        });
        var me = await app.SendAsync(new AddUserCommand { UserName = "adder", Name = "Adder", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        var contact = await Given.PersonAsync(app, "Added", "To", by: null);
        var api = await ApiCaller.AsAsync(app, "adder");
        foreach (var (record, field) in closed.Where(c => !c.Field.Begins))
            (await api.PostAsync("/" + record.Key, new Dictionary<string, object?> { [field.Name] = null }, HttpStatusCode.UnprocessableEntity)).Errors(field.Name).Should().Equal(["You do not have the right to change this field."], $"{record.Key}.{field.Name}");

        // What a record can't begin without is said all the same, and by forms nothing else is.
        var kind = Given.Value(BaseLists.CommunicationKind).ToString();
        var browse = await app.As("adder");
        await browse.PostAsync("/contacts/new", [("Command.Kind", "Person"), ("Command.FirstName", "Closed"), ("Command.LastName", "Form"), ("Command.Notes", "said"), ("Command.Phones[0].Number", "09351230099"), ("Command.NationalId", "0084575948")]);
        browse.Location.Should().StartWith("/contacts/", browse.Text);
        (await app.QueryAsync<string>("select concat_ws('|', first_name, last_name, notes, main_phone, national_id) from contacts.contacts where first_name = 'Closed'")).Should().Equal("Closed|Form");

        await browse.PostAsync($"/contacts/{contact}/communications/new",
        [
            ("Command.KindId", kind), ("Command.StartedAt.date", "2001-02-03"), ("Command.StartedAt.time", "10:00"), ("Command.EndedAt.date", "2001-02-03"), ("Command.EndedAt.time", "11:00"), ("Command.Text", "said"), ("Command.Questions", "said"), ("Command.NextStep", "said"),
            ("Command.ResultId", Given.Value(BaseLists.CommunicationResult).ToString()), ("Command.Costs[0].KindId", FirstCostKinds.Id(0).ToString()), ("Command.Costs[0].Amount", "1000"),
        ]);
        browse.Location.Should().Be($"/contacts/{contact}", browse.Text);
        (await app.QueryAsync<string>("select concat_ws('|', kind_id, ended_at, text, questions, next_step, result_id, (select count(*) from contacts.communication_costs k where k.communication_id = c.id), started_at > '2020-01-01') from contacts.communications c where contact_id = @contact", new { contact })).Should().Equal($"{kind}|0|t");

        await browse.PostAsync($"/contacts/{contact}/follow-ups/new", [("Command.KindId", kind), ("Command.DueAt.date", "2040-01-02"), ("Command.DueAt.time", "09:00"), ("Command.AssigneeId", (await app.UserIdAsync("reza")).ToString()), ("Command.Text", "said"), ("Command.RemindMinutes", "77")]);
        browse.Location.Should().Be($"/contacts/{contact}", browse.Text);
        (await app.QueryAsync<string>("select concat_ws('|', assignee_id, text, remind_minutes) from contacts.follow_ups where contact_id = @contact", new { contact })).Should().Equal($"{me}|15");

        await browse.PostAsync($"/tasks/new?contact={contact}", [("Command.Title", "Closed task"), ("Command.Description", "said"), ("Command.Priority", "Urgent"), ("Command.Weight", "77"), ("Command.ContactId", contact.ToString()), ("Command.DueAt.date", "2040-01-02"), ("Command.DueAt.time", "09:00"), ("Command.RemindBefore", "15")]);
        browse.Location.Should().NotBeNull(browse.Text);
        var task = (await app.QueryAsync<Guid>("select id from tasks.work_tasks where title = 'Closed task'")).Single();
        (await app.QueryAsync<string>("select concat_ws('|', description, priority, weight, contact_id, due_at, remind_before) from tasks.work_tasks where id = @task", new { task })).Should().Equal("Normal|1");

        // Its end is no change of its progress; what is said with it would be one.
        await api.PostAsync($"/tasks/{task}/complete", new { note = "said" }, HttpStatusCode.UnprocessableEntity);
        await api.PostAsync($"/tasks/{task}/complete", new { }, HttpStatusCode.OK);
        await api.PostAsync($"/tasks/{task}/reopen", new { }, HttpStatusCode.OK);
        (await app.QueryAsync<string>("select concat_ws('|', state, percent, end_note) from tasks.work_tasks where id = @task", new { task })).Should().Equal("Open|0");
        await api.PatchAsync($"/tasks/{task}", new { percent = 50 }, HttpStatusCode.UnprocessableEntity);
    }

    private async Task WorkAsync(string person, Planted planted)
    {
        var me = await app.UserIdAsync(person);
        await app.SendAsync(new PlanFollowUpCommand { ContactId = planted.Contact, KindId = planted.Kind, DueAt = app.Clock.GetUtcNow().AddMinutes(5), AssigneeId = me, Text = "Zqveil planned for somebody", RemindMinutes = 5 });
        await app.SendAsync(new AddTaskCommand { Title = "A task for somebody", Description = "Zqveil described for somebody", AssigneeIds = [me], ContactId = planted.Client, Priority = TaskPriority.Urgent, DueAt = app.Clock.GetUtcNow().AddDays(1) });
    }

    private async Task<Planted> PlantAsync()
    {
        var canaries = new Dictionary<string, Canary>(StringComparer.Ordinal);
        var away = new Dictionary<Guid, string>();
        async Task<Guid> ValueAsync(string field, string list)
        {
            var title = "Zqveil " + field;
            if (field.Contains("Id", StringComparison.Ordinal) || field is "roles" or "positions") canaries["contacts." + field] = new(title);
            var id = await app.SendAsync(new AddBaseDataCommand { List = list, Title = title, EnglishTitle = title });
            away[id] = title;
            return id;
        }

        var kind = Given.Value(BaseLists.CommunicationKind);
        var owner = await app.SendAsync(new AddUserCommand { UserName = "zqveil-owner", Name = "Zqveil Owner", Password = CrmApp.Password, RoleIds = [app.Role] });
        var logger = await app.SendAsync(new AddUserCommand { UserName = "zqveil-logger", Name = "Zqveil Logger", Password = CrmApp.Password, RoleIds = [app.Role], Language = "en" });
        var group = await app.SendAsync(new AddGroupCommand { Title = "Zqveil groups", EnglishTitle = "Zqveil groups" });
        var post = await ValueAsync("positions", BaseLists.Position);
        var (salutation, marital, religion, type, rank) = (await ValueAsync("salutationId", BaseLists.Salutation), await ValueAsync("maritalStatusId", BaseLists.MaritalStatus), await ValueAsync("religionId", BaseLists.Religion), await ValueAsync("typeId", BaseLists.Type), await ValueAsync("rankId", BaseLists.Rank));
        var (status, source, activity, importance, part) = (await ValueAsync("statusId", BaseLists.Status), await ValueAsync("sourceId", BaseLists.Source), await ValueAsync("fieldOfActivityId", BaseLists.FieldOfActivity), await ValueAsync("importanceId", BaseLists.Importance), await ValueAsync("roles", BaseLists.Role));
        var company = await Given.CompanyAsync(app, "Canary Works", by: null);
        var contact = await Given.PersonAsync(app, "Canary", "Person", "09351112299", null, c => c with
        {
            SalutationId = salutation, MaritalStatusId = marital, ReligionId = religion, TypeId = type, RankId = rank, StatusId = status, SourceId = source, FieldOfActivityId = activity, ImportanceId = importance, RoleIds = [part], NationalId = "0084575948", EconomicCode = "411122233344", CardNumber = "77120099", Ibans = ["IR062960000000100324200001"], BankCards = ["6037991234567893"], Birthday = new DateOnly(1911, 3, 9), MarriedOn = new DateOnly(1912, 4, 8),
            Preferences = "Zqveil preferences", Notes = "Zqveil notes", OwnerId = owner, CompanyId = company, PositionId = post, GroupIds = [group],
            Emails = [new EmailFields { Address = "zqveil@example.com" }], Addresses = [new AddressFields { ProvinceId = 8, Text = "Zqveil street", PostalCode = "1111111113" }],
        });
        await app.SendAsync(new SetLiaisonCommand(company, contact));
        var photo = await PhotoAsync(contact);
        foreach (var (field, text) in new (string, string[])[]
                 {
                     ("nationalId", ["0084575948"]), ("economicCode", ["411122233344"]), ("cardNumber", ["77120099", "7712 0099"]), ("ibans", ["IR062960000000100324200001"]), ("bankCards", ["6037991234567893", "6037 9912 3456 7893"]), ("birthday", ["1911"]), ("marriedOn", ["1912"]),
                     ("preferences", ["Zqveil preferences"]), ("notes", ["Zqveil notes"]), ("ownerId", ["Zqveil Owner"]), ("groups", ["Zqveil groups"]), ("phones", ["9351112299", "0935 111 2299"]), ("emails", ["zqveil@example.com"]), ("addresses", ["Zqveil street", "1111111113"]), ("photoId", [photo.ToString()]),
                 }) canaries["contacts." + field] = new(text);
        canaries["contacts.liaisonId"] = new("Liaison</dt><dd><a", "Liaison</span>", "\"liaison\":true");

        var (result, cost) = (await ValueAsync("result", BaseLists.CommunicationResult), await ValueAsync("cost", BaseLists.CostKind));
        var job = await app.StartAsync((await app.QueryAsync<Guid>("select id from routines.routine_definitions where name = 'Route routine'")).Single(), "admin", contact);
        var began = app.Clock.GetUtcNow().AddYears(-15);
        var communication = await app.SendAsync(new LogCommunicationCommand
        {
            ContactId = contact, KindId = kind, StartedAt = began, EndedAt = began.AddDays(400), Text = "Zqveil text", Questions = "Zqveil questions", NextStep = "Zqveil next", ResultId = result, JobId = job,
            Costs = [new CostFields { KindId = cost, Amount = 8642097531, Note = "Zqveil cost note" }],
        }, "zqveil-logger");
        foreach (var (field, text) in new (string, string[])[]
                 {
                     ("endedAt", [began.AddDays(400).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), began.AddDays(400).ToString("d MMM yyyy", CultureInfo.InvariantCulture), began.AddDays(400).ToString("yyyy/MM/dd", CultureInfo.InvariantCulture)]),
                     ("text", ["Zqveil text"]), ("questions", ["Zqveil questions"]), ("nextStep", ["Zqveil next"]), ("resultId", ["Zqveil result"]), ("userId", ["Zqveil Logger"]), ("costs", ["8642097531", "8,642,097,531", "Zqveil cost"]),
                 }) canaries["communications." + field] = new(text) { Not = field == "userId" ? "/api/v1/audit" : null };
        canaries["communications.jobId"] = new(job.ToString()) { Only = "communications" };
        var followUp = await app.SendAsync(new PlanFollowUpCommand { ContactId = contact, KindId = kind, DueAt = app.Clock.GetUtcNow().AddDays(2), AssigneeId = app.Nima, Text = "Zqveil planned", RemindMinutes = 7777, JobId = job });
        var calledOff = await app.SendAsync(new PlanFollowUpCommand { ContactId = contact, KindId = kind, DueAt = app.Clock.GetUtcNow().AddDays(2), AssigneeId = app.Nima });
        await app.SendAsync(new EndFollowUpCommand { Id = calledOff, Step = FollowUpStep.Cancel, Reason = "Zqveil reason" });
        foreach (var (field, text) in new[] { ("text", "Zqveil planned"), ("remindMinutes", "7777"), ("reason", "Zqveil reason") }) canaries["follow-ups." + field] = new(text, text == "7777" ? "7,777" : text);
        canaries["follow-ups.jobId"] = new(job.ToString()) { Only = "follow-ups" };

        var client = await Given.CompanyAsync(app, "Zqveil Client", by: null);
        var admin = await app.UserIdAsync("admin");
        var task = await app.SendAsync(new AddTaskCommand { Title = "Canary task", Description = "Zqveil described", Priority = TaskPriority.Urgent, Weight = 93, RemindBefore = 7260, DueAt = app.Clock.GetUtcNow().AddDays(20), ContactId = client, AssigneeIds = [admin] }, "admin");
        await app.SendAsync(new SetProgressCommand { Id = task, Percent = 37 }, "admin");
        var done = await app.SendAsync(new AddTaskCommand { Title = "Canary task done", ContactId = client, AssigneeIds = [admin] }, "admin");
        await app.SendAsync(new CompleteTaskCommand { Id = done, Note = "Zqveil end" }, "admin");
        foreach (var (field, text) in new (string, string[])[] { ("description", ["Zqveil described"]), ("endNote", ["Zqveil end"]) }) canaries["tasks." + field] = new(text);
        canaries["tasks.priority"] = new("Urgent", "urgent") { Only = "task" };
        canaries["tasks.weight"] = new(">93<", "\"weight\":93", ",93,") { Only = "task" };
        canaries["tasks.percent"] = new("37%", "\"percent\":37", "37 percent") { Only = "task" };
        canaries["tasks.contactId"] = new("Zqveil Client", client.ToString()) { Only = "task|worklist" };
        canaries["tasks.remindBefore"] = new("121 hours before", "\"remindBefore\":7260") { Only = "task" };

        var sms = await app.SendAsync(new SaveMessageCommand { Channel = MessageChannel.Sms, ContactId = contact, Body = "Written" }, "admin");
        var mail = await app.SendAsync(new SaveMessageCommand { Channel = MessageChannel.Email, ContactId = contact, Subject = "Written", Body = "Written" }, "admin");
        var form = await app.SendAsync(new SaveFormCommand { Name = "Canary form", ForCustomers = true, Design = """{"sections":[{"fields":[{"name":"n","label":"National number","kind":"CustomerField","of":"nationalId"},{"name":"m","label":"Remark","kind":"CustomerField","of":"notes"}]}]}""" });
        var version = (await app.QueryAsync<Guid>("select published_version_id from routines.forms where id = @form", new { form })).Single();
        var filled = await app.SendAsync(new FillFormCommand { Id = Guid.CreateVersion7(), FormId = form, ContactId = contact, VersionId = version }, "admin");
        // What is put away is offered nowhere: it shows only where a record has it.
        foreach (var (id, title) in away) await app.SendAsync(new EditBaseDataCommand { Id = id, Title = title, EnglishTitle = title, Active = false });
        foreach (var one in new[] { owner, logger }) await app.SendAsync(new SetUserActiveCommand(one, false));
        await app.DrainAsync();
        return new(canaries, kind, contact, company, client, new()
        {
            ["/contacts"] = [contact, company, client], ["/communications"] = [communication], ["/follow-ups"] = [followUp, calledOff], ["/tasks"] = [task, done], ["/messages"] = [sms, mail], ["/messages/wishes"] = [contact], ["/jobs"] = [job], ["/routines/filled"] = [filled], ["/routines/forms"] = [form],
        });
    }

    private async Task<Guid> PhotoAsync(Guid contact)
    {
        var id = (await app.InScopeAsync(async sp =>
        {
            await using var picture = new MemoryStream(Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="));
            return await sp.GetRequiredService<IFileStore>().SaveAsync("contacts.photo", contact, "contacts.see", "photo.png", picture, default);
        }, "admin")).Id;
        await app.SendAsync(new SetContactPhotoCommand(contact, id), "admin");
        return id;
    }

    // Each GET with each record that was planted, each panel, block and kind of list; lists with every column, reports by everything that somebody could be offered.
    private async Task<List<(string Route, string Url)>> UrlsAsync(Planted planted)
    {
        var (panels, blocks, records, importers) = await app.InScopeAsync(sp => Task.FromResult((
            sp.GetServices<IContactPanel>().Select(p => p.Key).ToList(), sp.GetServices<IDashboardBlock>().Select(b => b.Key).ToList(), sp.GetServices<IRecordType>().ToList(), sp.GetServices<IImportTarget>().Select(i => i.Key).ToList())));
        var urls = new List<(string, string)>();
        var today = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        foreach (var route in (await app.RoutesAsync()).Where(r => r.Method == "GET" && !r.IsHub && !s_choices.Contains(r.Name) && !r.Pattern.StartsWith("/studio", StringComparison.Ordinal) && !r.Pattern.StartsWith("/sign-", StringComparison.Ordinal) && !r.Pattern.StartsWith("/settings/view-as", StringComparison.Ordinal)))
        {
            var path = route.Pattern.StartsWith("/api/v1", StringComparison.Ordinal) ? route.Pattern["/api/v1".Length..] : route.Pattern;
            var suffix = route.Handler is null ? "" : "?handler=" + route.Handler;
            var ids = planted.Ids.Where(i => path.StartsWith(i.Key + "/{", StringComparison.Ordinal)).OrderByDescending(i => i.Key.Length).Select(i => i.Value).FirstOrDefault();
            if (route.Pattern == "/dashboard/{key}") urls.AddRange(blocks.Select(b => (route.Name, "/dashboard/" + b)));
            else if (path.Contains("{record}", StringComparison.Ordinal))
            {
                foreach (var type in records)
                    urls.AddRange((planted.Ids.GetValueOrDefault(type.Url) ?? [Guid.Empty]).SelectMany(id => new[] { "title", "name" }.Concat(type.Fields.Where(_ => path.EndsWith("/value", StringComparison.Ordinal)).Select(f => f.Key)).Distinct().Select(f => (route.Name, route.Pattern.Replace("{record}", type.Key, StringComparison.Ordinal).Replace("{id:guid}", id.ToString(), StringComparison.Ordinal) + "?field=" + f))));
            }
            else if (path.Contains("{kind}", StringComparison.Ordinal)) urls.AddRange(importers.Select(i => (route.Name, route.Pattern.Replace("{kind}", i, StringComparison.Ordinal).Replace("{id:guid}", Guid.Empty.ToString(), StringComparison.Ordinal))));
            else if (ids is not null)
            {
                foreach (var id in ids)
                    foreach (var key in path.Contains("{key}", StringComparison.Ordinal) ? panels : [""]) urls.Add((route.Name, Regex.Replace(route.Pattern.Replace("{key}", key, StringComparison.Ordinal), @"\{id[^}]*\}", id.ToString()) + suffix));
            }
            else urls.Add((route.Name, app.Fill(route)));
        }

        foreach (var (entity, key) in new[] { ("contacts.Contact", "/contacts"), ("contacts.Communication", "/communications"), ("contacts.FollowUp", "/follow-ups"), ("tasks.WorkTask", "/tasks"), ("messaging.OutgoingMessage", "/messages") })
            foreach (var id in planted.Ids[key]) urls.AddRange([("history", $"/history/{entity}/{id}?on={today}"), ("history", $"/api/v1/audit/{entity}/{id}"), ("history", $"/api/v1/audit?filter[entity]={entity}&filter[recordId]={id}")]);
        foreach (var type in records)
        {
            var choices = string.Concat(type.Choices.Select(c => $"&{c.Parameter}={(c.Options.Select(o => o.Key).FirstOrDefault(k => k is "all" or "any") ?? c.Options[^1].Key)}"));
            var columns = "cols=" + string.Join(',', type.Fields.Select(f => f.Key));
            urls.Add(("list " + type.Key, $"{type.Url}?{columns}{choices}&size=200"));
            urls.Add(("file " + type.Key, $"/lists/{type.Key}/export?format=csv&{columns}{choices}"));
            urls.AddRange(type.Fields.SelectMany(f => new[] { ("order " + type.Key, $"{type.Url}?sort=-{f.Key}&{columns}{choices}"), ("filter " + type.Key, $"{type.Url}?filter={f.Key}.filled()&{columns}{choices}") }));
            urls.Add(("API " + type.Key, $"/api/v1{type.Url}?size=200"));
        }

        foreach (var list in (string[])["/contacts", "/communications", "/follow-ups?whose=all&state=any", "/tasks?show=all&state=any", "/messages"])
            foreach (var words in (string[])["Canary", "Written"]) urls.Add(("search", list + (list.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "q=" + words));
        urls.AddRange(((string[])["/search?q=Canary", "/search/suggest?q=Canary", "/api/v1/search?q=Canary", "/contacts/lookup?q=Canary", "/messages/new?handler=Contacts&q=Canary", "/tasks/customers?q=Canary", "/lists/contacts/lookup?q=Canary", "/activity-reports", "/worklist", "/bin"]).Select(u => ("search", u)));
        foreach (var show in (string[])["communication", "follow-up", "task", "message", "job", "stage", "change", "activity-report"]) urls.Add(("time line", $"/contacts/{planted.Contact}?show={show}"));
        urls.Add(("labels", $"/contacts/labels?ids={planted.Contact}"));
        urls.Add(("labels", $"/contacts/labels?company={planted.Company}"));
        urls.Add(("fill", $"/routines/forms/{planted.Ids["/routines/forms"][0]}/fill?contact={planted.Contact}"));
        urls.AddRange(planted.Ids["/messages"].Select(id => ("draft", $"/messages/new/{id}")));

        var sighted = await app.As("sighted");
        foreach (var report in (await app.RoutesAsync()).Where(r => r.Method == "GET" && r.Pattern.Contains("/reports/", StringComparison.Ordinal)))
        {
            const string whole = "from=2000-01-01&to=2040-01-01&period=";
            await sighted.OpenAsync($"{report.Pattern}?{whole}");
            var by = Regex.Match(sighted.Html, "<select[^>]*name=\"by\".*?</select>", RegexOptions.Singleline).Value;
            urls.Add((report.Name, $"{report.Pattern}?{whole}"));
            foreach (Match option in Regex.Matches(by, "value=\"([^\"]+)\"")) urls.AddRange([(report.Name, $"{report.Pattern}?{whole}&by={option.Groups[1].Value}"), (report.Name, $"{report.Pattern}?{whole}&by={option.Groups[1].Value}&export=csv")]);
        }

        urls.Add(("costs", $"/contacts/{planted.Contact}/costs?from=2000-01-01&to=2040-01-01&period="));
        return [.. urls.DistinctBy(u => u.Item2)];
    }

    private sealed record Planted(Dictionary<string, Canary> Canaries, Guid Kind, Guid Contact, Guid Company, Guid Client, Dictionary<string, List<Guid>> Ids);

    /// <summary>A value that stands in one field of one record and nowhere else.</summary>
    private sealed partial record Canary(params string[] Texts)
    {
        /// <summary>Where else it is no leak: the value is a record that has pages of its own.</summary>
        public string? Only { get; init; }

        /// <summary>Where it is no leak either: the audit names who was at work.</summary>
        public string? Not { get; init; }

        public bool In(string html, string url) => (Not is null || !url.Contains(Not, StringComparison.Ordinal)) && (Only is null || Only.Split('|').Any(o => url.Contains(o, StringComparison.Ordinal))) && Array.Exists(Texts, t => !url.Contains(t, StringComparison.Ordinal) && Has(html, t));

        public string Found(string html) => Array.Find(Texts, t => Has(html, t)) is { } text && html.IndexOf(text, StringComparison.Ordinal) is var at ? html[Math.Max(0, at - 60)..Math.Min(html.Length, at + text.Length + 30)].ReplaceLineEndings(" ") : "";

        // A number of few digits may stand in an id by chance, and in what is encrypted: the tokens of forms on some two thousand pages.
        private static bool Has(string html, string text) => text.All(char.IsAsciiDigit) ? Regex.IsMatch(Encrypted().Replace(html, ""), $@"(?<![0-9a-fA-F-]){text}(?![0-9a-fA-F])") : html.Contains(text, StringComparison.Ordinal);

        // What data protection encrypts begins so.
        [GeneratedRegex("CfDJ8[0-9A-Za-z_-]+")]
        private static partial Regex Encrypted();
    }
}
