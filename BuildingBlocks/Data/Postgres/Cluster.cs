using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Crm.Data.Postgres;

/// <summary>
/// The files of our own cluster and the programs that work on them. Knows nothing of who uses the server.
/// Below the home folder: <c>data</c> (the cluster), <c>programs</c> (copy of npm's), <c>port</c>, <c>password</c> and <c>admin-password</c>,
/// <c>lock</c> (held while somebody makes, starts, attaches or stops) and <c>start.log</c>.
/// </summary>
internal sealed class Cluster
{
    public const string Admin = "postgres";
    public const string AdminPassword = "admin-password";
    private const string Host = "127.0.0.1";
    private readonly EmbeddedPostgresOptions options;
    private readonly ILogger logger;

    private Cluster(EmbeddedPostgresOptions options, ILogger logger, string home, OsAccount? account)
    {
        this.options = options;
        this.logger = logger;
        Home = home;
        Account = account;
    }

    public string Home { get; }

    public OsAccount? Account { get; }

    public string Data => Path.Combine(Home, "data");

    public bool Exists => File.Exists(Path.Combine(Data, "PG_VERSION"));

    private PostgresBinaries? Binaries { get; set; }

    /// <summary>Makes the home folder, where the server's account can reach it.</summary>
    public static async Task<Cluster> OpenAsync(EmbeddedPostgresOptions options, ILogger logger, CancellationToken ct)
    {
        var home = Path.Combine(Path.GetFullPath(options.DataDirectory), "postgres");
        try
        {
            Directory.CreateDirectory(options.DataDirectory);
            MakePrivateFolder(home);
            home = Directory.ResolveLinkTarget(home, returnFinalTarget: true)?.FullName ?? home;
            var account = OsAccount.Needed ? await OsAccount.ChooseAsync(options.RunAs, Path.Combine(home, "data"), ct) : null;
            if (account is not null)
            {
                home = await GiveHomeAsync(home, account, logger, ct);
            }

            // Seen early: everything after this assumes that it may write.
            var probe = Path.Combine(home, ".writable");
            await File.WriteAllTextAsync(probe, "", ct);
            File.Delete(probe);
            return new Cluster(options, logger, home, account);
        }
        catch (UnauthorizedAccessException e)
        {
            throw NoPermission(options.DataDirectory, e);
        }
        catch (IOException e)
        {
            throw new StartupProblem($"The data directory {options.DataDirectory} can't be used ({e.Message.TrimEnd('.')}): mend that, or let Crm__DataDirectory name another one.", e);
        }
    }

    public static StartupProblem NoPermission(string path, Exception e) => new(
        $"No permission to write {path}: give it to user '{Environment.UserName}' (chown -R {Environment.UserName} {path}), start as the user who made it, "
        + "or let Crm__DataDirectory name another folder.", e);

