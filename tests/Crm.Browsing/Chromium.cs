using System.Diagnostics;
using Microsoft.Playwright;

namespace Crm.Browsing;

/// <summary>One Chromium for the whole run: the machine's own (tests/tools/ensure-browser.sh finds or installs it); Playwright brings only what steers it.</summary>
public static class Chromium
{
    private static readonly Lazy<Task<IBrowser>> s_browser = new(StartAsync);

    public static Task<IBrowser> Browser => s_browser.Value;

    private static async Task<IBrowser> StartAsync()
    {
        var program = await FindAsync();
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,
            Headless = true,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                // A page that asks another host for something gets an error, on every machine alike.
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            ],
        });
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            browser.CloseAsync().Wait(TimeSpan.FromSeconds(10));
            playwright.Dispose();
        };
        return browser;
    }

    private static async Task<string> FindAsync()
    {
        using var script = Process.Start(new ProcessStartInfo("/bin/sh", [Path.Combine(Repository.Root, "tests", "tools", "ensure-browser.sh")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = script.StandardError.ReadToEndAsync();
        var path = (await script.StandardOutput.ReadToEndAsync()).Trim();
        await script.WaitForExitAsync();
        return script.ExitCode == 0 ? path : throw new InvalidOperationException(await errors);
    }
}

public static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Crm.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests must lie in the repository: no Crm.sln above them.");
    }
}
