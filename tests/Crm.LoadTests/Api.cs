using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;

namespace Crm.LoadTests;

/// <summary>The administrator's API of one host, and short ways to draw routines.</summary>
internal sealed class Api : IDisposable
{
    private readonly HttpClient _http;

    private Api(HttpClient http) => _http = http;

    public static async Task<Api> OpenAsync(Bench bench, string database, Running host)
    {
        var token = (await Running.VerbAsync(database, bench.Directory, "token", "create", "--user", "admin", "--name", "load", "--days", "1")).Trim().Split('\n')[^1].Trim();
        var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = host.Url };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return new(http);
    }

    public async Task<JsonObject> PostAsync(string path, object? body)
    {
        using var answer = body is null ? await _http.PostAsync(new Uri(path, UriKind.Relative), null) : await _http.PostAsJsonAsync(path, body);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{path} → {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        return await BodyAsync(answer);
    }

    public async Task<JsonObject> GetAsync(string path)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative));
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{path} → {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        return await BodyAsync(answer);
    }

    // Lists come as arrays: who wants one reads it elsewhere.
    private static async Task<JsonObject> BodyAsync(HttpResponseMessage answer) =>
        answer.Content.Headers.ContentLength is 0 || answer.StatusCode == System.Net.HttpStatusCode.NoContent ? [] : await answer.Content.ReadFromJsonAsync<JsonNode>() as JsonObject ?? [];

    /// <summary>Saves and publishes a chain of boxes, each reached by «Done».</summary>
    public Task<Guid> PublishAsync(string name, params JsonObject[] boxes) => PublishAsync(name, [], boxes);

    /// <summary>The same with variables of its own; as the next version of the routine where <paramref name="definition"/> is known.</summary>
    public async Task<Guid> PublishAsync(string name, JsonArray variables, JsonObject[] boxes, string? definition = null)
    {
        var connections = new JsonArray();
        for (var i = 1; i < boxes.Length; i++)
            connections.Add(new JsonObject { ["source"] = new JsonObject { ["activity"] = boxes[i - 1]["id"]!.ToString(), ["port"] = "Done" }, ["target"] = new JsonObject { ["activity"] = boxes[i]["id"]!.ToString(), ["port"] = "In" } });
        var id = (Guid)(await PostAsync("/api/v1/routines", new JsonObject
        {
            ["definitionId"] = definition, ["name"] = definition is null ? $"{name} {Guid.NewGuid():n}" : name, ["inputs"] = new JsonArray(new JsonObject { ["name"] = "n", ["type"] = "Int32" }), ["variables"] = variables,
            ["root"] = new JsonObject { ["id"] = "Flowchart1", ["nodeId"] = "Workflow1:Flowchart1", ["type"] = "Elsa.Flowchart", ["version"] = 1, ["activities"] = new JsonArray([.. boxes]), ["connections"] = connections },
        }))["id"]!;
        await PostAsync($"/api/v1/routines/{id}/publish", null);
        return id;
    }

    public async Task<Guid> StartAsync(Guid routine, string title) => (Guid)(await PostAsync("/api/v1/jobs", new { routineId = routine, title }))["id"]!;

    public static JsonObject Box(string type, string id, params (string Name, JsonNode? Value)[] inputs)
    {
        var box = new JsonObject { ["id"] = id, ["nodeId"] = $"Workflow1:Flowchart1:{id}", ["name"] = id, ["type"] = type, ["version"] = 1 };
        foreach (var (name, value) in inputs) box[name] = Value("Literal", value);
        return box;
    }

    /// <summary>What stands in an input: a literal, an object or a script.</summary>
    public static JsonObject Value(string type, JsonNode? value, string typeName = "Object") => new() { ["typeName"] = typeName, ["expression"] = new JsonObject { ["type"] = type, ["value"] = value } };

    /// <summary>Asks a database for one value.</summary>
    public static async Task<T> AskAsync<T>(string database, string sql, params (string Name, object Value)[] args)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 900 };
        foreach (var (name, value) in args) command.Parameters.AddWithValue(name, value);
        return await command.ExecuteScalarAsync() is T value1 ? value1 : default!;
    }

    public void Dispose() => _http.Dispose();
}
