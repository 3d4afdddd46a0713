using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Crm.BrowserTests;

/// <summary>Every page that the application has, by its own list of endpoints: usable for everybody, at a desk and on a phone, silent in the console, asking nobody else for anything.</summary>
public abstract class PageTests(BrowserApp app)
{
    private const int Desk = 1400, Phone = 390;

    /// <summary>
    /// How far what stands there already moved while the page was loading, as browsers count it (0.1 is what they call good), and what moved. Asked afterwards, of what the browser kept: a script that runs first would
    /// run in sandboxed frames too, which they report.
    /// </summary>
    private const string Shifts = """
        () => new Promise(done => {
          let shifted = 0; const what = [];
          new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) { shifted += e.value; what.push(...e.sources.slice(0, 2).map(s => s.node?.nodeType === 1 ? s.node.tagName.toLowerCase() + '.' + s.node.className : s.node?.nodeName)); } }).observe({ type: 'layout-shift', buffered: true });
          requestAnimationFrame(() => requestAnimationFrame(() => done(shifted > 0.1 ? `${shifted.toFixed(3)}: ${what.slice(0, 6).join(' | ')}` : '')));
        })
        """;

    /// <summary>Where the parameters of a page come from: beginning of its address, and the query for the value. A page that finds nothing here fails the test.</summary>
    private static readonly (string Begins, string Parameter, string Sql)[] s_parameters =
    [
        ("contacts/{id", "id", "select id::text from contacts.contacts where deleted_at is null order by number limit 1"),
        ("contacts/{id:guid}/panel", "key", "select 'routines.jobs'"),
        ("communications/{id", "id", "select id::text from contacts.communications order by id limit 1"),
        ("follow-ups/{id", "id", "select id::text from contacts.follow_ups order by id limit 1"),
        ("messages/wishes/{id", "id", "select id::text from contacts.contacts where deleted_at is null order by number limit 1"),
        ("messages/templates/edit/{id", "id", "select id::text from messaging.templates order by id limit 1"),
        ("messages/new/{id", "id", "select ''"),
        ("messages/{id", "id", "select id::text from messaging.messages order by id limit 1"),
        ("settings/roles/{id", "id", "select id::text from platform.roles order by id limit 1"),
        ("settings/users/{id", "id", "select id::text from platform.users order by id limit 1"),
        ("notifications/{id", "id", // The demo tells the administrator nothing by itself: one of the others is his.
            "update platform.notifications set user_id = (select id from platform.users where user_name = 'admin') where id = (select id from platform.notifications order by id limit 1) returning id::text"),
        ("routines/forms/{id", "id", "select id::text from routines.forms order by id limit 1"),
        ("routines/templates/{key", "key", "select 'complaint'"),
        ("routines/filled/{id", "id", "select id::text from routines.filled_forms order by id limit 1"),
        ("routines/{definitionId", "definitionId", "select definition_id from routines.routine_definitions order by id limit 1"),
        ("jobs/stages/{id", "id", "select id::text from routines.stage_items where status = 'Open' order by id limit 1"),
        ("jobs/{id", "id", "select id::text from routines.jobs order by number limit 1"),
        ("organisation/posts/{id", "id", "select id::text from platform.posts order by id limit 1"),
        ("tasks/{id", "id", "select id::text from tasks.work_tasks order by id limit 1"),
        ("dashboard/{key", "key", "select 'contacts.latest'"),
        ("files/of/", "owner", "select 'contacts.contact'"),
        ("files/of/", "ownerId", "select id::text from contacts.contacts where deleted_at is null order by number limit 1"),
        ("history/", "entity", "select 'contacts.Contact'"),
        ("history/", "id", "select id::text from contacts.contacts where deleted_at is null order by number limit 1"),
        ("import/{kind", "kind", "select 'contacts'"),
        ("lists/", "record", "select 'contacts'"),
        ("settings/fields/layout/{record", "record", "select 'contacts'"),
        ("settings/fields/{id", "id", "select 'new'"),
        ("settings/why/", "record", "select 'contacts'"),
        ("settings/why/", "id", "select id::text from contacts.contacts where deleted_at is null order by number limit 1"),
    ];

    /// <summary>Razor pages whose address has nothing to show by itself in the demo data.</summary>
    private static readonly Dictionary<string, string> s_noPages = new(StringComparer.Ordinal)
    {
        ["files/{id:guid}"] = "sends a file",
        ["activity-reports/{id:guid}"] = "nobody of the demo has written a report yet",
        ["routines/moves/{id:guid}"] = "nobody of the demo has moved jobs yet",
        ["routines/simulations/{id:guid}"] = "nobody of the demo has simulated yet",
        ["import/{kind}/{id:guid}"] = "comes of a file that somebody uploads",
    };

