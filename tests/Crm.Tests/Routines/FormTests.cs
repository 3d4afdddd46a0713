using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.Core;
using Crm.Platform.Features.EditField;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.Forms;
using Crm.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Crm.Tests.Routines.RoutinesApp;

namespace Crm.Tests.Routines;

/// <summary>Forms: designed, given out in versions, filled by stages and for customers (WF-9).</summary>
public sealed class FormTests(RoutinesApp app) : IClassFixture<RoutinesApp>
{
    private static string Unique(string name) => $"{name} {Guid.CreateVersion7():n}";

    [Fact]
    public async Task A_stage_keeps_the_version_it_opened_with_and_a_later_one_gets_the_new_one()
    {
        var form = await SaveAsync("Versions", """{"sections":[{"fields":[{"name":"floors","kind":"Number","label":"Floors","required":true}]}]}""");
        var routine = await app.RoutineAsync("Versions", [Stage("Visit", ("formId", form.ToString()), ("outcomes", List("Again", "Done")))], ("Visit", "Again", "Visit"));
        var job = await app.StartAsync(routine);
        // A draft alone changes nothing for anybody; publishing it does, for stages that open from now on.
        await SaveAsync("Versions", """{"sections":[{"fields":[{"name":"stops","kind":"Number","label":"Stops","required":true}]}]}""", form, publish: false);
        var stage = await app.StageAsync(job, "Visit");
        stage.Fields.Select(f => f.Name).Should().Equal("floors");
        await SaveAsync("Versions", """{"sections":[{"fields":[{"name":"stops","kind":"Number","label":"Stops","required":true}]}]}""", form);
        await SaveAsync("Versions", """{"sections":[{"fields":[{"name":"stops","kind":"Number","label":"Stops","required":true}]}]}""", form);
        await app.FinishAsync(stage.Id, "Again", "nima", ("floors", "7"));
        var next = await app.StageAsync(job, "Visit");
        next.Fields.Select(f => f.Name).Should().Equal("stops");
        (await app.QueryAsync<int>("select number from routines.form_versions where form_id = @form order by number", new { form })).Should().Equal(1, 2);
        // And what was answered is a number for whoever decides by it.
        (await app.QueryAsync<string>("select answers from routines.stage_items where id = @id", new { id = stage.Id })).Should().Equal("{\"floors\":7}");
    }

    [Fact]
    public async Task A_form_of_an_earlier_release_goes_on_working()
    {
        var form = await SaveAsync("Old", """{"sections":[{"fields":[{"name":"x","kind":"Text","label":"X"}]}]}""");
        await app.QueryAsync<int>("""
            update routines.forms set fields = '[{"name":"urgency","label":"Urgency","kind":"Choice","required":true,"choices":["low","high"],"help":null}]' where id = @form;
            update routines.form_versions set design = '[{"name":"urgency","label":"Urgency","kind":"Choice","required":true,"choices":["low","high"],"help":null}]' where form_id = @form;
            select 1;
            """, new { form });
        var job = await app.StartAsync(await app.RoutineAsync("Old", [Stage("Ask", ("formId", form.ToString())), If("hot", "answers.urgency === 'high'"), Stage("Hurry"), Stage("Wait")], ("Ask", "Done", "hot"), ("hot", "True", "Hurry"), ("hot", "False", "Wait")));
        await app.FinishAsync((await app.StageAsync(job, "Ask")).Id, "Done", "nima", ("urgency", "high"));
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Hurry");
        var admin = await DesignerAsync();
        await admin.OpenAsync($"/routines/forms/{form}");
        admin.Html.Should().Contain("urgency");
    }

