using System.Net;
using System.Text;
using Crm.Core;
using Crm.Platform;
using Crm.Platform.Contracts;
using Crm.Platform.Files;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Platform;

public sealed class FileTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    private static readonly byte[] s_png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    [Theory]
    [InlineData("photo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>")]
    [InlineData("photo.png", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>")]
    [InlineData("page.html", "<!doctype html><script>alert(1)</script>")]
    [InlineData("note.txt", "hello\n<ScRiPt>alert(1)</ScRiPt>")]
    [InlineData("feed.xml", "<?xml version=\"1.0\"?><x/>")]
    [InlineData("run.exe", "MZ\u0090 program")]
    [InlineData("run.sh", "#!/bin/sh\nrm -rf /")]
    [InlineData("shell.php", "<?php system($_GET['c']);")]
    public async Task What_a_browser_or_a_machine_could_run_is_refused_whatever_it_is_called(string name, string content)
    {
        var store = () => SaveAsync(name, Encoding.Latin1.GetBytes(content));
        await store.Should().ThrowAsync<InvalidInput>();
    }

    [Theory]
    [InlineData("..\\..\\windows\\system32\\photo.png", "photo.png")]
    [InlineData("../../etc/passwd", "passwd.png")]
    [InlineData("C:\\Users\\me\\a.PNG", "a.PNG")]
    [InlineData("invoice.exe", "invoice.exe.png")]
    [InlineData("gnp.\u202Eexe", "gnp.exe.png")]
    [InlineData("a\r\nSet-Cookie: x=1.png", "a Set-Cookie_ x=1.png")]
    [InlineData("  عکسِ مشتري.png ", "عکسِ مشتری.png")]
    [InlineData("", "file.png")]
    public async Task Names_are_cleaned(string given, string kept) => (await SaveAsync(given, s_png)).Name.Should().Be(kept);

    [Fact]
    public async Task A_file_is_served_as_a_download_that_runs_nothing_and_only_to_those_with_the_right()
    {
        var file = await SaveAsync("عکس.png", s_png);
        await app.AddUserAsync("file-reader", PlatformPermissions.SeeAudit);
        await app.AddUserAsync("file-stranger");
        using var response = await (await app.As("file-reader")).Client.GetAsync(new Uri($"/files/{file.Id}", UriKind.Relative));
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.Content.ReadAsByteArrayAsync()).Should().Equal(s_png);
        response.Content.Headers.ContentType!.ToString().Should().Be("image/png");
        response.Content.Headers.ContentDisposition!.DispositionType.Should().Be("attachment");
        response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        response.Headers.GetValues("Content-Security-Policy").Single().Should().StartWith("sandbox");
        (await (await app.As("file-stranger")).OpenAsync($"/files/{file.Id}")).Status.Should().Be(HttpStatusCode.NotFound, "not there and not yours look alike");
        (await app.Anonymous().OpenAsync($"/files/{file.Id}")).Location.Should().StartWith("/sign-in");
    }

    [Fact]
    public async Task Equal_bytes_are_kept_once()
    {
        var bytes = Encoding.UTF8.GetBytes("the same text " + Guid.CreateVersion7());
        await SaveAsync("one.txt", bytes);
        await SaveAsync("two.txt", bytes);
        var hashes = await app.QueryAsync<string>("select sha256 from platform.files where name in ('one.txt', 'two.txt')");
        hashes.Should().HaveCount(2);
        hashes.Distinct().Should().ContainSingle();
        File.Exists(Path.Combine(app.DataDirectory, "files", hashes[0][..2], hashes[0][2..4], hashes[0])).Should().BeTrue();
        Directory.GetFiles(Path.Combine(app.DataDirectory, "files", "incoming")).Should().BeEmpty();
    }

    [Fact]
    public async Task Too_big_empty_and_too_many_pixels_are_refused()
    {
        using var endless = new Zeros(26L * 1024 * 1024);
        var big = () => app.InScopeAsync(sp => sp.GetRequiredService<IFileStore>().SaveAsync("t", Guid.CreateVersion7(), PlatformPermissions.SeeAudit, "big.bin", endless, default));
        (await big.Should().ThrowAsync<InvalidInput>()).Which.Fields[0].Message.Should().StartWith("A file may have");
        var empty = () => SaveAsync("empty.txt", []);
        await empty.Should().ThrowAsync<InvalidInput>();
        var huge = (byte[])s_png.Clone();
        huge[18] = 0x4E; // 20,000 pixels wide
        huge[19] = 0x20;
        var picture = () => SaveAsync("huge.png", huge);
        (await picture.Should().ThrowAsync<InvalidInput>()).Which.Fields[0].Message.Should().Contain("pixels");
    }

    [Theory]
    [InlineData("", ".txt", null)]
    [InlineData("%PDF-1.7", ".pdf", "application/pdf")]
    [InlineData("نام,تلفن\nعلی,۰۹۱۲", ".csv", "text/csv")]
    [InlineData("BEGIN:VCARD\nEND:VCARD", ".vcf", "text/vcard")]
    [InlineData("plain words", ".bat", "text/plain")]
    public void Kinds_are_told_by_content(string content, string extension, string? type) =>
        FileKinds.Of(Encoding.UTF8.GetBytes(content), extension)?.ContentType.Should().Be(type);

    private Task<StoredFile> SaveAsync(string name, byte[] bytes) => app.InScopeAsync(sp =>
        sp.GetRequiredService<IFileStore>().SaveAsync("test.record", Guid.CreateVersion7(), PlatformPermissions.SeeAudit, name, new MemoryStream(bytes), default));

    private sealed class Zeros(long length) : MemoryStream
    {
        private long _left = length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var n = (int)Math.Min(buffer.Length, _left);
            _left -= n;
            return ValueTask.FromResult(n);
        }
    }
}
