using System.Text.Json.Nodes;
using Crm.Testing;
using Dapper;
using Npgsql;

namespace Crm.CrashTests;

/// <summary>One test's world: a database of its own on a real PostgreSQL, an SMS gateway over real HTTP, hosts as processes, and a token for the API.</summary>
internal sealed class CrashWorld : IAsyncDisposable
{
    /// <summary>Messages under way at the gateway at the same time, by its settings.</summary>
    public const int Parallel = 4;

    /// <summary>
    /// The documented window (docs/modules/messaging.md): a killed host may leave as many messages to be sent again as it had claimed, four times «at the same time».
    /// </summary>
    public const int Window = Parallel * 4;

    private static string s_token = "";
    private readonly bool _owned;
    private bool _sharesGateway;
    private string _reached;
    private readonly List<HostProcess> _hosts = [];
    private (string Name, string Value)[] _settings = [];
    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("crm-crash-").FullName;

    private CrashWorld(string database, FaultyGateway gateway, bool owned) => (Database, _reached, Gateway, _owned) = (database, database, gateway, owned);

    /// <summary>A machine elsewhere: an empty database and an empty folder, no host yet. The gateway and the token are those of <paramref name="other"/>.</summary>
    public static async Task<CrashWorld> ElsewhereAsync(CrashWorld other)
    {
        var world = new CrashWorld(await TestDatabase.EmptyAsync(), other.Gateway, owned: true) { _settings = other._settings, _sharesGateway = true, Token = other.Token };
        world.Api = new Api(() => world.Host.Url, world.Token);
        return world;
    }

    public string Database { get; }

    /// <summary>Where its files lie.</summary>
    public string Directory => _directory;

    public FaultyGateway Gateway { get; }

    /// <summary>A token of the administrator; every clone of the template knows it.</summary>
    public string Token { get; private set; } = s_token;

    /// <summary>The host that clients turn to.</summary>
    public HostProcess Host { get; private set; } = null!;

    public Api Api { get; private set; } = null!;

    /// <summary>Hosts that live.</summary>
    public IReadOnlyList<HostProcess> Running => [.. _hosts.Where(h => h.IsRunning)];

    /// <summary>Everything that hosts of this world logged as errors.</summary>
    public IEnumerable<string> Errors => _hosts.SelectMany(h => h.Errors);

    /// <summary>A world with one host that is ready; <paramref name="settings"/> go to every host.</summary>
    public static Task<CrashWorld> StartAsync(params (string Name, string Value)[] settings) => StartAsync(static d => d, settings);

    /// <summary>The same, its hosts reaching the database in another way than the test does.</summary>
    public static async Task<CrashWorld> StartAsync(Func<string, string> reach, params (string Name, string Value)[] settings)
    {
        var world = new CrashWorld(await TestDatabase.CloneAsync("crash", FillAsync), await FaultyGateway.StartAsync(), owned: true) { _settings = settings };
        world._reached = reach(world.Database);
        await world.StartHostAsync();
        world.Api = new Api(() => world.Host.Url, world.Token);
        return world;
    }

    /// <summary>The same over a database of the caller's, a new one, which he may stop and start.</summary>
    public static async Task<CrashWorld> OverAsync(string database, params (string Name, string Value)[] settings)
    {
        var world = new CrashWorld(database, await FaultyGateway.StartAsync(), owned: false) { _settings = settings };
        await world.StartHostAsync();
        world.Token = await TokenAsync(database, world._directory);
        world.Api = new Api(() => world.Host.Url, world.Token);
        return world;
    }

    /// <summary>Starts a host, waits until it is ready and turns the clients to it.</summary>
    public async Task<HostProcess> StartHostAsync()
    {
        var host = Launch();
        await host.ReadyAsync();
        return Host = host;
    }

    /// <summary>Starts a host that reaches the database as the test does, and waits until it is ready.</summary>
    public Task<HostProcess> StartNearHostAsync() => Launch(Database).ReadyAsync();

    /// <summary>Starts a host and does not wait.</summary>
    public HostProcess Launch() => Launch(_reached);

    private HostProcess Launch(string database)
    {
        var host = HostProcess.Start(database, _directory, null, _settings);
        _hosts.Add(host);
        return host;
    }

    /// <summary>Turns the clients to another host.</summary>
    public void TurnTo(HostProcess host) => Host = host;

    public Task<(int ExitCode, string Said)> VerbAsync(params string[] words) => HostProcess.VerbAsync(Database, _directory, words);

    /// <summary>What <c>check</c> finds; it must be nothing.</summary>
    public async Task CheckIsCleanAsync()
    {
        var (exit, said) = await VerbAsync("check");
        exit.Should().Be(0, said);
        said.Should().Contain("Everything is in order.");
    }

