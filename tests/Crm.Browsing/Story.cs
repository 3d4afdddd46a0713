using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Crm.Browsing;

/// <summary>What the people of the story write and see.</summary>
public sealed record StoryTexts(string Routine, string First, string FirstTitle, string Big, string Visit, string Offer, string Over, string Begin, string Interested, string NotInterested, string Instructions, string Note)
{
    public static StoryTexts Persian { get; } = new(
        "رسیدگی به شکایت", "ثبت شکایت", "ثبت شکایت و بررسی نخست", "شرکت است؟", "بازدید و رفع ایراد", "پاسخ به مشتری", "پایان کار", "آغاز", "وارد است", "وارد نیست",
        "بپرسید ایراد چیست و از کی، و بگویید رفع آن با ماست یا نه.", "آسانسور از دیروز میان دو طبقه می‌ایستد.");

    public static StoryTexts English { get; } = new(
        "Handling a complaint", "Record the complaint", "Record the complaint and look into it", "Is it a company?", "Visit and repair", "Answer the customer", "All done", "Begin", "Justified", "Not justified",
        "Ask what is wrong and since when, and say whether it is ours to mend.", "The lift stops between two floors, since yesterday.");
}

/// <summary>A routine from its first box to its last stage, as its people live it: the test of it, and the worked example of the user guide.</summary>
public sealed class Story(BrowserApp app, StoryTexts texts)
{
    /// <summary>What stood on Studio's screen in Latin letters, in Persian.</summary>
    public List<string> LatinLeft { get; } = [];

