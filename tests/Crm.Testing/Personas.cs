using Crm.Core;
using Crm.Data;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Testing;

/// <summary>
/// Who the tests act as: the staff of the demo company (<c>sara</c> leads the sale and sees all branches, <c>reza</c> sells, <c>maryam</c> supports, <c>ali</c> is a technician,
/// <c>zahra</c> and <c>mehdi</c> sit in Isfahan …, each with the roles of the demo data), <c>admin</c>, and <c>guest</c>, who may sign in and nothing else.
/// </summary>
public static class Personas
{
    /// <summary>Somebody without any role.</summary>
    public const string Guest = "guest";

    /// <summary>Adds them where they lack.</summary>
    public static async Task AddAsync(IServiceProvider services)
    {
        await using (var scope = services.CreateAsyncScope())
        {
            scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("personas");
            foreach (var staff in scope.ServiceProvider.GetServices<IDemoSeed>().Where(s => s.Order == 0)) await staff.SeedAsync(default);
        }

        // By the real command line, as an administrator would.
        var result = await CommandLine.RunAsync(services, ["user", "create", "--user", Guest, "--name", "مهمان", "--password", CrmApp.Password, "--language", "en"]);
        if (result != 0) throw new InvalidOperationException($"{Guest} could not be added.");
    }
}
