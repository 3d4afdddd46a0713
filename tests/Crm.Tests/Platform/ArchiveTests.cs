using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Data;
using Crm.Data.Postgres;
using Crm.Messaging.Data;
using Crm.Messaging.Sending;
using Crm.Platform;
using Crm.Platform.Contracts;
using Crm.Platform.Features.EditField;
using Crm.Testing;
using Crm.Tests.Contacts;
using Crm.Tests.Messaging;
using Crm.Web;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests.Platform;

/// <summary>Everything out in one archive and back, in process; hosts and writers beside it are in Crm.CrashTests (ArchiveFaultTests).</summary>
public sealed class ArchiveTests(ArchiveTests.Source source) : IClassFixture<ArchiveTests.Source>
{
    [Fact]
    public async Task What_was_taken_out_and_brought_in_is_the_same_and_taken_out_again_has_the_same_manifest()
    {
        await using var target = await Target.MigratedAsync();
        var shape = await ShapeAsync(target.Database);
        await target.ImportAsync(source.Archive);

        var again = target.NewFile();
        var (manifest, lost) = await target.ExportAsync(again);
        lost.Should().BeEmpty();
        manifest.Content.Should().BeEquivalentTo(source.Manifest.Content, o => o.WithStrictOrdering());
        manifest.Digest.Should().Be(source.Manifest.Digest);
        foreach (var table in manifest.Content.Tables) (await target.AskAsync<long>($"select count(*) from {table.Name}")).Should().Be(table.Rows, table.Name);
        manifest.Content.Tables.Sum(t => t.Rows).Should().BeGreaterThan(1000);
        File.ReadAllBytes(Path.Combine(target.Directory, "files", source.FilePath)).Should().Equal(Source.FileBytes);
        (await target.AskAsync<string>("select last_name from contacts.contacts where id = @Person", new { source.Person })).Should().Be(Source.OddName);
        target.Services.GetRequiredService<GatewaySecrets>().Show(await target.AskAsync<string>("select secret from messaging.gateways where secret is not null")).Should().Be(Source.Secret, "the keys came along");
        (await target.AskAsync<long>("select nextval('contacts.contacts_number')")).Should().Be(await source.NextNumberAsync(), "numbers go on where they stopped");
        (await ShapeAsync(target.Database)).Should().BeEquivalentTo(shape, "keys, indexes and triggers are as the migrations made them");
        await using (var scope = target.Services.CreateAsyncScope())
        {
            scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("test");
            foreach (var after in scope.ServiceProvider.GetServices<IAfterImport>()) await after.RunAsync(default);
            foreach (var check in scope.ServiceProvider.GetServices<ICheck>())
            {
                await foreach (var finding in check.FindAsync(default)) throw new InvalidOperationException($"{check.Title} {finding}");
            }
        }

        (await ShapeAsync(target.Database)).Except(shape).Should().ContainSingle("the index that an administrator asked for is made again").Which.Should().Contain("ix_custom_contacts_archived_on");
        var twice = () => target.ImportAsync(source.Archive);
        (await twice.Should().ThrowAsync<StartupProblem>()).WithMessage("This installation has data already*");
    }

