using Crm.Data;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace Crm.Testing;

/// <summary>
/// What every test database starts from: migrated, with initial data (administrator <c>admin</c>) and the personas, or with the whole demo company.
/// Everybody's password is <see cref="CrmApp.Password"/>.
/// </summary>
public static class Template
{
    /// <summary>Rounds of password hashing: the real number takes a tenth of a second of a core at each of the hundreds of sign-ins of a run, and shows nothing more than the first did.</summary>
    public const string Iterations = "1000";

    /// <summary>Fills an empty database by starting the real application on it once.</summary>
    public static async Task FillAsync(string connectionString, bool demo)
    {
        var files = Directory.CreateTempSubdirectory("crm-template-").FullName;
        await using var app = new WebApplicationFactory<Program>().WithWebHostBuilder(b => b
            .UseSetting("ConnectionStrings:Crm", connectionString)
            .UseSetting("Crm:Pumps", "false")
            .UseSetting("Crm:DataDirectory", files)
            .UseSetting("Crm:Admin:Password", CrmApp.Password)
            .UseSetting("Crm:Passwords:Iterations", Iterations)
            .UseSetting("Crm:Demo:Password", CrmApp.Password)
            .UseSetting("Crm:Demo", demo ? "true" : "false")
            .UseSetting("Logging:LogLevel:Default", "Warning"));
        _ = app.Server;
        await Personas.AddAsync(app.Services);
        Directory.Delete(files, recursive: true);
    }
}
