using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Crm.Core;
using Crm.Platform;
using Crm.Platform.Contracts;
using Crm.Platform.Files;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using SkiaSharp;

namespace Crm.Tests.Platform;

/// <summary>The application with a virus scanner, of which the test decides what it says.</summary>
public sealed class ScannedApp : PlatformApp
{
    private readonly TcpListener _clamd = new(IPAddress.Loopback, 0);

    public string Answer { get; set; } = "stream: OK";

    public bool Silent { get; set; }

    public List<long> Seen { get; } = [];

    protected override IEnumerable<(string Key, string Value)> Settings
    {
        get
        {
            _clamd.Start();
            _ = ServeAsync();
            return [.. base.Settings, ("Crm:Files:Clamd", $"127.0.0.1:{((IPEndPoint)_clamd.LocalEndpoint).Port}")];
        }
    }

    // clamd's INSTREAM: pieces with their length before them, an empty one at the end, then one line of answer.
    private async Task ServeAsync()
    {
        while (true)
        {
            using var client = await _clamd.AcceptTcpClientAsync();
            if (Silent) continue;
            await using var stream = client.GetStream();
            var head = new byte[10];
            await stream.ReadExactlyAsync(head);
            Encoding.ASCII.GetString(head).Should().Be("zINSTREAM\0");
            long size = 0;
            var length = new byte[4];
            while (true)
            {
                await stream.ReadExactlyAsync(length);
                var n = BinaryPrimitives.ReadInt32BigEndian(length);
                if (n == 0) break;
                await stream.ReadExactlyAsync(new byte[n]);
                size += n;
            }

            Seen.Add(size);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Answer + "\0"));
        }
    }
}

/// <summary>Tests that look at the memory of the process: what others hold meanwhile would be counted with them.</summary>
[CollectionDefinition("memory", DisableParallelization = true)]
public sealed class MemoryIsMeasured;

[Collection("memory")]
public sealed class FileSafetyTests(ScannedApp app) : IClassFixture<ScannedApp>
{
    private Task<StoredFile> SaveAsync(string name, byte[] bytes) => app.InScopeAsync(sp =>
        sp.GetRequiredService<IFileStore>().SaveAsync("test.record", Guid.CreateVersion7(), PlatformPermissions.SeeAudit, name, new MemoryStream(bytes), default));

