using Microsoft.Extensions.Configuration;

namespace Crm.Data.Postgres;

/// <summary>What <see cref="EmbeddedPostgres"/> needs to know. Everything has a default that fits a small server.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>Where the program keeps its data; the cluster lives in the folder <c>postgres</c> below it. Absolute path.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Name of the database that is made and of the role that owns it. The role is no superuser.</summary>
    public string Database { get; init; } = "crm";

    /// <summary>Folder of <c>postgres</c>, <c>initdb</c> and <c>pg_ctl</c> to use and no other (<c>Crm:PostgresBin</c>). Null: npm's, then an installed one.</summary>
    public string? BinDirectory { get; init; }

    /// <summary>
    /// Account that the server runs under when the program was started as root (<c>Crm:PostgresUser</c>).
    /// Null: the owner of the cluster, who called sudo, <c>postgres</c>, <c>nobody</c>: the first that exists.
    /// </summary>
    public string? RunAs { get; init; }

    /// <summary>Server settings that win over ours, by name as in postgresql.conf. Only the one who starts the server applies them.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Start the server again when it dies while this process needs it. Off where a test wants it to stay dead.</summary>
    public bool Supervise { get; init; } = true;

    /// <summary>
    /// Reads <c>Crm:DataDirectory</c>, <c>Crm:PostgresBin</c>, <c>Crm:PostgresUser</c> and <c>Crm:PostgresSettings:*</c>.
    /// </summary>
    public static EmbeddedPostgresOptions From(IConfiguration configuration) => new()
    {
        DataDirectory = ResolveDataDirectory(configuration),
        BinDirectory = NullIfEmpty(configuration["Crm:PostgresBin"]),
        RunAs = NullIfEmpty(configuration["Crm:PostgresUser"]),
        Settings = configuration.GetSection("Crm:PostgresSettings").GetChildren()
            .Where(child => child.Value is not null)
            .ToDictionary(child => child.Key, child => child.Value!),
    };

    /// <summary>
    /// <c>Crm:DataDirectory</c> (a relative one counts from the current directory); without it <c>.data</c> in the root of the checkout,
    /// and outside of a checkout <c>.data</c> beside the program. Never by the current directory alone: `serve` and a later `check`
    /// from elsewhere must mean the same data.
    /// </summary>
    public static string ResolveDataDirectory(IConfiguration configuration)
    {
        if (NullIfEmpty(configuration["Crm:DataDirectory"]) is { } set)
        {
            return Path.GetFullPath(set);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Crm.sln")))
            {
                return Path.Combine(folder.FullName, ".data");
            }
        }

        return Path.Combine(AppContext.BaseDirectory, ".data");
    }

    private static string? NullIfEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
