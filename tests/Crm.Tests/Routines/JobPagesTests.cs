using System.Net;
using Crm.Core;
using Crm.Routines.Activities;
using Crm.Routines.Domain;
using Crm.Routines.Features.Forms;
using Crm.Routines.Features.JobSteering;
using Microsoft.Extensions.DependencyInjection;
using static Crm.Tests.Routines.RoutinesApp;

namespace Crm.Tests.Routines;

public sealed class JobPagesTests(RoutinesApp app) : IClassFixture<RoutinesApp>
{
    [Theory]
    [InlineData("en")]
    [InlineData("fa")]
    public async Task The_pages_of_jobs_show_where_a_job_stands(string language)
    {
        var routine = await app.RoutineAsync("Shown " + language, [Stage("Visit", ("hours", 1)), Stage("Offer")], ("Visit", "Done", "Offer"));
        var job = await app.StartAsync(routine);
        var admin = await app.As("admin", language);
        foreach (var url in (string[])["/jobs", "/jobs?show=mine", "/jobs?q=Shown", $"/jobs?contact={app.Customer}", $"/jobs/{job}", "/jobs/incidents", "/jobs/incidents?all=true", "/jobs/new", $"/jobs/new?contact={app.Customer}", "/routines/forms", "/routines/forms/new", $"/contacts/{app.Customer}"])
        {
            await admin.OpenAsync(url);
            admin.Status.Should().Be(HttpStatusCode.OK, url);
            admin.Html.Should().NotContain(" asp-");
        }

        await admin.OpenAsync($"/contacts/{app.Customer}");
        admin.Text.Should().Contain("Visit");
        await admin.OpenAsync($"/jobs/{job}");
        admin.Html.Should().Contain("<svg").And.Contain("drawing-here");
    }

    [Fact]
    public async Task A_field_that_nobody_has_is_told_beside_the_drawing_with_the_one_that_was_meant()
    {
        await app.RoutineAsync("Slips", d => d["definitionId"] = "slips",
            [Stage("Visit", ("instructions", Value("Dear {{ customer.nme | upcase }} of {{customer.custom.flors}}, {{customer.name}}", "Liquid"))), Stage("Offer", ("instructions", "Dear {{customer.name}} of {{customer.citty}}")), Box("Elsa.WriteLine", "Line", ("text", Value("Dear {{customer.name}}", "Literal", "String"))), If("Big", "customer.rankId === 'customer.nothing' && job.numbr > 1")],
            ("Visit", "Done", "Offer"), ("Offer", "Done", "Line"), ("Line", "Done", "Big"));
        var admin = await app.As("admin", "fa");
        foreach (var url in (string[])["/routines/slips/design", "/routines/slips"])
        {
            await admin.OpenAsync(url);
            admin.Text.Should().Contain(Texts.In("fa", "“{0}”: there is no field called “{1}”. Is “{2}” meant?", "Visit", "customer.nme", "customer.name"))
                .And.Contain(Texts.In("fa", "“{0}”: there is no field called “{1}”.", "Visit", "customer.custom.flors"))
                .And.Contain(Texts.In("fa", "“{0}”: “{1}” stays as it stands. Choose “Liquid” as the kind of this text so that it is filled.", "Line", "{{customer.name}}"))
                .And.Contain(Texts.In("fa", "“{0}”: there is no field called “{1}”. Is “{2}” meant?", "Offer", "customer.citty", "customer.city"))
                .And.Contain(Texts.In("fa", "“{0}”: there is no field called “{1}”. Is “{2}” meant?", "Big", "job.numbr", "job.number"))
                .And.NotContain("«customer.nothing»").And.NotContain("«customer.rankId»");
        }
    }

