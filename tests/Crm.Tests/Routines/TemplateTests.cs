using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Elsa;
using Crm.Routines.Templates;
using Crm.Routines.Versions;
using Crm.Workflows;
using FluentAssertions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Crm.Tests.Routines;

/// <summary>Routines to start from: each is made, published without a finding, and runs through every arrow it has; and routines travel with what they need.</summary>
public sealed class TemplateTests(RoutinesApp app) : IClassFixture<RoutinesApp>
{
    public static TheoryData<string> Templates() => [.. new RoutineTemplates().All.Select(t => t.Key)];

    [Fact]
    public void There_are_at_least_eight_and_each_says_everything_in_both_languages()
    {
        var all = new RoutineTemplates().All;
        all.Count.Should().BeGreaterThanOrEqualTo(8);
        all.SelectMany(t => new[] { t.Name, t.About }.Concat(t.Forms.Select(f => f.Name)).Concat(t.Messages.Select(m => m.Body))).Should().OnlyContain(b => b.Fa.Any(c => c > 127) && b.En.All(c => c < 127));
    }

    [Fact]
    public void A_box_that_nobody_named_is_called_by_its_kind_in_the_language_of_the_reader()
    {
        var types = app.Services.GetRequiredService<IActivityCatalog>().All.Where(d => d.IsBrowsable && d.Executor != ActivityExecutor.NotRunHere && d.Kind != ActivityKind.Trigger).ToList();
        var boxes = new JsonArray([.. types.Select((d, i) => (JsonNode)new JsonObject { ["id"] = "b" + i, ["type"] = d.TypeName, ["name"] = d.Name + "2" })]);
        boxes.Add(new JsonObject { ["id"] = "named", ["type"] = "Elsa.FlowDecision", ["name"] = "FlowDecision2", ["metadata"] = new JsonObject { ["displayText"] = "Rich?" } });
        boxes.Add(new JsonObject { ["id"] = "title", ["type"] = "Crm.Stage", ["name"] = "Stage1", ["title"] = new JsonObject { ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = "Visit {{ customer.name }}" } } });
        var drawn = WorkflowDefinition.Of(new JsonObject { ["definitionId"] = "d", ["root"] = new JsonObject { ["id"] = "r", ["type"] = "Elsa.Flowchart", ["activities"] = boxes } }).AllActivities().Where(a => a.Type != "Elsa.Flowchart" || a.Id != "r").ToList();
        var before = CultureInfo.CurrentUICulture;
        try
        {
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("fa-IR");
            drawn.Where(a => a.Id is not ("named" or "title")).Select(BoxTitles.Of).Should().HaveCount(types.Count).And.OnlyContain(t => t.Any(c => c > 127) && !t.Any(char.IsAsciiLetter));
            drawn.Where(a => a.Id is "named" or "title").Select(BoxTitles.Of).Should().Equal("Rich?", "Visit …");
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task A_template_becomes_a_routine_in_each_language_that_can_be_published_as_it_is(string key)
    {
        foreach (var language in (string[])["fa", "en"])
        {
            var (routine, definition) = await MakeAsync(key, language);
            var catalog = app.Services.GetRequiredService<IActivityCatalog>();
            WorkflowValidator.Validate(definition, catalog).Should().BeEmpty();
            definition.AllActivities().Where(a => a.Type != "Elsa.Flowchart").Should().OnlyContain(a => a.DisplayText!.Any(c => c > 127) == (language == "fa"));
            await app.SendAsync(new PublishRoutineCommand(routine));
            await app.QueryAsync<int>("delete from routines.triggers where routine_id = @routine returning 1", new { routine });
        }
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task A_routine_made_from_a_template_runs_to_its_end_through_every_arrow(string key)
    {
        var (routine, definition) = await MakeAsync(key, "en");
        await app.SendAsync(new PublishRoutineCommand(routine));
        await app.QueryAsync<int>("delete from routines.triggers where routine_id = @routine returning 1", new { routine });
        // Ways that only bad luck goes (no gateway, nobody there) are not drawn out of people's hands.
        var wanted = definition.Root!.Connections.Where(c => c.SourcePort is not ("Failed" or "Nobody")).Select(c => (c.Source, c.SourcePort, c.Target)).ToHashSet();
        var taken = new HashSet<(string, string, string)>();
        var used = new Dictionary<(string Stage, string Outcome), int>();
        for (var run = 0; run < 24 && !wanted.IsSubsetOf(taken); run++)
        {
            var customer = await app.SendAsync(new AddContactCommand { Kind = ContactKind.Person, FirstName = "Sara", LastName = $"{key} {run}", OwnerId = app.Laleh, Phones = [new() { Kind = PhoneKind.Mobile, Number = $"0912{Random.Shared.Next(1000000, 9999999)}" }] });
            var job = await app.StartAsync(routine, contact: customer, agents: app.Nima);
            for (var step = 0; step < 60; step++)
            {
                var standing = await app.JobAsync(job);
                (await app.IncidentsAsync(job)).Should().BeEmpty();
                if (standing.IsOver) break;
                var stages = await app.OpenStagesAsync(job);
                if (stages.Count == 0)
                {
                    await app.AdvanceAsync(TimeSpan.FromDays(1));
                    continue;
                }

                var stage = stages[0];
                var outcome = stage.Setup.Outcomes.OrderBy(o => used.GetValueOrDefault((stage.ActivityId, o))).First();
                used[(stage.ActivityId, outcome)] = used.GetValueOrDefault((stage.ActivityId, outcome)) + 1;
                await FinishAsync(stage, outcome, run);
            }

            (await app.JobAsync(job)).Status.Should().Be(JobStatus.Finished, "{0} run {1} comes to its end", key, run);
            foreach (var line in await app.QueryAsync<string>("select entry from routines.journal where job_id = @job and event = 'Completed'", new { job }))
            {
                var entry = JsonNode.Parse(line)!;
                foreach (var arrow in entry["followed"] as JsonArray ?? []) taken.Add((entry["activityId"]!.ToString(), arrow!["port"]!.ToString(), arrow["target"]!.ToString()));
            }
        }

        wanted.Except(taken).Should().BeEmpty();
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Forms_and_messages_of_a_name_that_is_there_are_taken_and_not_made_again()
    {
        await MakeAsync("complaint", "en");
        await app.DrainAsync();
        var before = await CountsAsync();
        await MakeAsync("complaint", "en");
        await app.DrainAsync();
        (await CountsAsync()).Should().Be(before);
    }

    [Fact]
    public async Task The_gallery_shows_a_drawing_of_each_and_a_page_makes_the_routine()
    {
        var browse = await app.As("admin", "fa");
        var gallery = await browse.Client.GetStringAsync("/routines/new");
        gallery.Should().Contain("رسیدگی به شکایت").And.Contain("/routines/templates/complaint");
        System.Text.RegularExpressions.Regex.Count(gallery, "<svg class=\"picture\"").Should().Be(new RoutineTemplates().All.Count);
        (await browse.Client.GetStringAsync("/routines/templates/complaint")).Should().Contain("ثبت شکایت");
    }

    [Fact]
    public async Task A_routine_travels_with_its_form_its_message_and_the_names_of_what_it_refers_to()
    {
        var (routine, _) = await MakeAsync("satisfaction-call", "en");
        await app.DrainAsync();
        var definitionId = await app.InScopeAsync(async sp => (await sp.GetRequiredService<RoutinesDb>().Set<RoutineDefinition>().SingleAsync(d => d.Id == routine)).DefinitionId);
        var file = await app.InScopeAsync(async sp => await DefinitionJson.ForFileAsync(await Definitions.FindAsync(sp.GetRequiredService<RoutinesDb>(), definitionId, "Latest", default), sp.GetRequiredService<RoutineTravel>(), default));
        var brings = JsonNode.Parse(file)!["customProperties"]![RoutineTravel.Property]!;
        brings["forms"]!.AsArray().Should().ContainSingle(f => f!["name"]!.ToString() == "Satisfaction mark");
        brings["messages"]!.AsArray().Should().ContainSingle(m => m!["body"]!.ToString().Contains("sorry"));

        // At another house none of it is there: other ids, another name, and a role that nobody has.
        var form = brings["forms"]![0]!["id"]!.ToString();
        var elsewhere = file.Replace(form, Guid.NewGuid().ToString()).Replace("Satisfaction mark", "Their mark").Replace(brings["messages"]![0]!["id"]!.ToString(), Guid.NewGuid().ToString()).Replace("\"name\": \"Apology\"", "\"name\": \"Their apology\"");
        var strange = JsonNode.Parse(elsewhere)!.AsObject();
        strange["definitionId"] = "from-elsewhere";
        strange["id"] = "from-elsewhere-1";
        strange["customProperties"]![RoutineTravel.Property]!["names"] = new JsonObject { [Guid.NewGuid().ToString()] = new JsonObject { ["kind"] = "role", ["name"] = "Astronauts" } };
        var saved = await app.SendAsync(new ImportRoutineCommand(strange.ToJsonString()));
        await app.DrainAsync();

        saved.Notes.Should().ContainSingle().Which.Should().Contain("Astronauts");
        (await app.QueryAsync<long>("select count(*) from routines.forms where name = 'Their mark'")).Single().Should().Be(1);
        (await app.QueryAsync<string>("select name from messaging.templates order by id")).Should().Contain("Their apology");
        var stored = await app.InScopeAsync(async sp => (await sp.GetRequiredService<RoutinesDb>().Set<RoutineVersion>().SingleAsync(v => v.Id == saved.VersionId)).Json);
        stored.Should().NotContain(RoutineTravel.Property);
        stored.Should().Contain((await app.QueryAsync<Guid>("select id from routines.forms where name = 'Their mark'")).Single().ToString());
        await app.SendAsync(new PublishRoutineCommand(saved.RoutineId));
    }

    [Fact]
    public async Task What_came_from_an_Elsa_server_goes_out_as_it_came()
    {
        var path = Path.Combine(Root(AppContext.BaseDirectory), "tests", "data", "elsa-definitions", "JoinBehaviors", "join.json");
        var original = JsonNode.Parse(await File.ReadAllTextAsync(path))!.AsObject();
        var saved = await app.SendAsync(new ImportRoutineCommand(original.ToJsonString()));
        var file = JsonNode.Parse(await app.InScopeAsync(async sp => await DefinitionJson.ForFileAsync(await Definitions.Views(sp.GetRequiredService<RoutinesDb>(), true).SingleAsync(v => v.Id == saved.VersionId), sp.GetRequiredService<RoutineTravel>(), default)))!.AsObject();
        foreach (var name in (string[])["isPublished", "isLatest"])
        {
            file.Remove(name);
            original.Remove(name);
        }

        JsonNode.DeepEquals(file, original).Should().BeTrue();
    }

    private static string Root(string folder) => File.Exists(Path.Combine(folder, "Crm.sln")) ? folder : Root(Path.GetDirectoryName(folder)!);

    private async Task<(Guid Routine, WorkflowDefinition Definition)> MakeAsync(string key, string language)
    {
        var before = System.Globalization.CultureInfo.CurrentUICulture;
        System.Globalization.CultureInfo.CurrentUICulture = System.Globalization.CultureInfo.GetCultureInfo(language);
        string definitionId;
        try
        {
            definitionId = await app.SendAsync(new CreateFromTemplateCommand { Template = key, Name = $"{key} {language} {Guid.CreateVersion7()}" });
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentUICulture = before;
        }

        await app.DrainAsync();
        return await app.InScopeAsync(async sp =>
        {
            var view = await Definitions.FindAsync(sp.GetRequiredService<RoutinesDb>(), definitionId, "Latest", default);
            return (view.RoutineId, WorkflowDefinition.Parse(view.Json));
        });
    }

    private async Task<(long, long)> CountsAsync() => ((await app.QueryAsync<long>("select count(*) from routines.forms")).Single(), (await app.QueryAsync<long>("select count(*) from messaging.templates")).Single());

    // What the form asks is answered in turns, so that decisions go both ways; files are laid down.
    private async Task FinishAsync(StageItem stage, string outcome, int run)
    {
        foreach (var file in stage.Setup.Files)
        {
            using var content = new MemoryStream("signed"u8.ToArray());
            await app.SendAsync(new Crm.Routines.Features.DoStage.AddStageFileCommand(stage.Id, file, "paper.txt", content), "admin");
        }

        var random = new Random(run);
        var answers = stage.Fields.ToDictionary(f => f.Name, f => f.Kind switch
        {
            FieldKind.YesNo => new[] { random.Next(2) == 0 ? "true" : "" },
            FieldKind.Choice => [f.Choices![random.Next(f.Choices.Count)].Value],
            FieldKind.Number => [new[] { "3", "8", "10" }[random.Next(3)]],
            FieldKind.Money => ["1000000"],
            FieldKind.Date => ["2026-06-01"],
            _ => ["something"],
        });
        await app.SendAsync(new Crm.Routines.Features.DoStage.FinishStageCommand { StageId = stage.Id, Outcome = outcome, Answers = answers }, "admin");
        await app.DrainAsync();
    }
}
