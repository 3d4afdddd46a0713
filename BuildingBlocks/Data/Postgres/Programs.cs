using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Crm.Data.Postgres;

/// <summary>How a program ended and what it wrote.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Errors)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Both streams in one line, for a message.</summary>
    public string Said => string.Join(' ', $"{Errors} {Output}".Split((char[])[' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>Runs small programs, as another account if this process is root.</summary>
internal static class Programs
{
    // A child gets only these: the host's own environment may hold connection strings and keys, and PG* variables would redirect the tools.
    private static readonly string[] Inherited = ["PATH", "TMPDIR", "TEMP", "TMP", "SystemRoot", "SystemDrive", "USERPROFILE", "APPDATA", "LOCALAPPDATA"];

    public static async Task<ProgramResult> RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken ct, OsAccount? account = null, string? workingDirectory = null, bool capture = true)
    {
        program = Path.IsPathRooted(program) ? program : Locate(program) ?? program;
        var (file, prefix) = account is null ? (program, (IReadOnlyList<string>)[]) : account.Wrap(program);
        var start = new ProcessStartInfo(file)
        {
            // On Windows a server that pg_ctl starts keeps our pipes, and we would wait for their end as long as it runs.
            RedirectStandardOutput = capture,
            RedirectStandardError = capture,
            RedirectStandardInput = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        foreach (var argument in prefix.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        var kept = Inherited.Select(name => (name, value: Environment.GetEnvironmentVariable(name))).Where(pair => pair.value is not null).ToList();
        start.Environment.Clear();
        foreach (var (name, value) in kept)
        {
            start.Environment[name] = value;
        }

        start.Environment["LC_ALL"] = "C";

        using var process = new Process { StartInfo = start };
        var output = new StringBuilder();
        var errors = new StringBuilder();
        process.OutputDataReceived += (_, line) => { if (line.Data is not null) { lock (output) { output.AppendLine(line.Data); } } };
        process.ErrorDataReceived += (_, line) => { if (line.Data is not null) { lock (errors) { errors.AppendLine(line.Data); } } };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new ProgramResult(127, "", $"{file}: {e.Message}");
        }

        process.StandardInput.Close();
        if (capture)
        {
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            throw;
        }

        lock (output)
        {
            lock (errors)
            {
                return new ProgramResult(process.ExitCode, output.ToString(), errors.ToString());
            }
        }
    }

    /// <summary>Full path of a program on PATH or in the folders of system tools (which a service's PATH often lacks), else null.</summary>
    public static string? Locate(string name)
    {
        var file = OperatingSystem.IsWindows() ? name + ".exe" : name;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).AsEnumerable();
        if (!OperatingSystem.IsWindows())
        {
            folders = folders.Concat(["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/opt/homebrew/bin"]);
        }

        return folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }
}

/// <summary>
/// An account that the server runs under because PostgreSQL refuses root. Exists only when this process is root on Linux or macOS;
/// on Windows pg_ctl gives up an administrator's rights by itself.
/// </summary>
internal sealed class OsAccount(string name, string group, string launcher)
{
    public string Name => name;

    public static bool Needed => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    /// <summary>The first of the wished, the cluster's owner, who called sudo, postgres and nobody that exists.</summary>
    public static async Task<OsAccount> ChooseAsync(string? wished, string cluster, CancellationToken ct)
    {
        var launcher = Programs.Locate("setpriv") ?? Programs.Locate("runuser") ?? Programs.Locate("sudo") ?? throw new StartupProblem(
            "PostgreSQL does not run as root, and none of setpriv, runuser and sudo is there to drop to another user: install util-linux, or start as an ordinary user.");
        var owner = Directory.Exists(cluster) ? await OwnerOfAsync(cluster, ct) : null;
        string?[] candidates = wished is not null ? [wished] : [owner, Environment.GetEnvironmentVariable("SUDO_USER"), "postgres", "nobody"];
        foreach (var candidate in candidates)
        {
            if (string.IsNullOrEmpty(candidate) || candidate == "root")
            {
                continue;
            }

            var group = await Programs.RunAsync("id", ["-g", candidate], ct);
            if (group.Succeeded)
            {
                return new OsAccount(candidate, group.Output.Trim(), launcher);
            }
        }

        throw new StartupProblem(wished is not null
            ? $"There is no user '{wished}' to run PostgreSQL under: correct Crm__PostgresUser or create the user (useradd --system {wished})."
            : "PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody' to drop to: create one (useradd --system postgres), or start as an ordinary user.");
    }

    public (string File, IReadOnlyList<string> Prefix) Wrap(string program) => Path.GetFileName(launcher) switch
    {
        "setpriv" => (launcher, ["--reuid", name, "--regid", group, "--init-groups", "--", program]),
        "runuser" => (launcher, ["-u", name, "--", program]),
        _ => (launcher, ["-n", "-u", name, "--", program]),
    };

    /// <summary>Gives a file or folder, with all that is in it, to the account.</summary>
    public async Task TakeAsync(string path, CancellationToken ct)
    {
        var taken = await Programs.RunAsync("chown", ["-R", $"{name}:{group}", path], ct);
        // A server that runs there takes files away under its hands; what counts is that nothing is left that is not the account's.
        if (!taken.Succeeded && (await Programs.RunAsync("find", [path, "!", "-user", name, "-print", "-quit"], ct)).Output.Trim() is { Length: > 0 })
        {
            throw new StartupProblem($"{path} can't be given to user '{name}', under which PostgreSQL must run ({taken.Said}): choose another Crm__DataDirectory, on a file system that knows owners.");
        }
    }

    public async Task<bool> CanEnterAsync(string folder, CancellationToken ct) =>
        (await Programs.RunAsync("/bin/sh", ["-c", "cd \"$1\"", "sh", folder], ct, this)).Succeeded;

    private static async Task<string?> OwnerOfAsync(string path, CancellationToken ct)
    {
        string[] arguments = OperatingSystem.IsMacOS() ? ["-f", "%Su", path] : ["-c", "%U", path];
        var owner = await Programs.RunAsync("stat", arguments, ct);
        return owner.Succeeded ? owner.Output.Trim() : null;
    }
}
