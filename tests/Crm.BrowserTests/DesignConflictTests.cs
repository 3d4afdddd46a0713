using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Crm.BrowserTests;

/// <summary>Two people at one drawing, and one who is faster than Studio.</summary>
[Collection("English")]
public sealed class DesignConflictTests(EnglishApp app)
{
    [Fact]
    public async Task Who_saves_a_drawing_second_is_told_who_was_faster_and_studio_goes_on()
    {
        await using var sara = await app.SignInAsync("sara");
        await using var admin = await app.SignInAsync("admin");
        await admin.GoAsync("/worklist");
        await sara.DoAsync(async () =>
        {
            await sara.GoAsync("/routines/new");
            await sara.Page.GetByLabel(app.Say("Name")).FillAsync("Two at one drawing");
            await sara.Page.GetByRole(AriaRole.Button, new() { Name = app.Say("Draw it") }).ClickAsync();
            var studio = new Studio(sara, app);
            await studio.LoadedAsync();
            await studio.PlaceAsync("Flow", "Start", (60, 60));
            sara.TakeWrong().Should().BeEmpty();

            var id = new Uri(sara.Page.Url).Segments[2].TrimEnd('/');
            (await admin.Page.EvaluateAsync<int>("""
                async id => {
                  const model = await (await fetch(`/elsa/api/workflow-definitions/by-definition-id/${id}?versionOptions=Latest`)).json();
                  model.description = 'Written by the administrator.';
                  return (await fetch('/elsa/api/workflow-definitions', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ model, publish: false }) })).status;
                }
                """, id)).Should().Be(200);

            await studio.PressPublishAsync();
            await Expect(sara.Page.Locator(".design-message")).ToContainTextAsync("saved this routine meanwhile");
            await studio.AliveAsync();
            sara.TakeWrong().Should().OnlyContain(w => w.Contains("409", StringComparison.Ordinal));
            (await admin.Page.EvaluateAsync<string>("async id => (await (await fetch(`/elsa/api/workflow-definitions/by-definition-id/${id}?versionOptions=Latest`)).json()).description", id))
                .Should().Be("Written by the administrator.");
        });
        admin.TakeWrong().Should().BeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_typed_at_once_after_the_kind_of_an_expression_was_chosen_is_saved_also_when_its_box_is_left_at_once(bool left)
    {
        await using var sara = await app.SignInAsync("sara");
        await sara.DoAsync(async () =>
        {
            await sara.GoAsync("/routines/new");
            await sara.Page.GetByLabel(app.Say("Name")).FillAsync(left ? "Left at once" : "Typed at once");
            await sara.Page.GetByRole(AriaRole.Button, new() { Name = app.Say("Draw it") }).ClickAsync();
            var studio = new Studio(sara, app);
            await studio.LoadedAsync();
            await studio.PlaceAsync("Routine", "Stage", (60, 60));
            if (left) await studio.PlaceAsync("Flow", "Start", (60, 260));
            if (left) await studio.SelectAsync(studio.Boxes.Filter(new() { HasText = "Stage1" }));
            await studio.TypeAtOnceAsync("Title", "JavaScript", "answers.floors > 12");
            if (left) await studio.SelectAsync(studio.Boxes.Filter(new() { HasText = "Start1" }));

            var id = new Uri(sara.Page.Url).Segments[2].TrimEnd('/');
            for (var i = 0; i < 60; i++)
            {
                if ((await sara.Page.EvaluateAsync<string>("async id => await (await fetch(`/elsa/api/workflow-definitions/by-definition-id/${id}?versionOptions=Latest`)).text()", id)).Contains("answers.floors", StringComparison.Ordinal)) return;
                await Task.Delay(250);
            }

            Assert.Fail("What stands in the editor was not saved.");
        });
        sara.TakeWrong().Should().BeEmpty();
    }

    [Fact]
    public async Task A_title_stays_when_its_writer_goes_on_to_another_tab_before_the_save_of_it_is_answered()
    {
        await using var sara = await app.SignInAsync("sara");
        await sara.DoAsync(async () =>
        {
            await sara.GoAsync("/routines/new");
            await sara.Page.GetByLabel(app.Say("Name")).FillAsync("Faster than Studio");
            await sara.Page.GetByRole(AriaRole.Button, new() { Name = app.Say("Draw it") }).ClickAsync();
            var studio = new Studio(sara, app);
            await studio.LoadedAsync();
            await studio.PlaceAsync("Routine", "Stage", (60, 60));

            // The answer to the first save comes at the worst moment: what is written on the other tab is not sent yet.
            TaskCompletionSource saved = new(), comes = new();
            await sara.Page.RouteAsync(
                new Regex("/elsa/api/workflow-definitions$"),
                async route =>
                {
                    if (saved.Task.IsCompleted || route.Request.Method != "POST")
                    {
                        await route.ContinueAsync();
                        return;
                    }

                    var answer = await route.FetchAsync();
                    saved.SetResult();
                    await Task.WhenAny(comes.Task, Task.Delay(TimeSpan.FromSeconds(2)));
                    await route.FulfillAsync(new() { Response = answer });
                });
            await studio.TypeAsync(app.Say("Title"), "First call");
            await saved.Task;
            await studio.TabAsync("Common");
            await studio.TypeAsync("Display text", "Call");
            await Expect(studio.Boxes).ToContainTextAsync("Call");
            comes.SetResult();

            var id = new Uri(sara.Page.Url).Segments[2].TrimEnd('/');
            var draft = "";
            for (var i = 0; i < 60 && !draft.Contains("\"Call\"", StringComparison.Ordinal); i++)
            {
                if (i > 0) await Task.Delay(250);
                draft = await sara.Page.EvaluateAsync<string>("async id => await (await fetch(`/elsa/api/workflow-definitions/by-definition-id/${id}?versionOptions=Latest`)).text()", id);
            }

            draft.Should().Contain("\"Call\"").And.Contain("First call");
        });
        sara.TakeWrong().Should().BeEmpty();
    }
}
