using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Crm.Browsing;

/// <summary>Draws in Elsa Studio as a process owner does: with the mouse, and by typing into the properties of a box.</summary>
public sealed class Studio(Window window, BrowserApp app)
{
    // As browsers write JSON: only what must be is escaped.
    private static readonly System.Text.Json.JsonSerializerOptions s_asSent = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private IPage Page => window.Page;

    private IFrameLocator Frame => Page.FrameLocator("iframe.design-frame");

    private ILocator Canvas => Frame.Locator(".x6-graph").First;

    /// <summary>All boxes of the drawing.</summary>
    public ILocator Boxes => Frame.Locator(".x6-node");

    /// <summary>All arrows of the drawing.</summary>
    public ILocator Arrows => Frame.Locator(".x6-edge");

    /// <summary>Waits until canvas and tool box are there.</summary>
    public async Task LoadedAsync()
    {
        await Canvas.WaitForAsync();
        await Frame.Locator(".mud-expand-panel-header").First.WaitForAsync();
    }

    /// <summary>Drags an activity out of the tool box and leaves it selected.</summary>
    /// <param name="category">Group of the tool box, in English.</param>
    /// <param name="activity">Title of the activity, in English.</param>
    /// <param name="at">Where, on the canvas.</param>
    public async Task<ILocator> PlaceAsync(string category, string activity, (float X, float Y) at)
    {
        var header = Frame.Locator(".mud-expand-panel-header").Filter(new() { HasTextRegex = Exactly(app.Say(category)) });
        var group = Frame.Locator(".mud-expand-panel").Filter(new() { Has = Frame.Locator(".mud-expand-panel-header").Filter(new() { HasTextRegex = Exactly(app.Say(category)) }) });
        var source = group.Locator("[draggable=true]").Filter(new() { HasTextRegex = Exactly(app.Say(activity)) });
        if (!await source.IsVisibleAsync()) await header.ClickAsync();
        var before = await Boxes.CountAsync();
        // The group slides open: what is in it stands still only then.
        await Expect(group.Locator(".mud-collapse-entered")).ToHaveCountAsync(1);
        // Studio drops what comes while it still takes in the change before, and says nothing: one drags again, as a person would.
        await SavingAsync(async () =>
        {
            for (var attempt = 1; ; attempt++)
            {
                await source.DragToAsync(Canvas, new() { TargetPosition = new TargetPosition { X = at.X, Y = at.Y }, Force = true });
                try
                {
                    await Expect(Boxes).ToHaveCountAsync(before + 1, new() { Timeout = 10_000 });
                    return;
                }
                catch (PlaywrightException) when (attempt < 4)
                {
                }
            }
        });
        var id = await Boxes.Nth(before).GetAttributeAsync("data-cell-id");
        var box = Frame.Locator($".x6-node[data-cell-id='{id}']");
        return box;
    }

    /// <summary>Writes on the selected box.</summary>
    public async Task NameAsync(ILocator box, string text)
    {
        await TabAsync("Common");
        await WriteAsync(StudioWord("Display text"), text);
        await Expect(box).ToContainTextAsync(text);
        await TabAsync("Input");
    }

    /// <summary>Types into a property of the selected box and waits until it is saved.</summary>
    public Task WriteAsync(string label, string text) => SavingAsync(() => TypeAsync(label, text), text);

    /// <summary>Types into a property of the selected box and leaves it: Studio takes a text over then, and saves it by itself half a second later.</summary>
    public async Task TypeAsync(string label, string text)
    {
        var input = Property(label).Locator("input, textarea").First;
        await input.FillAsync(text);
        await input.BlurAsync();
    }

    /// <summary>
    /// Changes something and waits until Studio has saved it by itself: what is changed while a save is under way may fall back to what it was. Studio may still be saving what was before (a box that was dropped is saved
    /// twice): a text counts as saved when it is in what was sent.
    /// </summary>
    private async Task SavingAsync(Func<Task> change, string text = "")
    {
        var written = System.Text.Json.JsonSerializer.Serialize(text, s_asSent).Trim('"');
        var answer = Page.WaitForResponseAsync(
            r => r.Request.Method == "POST" && r.Url.EndsWith("/elsa/api/workflow-definitions", StringComparison.Ordinal) && (text.Length == 0 || r.Request.PostData!.Contains(written, StringComparison.Ordinal)),
            new() { Timeout = text.Length == 0 ? null : 20_000 });
        await change();
        await (await answer).FinishedAsync();
        await Expect(Frame.Locator(".mud-toolbar .mud-badge.mud-theme-success")).ToHaveCountAsync(1);
    }

