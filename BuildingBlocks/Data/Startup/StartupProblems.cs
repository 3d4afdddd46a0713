using Crm.Data.Postgres;
using Npgsql;

namespace Crm.Data;

/// <summary>Turns what can go wrong at start into one line that says what to do.</summary>
public static class StartupProblems
{
    /// <summary>The line, or null when it is a bug that must show its stack.</summary>
    public static string? Explain(Exception e) => e switch
    {
        StartupProblem p => p.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } => Line("The address is in use by another program: stop that one, or set another with ASPNETCORE_URLS=http://localhost:5081.", e),
        UnauthorizedAccessException => Line("A file or folder may not be written: give this user the right to it, or set Crm__DataDirectory to a folder of his own.", e),
        NpgsqlException n when DatabaseFailures.IsTransient(n) => Line("The database can't be reached: start PostgreSQL, or correct ConnectionStrings__Crm.", e),
        _ => null,
    };

    private static string Line(string what, Exception e) => $"{what} ({e.Message.ReplaceLineEndings(" ")})";
}
