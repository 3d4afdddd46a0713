using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Crm.BrowserTests;

/// <summary>Two people at one drawing.</summary>
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
}