    /// <summary>Lives it; answers what went wrong in the windows.</summary>
    public async Task<IReadOnlyList<string>> LiveAsync()
    {
        await using var sara = await app.SignInAsync("sara", 1900);
        string design = "";
        await sara.DoAsync(async () => design = await DrawAsync(sara));
        await sara.DoAsync(() => BindAsync(sara, design.Replace("/design", "/bindings", StringComparison.Ordinal)));
        var (customer, name) = await CompanyAsync();

        await using var reza = await app.SignInAsync("reza");
        await reza.DoAsync(async () =>
        {
            await reza.GoAsync("/worklist");
            await Expect(reza.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(app.Say("Worklist"));
        });
        await sara.DoAsync(() => StartAsync(sara, customer));
        await sara.DoAsync(() => FirstStageAsync(sara, customer));
        await reza.DoAsync(() => VisitAsync(reza));
        await sara.DoAsync(() => OfferAsync(sara, customer, name));
        return [.. sara.TakeWrong(), .. reza.TakeWrong()];
    }

    private async Task<string> DrawAsync(Window sara)
    {
        var page = sara.Page;
        await sara.GoAsync("/routines");
        await page.GetByRole(AriaRole.Link, new() { Name = app.Say("New routine") }).First.ClickAsync();
        await page.GetByLabel(app.Say("Name")).FillAsync(texts.Routine);
        await page.GetByRole(AriaRole.Button, new() { Name = app.Say("Draw it") }).ClickAsync();
        await page.WaitForURLAsync(new Regex("/design$"));
        var studio = new Studio(sara, app);
        await studio.LoadedAsync();

        var begin = await studio.PlaceAsync("Flow", "Start", (15, 40));
        await studio.NameAsync(begin, texts.Begin);
        var first = await studio.PlaceAsync("Routine", "Stage", (290, 40));
        await studio.WriteAsync(app.Say("Title"), texts.FirstTitle);
        await studio.WriteAsync(app.Say("Instructions"), texts.Instructions);
        await studio.OutcomesAsync(first, texts.Interested, texts.NotInterested);
        await studio.NameAsync(first, texts.First);
        await sara.PictureAsync("studio-stage");
        await OnlyPersianAsync(studio);
        var big = await studio.PlaceAsync("Branching", "Decision", (640, 40));
        await studio.ExpressionAsync(app.Say("Condition"), "JavaScript", "customer.kind === \"company\"");
        await studio.NameAsync(big, texts.Big);
        await OnlyPersianAsync(studio);
        var visit = await studio.PlaceAsync("Routine", "Stage", (60, 200));
        await studio.WriteAsync(app.Say("Title"), texts.Visit);
        await studio.ChooseAsync(app.Say("Who does it"), app.Say("Persons"));
        await studio.TickAsync(app.Say("Persons"), "رضا کریمی");
        await studio.WriteAsync(app.Say("Planned working hours"), "16");
        await studio.NameAsync(visit, texts.Visit);
        var offer = await studio.PlaceAsync("Routine", "Stage", (380, 200));
        await studio.WriteAsync(app.Say("Title"), texts.Offer);
        await studio.NameAsync(offer, texts.Offer);
        var over = await studio.PlaceAsync("Primitives", "Finish", (690, 280));
        await studio.NameAsync(over, texts.Over);

        await studio.ConnectAsync(begin, "Done", first);
        await studio.ConnectAsync(first, texts.Interested, big);
        await studio.ConnectAsync(first, texts.NotInterested, over);
        await studio.ConnectAsync(big, "True", visit);
        await studio.ConnectAsync(big, "False", offer);
        await studio.ConnectAsync(visit, "Done", offer);
        await studio.ConnectAsync(offer, "Done", over);
        await studio.LetGoAsync();
        await studio.FitAsync();
        await sara.PictureAsync("studio-drawing");
        await studio.PublishAsync();

        await page.ReloadAsync();
        await studio.LoadedAsync();
        await Expect(studio.Boxes).ToHaveCountAsync(6);
        await Expect(studio.Arrows).ToHaveCountAsync(7);
        foreach (var text in (string[])[texts.First, texts.Big, texts.Visit, texts.Offer]) await Expect(studio.Boxes.Filter(new() { HasText = text })).ToHaveCountAsync(1);
        await sara.PictureAsync("studio-published");
        return new Uri(page.Url).AbsolutePath;
    }

    /// <summary>Language names are names; fields of data are written as they are called in expressions.</summary>
    private async Task OnlyPersianAsync(Studio studio)
    {
        if (app.Language == "fa") LatinLeft.AddRange((await studio.LatinAsync()).Where(t => t is not "JavaScript" && !t.Contains("{{customer.name}}", StringComparison.Ordinal)));
    }

    private async Task BindAsync(Window sara, string url)
    {
        var page = sara.Page;
        await sara.GoAsync(url);
        await page.GetByLabel(app.Say("Purpose")).SelectOptionAsync(new SelectOptionValue { Label = app.Say("After sales") });
        await page.GetByRole(AriaRole.Button, new() { Name = app.Say("Save") }).ClickAsync();
        await Expect(page.Locator("table tbody tr")).ToContainTextAsync([app.Say("Every kind of customer")]);
        await sara.PictureAsync("bindings");
    }

    private async Task StartAsync(Window sara, Guid customer)
    {
        var page = sara.Page;
        await sara.GoAsync($"/contacts/{customer}");
        await page.Locator(".rails").GetByRole(AriaRole.Link, new() { Name = app.Say("Start a job") }).ClickAsync();
        await page.Locator("[name='Command.RoutineId']").SelectOptionAsync(new SelectOptionValue { Label = $"{texts.Routine} ({app.Say("After sales")})" });
        await sara.PictureAsync("start-job");
        await page.GetByRole(AriaRole.Button, new() { Name = app.Say("Start"), Exact = true }).ClickAsync();
        await page.WaitForURLAsync($"**/contacts/{customer}");
        await Expect(Rail(page)).ToContainTextAsync(texts.FirstTitle);
        await sara.PictureAsync("customer-first-stage");
    }

    private async Task FirstStageAsync(Window sara, Guid customer)
    {
        var page = sara.Page;
        await Rail(page).GetByRole(AriaRole.Link, new() { Name = texts.FirstTitle }).ClickAsync();
        await Expect(page.Locator(".stage-instructions")).ToHaveTextAsync(texts.Instructions);
        await page.GetByLabel(app.Say("Note")).FillAsync(texts.Note);
        await sara.PictureAsync("first-stage");
        await page.GetByRole(AriaRole.Button, new() { Name = texts.Interested, Exact = true }).ClickAsync();
        await Expect(page.GetByText(app.Say("Stage done.")).First).ToBeVisibleAsync();
        await sara.GoAsync($"/contacts/{customer}");
        await Expect(Rail(page).Locator(".rail-stand")).ToContainTextAsync([texts.Visit]);
        await Expect(Rail(page).Locator(".rail-stand")).ToContainTextAsync(["رضا کریمی"]);
    }

    private async Task VisitAsync(Window reza)
    {
        var page = reza.Page;
        // Nobody touched this window since the worklist was opened: what stands in it now came by itself.
        var item = page.Locator("#worklist").GetByRole(AriaRole.Link, new() { Name = texts.Visit, Exact = true });
        await Expect(item).ToBeVisibleAsync();
        // Sixteen working hours from now: it stands with its day, not at the end.
        await Expect(page.Locator("#worklist li").Filter(new() { HasText = texts.Visit }).Locator(".worklist-due")).Not.ToBeEmptyAsync();
        await reza.PictureAsync("worklist-live");
        await item.ClickAsync();
        await reza.PictureAsync("second-stage");
        await page.GetByRole(AriaRole.Button, new() { Name = app.Say("Done"), Exact = true }).ClickAsync();
        await Expect(page.GetByText(app.Say("Stage done.")).First).ToBeVisibleAsync();
    }

    private async Task OfferAsync(Window sara, Guid customer, string name)
    {
        var page = sara.Page;
        await sara.GoAsync($"/contacts/{customer}");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync(name);
        var rail = Rail(page);
        await Expect(rail.Locator(".rail-stand-head")).ToHaveTextAsync([texts.Offer]);
        await Expect(rail.Locator(".rail-past")).ToHaveTextAsync([app.Say("{0} stages done", app.Language == "fa" ? "۲" : "2")]);
        await Expect(rail.Locator(".rail-next")).ToContainTextAsync(app.Say("then {0}", texts.Over));
        await sara.PictureAsync("customer-rail");

        await rail.Locator(".rail-title").ClickAsync();
        await Expect(page.Locator(".drawing-here")).ToContainTextAsync([texts.Offer]);
        await Expect(page.Locator(".drawing-box.drawing-done")).ToHaveCountAsync(4);
        await Expect(page.Locator(".drawing-arrow-followed")).ToHaveCountAsync(4);
        await Expect(page.Locator(".steps")).ToContainTextAsync(texts.Note);
        await Expect(page.Locator(".steps")).ToContainTextAsync("رضا کریمی");
        await sara.PictureAsync("trace");

        await page.Locator(".rail").GetByRole(AriaRole.Button, new() { Name = app.Say("Done"), Exact = true }).ClickAsync();
        await Expect(page.Locator(".rail-marks .mark")).ToHaveTextAsync([app.Say("Finished")]);
        await Expect(page.Locator(".drawing-box.drawing-done")).ToHaveCountAsync(6);
        await sara.PictureAsync("finished");
    }

    private ILocator Rail(IPage page) => page.Locator(".rail").Filter(new() { HasText = texts.Routine });

    private async Task<(Guid Id, string Name)> CompanyAsync() =>
        (await app.QueryAsync<(Guid, string)>("select id, name from contacts.contacts where kind = 'Company' and deleted_at is null and owner_id is not null order by number limit 1"))[0];
}
