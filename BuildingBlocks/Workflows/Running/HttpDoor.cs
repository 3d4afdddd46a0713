using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>Who may come in by an HTTP endpoint, and with what. Travels with a waiting endpoint's bookmark; of the secret only its hash.</summary>
/// <param name="Methods">Methods that are answered, in capitals.</param>
/// <param name="Authorize">Only with a token of a user.</param>
/// <param name="Policy">The right that the user needs; null for any.</param>
/// <param name="SecretHash">SHA-256 of the secret in hexadecimal; null when none is asked.</param>
/// <param name="Timeout">How long the caller waits for an answer; null for the usual time.</param>
/// <param name="SizeLimit">Largest request in bytes; null for the usual size.</param>
public sealed record HttpDoor(IReadOnlyList<string> Methods, bool Authorize, string? Policy, string? SecretHash, TimeSpan? Timeout, long? SizeLimit)
{
    /// <summary>From the evaluated inputs of an endpoint, as a bookmark carries it.</summary>
    public static JsonObject Of(JsonObject inputs)
    {
        var methods = WorkflowCompiler.OutcomeNames(inputs["supportedMethods"]).Select(method => method.ToUpperInvariant()).Distinct(StringComparer.Ordinal).ToArray();
        var door = new JsonObject { ["methods"] = new JsonArray([.. (methods.Length == 0 ? ["GET"] : methods).Select(method => (JsonNode)method)]) };
        if (inputs.Bool("authorize") == true) door["authorize"] = true;
        if (inputs.Str("policy") is { Length: > 0 } policy) door["policy"] = policy;
        if (inputs.Str("secret") is { Length: > 0 } secret) door["secretHash"] = Hash(secret);
        if (inputs["requestTimeout"] is { } timeout) door["timeout"] = timeout.DeepClone();
        if (inputs["requestSizeLimit"] is { } size) door["sizeLimit"] = size.DeepClone();
        return door;
    }

    /// <summary>From what <see cref="Of"/> gave.</summary>
    public static HttpDoor Read(JsonObject door) => new(
        [.. WorkflowCompiler.OutcomeNames(door["methods"])], door.Bool("authorize") ?? false, door.Str("policy"), door.Str("secretHash"),
        door["timeout"] is { } timeout && Moments.TryParseSpan(timeout.Str() ?? "", out var span) && span > TimeSpan.Zero ? span : null,
        door["sizeLimit"] is { } size && ScriptValue.From(size).Num is > 0 and < 1e12 and var bytes ? (long)bytes : null);

    /// <summary>Whether this is the secret; takes as long for a wrong one as for the right one.</summary>
    public bool Knows(string? secret) => SecretHash is null || CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(SecretHash), Encoding.ASCII.GetBytes(Hash(secret ?? "")));

    private static string Hash(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