    /// <summary>Sets the SMS gateway up as an administrator does, on the page.</summary>
    /// <param name="takes">How long the gateway takes for one message.</param>
    /// <param name="password">Password that the gateway is given, stored encrypted; empty: the one that is stored already.</param>
    public async Task UseGatewayAsync(TimeSpan takes, string? password = null)
    {
        Gateway.Takes = takes;
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Host.Url };
        http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
        var admin = new Browse(http);
        await admin.SignInAsync("admin", CrmApp.Password);
        await admin.PostAsync("/messages/settings", [("Allow.Host", "127.0.0.1")], "handler=Allow");
        await admin.PostAsync("/messages/settings",
        [
            ("Sms.Url", Gateway.Url), ("Sms.Body", "to={to}\ntext={text}\nkey={key}" + (password is null ? "" : "\npassword={secret}")), ("Sms.Secret", password ?? ""), ("Sms.SuccessPath", "result.status"), ("Sms.SuccessPattern", "^ok$"), ("Sms.IdPath", "result.messageId"),
            ("Sms.Parallel", Parallel.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("Sms.TimeoutSeconds", "15"), ("Sms.Tries", "8"), ("Sms.Active", "true"),
        ], "handler=Sms");
        if (admin.Location is null) throw new InvalidOperationException(admin.Text);
    }

    /// <summary>Waits until everything that was begun is over: no event undelivered, no call of a routine open, no message on its way.</summary>
    public Task QuietAsync() => Until.TrueAsync("all events are delivered and all messages sent", TimeSpan.FromSeconds(90), async () => await AskAsync<long>("""
        select (select count(*) from platform.outbox) + (select count(*) from routines.calls) + (select count(*) from routines.stimuli) + (select count(*) from messaging.messages where state not in ('Sent', 'Failed'))
        """) == 0, 200);

    /// <summary>Asks the database.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? args = null)
    {
        await using var connection = new NpgsqlConnection(Database);
        return (await connection.QueryAsync<T>(sql, args)).AsList();
    }

    /// <summary>Asks the database for one value.</summary>
    public async Task<T> AskAsync<T>(string sql, object? args = null) => (await QueryAsync<T>(sql, args)).Single();

    /// <summary>Imports a definition in Elsa's format by Elsa's own API, as Studio does, and publishes it.</summary>
    /// <returns>Our id of the routine.</returns>
    public async Task<Guid> PublishAsync(JsonObject definition)
    {
        var id = (string)definition["definitionId"]!;
        await Api.PostAsync("/elsa/api/workflow-definitions/import", definition);
        await Api.PostAsync($"/elsa/api/workflow-definitions/{id}/publish", new JsonObject());
        return await AskAsync<Guid>("select id from routines.routine_definitions where definition_id = @id", new { id });
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        foreach (var host in _hosts) await host.DisposeAsync();
        if (!_sharesGateway) await Gateway.DisposeAsync();
        System.IO.Directory.Delete(_directory, recursive: true);
        if (_owned) await TestDatabase.DropAsync(Database);
    }

    private static async Task<string> FillAsync()
    {
        var connectionString = await TestDatabase.CloneSharedAsync("base", c => Template.FillAsync(c, demo: false));
        var files = System.IO.Directory.CreateTempSubdirectory("crm-crash-");
        s_token = await TokenAsync(connectionString, files.FullName);
        files.Delete(recursive: true);
        return connectionString;
    }

    private static async Task<string> TokenAsync(string database, string directory)
    {
        var (exit, said) = await HostProcess.VerbAsync(database, directory, "token", "create", "--user", "admin", "--name", "crash", "--days", "1");
        return exit == 0 ? said.Split('\n').Select(l => l.Trim()).Last(l => l.Length > 0) : throw new InvalidOperationException(said);
    }
}

/// <summary>Short ways to write definitions in Elsa's format.</summary>
internal static class Draw
{
    public static JsonObject Routine(string name, IEnumerable<JsonObject> boxes, params (string From, string Port, string To)[] arrows) => new()
    {
        ["definitionId"] = Guid.CreateVersion7().ToString("n"), ["name"] = name, ["version"] = 1,
        ["variables"] = new JsonArray(new JsonObject { ["id"] = "var-total", ["name"] = "total", ["typeName"] = "Double", ["value"] = 0 }),
        ["inputs"] = new JsonArray(new JsonObject { ["name"] = "n", ["type"] = "Int32" }),
        ["root"] = new JsonObject
        {
            ["type"] = "Elsa.Flowchart", ["id"] = "flow", ["version"] = 1, ["activities"] = new JsonArray([.. boxes.Select(b => (JsonNode)b)]),
            ["connections"] = new JsonArray([.. arrows.Select(a => (JsonNode)new JsonObject { ["source"] = new JsonObject { ["activity"] = a.From, ["port"] = a.Port }, ["target"] = new JsonObject { ["activity"] = a.To, ["port"] = "In" } })]),
        },
    };

    public static JsonObject Box(string type, string id, params (string Name, JsonNode? Value)[] inputs)
    {
        var box = new JsonObject { ["id"] = id, ["type"] = type, ["version"] = 1, ["name"] = id };
        foreach (var (name, value) in inputs) box[name] = value is JsonObject o && (o.ContainsKey("expression") || name == "variable") ? o : Value(value);
        return box;
    }

    public static JsonObject Value(JsonNode? value) => new() { ["typeName"] = "Object", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value } };

    public static JsonObject Script(string source) => new() { ["typeName"] = "Object", ["expression"] = new JsonObject { ["type"] = "JavaScript", ["value"] = source } };

    /// <summary>A text with fields of the job in it.</summary>
    public static JsonObject Text(string text) => new() { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Liquid", ["value"] = text } };

    public static JsonObject Set(string id, string script) => Box("Elsa.SetVariable", id, ("variable", new JsonObject { ["id"] = "var-total", ["name"] = "total" }), ("value", Script(script)));

    public static JsonArray List(params string[] items) => new([.. items.Select(i => (JsonNode)i)]);
}
