namespace Crm.Data.Postgres;

/// <summary>
/// Finds the folder of an npm package that Host restored: Elsa Studio's files and PostgreSQL's programs are too big to copy at every build.
/// Looked for in <c>Crm__NpmDirectory</c> if that is set (then nowhere else); else in <c>npm/</c> beside the program (where `dotnet publish` puts it);
/// else where the file <c>npm-parts.path</c> beside the program points to: the build writes it, and it travels into the output of test projects as well.
/// </summary>
public static class NpmParts
{
    private const string PointerFile = "npm-parts.path";

    /// <summary>Absolute path of the package's folder, or null if it was not restored.</summary>
    /// <param name="package">Name as npm spells it: <c>@elsa-workflows/elsa-studio-wasm</c>.</param>
    public static string? Find(string package)
    {
        foreach (var root in Roots())
        {
            var folder = Path.Combine([root, .. package.Split('/')]);
            if (File.Exists(Path.Combine(folder, "package.json")))
            {
                return folder;
            }
        }

        return null;
    }

    /// <summary>As <see cref="Find"/>, but a missing package is a <see cref="StartupProblem"/> that says how to get it.</summary>
    public static string Require(string package) => Find(package) ?? throw new StartupProblem(
        $"The npm package {package} is missing (looked in {Describe()}): run `npm ci --ignore-scripts` in Host with Node 20 or newer and build again, "
        + "or let Crm__NpmDirectory name a folder that holds it.");

    private static string Describe() => Roots() is { Length: > 0 } roots ? string.Join(", ", roots) : AppContext.BaseDirectory + "npm";

    private static string[] Roots()
    {
        if (Environment.GetEnvironmentVariable("Crm__NpmDirectory") is { Length: > 0 } set)
        {
            return [Path.GetFullPath(set)];
        }

        List<string> roots = [Path.Combine(AppContext.BaseDirectory, "npm")];
        var pointer = Path.Combine(AppContext.BaseDirectory, PointerFile);
        if (File.Exists(pointer))
        {
            roots.Add(File.ReadAllText(pointer).Trim());
        }

        return [.. roots];
    }
}
