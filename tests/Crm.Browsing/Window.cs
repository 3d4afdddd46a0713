using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Crm.Browsing;

/// <summary>A window of its own (cookies, cache) that listens to everything that goes wrong in it: console errors, exceptions, failed and foreign requests.</summary>
public sealed class Window : IAsyncDisposable
{
    /// <summary>What Studio itself causes and we can't mend; each with its reason. Nothing else is forgiven.</summary>
    private static readonly (string Part, string Reason)[] s_studioNoise =
    [
    ];

    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly BrowserApp _app;
    private readonly IBrowserContext _context;
    private readonly string _origin;

    private Window(BrowserApp app, IBrowserContext context, IPage page)
    {
        (_app, _context, Page, _origin) = (app, context, page, app.Address.GetLeftPart(UriPartial.Authority));
        page.Console += (_, m) => { if (m.Type == "error") Note($"console: {m.Text}"); };
        page.PageError += (_, e) => Note($"exception: {e}");
        page.Request += (_, r) => { if (r.Url.StartsWith("http", StringComparison.Ordinal) && !r.Url.StartsWith(_origin + "/", StringComparison.Ordinal)) Note($"another host: {r.Url}"); };
        // A request that a page drops because it is left is no failure.
        page.RequestFailed += (_, r) => { if (r.Failure is not "net::ERR_ABORTED") Note($"failed: {r.Url} {r.Failure}"); };
        page.Response += (_, r) => { if (r.Status >= 400) Note($"{r.Status}: {r.Request.Method} {r.Url}"); };
    }

    public IPage Page { get; }

    public static async Task<Window> OpenAsync(BrowserApp app, int width = 1400, int? height = null)
    {
        var context = await (await Chromium.Browser).NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = app.Address.ToString(), Locale = app.Language == "fa" ? "fa-IR" : "en-US", TimezoneId = "Asia/Tehran", ViewportSize = new ViewportSize { Width = width, Height = height ?? (width > 1400 ? 1000 : 900) }, ReducedMotion = ReducedMotion.Reduce,
        });
        // Two languages run side by side on two cores: what takes a second alone may take many.
        context.SetDefaultTimeout(60_000);
        Assertions.SetDefaultExpectTimeout(60_000);
        return new Window(app, context, await context.NewPageAsync());
    }

    /// <summary>Opens an address of the application.</summary>
    public async Task<IResponse> GoAsync(string url) => (await Page.GotoAsync(url))!;

    /// <summary>What went wrong since the window was opened or this was asked last.</summary>
    public IReadOnlyList<string> TakeWrong()
    {
        List<string> all = [];
        while (_wrong.TryDequeue(out var one)) all.Add(one);
        return all;
    }

    /// <summary>Folder of the pictures of the user guide; without it none are taken (tests).</summary>
    public static string? PictureFolder { get; set; }

    /// <summary>A picture for the user guide.</summary>
    public async Task PictureAsync(string name)
    {
        if (PictureFolder is null) return;
        await Page.EvaluateAsync("() => document.fonts.ready.then(() => true)");
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(PictureFolder, _app.Language, name + ".png"), Animations = ScreenshotAnimations.Disabled, Caret = ScreenshotCaret.Hide });
    }

    /// <summary>Does steps in this window; when one fails, the error also says what was on the screen.</summary>
    public async Task DoAsync(Func<Task> steps)
    {
        try
        {
            await steps();
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException)
        {
            var text = string.Join(" | ", (await Task.WhenAll(Page.Frames.Select(f => f.Locator(":root > body").First.InnerTextAsync()))).Select(t => t.ReplaceLineEndings(" ")));
            var picture = Path.Combine(Path.GetTempPath(), $"crm-browser-failure-{_app.Language}.png");
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = picture });
            throw new InvalidOperationException($"{e.Message}\nAt {Page.Url} (picture: {picture}); wrong so far: {string.Join("; ", TakeWrong())}\nOn the screen: {text[..Math.Min(text.Length, 1500)]}", e);
        }
    }

    public async ValueTask DisposeAsync() => await _context.CloseAsync();

    private void Note(string what)
    {
        if (!Array.Exists(s_studioNoise, n => what.Contains(n.Part, StringComparison.Ordinal))) _wrong.Enqueue($"{Page.Url}: {what}");
    }
}