    [Fact]
    public async Task A_damaged_cut_off_or_foreign_archive_is_refused_in_one_line_and_leaves_nothing_behind()
    {
        await using var target = await Target.MigratedAsync();
        var before = await target.AskAsync<string>(Everything);
        var whole = await File.ReadAllBytesAsync(source.Archive);
        var last = source.Manifest.Content.Tables[^1].Name;
        foreach (var (what, bytes, because) in new (string, byte[], string)[]
        {
            ("text", "not an archive at all"u8.ToArray(), "is no archive of this program"),
            ("empty", [], "is no archive of this program"),
            ("foreign", Zip(("readme.txt", "hello")), "a ZIP without a manifest"),
            ("foreign manifest", Zip(("manifest.json", """{ "format": "other" }""")), "its manifest can't be read"),
            ("half", whole[..(whole.Length / 2)], "it is cut off or was changed"),
            ("nearly whole", whole[..^10], "it is cut off or was changed"),
            ("a row more", Changed(whole, $"tables/{last}.copy", t => t + t.Split('\n')[0] + "\n"), "is damaged"),
            ("another letter", Changed(whole, "tables/contacts.contacts.copy", t => t.Replace("Oddly", "Evenly", StringComparison.Ordinal)), "tables/contacts.contacts.copy is not what its manifest says"),
            ("a row that leads nowhere", Changed(whole, "tables/contacts.contact_phones.copy", t => ""), "tables/contacts.contact_phones.copy is not what its manifest says"),
            ("no rows at all", Without(whole, "tables/contacts.contacts.copy"), "tables/contacts.contacts.copy is missing"),
            ("no files", Without(whole, "files.tar"), "files.tar is missing"),
            ("another manifest", Changed(whole, "manifest.json", t => t.Replace("\"rows\": 1,", "\"rows\": 2,", StringComparison.Ordinal)), "its manifest can't be read"),
            ("newer", Resealed(whole, m => ((JsonArray)m["content"]!["steps"]!).Add("contacts/29990101000000_Later")), "was made by a newer program"),
            ("older", Resealed(whole, m => ((JsonArray)m["content"]!["steps"]!).RemoveAt(0)), "was made by an older program"),
            ("a table less", Resealed(whole, m => ((JsonArray)m["content"]!["tables"]!).RemoveAt(0)), "does not fit this program"),
        })
        {
            var path = target.NewFile();
            await File.WriteAllBytesAsync(path, bytes);
            var import = () => target.ImportAsync(path);
            var refused = (await import.Should().ThrowAsync<StartupProblem>(what)).Which.Message;
            refused.Should().Contain(because, what).And.NotContain("\n");
            (await target.AskAsync<string>(Everything)).Should().Be(before, $"after «{what}» nothing may be there");
            Directory.Exists(Path.Combine(target.Directory, "files")).Should().BeFalse();
        }

        // Bytes that fell over on some disk: found wherever they lie, and the same archive whole is taken afterwards.
        for (var place = 7; place < whole.Length; place += whole.Length / 9)
        {
            var flipped = whole.ToArray();
            flipped[place] ^= 0x55;
            var path = target.NewFile();
            await File.WriteAllBytesAsync(path, flipped);
            try
            {
                // A byte that only says when an entry was made is nobody's loss: what is read must be what was written.
                (await ArchiveImport.VerifyAsync(path, Nothing, default)).Digest.Should().Be(source.Manifest.Digest);
            }
            catch (StartupProblem e)
            {
                e.Message.Should().Contain("is damaged").And.NotContain("\n");
            }
        }

        await target.ImportAsync(source.Archive);
        (await target.AskAsync<string>(Everything)).Should().NotBe(before);
    }

    [Fact]
    public async Task A_locked_archive_opens_with_its_passphrase_only_and_shows_when_a_byte_of_it_was_changed()
    {
        var path = Path.Combine(source.Folder, Guid.CreateVersion7() + ".crm");
        var (manifest, _) = await source.ExportAsync(path, "گذرواژهٔ بایگانی");
        var bytes = await File.ReadAllBytesAsync(path);
        Encoding.Latin1.GetString(bytes).Should().NotContain("manifest.json").And.NotContain("PK\x3\x4");
        (await Verify(path, "گذرواژهٔ بایگانی")).Digest.Should().Be(manifest.Digest);
        manifest.Digest.Should().Be(source.Manifest.Digest);
        await Refused(path, "wrong", "The passphrase does not open *");
        await Refused(path, null, "*is locked: give its passphrase*");
        // Whole pieces cut off, a part of one, a byte of each kind of piece.
        foreach (var wrong in new[] { bytes[..(48 + (64 * 1024) + 16)], bytes[..^1], bytes[..60], Flipped(48 + 5), Flipped(bytes.Length / 2), Flipped(bytes.Length - 1) })
        {
            var other = Path.Combine(source.Folder, Guid.CreateVersion7() + ".crm");
            await File.WriteAllBytesAsync(other, wrong);
            await Refused(other, "گذرواژهٔ بایگانی", "*is damaged*");
        }

        byte[] Flipped(int place)
        {
            var copy = bytes.ToArray();
            copy[place] ^= 1;
            return copy;
        }

        static Task<ArchiveManifest> Verify(string file, string? passphrase) => ArchiveImport.VerifyAsync(file, _ => Task.FromResult(passphrase), default);

        static async Task Refused(string file, string? passphrase, string because)
        {
            var open = () => Verify(file, passphrase);
            (await open.Should().ThrowAsync<StartupProblem>()).WithMessage(because);
        }
    }