    private static byte[] Picture(int width, int height, SKEncodedImageFormat format = SKEncodedImageFormat.Jpeg)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(SKColors.SeaGreen);
        return bitmap.Encode(format, 80).ToArray();
    }

    private static byte[] Zip(params (string Name, long Size)[] entries)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, size) in entries)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
                var zeros = new byte[1024 * 1024];
                for (var left = size; left > 0; left -= zeros.Length) entry.Write(zeros, 0, (int)Math.Min(left, zeros.Length));
            }
        }

        return memory.ToArray();
    }

    private static async Task<string> RefusalAsync(Func<Task> act) => (await FluentActions.Awaiting(act).Should().ThrowAsync<InvalidInput>()).Which.Fields[0].Message;

    [Fact]
    public async Task A_picture_gets_a_small_copy_that_is_served_under_the_same_rights()
    {
        var file = await SaveAsync("large.jpg", Picture(2400, 1600));
        var admin = await app.As("admin");
        using var response = await admin.Client.GetAsync(new Uri($"/files/{file.Id}?thumb", UriKind.Relative));
        response.Content.Headers.ContentType!.MediaType.Should().Be("image/jpeg");
        response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        using var small = SKBitmap.Decode(await response.Content.ReadAsByteArrayAsync());
        (small.Width, small.Height).Should().Be((320, 213));
        await app.AddUserAsync("thumb-stranger");
        (await (await app.As("thumb-stranger")).OpenAsync($"/files/{file.Id}?thumb")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_only_looks_like_a_picture_is_refused()
    {
        (await RefusalAsync(() => SaveAsync("a.gif", "GIF89a/*<script>alert(1)</script>*/=1;"u8.ToArray()))).Should().StartWith("This picture");
        (await RefusalAsync(() => SaveAsync("a.jpg", [0xFF, 0xD8, 0xFF, 0xE0, .. "<html>"u8]))).Should().Be("This picture is damaged.");
    }

    [Fact]
    public async Task A_picture_of_twenty_thousand_pixels_is_refused_before_it_is_decoded()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        // One line high: the file is tiny, and so is the picture; only its side is not.
        (await RefusalAsync(() => SaveAsync("wide.png", Picture(20_000, 1, SKEncodedImageFormat.Png)))).Should().Be("This picture has too many pixels. Make it smaller first.");
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(20 * 1024 * 1024);
    }

    [Fact]
    public async Task A_small_archive_that_would_unpack_to_a_huge_one_is_refused_and_an_honest_one_taken()
    {
        (await RefusalAsync(() => SaveAsync("bomb.zip", Zip(("zeros", 260L * 1024 * 1024))))).Should().StartWith("This archive");
        (await RefusalAsync(() => SaveAsync("broken.zip", [0x50, 0x4B, 3, 4, .. new byte[200]]))).Should().StartWith("This archive");
        (await SaveAsync("honest.zip", Zip(("a.txt", 5000), ("b.txt", 100)))).ContentType.Should().Be("application/zip");
    }

    [Fact]
    public async Task A_virus_is_not_taken_and_a_scanner_that_does_not_answer_lets_nothing_through()
    {
        var bytes = "سلام، این یک متن است"u8.ToArray();
        app.Answer = "stream: Eicar-Signature FOUND";
        try
        {
            (await FluentActions.Awaiting(() => SaveAsync("x.txt", bytes)).Should().ThrowAsync<InvalidInput>()).Which.Fields[0].Args[0].Should().Be("Eicar-Signature");
            app.Seen.Should().Contain(bytes.Length);
            app.Answer = "INSTREAM size limit exceeded. ERROR";
            await FluentActions.Awaiting(() => SaveAsync("x.txt", bytes)).Should().ThrowAsync<RuleBroken>();
            app.Silent = true;
            await FluentActions.Awaiting(() => SaveAsync("x.txt", bytes)).Should().ThrowAsync<RuleBroken>();
        }
        finally
        {
            (app.Answer, app.Silent) = ("stream: OK", false);
        }

        await SaveAsync("x.txt", bytes);
    }

    [Fact]
    public async Task The_night_removes_bytes_that_nothing_refers_to_and_nothing_else()
    {
        var kept = await SaveAsync("kept.txt", "می‌ماند"u8.ToArray());
        var (twin, lost) = (await SaveAsync("twin.txt", "می‌ماند"u8.ToArray()), await SaveAsync("lost.png", Picture(900, 900, SKEncodedImageFormat.Png)));
        var folder = app.Services.GetRequiredService<FileFolder>();
        var hash = (await app.QueryAsync<string>("select sha256 from platform.files where id = @id", new { id = lost.Id })).Single();
        var paths = new[] { folder.PathOf(hash), folder.ThumbnailOf(hash) };
        paths.Should().OnlyContain(p => File.Exists(p));
        await app.QueryAsync<int>("delete from platform.files where id = any(@ids) returning 1", new { ids = new[] { lost.Id, twin.Id } });
        Age(TimeSpan.FromHours(1));
        await CleanAsync();
        paths.Should().OnlyContain(p => File.Exists(p), "its record may be on its way");
        Age(TimeSpan.FromDays(2));
        await CleanAsync();
        paths.Should().OnlyContain(p => !File.Exists(p));
        (await (await app.As("admin")).OpenAsync($"/files/{kept.Id}")).Status.Should().Be(HttpStatusCode.OK);

        void Age(TimeSpan by)
        {
            foreach (var path in Directory.EnumerateFiles(Path.Combine(app.DataDirectory, "files"), "*", SearchOption.AllDirectories)) File.SetLastWriteTimeUtc(path, (app.Clock.GetUtcNow() - by).UtcDateTime);
        }

        Task CleanAsync() => app.InScopeAsync(async sp =>
        {
            await sp.GetServices<IScheduledJob>().Single(j => j.Key == "platform.clean-files").RunAsync(default);
            return 0;
        });
    }
}