    [Fact]
    public async Task What_was_chosen_is_still_chosen_when_a_form_comes_back_with_errors_also_where_keys_have_persian_digits()
    {
        var form = await SaveAsync("Digits", """{"sections":[{"fields":[{"name":"kind","kind":"Choice","label":"Kind","choices":["گزینهٔ ۱","گزینهٔ ۲"]},{"name":"several","kind":"MultiChoice","label":"Several","choices":["طبقهٔ ۱","طبقهٔ ۲"]},{"name":"why","kind":"Text","label":"Why","required":true}]}]}""");
        var job = await app.StartAsync(await app.RoutineAsync("Digits", [Stage("Visit", ("formId", form.ToString()))]));
        var nima = await app.As("nima");
        var url = $"/jobs/stages/{(await app.StageAsync(job, "Visit")).Id}";
        await nima.PostAsync(url, [("Command.Outcome", "Done"), ("Command.Answers[kind]", "گزینهٔ ۲"), ("Command.Answers[several]", "طبقهٔ ۱")], $"action=\"{url}?handler=Finish\"");
        ((int)nima.Status).Should().Be(422);
        var inputs = Regex.Matches(nima.Html, "<input[^>]*Command\\.Answers\\[(?:kind|several)\\][^>]*>").Select(m => System.Net.WebUtility.HtmlDecode(m.Value)).Where(i => i.Contains(" checked", StringComparison.Ordinal)).ToList();
        inputs.Should().HaveCount(2).And.Contain(i => i.Contains("گزینهٔ ۲", StringComparison.Ordinal)).And.Contain(i => i.Contains("طبقهٔ ۱", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_page_of_a_stage_shows_what_its_conditions_let_takes_rows_and_tells_what_is_wrong_beside_each_field()
    {
        var form = await SaveAsync("Offer", """
            {"sections":[{"title":{"fa":"پیشنهاد","en":"Offer"},"columns":3,"fields":[
              {"name":"title","kind":"Text","label":"Title","default":"=job.title"},
              {"name":"buys","kind":"YesNo","label":"Buys"},
              {"name":"why","kind":"LongText","label":"Why not","required":true,"shownWhen":{"items":[{"field":"buys","op":"no"}]}},
              {"name":"mobile","kind":"Text","label":"Mobile","check":"mobile","requiredWhen":{"items":[{"field":"buys","op":"yes"}]}},
              {"name":"lines","kind":"Table","label":"Lines","min":"1","columns":[{"name":"what","kind":"Text","label":"What","required":true},{"name":"n","kind":"Number","label":"Count"},{"name":"price","kind":"Money","label":"Price"},{"name":"sum","kind":"Computed","label":"Sum","formula":"n * price"}]},
              {"name":"total","kind":"Computed","label":"Total","formula":"sum(lines.sum)"},
              {"name":"hint","kind":"Note","label":"Prices without tax."}
            ]}]}
            """);
        var job = await app.StartAsync(await app.RoutineAsync("Offer", [Stage("Offer", ("formId", form.ToString())), If("big", "answers.total > 1000 && answers.lines.length === 2"), Stage("Boss"), Stage("Seller")], ("Offer", "Done", "big"), ("big", "True", "Boss"), ("big", "False", "Seller")));
        var stage = await app.StageAsync(job, "Offer");
        var url = $"/jobs/stages/{stage.Id}";
        var nima = await app.As("nima");
        await nima.OpenAsync(url);
        nima.Text.Should().Contain("Offer").And.Contain("Prices without tax.").And.Contain("Why not");
        nima.Html.Should().Contain((await app.JobAsync(job)).Title).And.Contain("data-line-template=\"lines\"");

        (string, string?)[] typed = [("Command.Outcome", "Done"), ("Command.Answers[buys]", "true"), ("Command.Answers[why]", "Never shown"), ("Command.Answers[mobile]", "02188"), ("Command.Answers[lines.0.n]", "2"), ("Command.Answers[lines.0.price]", "۵۰۰"), ("Command.Answers[lines.4.what]", "Door"), ("Command.Answers[lines.4.n]", "many")];
        await nima.SubmitAsync(url, typed, $"action=\"{url}?handler=Finish\"");
        ((int)nima.Status).Should().Be(422);
        nima.Text.Should().Contain("This is not a mobile number.").And.Contain("Please fill in “What”.").And.Contain("“many” does not fit here.");
        // Nothing typed is lost, wrong or right, nor the rows.
        nima.Html.Should().Contain("value=\"02188\"").And.Contain("value=\"many\"").And.Contain("value=\"Door\"").And.Contain("Never shown");

        await nima.SubmitAsync(url, [("Command.Outcome", "Done"), ("Command.Answers[mobile]", "0912 111 2233"), ("Command.Answers[lines.0.what]", "Rail"), ("Command.Answers[lines.4.n]", "1"), ("Command.Answers[lines.4.price]", "600")], $"action=\"{url}?handler=Finish\"");
        nima.Location.Should().Be("/worklist");
        await app.DrainAsync();
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Boss");
        var answers = JsonNode.Parse((await app.QueryAsync<string>("select answers from routines.stage_items where id = @id", new { id = stage.Id })).Single())!;
        JsonNode.DeepEquals(answers["lines"], JsonNode.Parse("""[{"what":"Rail","n":2,"price":500,"sum":1000},{"what":"Door","n":1,"price":600,"sum":600}]""")).Should().BeTrue(answers.ToJsonString());
        answers["mobile"]!.ToString().Should().Be("+989121112233");
        answers["total"]!.ToString().Should().Be("1600");
        // It was not asked, so it was not kept.
        answers["why"].Should().BeNull();
        await nima.OpenAsync($"{url}/paper");
        nima.Text.Should().Contain("1,600").And.Contain("Rail").And.NotContain("Why not");
    }

    [Fact]
    public async Task Pictures_and_signatures_are_kept_though_the_rest_is_wrong_and_a_file_of_elsewhere_is_none()
    {
        var form = await SaveAsync("Sign", """{"sections":[{"fields":[{"name":"name","kind":"Text","label":"Name","required":true},{"name":"sign","kind":"Signature","label":"Signature","required":true},{"name":"papers","kind":"Files","label":"Papers"}]}]}""");
        var job = await app.StartAsync(await app.RoutineAsync("Sign", [Stage("Sign", ("formId", form.ToString()))]));
        var stage = await app.StageAsync(job, "Sign");
        var url = $"/jobs/stages/{stage.Id}";
        var nima = await app.As("nima");
        var png = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
        await SendAsync(nima, url, [("Command.Outcome", "Done"), ("Command.Answers[sign]", png)], ("Command.Answers[papers]", "plan.txt", "a plan"u8.ToArray()));
        ((int)nima.Status).Should().Be(422);
        nima.Text.Should().Contain("Please fill in “Name”.").And.Contain("signature.png").And.Contain("plan.txt");
        var kept = Regex.Matches(nima.Html, "<input type=\"hidden\" name=\"Command.Answers\\[(sign|papers)\\]\" value=\"([^\"]+)\"").Select(m => ($"Command.Answers[{m.Groups[1].Value}]", m.Groups[2].Value)).ToList();
        kept.Should().HaveCount(2);
        // Somebody puts a file of another record into the form: it does not become his answer.
        var foreign = $"{Guid.CreateVersion7()}/9/foreign.txt";
        await SendAsync(nima, url, [("Command.Outcome", "Done"), ("Command.Answers[name]", "Nima"), .. kept, ("Command.Answers[papers]", foreign)]);
        nima.Location.Should().Be("/worklist");
        var answers = JsonNode.Parse((await app.QueryAsync<string>("select answers from routines.stage_items where id = @id", new { id = stage.Id })).Single())!;
        answers["papers"]!.AsArray().Should().HaveCount(1);
        await nima.OpenAsync($"/files/{answers["sign"]!["id"]}");
        ((int)nima.Status).Should().Be(200);
    }

    [Fact]
    public async Task Lines_of_a_long_answer_stay_lines_and_files_of_a_form_are_opened_where_its_answers_stand()
    {
        var form = await SaveAsync("Lines", """{"sections":[{"fields":[{"name":"name","kind":"Text","label":"Name"},{"name":"notes","kind":"LongText","label":"Notes"},{"name":"sign","kind":"Signature","label":"Signature"},{"name":"papers","kind":"Files","label":"Papers"}]}]}""");
        var job = await app.StartAsync(await app.RoutineAsync("Lines", [Stage("Lines", ("formId", form.ToString()))]));
        var stage = await app.StageAsync(job, "Lines");
        var url = $"/jobs/stages/{stage.Id}";
        var nima = await app.As("nima");
        var png = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
        await SendAsync(nima, url, [("Command.Outcome", "Done"), ("Command.Answers[name]", "Two\r\nwords"), ("Command.Answers[notes]", "First\r\n\r\nSecond"), ("Command.Answers[sign]", png)], ("Command.Answers[papers]", "plan.txt", "a plan"u8.ToArray()));
        nima.Location.Should().Be("/worklist");
        await app.DrainAsync();
        var answers = JsonNode.Parse((await app.QueryAsync<string>("select answers from routines.stage_items where id = @id", new { id = stage.Id })).Single())!;
        answers["notes"]!.ToString().Should().Be("First\n\nSecond");
        answers["name"]!.ToString().Should().Be("Two words", "a text of one line is one line");
        foreach (var page in (string[])[url, $"/jobs/{job}"])
        {
            await nima.OpenAsync(page);
            nima.Html.Should().Contain($"<img class=\"answer-picture\" src=\"/files/{answers["sign"]!["id"]}\"").And.Contain($"href=\"/files/{answers["papers"]![0]!["id"]}\"");
            Regex.Count(nima.Html, "plan\\.txt").Should().Be(1);
        }
    }

    [Fact]
    public async Task A_form_filled_for_a_customer_changes_his_fields_stands_in_his_time_line_and_prints()
    {
        var custom = "floors" + Guid.CreateVersion7().ToString("n")[^8..];
        await app.SendAsync(new SaveFieldCommand { Record = "contacts", Key = custom, Title = "طبقه", EnglishTitle = "Number of floors", Kind = FieldType.Number });
        var status = (await app.QueryAsync<Guid>("select id from contacts.base_data where list = 'contact-status' and active limit 1")).Single();
        var form = await SaveAsync("Facts", $$"""
            {"sections":[{"fields":[
              {"name":"floors","kind":"CustomerField","of":"custom.{{custom}}","writes":true,"required":true},
              {"name":"status","kind":"CustomerField","of":"status","writes":true},
              {"name":"number","kind":"CustomerField","of":"number"},
              {"name":"who","kind":"Contact","label":"Who told"},
              {"name":"when","kind":"Date","label":"When","default":"=today"}
            ]}]}
            """, customers: true);
        var admin = await DesignerAsync();
        await admin.OpenAsync($"/contacts/{app.Customer}");
        admin.Html.Should().Contain($"/routines/forms/fill?contact={app.Customer}");
        await admin.OpenAsync($"/routines/forms/fill?contact={app.Customer}");
        admin.Html.Should().Contain($"/routines/forms/{form}/fill?contact={app.Customer}");
        var url = $"/routines/forms/{form}/fill?contact={app.Customer}";
        await admin.PostAsync(url, [("Command.Answers[who]", Guid.CreateVersion7().ToString())], "enctype");
        ((int)admin.Status).Should().Be(422);
        admin.Text.Should().Contain("Please fill in “Number of floors”.");
        await admin.SubmitAsync(url, [("Command.Answers[floors]", "12"), ("Command.Answers[who]", Guid.CreateVersion7().ToString())], "enctype");
        ((int)admin.Status).Should().Be(422, "nobody has this id");
        await admin.SubmitAsync(url, [("Command.Answers[floors]", "۱۲"), ("Command.Answers[status]", status.ToString()), ("Command.Answers[who]", app.Customer.ToString()), ("Command.Answers[number]", "999")], "enctype");
        admin.Location.Should().StartWith("/routines/filled/");
        var filled = admin.Location!;
        await app.DrainAsync();
        (await app.QueryAsync<string>("select custom->>@custom from contacts.contacts where id = @id", new { custom, id = app.Customer })).Should().Equal("12");
        (await app.QueryAsync<Guid>("select status_id from contacts.contacts where id = @id", new { id = app.Customer })).Should().Equal(status);
        await admin.OpenAsync(filled);
        admin.Text.Should().Contain("Number of floors").And.Contain("12").And.Contain("Pars Lift");
        // What is only shown keeps what stood there, whatever was sent.
        JsonNode.Parse((await app.QueryAsync<string>("select answers from routines.filled_forms where id = @id", new { id = Guid.Parse(filled.Split('/')[^1]) })).Single())!["number"]!.ToString().Should().NotBe("999");
        var lines = await app.InScopeAsync(async sp => (await Task.WhenAll(sp.GetServices<Crm.Contacts.Contracts.IContactTimeline>().Where(t => t.Kinds.Any(k => k.Kind == "form")).Select(t => t.LoadAsync(new(app.Customer, 20) { Kind = "form" }, default)))).SelectMany(l => l).ToList());
        lines.Should().Contain(l => l.Url == filled);
    }

    [Fact]
    public async Task A_field_that_a_user_may_not_change_is_shown_and_stays()
    {
        var form = await SaveAsync("Closed", """{"sections":[{"fields":[{"name":"rank","kind":"CustomerField","of":"rank","writes":true},{"name":"note","kind":"Text","label":"Note"}]}]}""");
        var job = await app.StartAsync(await app.RoutineAsync("Closed", [Stage("Look", ("formId", form.ToString()))]));
        var stage = await app.StageAsync(job, "Look");
        var rank = (await app.QueryAsync<Guid>("select id from contacts.base_data where list = 'contact-rank' and active limit 1")).Single();
        var role = await app.SendAsync(new Crm.Platform.Features.EditRole.SaveRoleCommand { Name = Unique("Readers"), Permissions = ["routines.jobs.see", "routines.jobs.work", "contacts.see"] });
        await app.SendAsync(new Crm.Platform.Features.AddUser.AddUserCommand { UserName = "reader", Name = "Reader", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        var id = (await app.QueryAsync<Guid>("select id from platform.users where user_name = 'reader'")).Single();
        await app.SendAsync(new Crm.Routines.Features.DoStage.HandOverStageCommand { StageId = stage.Id, UserId = id }, "nima");
        await app.FinishAsync(stage.Id, "Done", "reader", ("rank", rank.ToString()), ("note", "seen"));
        (await app.QueryAsync<Guid?>("select rank_id from contacts.contacts where id = @id", new { id = app.Customer })).Should().NotContain(rank);
    }

    [Fact]
    public async Task The_designer_tells_what_is_wrong_by_place_shows_both_languages_and_carries_forms_away_and_back()
    {
        var admin = await DesignerAsync();
        var name = Unique("Designed");
        await admin.PostAsync("/routines/forms/new", [("Command.Name", name), ("Command.Design", """{"sections":[{"fields":[{"name":"a","kind":"Computed","label":{"fa":"جمع","en":"Sum"},"formula":"b + 1"}]}]}""")], "handler=Publish");
        ((int)admin.Status).Should().Be(422);
        admin.Text.Should().Contain("“b” is no field of this form.");
        admin.Html.Should().Contain("sections[0].fields[0].formula");
        await admin.SubmitAsync("/routines/forms/new", [("Command.Design", """{"sections":[{"fields":[{"name":"b","kind":"Number","label":{"fa":"تعداد","en":"Count"}},{"name":"a","kind":"Computed","label":{"fa":"جمع","en":"Sum"},"formula":"b + 1"}]}]}""")], "data-form");
        var form = Guid.Parse(admin.Location!.Split('/')[^1]);
        (await app.InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Forms.Where(f => f.Id == form).Select(f => f.PublishedNumber).SingleAsync())).Should().BeNull("it is a draft");

        foreach (var (language, word) in new[] { ("fa", "تعداد"), ("en", "Count") })
        {
            await admin.OpenAsync($"/routines/forms/{form}");
            using var content = new MultipartFormDataContent { { new StringContent("""{"sections":[{"fields":[{"name":"b","kind":"Number","label":{"fa":"تعداد","en":"Count"}},{"name":"r","kind":"CustomerField","of":"rank"}]}]}"""), "design" }, { new StringContent(language), "language" } };
            await admin.SendAsync($"/routines/forms/{form}?handler=Preview", content);
            // A field of the customer shows what it is, although there is no customer yet.
            admin.Text.Should().Contain(word).And.Contain(language == "fa" ? "رتبه" : "Rank");
        }

        await admin.OpenAsync($"/routines/forms/{form}?handler=Export");
        var file = JsonNode.Parse(admin.Html)!;
        file["name"]!.ToString().Should().Be(name);
        file["design"]!["sections"]![0]!["fields"]!.AsArray().Should().HaveCount(2);
        await admin.OpenAsync($"/routines/forms/{form}/print");
        admin.Text.Should().Contain("Count").And.Contain("Draft");
    }

    private async Task<Guid> SaveAsync(string name, string design, Guid? id = null, bool publish = true, bool customers = false)
    {
        if (id is null) return await app.SendAsync(new SaveFormCommand { Name = Unique(name), Design = design, Publish = publish, ForCustomers = customers });
        var form = await app.InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Forms.AsNoTracking().SingleAsync(f => f.Id == id));
        return await app.SendAsync(new SaveFormCommand { Id = id, Name = form.Name, Design = design, Publish = publish, Version = form.Version });
    }

    // Somebody who may everything and reads English.
    private async Task<Browse> DesignerAsync()
    {
        if ((await app.QueryAsync<int>("select 1 from platform.users where user_name = 'designer'")).Count == 0)
        {
            var all = await app.InScopeAsync(sp => Task.FromResult(sp.GetServices<IPermissionSource>().SelectMany(x => x.Permissions).Select(p => p.Key).ToList()));
            var role = await app.SendAsync(new Crm.Platform.Features.EditRole.SaveRoleCommand { Name = Unique("Designers"), Permissions = all });
            await app.SendAsync(new Crm.Platform.Features.AddUser.AddUserCommand { UserName = "designer", Name = "Designer", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        }

        return await app.As("designer");
    }

    private static async Task SendAsync(Browse who, string url, IEnumerable<(string Name, string Value)> fields, params (string Name, string File, byte[] Content)[] files)
    {
        await who.OpenAsync(url);
        using var content = new MultipartFormDataContent();
        foreach (var (name, value) in fields) content.Add(new StringContent(System.Net.WebUtility.HtmlDecode(value)), name);
        foreach (var (name, file, bytes) in files)
        {
            var part = new ByteArrayContent(bytes);
            part.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            content.Add(part, name, file);
        }

        await who.SendAsync(url + "?handler=Finish", content);
    }
}