    [Fact]
    public async Task An_archive_is_never_written_over_another_file_and_a_file_whose_bytes_are_gone_is_named()
    {
        var over = () => source.ExportAsync(source.Archive);
        (await over.Should().ThrowAsync<StartupProblem>()).WithMessage("*is there already*");
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(source.Archive).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, "nobody else reads it");

        var bytes = Path.Combine(source.DataDirectory, "files", source.FilePath);
        File.Move(bytes, bytes + ".away");
        try
        {
            var (manifest, lost) = await source.ExportAsync(Path.Combine(source.Folder, "lost.crm"));
            lost.Should().ContainSingle().Which.Should().Be($"files/{source.FilePath} is gone.");
            manifest.Content.Folders.Single(f => f.Name == "files").Missing.Should().Be(1);
        }
        finally
        {
            File.Move(bytes + ".away", bytes);
        }
    }

    private const string Everything = """
        select string_agg(md5(x::text), '' order by schemaname, tablename) from (
          select schemaname, tablename, query_to_xml('select count(*) as n, min(t::text collate "C") as a, max(t::text collate "C") as z from ' || schemaname || '.' || tablename || ' t', true, false, '') as x
          from pg_tables where schemaname in ('contacts', 'messaging', 'platform', 'routines', 'tasks')) q
        """;

    private static Task<string?> Nothing(CancellationToken ct) => Task.FromResult<string?>(null);

    // Keys, indexes and triggers, as PostgreSQL writes them.
    private static async Task<IReadOnlyList<string>> ShapeAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        return (await connection.QueryAsync<string>("""
            select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace::regnamespace::text in ('contacts', 'messaging', 'platform', 'routines', 'tasks')
            union all select indexdef from pg_indexes where schemaname in ('contacts', 'messaging', 'platform', 'routines', 'tasks')
            union all select pg_get_triggerdef(oid) || tgenabled::text from pg_trigger where not tgisinternal
            """)).AsList();
    }

    private static byte[] Zip(params (string Name, string Text)[] entries)
    {
        using var to = new MemoryStream();
        using (var zip = new ZipArchive(to, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                using var entry = new StreamWriter(zip.CreateEntry(name).Open());
                entry.Write(text);
            }
        }

        return to.ToArray();
    }

    private static byte[] Without(byte[] archive, string name) => Update(archive, zip => zip.GetEntry(name)!.Delete());

    private static byte[] Changed(byte[] archive, string name, Func<string, string> change) => Update(archive, zip =>
    {
        string text;
        using (var reader = new StreamReader(zip.GetEntry(name)!.Open())) text = reader.ReadToEnd();
        zip.GetEntry(name)!.Delete();
        var changed = change(text);
        changed.Should().NotBe(text, name);
        using var writer = new StreamWriter(zip.CreateEntry(name).Open());
        writer.Write(changed);
    });

    // A manifest that agrees with itself: made by another program, not damaged.
    private static byte[] Resealed(byte[] archive, Action<JsonNode> change) => Changed(archive, "manifest.json", text =>
    {
        var json = JsonNode.Parse(text)!;
        change(json);
        var read = System.Text.Json.JsonSerializer.Deserialize<ArchiveManifest>(json.ToJsonString(), new System.Text.Json.JsonSerializerOptions(System.Text.Json.JsonSerializerDefaults.Web))!;
        return Encoding.UTF8.GetString(ArchiveManifest.Of(read.Made, read.Content).ToJson());
    });

    private static byte[] Update(byte[] archive, Action<ZipArchive> change)
    {
        using var stream = new MemoryStream();
        stream.Write(archive);
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true)) change(zip);
        return stream.ToArray();
    }

    /// <summary>The application that everything is taken out of, and one archive of it.</summary>
    public sealed class Source : CrmApp
    {
        public const string OddName = "Oddly\tنام‌خانوادگی \\N «ك»\nsecond";
        public const string Secret = "رمز درگاه ✓";

        public static byte[] FileBytes { get; } = Encoding.UTF8.GetBytes("متن یک پیوست\n");

        public string Folder { get; } = Directory.CreateTempSubdirectory("crm-archive-").FullName;

        public string Archive => Path.Combine(Folder, "whole.crm");

        public ArchiveManifest Manifest { get; private set; } = null!;

        public Guid Person { get; private set; }

        public string FilePath { get; private set; } = "";

        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            Person = await Given.PersonAsync(this, "آزمون", "Oddly");
            await using (var connection = new NpgsqlConnection(ConnectionString)) await connection.ExecuteAsync("update contacts.contacts set last_name = @OddName where id = @Person", new { OddName, Person });
            await Given.CompanyAsync(this, "شرکت بایگانی");
            await CommandLine.RunAsync(Services, ["seed", "--contacts", "150", "--communications", "200", "--tasks", "50"]);
            await SendAsync(new SaveFieldCommand { Record = "contacts", Kind = FieldType.Date, Title = "روز بایگانی", EnglishTitle = "Archived on", Key = "archived_on", Sortable = true }, "admin");
            await this.UseGatewayAsync("http://127.0.0.1:9/send", secret: Secret);
            await DrainAsync();
            // Waits for the pump.
            await this.SendSmsAsync("سلام از بایگانی");
            var file = await InScopeAsync(sp => sp.GetRequiredService<IFileStore>().SaveAsync("test.record", Guid.CreateVersion7(), PlatformPermissions.SeeAudit, "پیوست.txt", new MemoryStream(FileBytes), default));
            var hash = (await QueryAsync<string>("select sha256 from platform.files where id = @Id", new { file.Id })).Single();
            FilePath = $"{hash[..2]}/{hash[2..4]}/{hash}";
            (Manifest, _) = await ExportAsync(Archive);
        }

        public Task<ArchiveResult> ExportAsync(string path, string? passphrase = null) => InScopeAsync(sp => sp.GetRequiredService<ArchiveExport>().WriteAsync(path, passphrase, default));

        public async Task<long> NextNumberAsync() => (await QueryAsync<long>("select case when is_called then last_value + 1 else last_value end from contacts.contacts_number")).Single();

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
        }
    }

    /// <summary>A machine elsewhere: an empty database that was migrated, an empty folder, the program as a verb of the command line has it.</summary>
    private sealed class Target : IAsyncDisposable
    {
        private readonly WebApplication _program;

        private Target(WebApplication program, string database, string directory) => (_program, Database, Directory) = (program, database, directory);

        public string Database { get; }

        public string Directory { get; }

        public IServiceProvider Services => _program.Services;

        public static async Task<Target> MigratedAsync()
        {
            var database = await TestDatabase.EmptyAsync();
            var directory = System.IO.Directory.CreateTempSubdirectory("crm-archive-target-").FullName;
            // As Host does it.
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = typeof(Program).Assembly.GetName().Name, ContentRootPath = directory });
            builder.Configuration["Crm:DataDirectory"] = directory;
            builder.Logging.SetMinimumLevel(LogLevel.Error);
            var assemblies = builder.Services.AddCrmPages();
            builder.Services.AddContributions(assemblies).AddCrmData(database, assemblies).AddCrmWeb(assemblies).AddCrmApi();
            foreach (var module in Crm.Core.Modules.Find(assemblies)) module.AddServices(builder.Services, builder.Configuration);
            var program = builder.Build();
            await PostgresRequirements.CheckAsync(database, NullLogger.Instance);
            (await DatabaseStartup.MigrateAsync(program.Services, default)).Should().HaveCountGreaterThan(20);
            // Whoever called «migrate» before has a first start behind him, and nothing else.
            await FirstStart.RunAsync(program.Services, demo: false, default);
            return new(program, database, directory);
        }

        public string NewFile() => Path.Combine(Directory, Guid.CreateVersion7() + ".crm");

        public async Task<ArchiveManifest> ImportAsync(string path)
        {
            await using var scope = Services.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<ArchiveImport>().ReadAsync(path, Nothing, default);
        }

        public async Task<ArchiveResult> ExportAsync(string path)
        {
            await using var scope = Services.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<ArchiveExport>().WriteAsync(path, null, default);
        }

        public async Task<T> AskAsync<T>(string sql, object? args = null)
        {
            await using var connection = new NpgsqlConnection(Database);
            return await connection.QuerySingleAsync<T>(sql, args);
        }

        public async ValueTask DisposeAsync()
        {
            await _program.DisposeAsync();
            System.IO.Directory.Delete(Directory, recursive: true);
            await TestDatabase.DropAsync(Database);
        }
    }
}