    /// <summary>Exclusive among all processes on this data directory, until disposed; the system releases it when its holder dies.</summary>
    public async Task<IDisposable> LockAsync(TimeSpan patience, CancellationToken ct)
    {
        var until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Home, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (UnauthorizedAccessException e)
            {
                throw NoPermission(Home, e);
            }
            catch (IOException e)
            {
                if (Environment.TickCount64 > until)
                {
                    throw new StartupProblem($"Another process starts or stops the database in {Home} and does not come to an end: look for it (fuser {Home}/lock) and end it.", e);
                }
            }

            await Task.Delay(100, ct);
        }
    }

    /// <summary>The process of the server as its pid file tells, if it lives. A pid that meanwhile belongs to another program does not count.</summary>
    public (int Pid, int Port)? Running()
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(Path.Combine(Data, "postmaster.pid"));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw NoPermission(Home, e);
        }

        // The file is written in steps; a server that is just starting may not have named its port yet.
        if (lines.Length == 0 || !int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid) || !IsOurServer(pid))
        {
            return null;
        }

        return (pid, lines.Length > 3 && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port) ? port : 0);
    }

    private bool IsOurServer(int pid)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            if (!process.ProcessName.StartsWith("postgres", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }

        // A server works in its data directory: tells ours from another one that got the pid after a restart of the machine,
        // and from a dead one that nobody has buried yet (it works nowhere).
        return !OperatingSystem.IsLinux() || ReadLink($"/proc/{pid}/cwd") == RealPath(Data);
    }

    /// <summary>Removes the pid file of a server that is dead: the server itself would not dare to if another program of the same user has the pid by now.</summary>
    public void ForgetDead() => File.Delete(Path.Combine(Data, "postmaster.pid"));

    public async Task CreateAsync(CancellationToken ct)
    {
        await FindBinariesAsync(null, ct);
        // Made beside and moved when whole: an interrupted initdb leaves something that looks like a cluster.
        var unfinished = Data + ".unfinished";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        await MakeSecretAsync(AdminPassword, ct);
        if (Account is not null)
        {
            await Account.TakeAsync(Home, ct);
        }

        var locale = OperatingSystem.IsWindows() ? "en-US" : OperatingSystem.IsMacOS() ? "en_US.UTF-8" : "C.UTF-8";
        var made = await Programs.RunAsync(
            Binaries!.Tool("initdb"),
            [
                "-D", unfinished, "-U", Admin, "-E", "UTF8", $"--locale={locale}", "--locale-provider=icu", "--icu-locale=fa",
                "--auth=scram-sha-256", $"--pwfile={Path.Combine(Home, AdminPassword)}", "--data-checksums", "--no-instructions",
            ],
            ct, Account, Home);
        if (!made.Succeeded)
        {
            throw Explain("PostgreSQL could not make its files", made.Said);
        }

        await File.AppendAllTextAsync(Path.Combine(unfinished, "postgresql.conf"), "\ninclude_if_exists = 'crm.conf'  # rewritten at every start, see docs/operations/database.md\n", ct);
        Directory.Move(unfinished, Data);
        logger.LogInformation("Made a PostgreSQL {Version} cluster in {Data}", Binaries!.Version, Data);
    }

    /// <summary>Starts the server and waits until it takes connections, however long recovery takes.</summary>
    /// <param name="keepPort">Those who use the server know its port: wait for it rather than take another.</param>
    /// <returns>The port.</returns>
    public async Task<int> StartAsync(bool keepPort, CancellationToken ct)
    {
        await FindBinariesAsync(MajorOfCluster(), ct);
        var log = Path.Combine(Home, "start.log");
        for (var attempt = 1; ; attempt++)
        {
            var port = await ChoosePortAsync(keepPort, another: attempt > 1, ct);
            await WriteAsync(Path.Combine(Data, "crm.conf"), Settings(port), ct);
            File.Delete(log);
            var started = await Programs.RunAsync(Binaries!.Tool("pg_ctl"), ["start", "-D", Data, "-l", log, "-w", "-t", "3600"], ct, Account, Home, capture: !OperatingSystem.IsWindows());
            if (started.Succeeded)
            {
                logger.LogInformation("Started PostgreSQL {Version} on {Host}:{Port}, data in {Data}", Binaries.Version, Host, port, Data);
                RemoveOldPrograms();
                return port;
            }

            var said = await LastWordsAsync(log, ct);
            var portTaken = said.Contains("could not bind", StringComparison.Ordinal) || said.Contains("could not create any TCP/IP sockets", StringComparison.Ordinal);
            if (!portTaken || keepPort || attempt == 5)
            {
                throw Explain("PostgreSQL does not start", said.Length > 0 ? said : started.Said);
            }
        }
    }

    /// <summary>Stops in order: transactions that run are rolled back, everything is on disk afterwards.</summary>
    /// <returns>False if it was still busy after <paramref name="patience"/>; it goes on stopping by itself.</returns>
    public async Task<bool> StopAsync(TimeSpan patience, CancellationToken ct)
    {
        await FindBinariesAsync(MajorOfCluster(), ct);
        var seconds = Math.Max(1, (int)patience.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var stopped = await Programs.RunAsync(Binaries!.Tool("pg_ctl"), ["stop", "-D", Data, "-m", "fast", "-w", "-t", seconds], ct, Account, Home);
        return stopped.Succeeded || Running() is null;
    }

    public string? ReadSecret(string name)
    {
        var file = Path.Combine(Home, name);
        try
        {
            return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw NoPermission(Home, e);
        }
    }

    public async Task<string> MakeSecretAsync(string name, CancellationToken ct)
    {
        var secret = RandomNumberGenerator.GetHexString(40, lowercase: true);
        await WriteAsync(Path.Combine(Home, name), secret, ct);
        return secret;
    }

    private async Task FindBinariesAsync(int? clusterMajor, CancellationToken ct) =>
        Binaries ??= await PostgresBinaries.FindAsync(options.BinDirectory, clusterMajor, Path.Combine(Home, "programs"), Account, ct);

    private int MajorOfCluster() => int.Parse(File.ReadAllText(Path.Combine(Data, "PG_VERSION")).Trim(), CultureInfo.InvariantCulture);

    private static async Task<string> GiveHomeAsync(string home, OsAccount account, ILogger logger, CancellationToken ct)
    {
        await account.TakeAsync(home, ct);
        if (await account.CanEnterAsync(home, ct))
        {
            return home;
        }

        if (Directory.EnumerateFileSystemEntries(home).Any())
        {
            throw new StartupProblem(
                $"PostgreSQL runs as user '{account.Name}' when the program is started as root, and that user can't enter {home}: "
                + "let it pass (chmod o+x on the folders above), move the data directory to /var/lib/crm, or start as an ordinary user.");
        }

        // A checkout in /root, say: the server's account can't pass, and opening root's folder to it is not for us to do.
        // The link says where the data is, so backups and people find it.
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home)))[..12];
        var elsewhere = $"/var/lib/crm/{name}";
        MakePrivateFolder(elsewhere);
        await account.TakeAsync(elsewhere, ct);
        if (!await account.CanEnterAsync(elsewhere, ct))
        {
            throw new StartupProblem($"PostgreSQL runs as user '{account.Name}' when the program is started as root, and that user can enter neither {home} nor {elsewhere}: let Crm__DataDirectory name a folder that it can enter, or start as an ordinary user.");
        }

        Directory.Delete(home);
        Directory.CreateSymbolicLink(home, elsewhere);
        logger.LogWarning("User {User} can't enter {Home}: the database is in {Elsewhere}, {Home} links to it", account.Name, home, elsewhere, home);
        return elsewhere;
    }

    private async Task<int> ChoosePortAsync(bool keep, bool another, CancellationToken ct)
    {
        var file = Path.Combine(Home, "port");
        if (!another && File.Exists(file) && int.TryParse(await File.ReadAllTextAsync(file, ct), CultureInfo.InvariantCulture, out var kept) && (keep || IsFree(kept)))
        {
            return kept;
        }

        // Below the range from which systems take ports for outgoing connections, so that none of those sits on ours at the next start.
        for (var tries = 0; tries < 1000; tries++)
        {
            var port = RandomNumberGenerator.GetInt32(20000, 30000);
            if (IsFree(port))
            {
                await WriteAsync(file, port.ToString(CultureInfo.InvariantCulture), ct);
                return port;
            }
        }

        throw new StartupProblem($"No free port between 20000 and 30000 on {Host} for PostgreSQL: end what holds them, or give a server by ConnectionStrings__Crm.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>
    /// For a small server that the program shares with its database. Durability is never traded: fsync, full_page_writes and synchronous_commit keep their defaults (on).
    /// </summary>
    private string Settings(int port)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024);
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = Host,
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = "",
            ["max_connections"] = "200",
            ["password_encryption"] = "scram-sha-256",
            ["shared_buffers"] = $"{Math.Clamp(memory / 8, 128, 2048)}MB",
            ["effective_cache_size"] = $"{Math.Max(memory / 2, 256)}MB",
            ["work_mem"] = "8MB",
            ["maintenance_work_mem"] = $"{Math.Clamp(memory / 32, 64, 512)}MB",
            ["wal_compression"] = "on",
            ["min_wal_size"] = "128MB",
            ["max_wal_size"] = "2GB",
            ["checkpoint_timeout"] = "15min",
            ["random_page_cost"] = "1.1",
            // Our statements are short: compiling them costs more than it gains.
            ["jit"] = "off",
            ["timezone"] = "UTC",
            // A dead client (SIGKILL, lost network) must not keep locks for the two hours that TCP takes to notice.
            ["tcp_keepalives_idle"] = "30",
            ["tcp_keepalives_interval"] = "10",
            ["tcp_keepalives_count"] = "3",
            ["logging_collector"] = "on",
            ["log_directory"] = "log",
            ["log_filename"] = "postgresql-%a.log",
            ["log_truncate_on_rotation"] = "on",
            ["log_rotation_age"] = "1d",
            ["log_rotation_size"] = "0",
            ["log_line_prefix"] = "%m [%p] %a ",
            ["log_checkpoints"] = "off",
            // DETAIL lines quote rows: names and phone numbers have no business in a log.
            ["log_error_verbosity"] = "terse",
            ["log_parameter_max_length"] = "0",
            ["lc_messages"] = "C",
        };
        foreach (var (name, value) in options.Settings)
        {
            settings[name] = value;
        }

        var text = new StringBuilder("# Written by the program at every start. Own settings: Crm__PostgresSettings__<name>=<value>.\n");
        foreach (var (name, value) in settings)
        {
            text.Append(name).Append(" = '").Append(value.Replace("'", "''", StringComparison.Ordinal)).Append("'\n");
        }

        return text.ToString();
    }

    private async Task<string> LastWordsAsync(string startLog, CancellationToken ct)
    {
        List<string> lines = [];
        var logs = Directory.Exists(Path.Combine(Data, "log")) ? new DirectoryInfo(Path.Combine(Data, "log")).GetFiles() : [];
        foreach (var file in new[] { startLog, logs.MaxBy(log => log.LastWriteTimeUtc)?.FullName })
        {
            if (File.Exists(file))
            {
                lines.AddRange((await File.ReadAllLinesAsync(file, ct)).TakeLast(20).Where(line => line.Contains("FATAL", StringComparison.Ordinal)
                    || line.Contains("PANIC", StringComparison.Ordinal) || line.Contains("could not", StringComparison.Ordinal) || line.Contains("rror", StringComparison.Ordinal)));
            }
        }

        return string.Join(" | ", lines.TakeLast(4));
    }

    private StartupProblem Explain(string what, string said) => new(said switch
    {
        _ when said.Contains("No space left", StringComparison.Ordinal) => $"{what}: the disk of {Home} is full; free some space.",
        _ when said.Contains("Permission denied", StringComparison.Ordinal) => $"{what}: no permission in {Home} ({said}); give it to the user who runs the server, or let Crm__DataDirectory name another folder.",
        _ when said.Contains("shared memory", StringComparison.Ordinal) => $"{what}: too little shared memory ({said}); give the machine more, or set Crm__PostgresSettings__shared_buffers=128MB.",
        _ => $"{what} ({said}): see {Path.Combine(Home, "start.log")} and {Path.Combine(Data, "log")}.",
    });

    private void RemoveOldPrograms()
    {
        var copies = Path.Combine(Home, "programs");
        if (!Directory.Exists(copies))
        {
            return;
        }

        foreach (var version in Directory.GetDirectories(copies).Where(folder => !Binaries!.Bin.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
        {
            Directory.Delete(version, recursive: true);
        }
    }

    private async Task WriteAsync(string path, string text, CancellationToken ct)
    {
        var how = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using (var stream = new FileStream(path, how))
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
        }

        if (Account is not null)
        {
            await Account.TakeAsync(path, ct);
        }
    }

    private static void MakePrivateFolder(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string? ReadLink(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The path with every link on the way followed, as the system reports a process's working directory.</summary>
    private static string RealPath(string path)
    {
        var real = Path.GetPathRoot(path)!;
        foreach (var part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            real = new DirectoryInfo(next).LinkTarget is { } target ? RealPath(Path.GetFullPath(target, real)) : next;
        }

        return real;
    }
}