    [Fact]
    public async Task A_field_that_nobody_has_is_told_of_a_case_of_a_switch_too()
    {
        await app.RoutineAsync("Cases", d => d["definitionId"] = "cases",
            [Box("Elsa.FlowSwitch", "Which", ("cases", System.Text.Json.Nodes.JsonNode.Parse("""[{"label":"Far","condition":{"type":"JavaScript","value":"customer.citty === 'Tabriz'"}},{"label":"Near","condition":{"type":"JavaScript","value":"customer.city === 'Tehran'"}}]"""))), Stage("Visit")],
            ("Which", "Far", "Visit"));
        var admin = await app.As("admin", "fa");
        await admin.OpenAsync("/routines/cases");
        admin.Text.Should().Contain(Texts.In("fa", "“{0}”: there is no field called “{1}”. Is “{2}” meant?", "Which", "customer.citty", "customer.city"));
    }

    [Fact]
    public async Task An_arrow_back_to_the_first_box_lies_within_the_drawing_and_stages_are_joined_as_the_language_joins_words()
    {
        var job = await app.StartAsync(await app.RoutineAsync("Back", [Box("Elsa.FlowFork", "fork", ("branches", Value(List("a", "b"), "Object"))), Stage("Left", ("outcomes", List("Again", "Done"))), Stage("Right")], ("fork", "a", "Left"), ("fork", "b", "Right"), ("Left", "Again", "fork")));
        var number = (await app.JobAsync(job)).Number;
        var admin = await app.As("admin", "fa");
        foreach (var (browse, joined) in new[] { (await app.As("nima"), ", "), (admin, "، ") })
            (await browse.OpenAsync($"/jobs?q={number}")).Text.Should().ContainAny($"Left{joined}Right", $"Right{joined}Left");
        await admin.OpenAsync($"/jobs/{job}");
        var left = double.Parse(System.Text.RegularExpressions.Regex.Match(admin.Html, "viewBox=\"(-?[\\d.]+) [^\"]+\" width=\"[^\"]+\" height=\"[^\"]+\" role=\"img\"").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        // The curve swings fifty to the left of the box it comes back to, which stands at 0.
        left.Should().BeLessThan(-50);
    }

    [Fact]
    public void What_is_wrong_with_a_drawing_is_told_in_one_language()
    {
        var before = System.Globalization.CultureInfo.CurrentUICulture;
        System.Globalization.CultureInfo.CurrentUICulture = new("fa");
        try
        {
            string Says(string code, string message, string about) => Crm.Routines.Definitions.Publishing.Sentence(new(Crm.Workflows.ValidationSeverity.Error, code, "ask", "Ask", null, message, ["Ask", about]));
            Says(Crm.Workflows.ValidationCodes.MissingInput, "The activity {0} needs a value for {1}", "Address").Should().Contain(Texts.In("fa", "Address")).And.NotContain("Address");
            Says(Crm.Workflows.ValidationCodes.UnknownOutcome, "An arrow leaves the activity {0} by {1}, which is not one of its outcomes", "Failed to connect").Should().Contain(Texts.In("fa", "Failed to connect")).And.NotContain("connect");
            Says(Crm.Workflows.ValidationCodes.FailureEnds, "No arrow leaves the activity {0} by {1}: a job that fails there ends without a word", "Timeout").Should().Contain(Texts.In("fa", "Timeout")).And.NotContain("Timeout");
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentUICulture = before;
        }
    }

    [Fact]
    public async Task What_contacts_may_be_asked_for_is_what_they_tell()
    {
        var (told, names) = await app.InScopeAsync(async sp =>
        {
            sp.GetRequiredService<CurrentUser>().BecomeSystem("test");
            var contacts = sp.GetRequiredService<Crm.Contacts.Contracts.IContactDirectory>();
            return ((await contacts.DataAsync(app.Customer, default))!.Select(d => d.Key).ToList(), contacts.DataNames);
        });
        told.Should().BeEquivalentTo(names);
    }

    [Fact]
    public async Task The_trace_tells_in_the_language_of_the_page_why_a_step_stopped_also_after_it_was_passed_over()
    {
        var routine = await app.RoutineAsync("Stopped", [If("Big", "answers.price.amount > 10"), Stage("Visit")], ("Big", "True", "Visit"));
        var job = await app.StartAsync(routine);
        var reason = Texts.In("fa", "{0} cannot be read: what it belongs to is empty", "amount");
        var admin = await app.As("admin", "fa");
        await admin.OpenAsync($"/jobs/{job}");
        admin.Text.Should().Contain(reason).And.NotContain("cannot be read");
        var incident = (await app.IncidentsAsync(job)).Single();
        await app.SendAsync(new Crm.Routines.Features.Incidents.PassIncidentCommand { Id = incident.Id, Outcome = "True" });
        await app.DrainAsync();
        await admin.OpenAsync($"/jobs/{job}");
        admin.Text.Should().Contain("Visit").And.Contain(reason).And.NotContain("cannot be read");
    }

    [Fact]
    public async Task A_job_of_another_branch_looks_as_if_it_were_not_there()
    {
        var routine = await app.RoutineAsync("Branch", [Stage("Visit")]);
        var job = await app.StartAsync(routine);
        await app.QueryAsync<int>("update routines.jobs set branch_id = gen_random_uuid() where id = @job returning 1", new { job });
        await app.QueryAsync<int>("update routines.stage_items set branch_id = gen_random_uuid() where job_id = @job returning 1", new { job });
        var nima = await app.As("nima");
        (await nima.OpenAsync($"/jobs/{job}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await nima.OpenAsync($"/jobs/stages/{await StageIdAsync(job)}")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Nobody_without_the_right_suspends_or_ends_a_job()
    {
        var routine = await app.RoutineAsync("Rights", [Stage("Visit")]);
        var job = await app.StartAsync(routine);
        var suspend = () => app.SendAsync(new SuspendJobCommand { JobId = job, Reason = "x" }, "nima");
        await suspend.Should().ThrowAsync<Crm.Core.Forbidden>();
        var end = () => app.SendAsync(new EndJobCommand { JobId = job, Reason = "x" }, "nima");
        await end.Should().ThrowAsync<Crm.Core.Forbidden>();
    }

    [Fact]
    public async Task A_job_is_started_from_the_customers_page_and_its_stage_done_with_one_click_there()
    {
        var routine = await app.RoutineAsync("By hand", [Stage("Greet"), Stage("Next")], ("Greet", "Done", "Next"));
        var nima = await app.As("nima");
        await nima.PostAsync($"/jobs/new?contact={app.Customer}", [("Command.RoutineId", routine.ToString())], null);
        nima.Location.Should().Be($"/contacts/{app.Customer}");
        await app.DrainAsync();
        var job = (await app.QueryAsync<Guid>("select id from routines.jobs where routine_id = @routine", new { routine })).Single();
        var stage = await app.StageAsync(job, "Greet");
        await nima.OpenAsync($"/contacts/{app.Customer}");
        await nima.SubmitAsync($"/contacts/{app.Customer}", [("Command.Outcome", "Done")], $"/jobs/stages/{stage.Id}?handler=Finish");
        nima.Location.Should().Be($"/contacts/{app.Customer}");
        await nima.OpenAsync($"/contacts/{app.Customer}");
        nima.Text.Should().Contain("Goes on at once", "what is done is not waited for any more");
        // It asks for the panel, not for the page: that one may leave the panel for later, and the rail would vanish.
        var panel = $"/contacts/{app.Customer}/panel/routines.jobs";
        nima.Html.Should().Contain($"hx-get=\"{panel}\"");
        await app.DrainAsync();
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Next");
        await nima.OpenAsync(panel);
        nima.Html.Should().Contain("class=\"rails\"").And.Contain($"data-job=\"{job}\"").And.Contain("Next");
        await nima.SubmitAsync(panel, [("Command.Outcome", "Done")], $"/jobs/stages/{(await app.StageAsync(job, "Next")).Id}?handler=Finish");
        nima.Location.Should().Be($"/contacts/{app.Customer}", "who does it from a panel that came later is led to the customer's page");
    }

    [Fact]
    public async Task Whom_a_job_is_for_can_be_chosen_anew_while_the_form_is_wrong()
    {
        await app.RoutineAsync("For whomever", [Stage("Greet")]);
        var nima = await app.As("nima");
        await nima.PostAsync("/jobs/new", [("Command.ContactId", app.Customer.ToString())], null);
        ((int)nima.Status).Should().Be(422);
        nima.Html.Should().MatchRegex($"<select[^>]*name=\"Command.ContactId\"[^>]*>(?:(?!</select>)[\\s\\S])*<option[^>]*value=\"{app.Customer}\"");
        await nima.OpenAsync($"/jobs/new?contact={app.Customer}");
        nima.Html.Should().NotMatchRegex("<select[^>]*name=\"Command.ContactId\"", "from his own page it is for him");
    }

    [Fact]
    public async Task A_stage_with_a_form_goes_on_from_the_communication_to_its_own_page_and_back_to_the_customer()
    {
        var form = await app.SendAsync(new SaveFormCommand { Name = "Visit " + Guid.CreateVersion7(), Fields = [new() { Name = "height", Label = "Height of the shaft", Kind = FieldKind.Number, Required = true }] });
        var customer = await CustomerAsync("Own page");
        var routine = await app.RoutineAsync("Own page", [Stage("Visit", ("formId", form.ToString()), ("outcomes", List("Fits", "Too low"))), Stage("Offer"), Stage("Decline")], ("Visit", "Fits", "Offer"), ("Visit", "Too low", "Decline"));
        var job = await app.StartAsync(routine, contact: customer);
        var stage = await app.StageAsync(job, "Visit");
        var nima = await app.As("nima");

        await nima.OpenAsync($"/contacts/{customer}/communications/new");
        nima.Text.Should().Contain("Stands at: Visit").And.Contain("then Decline").And.Contain("This stage also asks for: Height of the shaft.");
        await nima.PostAsync($"/contacts/{customer}/communications/new", [("Command.Text", "Only two metres, says the builder"), ("Stage", $"{stage.Id}|Too low")], "communications/new");
        nima.Location.Should().StartWith($"/jobs/stages/{stage.Id}?outcome=Too%20low&communication=").And.EndWith(Uri.EscapeDataString($"/contacts/{customer}"), nima.Text);
        await app.DrainAsync();
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal(["Visit"], "the form is still to be filled in");

        var page = nima.Location!;
        await nima.OpenAsync(page);
        nima.Text.Should().Contain("finish it with “Too low”").And.Contain("Only two metres, says the builder");
        nima.Html.Should().MatchRegex("btn btn-primary\" name=\"Command.Outcome\" value=\"Too low\"", "the way chosen in the communication is the first button");
        await nima.SubmitAsync(page, [("Command.Outcome", "Too low"), ("Command.Note", "Sorry")], "handler=Finish");
        nima.Text.Should().Contain("Please fill in").And.Contain("Only two metres, says the builder", "a mistake loses neither way nor communication");
        await nima.SubmitAsync(page, [("Command.Outcome", "Too low"), ("Command.Answers[height]", "2")], "handler=Finish");
        nima.Location.Should().Be($"/contacts/{customer}", nima.Text);
        await app.DrainAsync();
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Decline");
        var communication = (await app.QueryAsync<Guid>("select id from contacts.communications where contact_id = @customer and job_id = @job", new { customer, job })).Single();
        (await app.QueryAsync<long>("select count(*) from routines.journal where job_id = @job and entry like @id", new { job, id = $"%{communication}%" })).Single().Should().BePositive("the history of the job names the communication");
    }

    [Fact]
    public async Task A_file_that_a_stage_asks_for_is_given_in_its_form_and_kept_although_an_answer_is_missing()
    {
        var form = await app.SendAsync(new SaveFormCommand { Name = "Contract " + Guid.CreateVersion7(), Fields = [new() { Name = "price", Label = "Price", Kind = FieldKind.Money, Required = true }] });
        var routine = await app.RoutineAsync("Contract", [Stage("Contract", ("formId", form.ToString()), ("files", List("Signed contract")))]);
        var job = await app.StartAsync(routine);
        var stage = await app.StageAsync(job, "Contract");
        var url = $"/jobs/stages/{stage.Id}";
        var nima = await app.As("nima");
        await nima.OpenAsync(url);
        await nima.SubmitAsync(url, [("Command.Outcome", "Done"), ("Command.Answers[price]", "1000")], $"action=\"{url}?handler=Finish\"");
        nima.Text.Should().Contain("The file “Signed contract” is missing.");
        nima.Html.Should().Contain("value=\"1000\"");

        await nima.OpenAsync(url);
        var token = System.Text.RegularExpressions.Regex.Match(nima.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using (var content = new MultipartFormDataContent { { new StringContent(token), "__RequestVerificationToken" }, { new StringContent("Done"), "Command.Outcome" }, { new ByteArrayContent("signed"u8.ToArray()), "asked.0", "contract.txt" } })
        {
            using var response = await nima.Client.PostAsync(new Uri($"{url}?handler=Finish", UriKind.Relative), content);
            ((int)response.StatusCode).Should().Be(422, "the price is missing");
        }

        await nima.OpenAsync(url);
        nima.Text.Should().Contain("contract.txt");
        await nima.SubmitAsync(url, [("Command.Outcome", "Done"), ("Command.Answers[price]", "1000")], $"action=\"{url}?handler=Finish\"");
        nima.Location.Should().Be("/worklist", nima.Text);
    }

    [Fact]
    public async Task The_form_of_a_communication_suggests_the_way_that_like_cases_took()
    {
        var routine = await app.RoutineAsync("Suggest", [Stage("Ask", ("outcomes", List("Wants it", "Does not"))), Stage("Offer")], ("Ask", "Wants it", "Offer"));
        for (var n = 0; n < 5; n++) await app.FinishAsync((await app.StageAsync(await app.StartAsync(routine), "Ask")).Id, n == 0 ? "Does not" : "Wants it");
        var customer = await CustomerAsync("Suggested");
        var job = await app.StartAsync(routine, contact: customer);
        var nima = await app.As("nima");
        await nima.OpenAsync($"/contacts/{customer}/communications/new");
        nima.Text.Should().Contain("Wants it then Offer · in 80 % of 5 like cases Suggested").And.NotContain("in 20 % of 5 like cases Suggested");
        await nima.SubmitAsync($"/contacts/{customer}/communications/new", [("Stage", $"{(await app.StageAsync(job, "Ask")).Id}|Wants it")], "communications/new");
        nima.Location.Should().Be($"/contacts/{customer}", nima.Text);
        await app.DrainAsync();
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Offer");
    }

    [Fact]
    public async Task The_form_of_a_communication_says_who_does_a_stage_that_is_not_ones_own()
    {
        var customer = await CustomerAsync("Of others");
        var job = await app.StartAsync(await app.RoutineAsync("Of others", [Stage("Measure", ("who", "Persons"), ("userIds", List(app.Laleh.ToString())), ("mayEnd", "Doers"))]), contact: customer);
        var nima = await app.As("nima");
        await nima.OpenAsync($"/contacts/{customer}/communications/new");
        nima.Text.Should().Contain("Stands at: Measure").And.Contain("It is done by Laleh.");
        nima.Html.Should().NotContain($"{(await app.StageAsync(job, "Measure")).Id}|");
    }

    private Task<Guid> CustomerAsync(string name) => app.SendAsync(new Crm.Contacts.Features.AddContact.AddContactCommand
    {
        Kind = Crm.Contacts.Domain.ContactKind.Company, CompanyName = $"{name} {Guid.CreateVersion7()}", OwnerId = app.Laleh,
    });

    private async Task<Guid> StageIdAsync(Guid job) => (await app.QueryAsync<Guid>("select id from routines.stage_items where job_id = @job", new { job })).Single();

    [Fact]
    public async Task Many_jobs_are_suspended_with_a_reason_given_to_an_agent_and_ended_from_the_list()
    {
        var routine = await app.RoutineAsync("Many", [Stage("Weigh", ("hours", 1))]);
        Guid[] jobs = [await app.StartAsync(routine), await app.StartAsync(routine)];
        var admin = await app.As("admin", "en");
        await admin.OpenAsync($"/jobs?routine={routine}&stage=Weigh");
        admin.Text.Should().Contain("Weigh").And.Contain("Nima");

        (await BulkAsync("do.suspend", null)).Should().ContainAny("Say why.", "دلیل را بنویسید.");
        await BulkAsync("do.suspend", "Inventory");
        (await admin.OpenAsync($"/jobs?show=suspended&routine={routine}&cols=title,reason")).Text.Should().Contain("Inventory");
        await BulkAsync("do.resume", null);
        (await admin.OpenAsync($"/jobs?show=suspended&routine={routine}")).Html.Should().NotContain(jobs[0].ToString());
        await BulkAsync("set", null, ("field", "agents"), ("value", app.Laleh.ToString()));
        (await app.JobAsync(jobs[1])).AgentIds.Should().Equal(app.Laleh);
        (await admin.OpenAsync($"/jobs?agent={app.Laleh}&routine={routine}")).Html.Should().Contain(jobs[0].ToString()).And.Contain(jobs[1].ToString());
        await BulkAsync("do.end", "Sold the scale");
        await app.DrainAsync();
        foreach (var job in jobs) (await app.JobAsync(job)).Status.Should().Be(JobStatus.Cancelled);
        (await admin.OpenAsync($"/jobs?show=ended&routine={routine}")).Html.Should().Contain("mark mark-gray\">", "a job that stands nowhere says that it is over");
        (await BulkAsync("do.end", "Again")).Should().ContainAny("This job is over.", "این پرونده تمام شده است.");
        var api = await Api.ApiCaller.AsAsync(app, "admin");
        (await api.GetAsync($"/jobs?filter[routineId]={routine}&filter[show]=ended&count=exact"))["total"]!.GetValue<int>().Should().Be(2);

        async Task<string> BulkAsync(string action, string? said, params (string, string)[] more)
        {
            await admin.OpenAsync($"/jobs?show=all&routine={routine}");
            await admin.SubmitAsync($"/jobs?show=all&routine={routine}", [("action", action), ("ids", string.Join(',', jobs)), ("said", said ?? ""), ("back", "/jobs?show=all"), .. more], "/lists/jobs/bulk");
            await app.DrainAsync();
            return (await admin.OpenAsync("/jobs?show=all")).Text;
        }
    }

    [Fact]
    public async Task The_report_of_stages_tells_how_long_they_take_and_where_jobs_wait()
    {
        var routine = await app.RoutineAsync("Slow", [Stage("Measure", ("hours", 1)), Stage("Build")], ("Measure", "Done", "Build"));
        Guid[] jobs = [await app.StartAsync(routine), await app.StartAsync(routine), await app.StartAsync(routine)];
        app.Clock.Advance(TimeSpan.FromHours(4));
        await app.FinishAsync((await app.StageAsync(jobs[0], "Measure")).Id);
        app.Clock.Advance(TimeSpan.FromHours(6));
        await app.FinishAsync((await app.StageAsync(jobs[1], "Measure")).Id);
        var admin = await app.As("admin", "en");
        var file = (await admin.OpenAsync($"/jobs/reports/bottlenecks?routine={routine}&period=month&export=csv")).Html;
        file.Should().Contain("\"Measure\",2,7,9.4,1,100,1,1,10").And.Contain("\"Build\",0,\"\",\"\",\"\",\"\",2,0,6");
        (await admin.OpenAsync($"/jobs/reports/bottlenecks?by=person&routine={routine}")).Text.Should().Contain("Nima");
        (await (await app.As("nima", "en")).OpenAsync("/jobs/reports/bottlenecks")).Status.Should().Be(HttpStatusCode.Forbidden);
    }
}