    [Fact]
    public async Task Every_page_is_accessible_fits_a_phone_and_stays_silent()
    {
        List<string> wrong = [];
        await using var stranger = await Window.OpenAsync(app, Desk);
        await LookAsync(stranger, "/sign-in", wrong);
        await using var admin = await app.SignInAsync("admin", Desk);
        // Studio in the designer's page is Elsa's (the story drives it); what is around it is ours.
        await admin.Page.RouteAsync("**/studio/editor**", r => r.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html><html lang=\"en\"><head><title>Studio</title></head><body><main>Studio</main></body></html>" }));
        var shown = 0;
        foreach (var pattern in Patterns().Where(p => !s_noPages.ContainsKey(p)))
        {
            var url = await AddressAsync(pattern);
            var answer = await admin.Page.APIRequest.GetAsync(url, new() { MaxRedirects = 0 });
            // What only leads on, lookups and parts of pages are no pages.
            if (answer.Status is >= 300 and < 400) continue;
            if (answer.Status == 200 && !(answer.Headers.TryGetValue("content-type", out var type) && type.StartsWith("text/html", StringComparison.Ordinal) && (await answer.TextAsync()).Contains("<html", StringComparison.Ordinal))) continue;
            await LookAsync(admin, url, wrong);
            shown++;
        }

        shown.Should().BeGreaterThan(45, "this is no test of a handful of pages");
        string.Join("\n", wrong).Should().BeEmpty();
    }

    private static async Task LookAsync(Window window, string url, List<string> wrong)
    {
        await window.GoAsync(url);
        wrong.AddRange((await AxeAsync(window.Page)).Select(v => $"{url}: {v}"));
        if (await window.Page.EvaluateAsync<string>(Shifts) is { Length: > 0 } moved) wrong.Add($"{url}: moves while it loads, {moved}");
        await window.Page.SetViewportSizeAsync(Phone, 844);
        var over = await window.Page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth - window.innerWidth");
        if (over > 0) wrong.Add($"{url}: {over} px wider than a phone: {await WidestAsync(window.Page)}");
        await window.Page.SetViewportSizeAsync(Desk, 900);
        wrong.AddRange(window.TakeWrong());
    }

    private IEnumerable<string> Patterns() => app.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
        .Where(e => e.Metadata.GetMetadata<PageActionDescriptor>() is not null).Select(e => e.RoutePattern.RawText!.TrimStart('/')).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private async Task<string> AddressAsync(string pattern)
    {
        var url = pattern;
        foreach (Match parameter in Regex.Matches(pattern, @"\{(\w+)[^}]*\}"))
        {
            var (_, _, sql) = s_parameters.FirstOrDefault(p => pattern.StartsWith(p.Begins, StringComparison.Ordinal) && p.Parameter == parameter.Groups[1].Value);
            if (sql is null) throw new InvalidOperationException($"The page {pattern} is new: say in {nameof(s_parameters)} what to put for {parameter.Value}.");
            url = url.Replace(parameter.Value, (await app.QueryAsync<string>(sql)).SingleOrDefault() ?? throw new InvalidOperationException($"The demo data has nothing to show on {pattern}."), StringComparison.Ordinal);
        }

        return "/" + url.TrimEnd('/');
    }

    /// <summary>What axe calls serious or critical on the page that is open.</summary>
    private static async Task<string[]> AxeAsync(IPage page)
    {
        await page.EvaluateAsync(s_axe.Value);
        return await page.EvaluateAsync<string[]>("""
            async () => (await axe.run(document, { iframes: false, resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })).violations
              .filter(v => v.impact === 'serious' || v.impact === 'critical')
              .map(v => `${v.id} (${v.impact}, ${v.nodes.length}): ` + v.nodes.slice(0, 3).map(n => n.html.replace(/\s+/g, ' ').slice(0, 160) + ' ' + (n.any[0]?.message ?? '')).join(' | '))
            """);
    }

    // As npm brought it for Host; Deque's wrapper opens a second window for each run.
    private static readonly Lazy<string> s_axe = new(() => File.ReadAllText(Path.Combine(Repository.Root, "Host", "node_modules", "axe-core", "axe.min.js")) + "; undefined");

    private static Task<string> WidestAsync(IPage page) => page.EvaluateAsync<string>(
        "() => [...document.querySelectorAll('body *')].filter(e => { const r = e.getBoundingClientRect(); return r.width > 0 && (r.right > innerWidth + 1 || r.left < -1) && getComputedStyle(e).position !== 'fixed'; }).slice(0, 4).map(e => e.tagName.toLowerCase() + '.' + e.className).join(' | ')");
}

[Collection("Persian")]
public sealed class PersianPages(PersianApp app) : PageTests(app);

[Collection("English")]
public sealed class EnglishPages(EnglishApp app) : PageTests(app);
