using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Data.Postgres;

/// <summary>A folder with <c>postgres</c>, <c>initdb</c> and <c>pg_ctl</c> that were seen to run.</summary>
/// <param name="Bin">Folder of the programs.</param>
/// <param name="Major">18 for 18.4.</param>
/// <param name="Version">What the server calls itself, <c>18.4</c>.</param>
internal sealed partial record PostgresBinaries(string Bin, int Major, string Version)
{
    /// <summary>The oldest major version that we build on.</summary>
    public const int OldestMajor = 15;

    /// <summary>Name of the npm package for this machine.</summary>
    public static string PackageName
    {
        get
        {
            var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
            var processor = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
            return $"@embedded-postgres/{system}-{processor}";
        }
    }

    /// <summary>
    /// The programs to use: npm's (known to be right for Persian and the same on every machine), else the newest installed ones.
    /// A cluster that exists decides the major version: another one can't read it.
    /// </summary>
    /// <param name="only">A folder that the user named; nothing else is looked at then.</param>
    /// <param name="clusterMajor">Major version that made the cluster, null if there is none yet.</param>
    /// <param name="copies">Where npm's programs are copied to before they run.</param>
    /// <param name="account">Under which they will run.</param>
    public static async Task<PostgresBinaries> FindAsync(string? only, int? clusterMajor, string copies, OsAccount? account, CancellationToken ct)
    {
        List<string> tried = [];
        foreach (var candidate in Candidates(only))
        {
            var (bin, package) = candidate;
            if (!File.Exists(Tool(bin, "initdb")) || !File.Exists(Tool(bin, "pg_ctl")))
            {
                if (only is not null)
                {
                    throw new StartupProblem($"Crm__PostgresBin names {only}, which holds no initdb and pg_ctl: correct it to the bin folder of PostgreSQL {OldestMajor} or newer, or remove it.");
                }

                continue;
            }

            if (package is not null)
            {
                bin = await CopyAsync(package, copies, account, ct);
            }

            var answer = await Programs.RunAsync(Tool(bin, "pg_ctl"), ["--version"], ct, account);
            var version = VersionNumber().Match(answer.Output);
            if (!answer.Succeeded || !version.Success)
            {
                tried.Add($"{bin} does not run{(account is null ? "" : $" as user '{account.Name}'")} ({answer.Said})");
                continue;
            }

            var major = int.Parse(version.Groups[1].Value, CultureInfo.InvariantCulture);
            if (major >= OldestMajor && (clusterMajor is null || clusterMajor == major))
            {
                return new PostgresBinaries(bin, major, version.Value);
            }

            tried.Add($"{bin} is PostgreSQL {version.Value}");
        }

        var seen = tried.Count > 0 ? $" Seen: {string.Join("; ", tried)}." : "";
        throw new StartupProblem(clusterMajor is null
            ? $"No PostgreSQL {OldestMajor} or newer was found: run `npm ci --ignore-scripts` in Host (Node 20 or newer) and build again, install one (apt-get install postgresql), "
              + $"or give a server by ConnectionStrings__Crm.{seen}"
            : $"The database was made by PostgreSQL {clusterMajor}, which is not here: install it (apt-get install postgresql-{clusterMajor}), "
              + $"or carry the data over with pg_upgrade or a backup.{seen}");
    }

    /// <summary>
    /// Copies npm's programs and makes the links between library names that the package lists in a file, because npm packages can't hold links.
    /// A copy, because the server outlives what happens to node_modules: `npm ci` empties it, it may be read-only or below a folder that the server's account can't enter.
    /// </summary>
    private static async Task<string> CopyAsync(string package, string copies, OsAccount? account, CancellationToken ct)
    {
        await using var description = File.OpenRead(Path.Combine(package, "package.json"));
        var version = (await JsonSerializer.DeserializeAsync<Description>(description, JsonSerializerOptions.Web, ct))!.Version;
        var target = Path.Combine(copies, version);
        if (!Directory.Exists(target))
        {
            var unfinished = target + ".unfinished";
            if (Directory.Exists(unfinished))
            {
                Directory.Delete(unfinished, recursive: true);
            }

            var native = Path.Combine(package, "native");
            CopyFolder(native, unfinished);
            await MakeLinksAsync(Path.Combine(native, "pg-symlinks.json"), unfinished, ct);
            if (account is not null)
            {
                await account.TakeAsync(copies, ct);
            }

            Directory.Move(unfinished, target);
        }

        return Path.Combine(target, "bin");
    }