    /// <summary>Chooses from a drop-down of the selected box.</summary>
    public async Task ChooseAsync(string label, string choice)
    {
        await Property(label).ClickAsync();
        await SavingAsync(() => Frame.Locator(".mud-popover-open [role=option]").Filter(new() { HasTextRegex = Exactly(choice) }).ClickAsync());
        await Expect(Frame.Locator(".mud-popover-open [role=option]")).ToHaveCountAsync(0);
    }

    /// <summary>Ticks one of a list of the selected box.</summary>
    public Task TickAsync(string label, string choice) => SavingAsync(() => Property(label).Locator(".mud-checkbox").Filter(new() { HasText = choice }).First.ClickAsync());

    /// <summary>Gives a stage its ways on.</summary>
    public async Task OutcomesAsync(ILocator box, params string[] outcomes)
    {
        var input = Property(app.Say("Outcomes")).Locator("input").First;
        foreach (var outcome in outcomes)
        {
            await SavingAsync(async () =>
            {
                await input.FillAsync(outcome);
                await input.PressAsync("Enter");
                await Expect(box.Locator($"[port='{outcome}']")).ToHaveCountAsync(1);
            });
        }
    }

    /// <summary>Writes an expression.</summary>
    public async Task ExpressionAsync(string label, string syntax, string expression)
    {
        await Property(label).Locator("xpath=ancestor::form[1]").Locator(".mud-menu-icon-button-activator").First.ClickAsync();
        // Studio saves the change of kind by itself and takes over what comes back: what is typed before that falls back.
        await SavingAsync(() => Frame.Locator(".mud-popover-open").GetByText(syntax, new() { Exact = true }).ClickAsync());
        var editor = Frame.Locator(".monaco-editor").First;
        await editor.ClickAsync();
        await SavingAsync(() => Page.Keyboard.InsertTextAsync(expression));
        await Expect(editor.Locator(".view-line")).ToContainTextAsync(expression.Split(' ')[0]);
    }

    /// <summary>Writes an expression without waiting for anything: into the editor in the moment in which it is there, before Studio has saved that its kind is another.</summary>
    public async Task TypeAtOnceAsync(string label, string syntax, string expression)
    {
        var typed = Frame.Locator("#studio").EvaluateAsync("""
            (_, text) => new Promise(done => {
              const look = setInterval(() => {
                const editor = (window.monaco?.editor?.getEditors?.() ?? []).find(e => e.getModel()?.getLanguageId() === 'javascript' && e.getContainerDomNode()?.offsetHeight > 0);
                if (!editor) return;
                clearInterval(look);
                editor.setSelection(editor.getModel().getFullModelRange());
                editor.trigger('keyboard', 'type', { text });
                done();
              }, 10);
            })
            """, expression);
        await Property(label).Locator("xpath=ancestor::form[1]").Locator(".mud-menu-icon-button-activator").First.ClickAsync();
        await Frame.Locator(".mud-popover-open").GetByText(syntax, new() { Exact = true }).ClickAsync();
        await typed;
    }

    /// <summary>Changes the first box as Studio's program does after each change of a property: it gives the drawing the whole box anew.</summary>
    /// <param name="change">JavaScript that changes <c>box</c>.</param>
    public Task WriteBoxAsync(string change) => Frame.Locator("#studio").EvaluateAsync($$"""
        async () => {
          const { graphBindings, updateActivity } = await import(new URL('_content/Elsa.Studio.Workflows.Designer/designer.entry.js', document.baseURI).href);
          const [id, { graph }] = Object.entries(graphBindings)[0], box = structuredClone(graph.getNodes()[0].getData());
          {{change}}
          await updateActivity(id, box, null);
        }
        """);

