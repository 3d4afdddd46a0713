using System.CommandLine;
using System.Diagnostics;
using Crm.Core;
using Crm.Data.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Data;

/// <summary><c>export FILE [--lock]</c>: everything in one archive, while people work.</summary>
internal sealed class ExportVerb : ICliCommand
{
    public Command Build(CliRunner run)
    {
        var file = new Argument<string>("FILE") { Description = "Where the archive is written; must not exist yet." };
        var locks = new Option<bool>("--lock") { Description = "Locks the archive with a passphrase, taken from Crm__Archive__Passphrase or asked for on the standard input." };
        var verb = new Command("export", "Takes everything out into one archive: all data, stored files, and the keys that sign-in and stored passwords need. People may go on working.") { file, locks };
        verb.SetAction((parse, ct) => run(async (services, c) =>
        {
            var started = Stopwatch.GetTimestamp();
            string? passphrase = null;
            if (parse.GetValue(locks) && (passphrase = await ArchiveWords.PassphraseAsync(services, c)) is not { Length: > 0 }) throw new StartupProblem("A passphrase is needed to lock the archive: give it on the standard input or as Crm__Archive__Passphrase.");
            var path = parse.GetValue(file)!;
            var (manifest, lost) = await services.GetRequiredService<ArchiveExport>().WriteAsync(path, passphrase, c);
            Console.WriteLine(FormattableString.Invariant($"{path}: {ArchiveWords.Count(manifest)}, {new FileInfo(path).Length / 1e6:0.0} MB in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"));
            Console.WriteLine($"content {manifest.Digest}");
            if (passphrase is null) Console.WriteLine("It is not locked and holds personal data, password hashes and keys: keep it as carefully as the database, or use --lock.");
            foreach (var line in lost.Take(20)) await Console.Error.WriteLineAsync(line);
            if (lost.Count == 0) return 0;
            await Console.Error.WriteLineAsync(FormattableString.Invariant($"The archive is made, but {lost.Count} stored files were already lost or damaged here."));
            return 2;
        }, ct));
        return verb;
    }
}

/// <summary><c>import FILE [--verify]</c>: an archive into a new installation.</summary>
internal sealed class ImportVerb(IServiceScopeFactory scopes) : ICliCommand
{
    public Command Build(CliRunner run)
    {
        var file = new Argument<string>("FILE") { Description = "An archive that «export» made." };
        var verify = new Option<bool>("--verify") { Description = "Only reads the archive and compares it with its manifest." };
        var verb = new Command("import", "Brings an archive into a new, empty installation: everything or nothing. A locked one is opened with the passphrase in Crm__Archive__Passphrase or from the standard input.") { file, verify };
        verb.SetAction((parse, ct) => run(async (services, c) =>
        {
            var started = Stopwatch.GetTimestamp();
            var path = parse.GetValue(file)!;
            Task<string?> Passphrase(CancellationToken token) => ArchiveWords.PassphraseAsync(services, token);
            var only = parse.GetValue(verify);
            var manifest = only ? await ArchiveImport.VerifyAsync(path, Passphrase, c) : await services.GetRequiredService<ArchiveImport>().ReadAsync(path, Passphrase, c);
            Console.WriteLine(FormattableString.Invariant($"{path} of {manifest.Made.At:yyyy-MM-dd HH:mm} UTC: {ArchiveWords.Count(manifest)} {(only ? "are whole" : "are here")}, {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"));
            Console.WriteLine($"content {manifest.Digest}");
            if (only) return 0;
            var missing = manifest.Content.Folders.Sum(f => f.Missing);
            if (missing > 0) Console.WriteLine(FormattableString.Invariant($"{missing} stored files were lost before the archive was made; «check» names them."));
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("command line: import");
            foreach (var after in scope.ServiceProvider.GetServices<IAfterImport>()) await after.RunAsync(c);
            Console.WriteLine("Start the program: people sign in as before, and what was under way goes on. «check» verifies the invariants.");
            return 0;
        }, ct));
        return verb;
    }
}

internal static class ArchiveWords
{
    public static string Count(ArchiveManifest manifest) => FormattableString.Invariant($"{manifest.Content.Tables.Sum(t => t.Rows)} rows of {manifest.Content.Tables.Count} tables and {manifest.Content.Folders.Sum(f => f.Files)} files");

    public static async Task<string?> PassphraseAsync(IServiceProvider services, CancellationToken ct)
    {
        if (services.GetRequiredService<IConfiguration>()["Crm:Archive:Passphrase"] is { Length: > 0 } given) return given;
        if (!Console.IsInputRedirected) await Console.Error.WriteAsync("Passphrase: ");
        return await Console.In.ReadLineAsync(ct);
    }
}
