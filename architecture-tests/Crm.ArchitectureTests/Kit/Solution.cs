using System.Reflection;
using Mono.Cecil;

namespace Crm.ArchitectureTests.Kit;

/// <summary>The application as it was built: its assemblies in IL and at run time, its sources, its modules.</summary>
internal static class Solution
{
    private static readonly Lazy<IReadOnlyList<AssemblyDefinition>> s_assemblies = new(Load);

    /// <summary>Folder with Crm.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>All our assemblies except tests.</summary>
    public static IReadOnlyList<AssemblyDefinition> Assemblies => s_assemblies.Value;

    /// <summary>Names of the modules: folders in Modules/ with a project that is no Contracts.</summary>
    public static IReadOnlyList<string> ModuleNames { get; } =
        [.. Directory.GetDirectories(Path.Combine(Root, "Modules")).Select(d => Path.GetFileName(d)!).Where(d => !d.EndsWith(".Contracts", StringComparison.Ordinal) && File.Exists(Project("Modules", d))).Order(StringComparer.Ordinal)];

    public static IEnumerable<AssemblyDefinition> Modules => Assemblies.Where(a => ModuleNames.Contains(ModuleOf(a.Name.Name)));

    public static IEnumerable<AssemblyDefinition> Contracts => Assemblies.Where(a => a.Name.Name.EndsWith(".Contracts", StringComparison.Ordinal));

    public static AssemblyDefinition Host => Assemblies.Single(a => a.Name.Name == "Crm.Host");

    /// <summary>This test assembly, for the violators.</summary>
    public static AssemblyDefinition Tests { get; } = Read(typeof(Solution).Assembly.Location);

    public static string ModuleOf(string assembly) => assembly.StartsWith("Crm.", StringComparison.Ordinal) ? assembly[4..] : assembly;

    public static string Project(string folder, string name) => Path.Combine(Root, folder, name, $"Crm.{name}.csproj");

    /// <summary>Types of the violators' namespace that end with a segment: <c>Violators.Rule06</c>.</summary>
    public static IEnumerable<TypeDefinition> Violators(string rule) => Tests.MainModule.Types.Where(t => t.Namespace == "Crm.ArchitectureTests.Violators." + rule);

    public static Assembly Runtime(AssemblyDefinition assembly) => Assembly.Load(new AssemblyName(assembly.Name.Name));

    /// <summary>Source files of the application (no tests, nothing generated into bin or obj).</summary>
    public static IEnumerable<string> Sources(params string[] extensions) =>
        new[] { "BuildingBlocks", "Modules", "Host" }.SelectMany(d => Walk(Path.Combine(Root, d))).Where(f => extensions.Any(e => f.EndsWith(e, StringComparison.Ordinal))).Order(StringComparer.Ordinal);

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static IEnumerable<string> Walk(string directory)
    {
        foreach (var file in Directory.EnumerateFiles(directory)) yield return file;
        foreach (var d in Directory.EnumerateDirectories(directory).Where(d => Path.GetFileName(d) is not ("bin" or "obj" or "node_modules" or "lib" or ".data")))
        {
            foreach (var file in Walk(d)) yield return file;
        }
    }

    private static IReadOnlyList<AssemblyDefinition> Load() =>
        [.. Directory.GetFiles(AppContext.BaseDirectory, "Crm.*.dll").Where(f => Path.GetFileNameWithoutExtension(f) is var n && !n.EndsWith("Tests", StringComparison.Ordinal) && n != "Crm.Testing").Order(StringComparer.Ordinal).Select(Read)];

    private static AssemblyDefinition Read(string path) => AssemblyDefinition.ReadAssembly(path, new ReaderParameters { AssemblyResolver = Resolver.One, InMemory = true });

    private static string FindRoot()
    {
        var d = new DirectoryInfo(AppContext.BaseDirectory);
        while (d is not null && !File.Exists(Path.Combine(d.FullName, "Crm.sln"))) d = d.Parent;
        return d?.FullName ?? throw new InvalidOperationException("The tests must run inside the repository.");
    }

    /// <summary>Finds what our assemblies refer to where the running test found it.</summary>
    private sealed class Resolver : IAssemblyResolver
    {
        public static readonly Resolver One = new();
        private readonly Dictionary<string, string> _paths = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).DistinctBy(Path.GetFileNameWithoutExtension).ToDictionary(p => Path.GetFileNameWithoutExtension(p), p => p, StringComparer.OrdinalIgnoreCase);
        private readonly Dictionary<string, AssemblyDefinition> _read = new(StringComparer.OrdinalIgnoreCase);

        public AssemblyDefinition Resolve(AssemblyNameReference name) => Resolve(name, new ReaderParameters { AssemblyResolver = this });

        public AssemblyDefinition Resolve(AssemblyNameReference name, ReaderParameters parameters)
        {
            lock (_read)
            {
                if (_read.TryGetValue(name.Name, out var known)) return known;
                var path = _paths.TryGetValue(name.Name, out var p) ? p : Path.Combine(AppContext.BaseDirectory, name.Name + ".dll");
                if (!File.Exists(path)) throw new AssemblyResolutionException(name);
                return _read[name.Name] = AssemblyDefinition.ReadAssembly(path, new ReaderParameters { AssemblyResolver = this });
            }
        }

        public void Dispose()
        {
        }
    }
}