    /// <summary>Draws an arrow from a way out of one box to another box, with the mouse.</summary>
    public async Task ConnectAsync(ILocator from, string outcome, ILocator to)
    {
        var before = await Arrows.CountAsync();
        // A press just while x6 moves a way out under the pointer pans the canvas instead; one takes hold again then, as a person would.
        for (var attempt = 1; ; attempt++)
        {
            var (x, y) = await CentreAsync(from, outcome);
            var (toX, toY) = await CentreAsync(to, "In");
            await Page.Mouse.MoveAsync(x, y);
            await Page.Mouse.DownAsync();
            await Page.Mouse.MoveAsync(x + 12, y + 6, new() { Steps = 3 });
            await Page.Mouse.MoveAsync(toX, toY, new() { Steps = 8 });
            await Page.Mouse.UpAsync();
            try
            {
                await Expect(Arrows).ToHaveCountAsync(before + 1, new() { Timeout = 5_000 });
                return;
            }
            catch (PlaywrightException) when (attempt < 4)
            {
                await FitAsync();
            }
        }
    }

    /// <summary>Shows the whole drawing.</summary>
    public Task FitAsync() => Frame.Locator(".mud-toolbar button.mud-icon-button").First.ClickAsync();

    /// <summary>Clicks beside the boxes: nothing is selected then.</summary>
    public Task LetGoAsync() => Canvas.ClickAsync(new() { Position = new Position { X = 10, Y = 10 } });

    /// <summary>Selects a box.</summary>
    public Task SelectAsync(ILocator box) => box.Locator(".activity-label").ClickAsync();

    /// <summary>Publishes by Studio's own button; our page around it says when that is done.</summary>
    public async Task PublishAsync()
    {
        // What our page lists as problems is named when it stays.
        await Expect(Page.Locator("#design-state [data-problems]:not([data-problems='0']) li")).ToHaveTextAsync(Array.Empty<string>());
        await PressPublishAsync();
        await Expect(Page.Locator("#design-state .mark").First).ToHaveTextAsync(app.Say("Published"));
    }

    /// <summary>Presses Studio's own button for publishing.</summary>
    public Task PressPublishAsync() => Frame.Locator(".mud-toolbar button.mud-icon-button.mud-primary-text").ClickAsync();

    /// <summary>Studio's program still runs: it says so itself when it does not.</summary>
    public async Task AliveAsync()
    {
        await Expect(Frame.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        await LetGoAsync();
        await SelectAsync(Boxes.First);
        await Expect(Frame.Locator(".mud-tab").Filter(new() { HasTextRegex = Exactly(StudioWord("Common")) }).First).ToBeVisibleAsync();
    }

    /// <summary>What stands on Studio's screen in Latin letters, apart from code and what people or Studio named.</summary>
    public Task<string[]> LatinAsync() => Frame.Locator(".studio-host").EvaluateAsync<string[]>("""
        host => {
          const found = new Set();
          const walk = document.createTreeWalker(host, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const text = walk.currentNode.nodeValue.trim(), at = walk.currentNode.parentElement;
            // Names that Studio gives to boxes, code, ids in the table of facts.
            if (!/[A-Za-z]{2,}/.test(text) || !at.checkVisibility() || at.closest('style, script, .monaco-editor, .activity-label, td')) continue;
            found.add(text);
          }
          return [...found];
        }
        """);

    private ILocator Property(string label) =>
        Frame.Locator(".mud-input-control").Filter(new() { Has = Frame.Locator("label.mud-input-label, legend").Filter(new() { HasTextRegex = Exactly(label) }) }).First;

    /// <summary>Goes to another tab of the properties of the selected box.</summary>
    public Task TabAsync(string english) => Frame.Locator(".mud-tab").Filter(new() { HasTextRegex = Exactly(StudioWord(english)) }).First.ClickAsync();

    private async Task<(float X, float Y)> CentreAsync(ILocator box, string port)
    {
        var b = await box.Locator($"[port='{port}'] circle").First.BoundingBoxAsync() ?? throw new InvalidOperationException($"No way {port}.");
        return (b.X + (b.Width / 2), b.Y + (b.Height / 2));
    }

    private string StudioWord(string english) => app.Language == "fa" ? StudioWords.Persian[english] : english;

    private static Regex Exactly(string text) => new($@"^\s*{Regex.Escape(text)}\*?\s*$", RegexOptions.IgnoreCase);
}

/// <summary>Studio's own words in Persian, from the file that the frame reads.</summary>
public static class StudioWords
{
    public static IReadOnlyDictionary<string, string> Persian { get; } = System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, string>>(
        File.ReadAllText(Path.Combine(Repository.Root, "Modules", "Routines", "wwwroot", "studio", "words.fa.json")))!;
}