    private static async Task MakeLinksAsync(string list, string folder, CancellationToken ct)
    {
        if (!File.Exists(list))
        {
            return;
        }

        await using var stream = File.OpenRead(list);
        foreach (var link in await JsonSerializer.DeserializeAsync<Link[]>(stream, JsonSerializerOptions.Web, ct) ?? [])
        {
            // Paths in the list start with native/, the folder that we copied.
            var file = Path.Combine(folder, Path.GetRelativePath("native", link.Target));
            if (!File.Exists(file))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.CreateSymbolicLink(file, Path.GetRelativePath(Path.GetDirectoryName(link.Target)!, link.Source));
            }
        }
    }

    public string Tool(string name) => Tool(Bin, name);

    private static string Tool(string bin, string name) => Path.Combine(bin, OperatingSystem.IsWindows() ? name + ".exe" : name);

    private static IEnumerable<(string Bin, string? Package)> Candidates(string? only)
    {
        if (only is not null)
        {
            yield return (Path.GetFullPath(only), null);
            yield break;
        }

        if (NpmParts.Find(PackageName) is { } package)
        {
            yield return (Path.Combine(package, "native", "bin"), package);
        }

        foreach (var bin in Installed().Distinct())
        {
            yield return (bin, null);
        }
    }

    private static IEnumerable<string> Installed()
    {
        if (Environment.GetEnvironmentVariable("PG_BIN") is { Length: > 0 } named)
        {
            yield return named;
        }

        string[] patterns = OperatingSystem.IsWindows()
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL")]
            : ["/usr/lib/postgresql", "/usr/local/lib/postgresql", "/Applications/Postgres.app/Contents/Versions"];
        foreach (var versions in patterns.Where(Directory.Exists))
        {
            foreach (var version in Directory.GetDirectories(versions).OrderByDescending(folder => double.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0))
            {
                yield return Path.Combine(version, "bin");
            }
        }

        // Red Hat's packages, then Homebrew's on both kinds of Mac.
        foreach (var (parent, prefix) in new[] { ("/usr", "pgsql-"), ("/opt/homebrew/opt", "postgresql@"), ("/usr/local/opt", "postgresql@") })
        {
            if (Directory.Exists(parent))
            {
                foreach (var version in Directory.GetDirectories(parent, prefix + "*").OrderDescending(StringComparer.Ordinal))
                {
                    yield return Path.Combine(version, "bin");
                }
            }
        }

        if (Programs.Locate("postgres") is { } onPath)
        {
            yield return Path.GetDirectoryName(onPath)!;
        }

        if (Programs.Locate("pg_config") is { } config)
        {
            var asked = Programs.RunAsync(config, ["--bindir"], CancellationToken.None).GetAwaiter().GetResult();
            if (asked.Succeeded)
            {
                yield return asked.Output.Trim();
            }
        }
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            // Links that npm's own script made come again from the list; static libraries serve only compilers.
            if (File.ResolveLinkTarget(file, returnFinalTarget: false) is null && !file.EndsWith(".a", StringComparison.Ordinal))
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            }
        }

        foreach (var folder in Directory.GetDirectories(from))
        {
            CopyFolder(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }

    [GeneratedRegex(@"(\d+)(\.\d+|devel|beta\d+|rc\d+)*")]
    private static partial Regex VersionNumber();

    private sealed record Link(string Source, string Target);

    private sealed record Description(string Version);
}
