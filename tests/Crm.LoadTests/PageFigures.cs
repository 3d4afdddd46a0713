using System.IO.Compression;

namespace Crm.LoadTests;

/// <summary>Rows 1 and 4 (speed of list and customer page against the bare pages) and 25 (weight).</summary>
internal static class PageFigures
{
    public static async Task RunAsync(Bench bench)
    {
        var (host, _) = await Running.HostAsync(bench.ConnectionString, bench.Directory, 5791);
        await using var h = host;
        var (probe, _) = await Running.ProbeAsync(bench.ConnectionString, 5792);
        await using var p = probe;
        var cookie = await host.SignInAsync("load", Bench.Password);
        var branch = await bench.AskAsync<Guid>("select branch_id from platform.users where user_name = 'load'");
        var id = await bench.AskAsync<Guid>("select contact_id from contacts.communications c join contacts.contacts k on k.id = c.contact_id where k.branch_id = @branch limit 1", new { branch });
        await CompareAsync(bench, host, probe, cookie, "Row 4, customer page", $"/contacts/{id}", $"/record/{id}", [1, 16]);
        if (bench.Options.Only == "record") return;
        await CompareAsync(bench, host, probe, cookie, "Row 1, contact list, newest first", "/contacts", "/list", [1, 16]);
        await CompareAsync(bench, host, probe, cookie, "Row 1, contact list, by name", "/contacts?sort=name", "/list", [1, 16]);
        await CompareAsync(bench, host, probe, cookie, "Row 1, contact list, companies", "/contacts?kind=Company", "/list", [1, 16]);
        await WeighAsync(host, cookie);
    }

    private static async Task CompareAsync(Bench bench, Running host, Running probe, string cookie, string title, string ours, string bare, int[] clients)
    {
        foreach (var n in clients)
        {
            var time = TimeSpan.FromSeconds(bench.Options.Seconds);
            List<LoadResult> a = [], b = [];
            var thrownAway = 0;
            // The runtime compiles what is hot once more, better, in the first minute; what is measured is how it goes on.
            await Load.RunAsync(new Uri(host.Url, ours), cookie, 16, TimeSpan.FromSeconds(bench.Options.Warm), []);
            await Load.RunAsync(new Uri(probe.Url, bare), "", 16, TimeSpan.FromSeconds(Math.Min(10, bench.Options.Warm)), []);
            while (a.Count < bench.Options.Rounds)
            {
                var before = await HelloAsync(probe);
                var oursNow = await Load.RunAsync(new Uri(host.Url, ours), cookie, n, time, [host.ProcessId, bench.ServerProcess]);
                var bareNow = await Load.RunAsync(new Uri(probe.Url, bare), "", n, time, [probe.ProcessId, bench.ServerProcess]);
                var after = await HelloAsync(probe);
                // The machine is shared: a round counts only if its speed was the same before and after.
                if (Math.Abs(before - after) / before > 0.15 && thrownAway++ < bench.Options.Rounds * 2) continue;
                a.Add(oursNow);
                b.Add(bareNow);
            }

            double ratio = Median(a.Select(x => x.PerSecond)) / Median(b.Select(x => x.PerSecond)), slower = Median(a.Select(x => x.P50)) / Median(b.Select(x => x.P50));
            Console.WriteLine($"{title}; {n} clients: {Median(a.Select(x => x.PerSecond)):0} req/s = {ratio:P0} of the bare page's {Median(b.Select(x => x.PerSecond)):0}; p50 {Median(a.Select(x => x.P50)):0.00} ms = {slower:0.0} × {Median(b.Select(x => x.P50)):0.00}; p95 {Median(a.Select(x => x.P95)):0.00} ms; CPU {Median(a.Select(x => x.CpuPerThousand)):0.00} against {Median(b.Select(x => x.CpuPerThousand)):0.00} s per 1,000 ({thrownAway} rounds thrown away)");
        }
    }

    private static async Task<double> HelloAsync(Running probe) => (await Load.RunAsync(new Uri(probe.Url, "/hello"), "", 4, TimeSpan.FromSeconds(1), [])).PerSecond;

    private static async Task WeighAsync(Running host, string cookie)
    {
        using var client = new HttpClient { BaseAddress = host.Url };
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        var html = await client.GetStringAsync(new Uri("/contacts", UriKind.Relative));
        Console.WriteLine($"Row 25: list HTML {Encoded(html) / 1024.0:0.0} KB compressed ({html.Length / 1024.0:0} KB plain)");
        double scripts = 0, styles = 0;
        foreach (System.Text.RegularExpressions.Match m in System.Text.RegularExpressions.Regex.Matches(html, "<(?:script[^>]*\\ssrc|link[^>]*rel=\"stylesheet\"[^>]*href)=\"([^\"]+)\""))
        {
            var path = System.Net.WebUtility.HtmlDecode(m.Groups[1].Value);
            var size = Encoded(await client.GetStringAsync(new Uri(path, UriKind.RelativeOrAbsolute))) / 1024.0;
            if (m.Value.StartsWith("<script", StringComparison.Ordinal)) scripts += size; else styles += size;
        }

        Console.WriteLine($"Row 25: scripts {scripts:0.0} KB, styles {styles:0.0} KB compressed");
    }

    private static long Encoded(string text)
    {
        using var memory = new MemoryStream();
        using (var brotli = new BrotliStream(memory, CompressionLevel.Optimal, leaveOpen: true)) brotli.Write(System.Text.Encoding.UTF8.GetBytes(text));
        return memory.Length;
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
