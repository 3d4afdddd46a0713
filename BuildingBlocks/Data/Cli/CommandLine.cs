using System.CommandLine;
using Crm.Core;
using Dapper;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Data;

/// <summary>A verb of the command line, found by the scan. The database is open and migrated when its action runs.</summary>
[Contribution(ServiceLifetime.Singleton)]
public interface ICliCommand
{
    /// <summary>Declares the verb, its options and its action; use <paramref name="run"/> to run the action in a scope of its own, as the system.</summary>
    Command Build(CliRunner run);
}

/// <summary>Runs an action of the command line; answers its exit code.</summary>
/// <param name="action">Gets the services of its scope.</param>
/// <param name="ct">Ctrl+C.</param>
public delegate Task<int> CliRunner(Func<IServiceProvider, CancellationToken, Task<int>> action, CancellationToken ct);

/// <summary>The command line: <c>serve</c> (or nothing) is Host's, everything else is contributed.</summary>
public static class CommandLine
{
    /// <summary>Whether the words ask for the web application: none, <c>serve</c>, or settings only.</summary>
    public static bool AsksToServe(string[] args) => WithoutSettings(args).Where(a => !(a.StartsWith("--", StringComparison.Ordinal) && a.Contains('=', StringComparison.Ordinal))).ToArray() is [] or ["serve"];

    /// <summary>
    /// The words without the settings that ASP.NET Core has read already (<c>--Crm:DataDirectory=…</c>, <c>--ConnectionStrings:Crm …</c>, <c>--urls …</c>): verbs take them beside their own options.
    /// </summary>
    public static string[] WithoutSettings(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var words = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].Split('=')[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !(name.Contains(':', StringComparison.Ordinal) || name is "--urls" or "--environment" or "--contentRoot" or "--applicationName")) words.Add(args[i]);
            // The value stands behind a blank.
            else if (!args[i].Contains('=', StringComparison.Ordinal)) i++;
        }

        return [.. words];
    }

    /// <summary>Help, the version and words that are not understood: only printed, and no database is opened for them.</summary>
    /// <returns>The exit code; null where a verb has to run.</returns>
    public static async Task<int?> PrintAsync(IServiceProvider services, string[] args)
    {
        var parsed = Parse(services, args);
        return parsed.Action is null || parsed.Action == parsed.CommandResult.Command.Action ? null : await parsed.InvokeAsync();
    }

    /// <summary>Runs a verb.</summary>
    /// <returns>Its exit code; 1 for words that are not understood.</returns>
    public static Task<int> RunAsync(IServiceProvider services, string[] args) => Parse(services, args).InvokeAsync();

    private static ParseResult Parse(IServiceProvider services, string[] args)
    {
        var root = new RootCommand("Crm: customer relations, routines and everything around them.");
        root.Add(new Command("serve", "Starts the web application (also without any word)."));
        foreach (var command in services.GetServices<ICliCommand>().Select(c => c.Build(RunAsync)).OrderBy(c => c.Name, StringComparer.Ordinal)) root.Add(command);
        return root.Parse(WithoutSettings(args));

        async Task<int> RunAsync(Func<IServiceProvider, CancellationToken, Task<int>> action, CancellationToken ct)
        {
            await using var scope = services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("command line: " + string.Join(' ', args.Take(2).Where(a => !a.StartsWith('-'))));
            try
            {
                return await action(scope.ServiceProvider, ct);
            }
            catch (CrmException e)
            {
                await Console.Error.WriteLineAsync(e is InvalidInput i ? string.Join(Environment.NewLine, i.Fields.Select(f => $"{f.Field}: {Texts.Get(f.Message, f.Args)}")) : e.Localized);
                return 1;
            }
            catch (Exception e) when (StartupProblems.Explain(e) is { } sentence)
            {
                await Console.Error.WriteLineAsync(sentence);
                return 1;
            }
        }
    }
}

internal sealed class MigrateVerb(IServiceProvider root) : ICliCommand
{
    public Command Build(CliRunner run)
    {
        var verb = new Command("migrate", "Brings the database up to date and ends.");
        verb.SetAction((_, ct) => run(async (_, c) =>
        {
            var steps = await DatabaseStartup.MigrateAsync(root, c);
            await FirstStart.RunAsync(root, demo: false, c);
            Console.WriteLine(steps.Count == 0 ? "The database is up to date." : $"{steps.Count} steps taken: {string.Join(", ", steps)}");
            return 0;
        }, ct));
        return verb;
    }
}

internal sealed class SeedVerb(IServiceScopeFactory scopes) : ICliCommand
{
    public Command Build(CliRunner run)
    {
        var verb = new Command("seed", "Adds realistic data for load tests, fast (binary COPY).");
        var seed = new Option<int>("--seed") { Description = "The same seed makes the same data.", DefaultValueFactory = _ => 1 };
        verb.Add(seed);
        using var scope = scopes.CreateScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("command line: seed");
        var options = scope.ServiceProvider.GetServices<IBulkSeed>().OrderBy(s => s.Order)
            .Select(s => (s.Option, Option: new Option<int>("--" + s.Option) { Description = $"How many {s.Option} to add." })).ToList();
        foreach (var (_, option) in options) verb.Add(option);
        verb.SetAction((parse, ct) => run(async (services, c) =>
        {
            foreach (var (name, option) in options)
            {
                if (parse.GetValue(option) is not (> 0 and var count)) continue;
                var started = System.Diagnostics.Stopwatch.GetTimestamp();
                var rows = await services.GetServices<IBulkSeed>().First(s => s.Option == name).SeedAsync(count, parse.GetValue(seed), c);
                var seconds = System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
                Console.WriteLine(FormattableString.Invariant($"{name}: {count} records, {rows} rows in {seconds:0.0} s ({rows / seconds:0} rows/s)"));
            }

            return 0;
        }, ct));
        return verb;
    }
}

internal sealed class CheckVerb : ICliCommand
{
    public Command Build(CliRunner run)
    {
        var verb = new Command("check", "Verifies the invariants of all modules; one line per finding.");
        verb.SetAction((_, ct) => run(async (services, c) =>
        {
            var findings = 0;
            foreach (var check in services.GetServices<ICheck>().OrderBy(k => k.Title, StringComparer.Ordinal))
            {
                await foreach (var finding in check.FindAsync(c))
                {
                    findings++;
                    Console.WriteLine($"{check.Title} {finding}");
                }
            }

            if (findings == 0) Console.WriteLine("Everything is in order.");
            return findings == 0 ? 0 : 1;
        }, ct));
        return verb;
    }
}

/// <summary>Events that nobody could take wait for a person: a finding.</summary>
internal sealed class OutboxCheck(Npgsql.NpgsqlDataSource source) : ICheck
{
    public string Title => "Every event is delivered.";

    public async IAsyncEnumerable<string> FindAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        foreach (var row in await connection.QueryAsync<(Guid Id, string Name, string Reactor, string? Error)>("select id, name, reactor, error from platform.outbox where stuck limit 100"))
            yield return $"{row.Name} {row.Id} is stuck at {row.Reactor}: {row.Error}";
    }
}
