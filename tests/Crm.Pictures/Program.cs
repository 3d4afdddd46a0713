using System.Diagnostics;
using Crm.Browsing;
using Xunit;

namespace Crm.Pictures;

/// <summary>Takes the pictures of the user guide: <c>Crm.Pictures [folder] [fa|en] [part of a name]</c>. Each language has an application and a demo company of its own.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var folder = Path.GetFullPath(args.Length > 0 ? args[0] : Path.Combine(Repository.Root, "docs", "guide", "pictures"));
        var languages = args.Length > 1 && args[1] is "fa" or "en" ? [args[1]] : new[] { "en", "fa" };
        var only = args.Length > 2 ? args[2] : "";
        Window.PictureFolder = folder;
        var wrong = 0;
        foreach (var language in languages)
        {
            Directory.CreateDirectory(Path.Combine(folder, language));
            var app = new GuideApp(language);
            await ((IAsyncLifetime)app).InitializeAsync();
            try
            {
                wrong += await new Taker(app, only).TakeAsync();
            }
            finally
            {
                await ((IAsyncLifetime)app).DisposeAsync();
            }

            Shrink(Path.Combine(folder, language));
        }

        Console.WriteLine(wrong == 0 ? $"The pictures are in {folder}." : $"{wrong} pictures could not be taken.");
        return wrong == 0 ? 0 : 1;
    }

    /// <summary>256 colours are enough for a page; pngquant makes them where it is installed (apt-get install pngquant).</summary>
    private static void Shrink(string folder)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("pngquant", ["--force", "--skip-if-larger", "--strip", "--ext", ".png", "--quality", "60-95", .. Directory.GetFiles(folder, "*.png")]))!;
            process.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.WriteLine("pngquant is not installed: the pictures stay three times as big as they need to be.");
        }
    }
}

/// <summary>The demo company in one language.</summary>
internal sealed class GuideApp(string language) : BrowserApp(language)
{
    protected override IEnumerable<(string Key, string Value)> Settings => [("Logging:LogLevel:Default", "Error")];
}
