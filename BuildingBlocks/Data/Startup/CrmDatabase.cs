using Crm.Data.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Crm.Data;

/// <summary>The application's database while the program runs: the one that <c>ConnectionStrings:Crm</c> names, or the embedded one.</summary>
public sealed class CrmDatabase : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _embedded;

    private CrmDatabase(string connectionString, EmbeddedPostgres? embedded)
    {
        ConnectionString = connectionString;
        _embedded = embedded;
    }

    /// <summary>How to reach it.</summary>
    public string ConnectionString { get; }

    /// <summary>Whether it is the embedded one.</summary>
    public bool IsEmbedded => _embedded is not null;

    /// <summary>Opens the database and makes sure that it is fit to hold Persian text.</summary>
    /// <exception cref="StartupProblem">It can't be reached or used; the message says what to do.</exception>
    public static async Task<CrmDatabase> OpenAsync(IConfiguration configuration, ILogger log, CancellationToken ct = default)
    {
        var given = configuration.GetConnectionString("Crm");
        // The design-time tools build the services only to read the model.
        if (Microsoft.EntityFrameworkCore.EF.IsDesignTime) return new(given ?? "Host=localhost;Database=design", null);
        // Whoever keeps files means the folder that the database means, from wherever the program was started.
        configuration["Crm:DataDirectory"] = EmbeddedPostgresOptions.ResolveDataDirectory(configuration);
        if (!string.IsNullOrWhiteSpace(given))
        {
            await PostgresRequirements.CheckAsync(given, log, ct: ct);
            return new(given, null);
        }

        var embedded = await EmbeddedPostgres.StartAsync(EmbeddedPostgresOptions.From(configuration), log, ct);
        return new(embedded.ConnectionString, embedded);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_embedded is not null) await _embedded.DisposeAsync();
    }
}
