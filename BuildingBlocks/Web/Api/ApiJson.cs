using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Web;

/// <summary>JSON as api.md says it, the same for what minimal APIs bind and for what <see cref="Patch"/> reads field by field.</summary>
public static class ApiJson
{
    /// <summary>How fields are read.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    /// <summary>Puts the rules into options.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.MaxDepth = 32;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Converters.Add(new InstantConverter());
    }

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>
    /// Instants go out as <c>2026-03-21T08:30:00Z</c>. What comes in without an offset is UTC too: the framework would take the zone of the machine it happens to run on.
    /// </summary>
    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String) throw new JsonException();
            if (reader.TryGetDateTime(out var plain) && plain.Kind == DateTimeKind.Unspecified) return new DateTimeOffset(plain, TimeSpan.Zero);
            return reader.TryGetDateTimeOffset(out var value) ? value.ToUniversalTime() : throw new JsonException(string.Create(CultureInfo.InvariantCulture, $"Not an instant at byte {reader.TokenStartIndex}."));
        }

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
    }
}
