using System.Text.Json;
using Crm.Core;
using Crm.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Writing;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Data;

/// <summary>Templates, messages and gateways by name; why a message stands where it stands, and what a gateway is set to, in the reader's language.</summary>
internal sealed class MessagingHistoryNames(MessagingDb db) : IHistoryNames
{
    // As the page of the settings calls them.
    private static readonly Dictionary<string, string> s_titles = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Host"] = "Server", ["Port"] = "Port", ["Security"] = "Encryption", ["Fingerprint"] = "Fingerprint of the certificate", ["UserName"] = "User name", ["FromAddress"] = "Sender's address",
        ["FromName"] = "Sender's name", ["ReplyTo"] = "Answers go to", ["Parallel"] = "At the same time", ["TimeoutSeconds"] = "Wait for an answer", ["Tries"] = "Tries before giving up",
        ["Url"] = "Address", ["Method"] = "Method", ["BodyKind"] = "Values are sent as", ["Body"] = "Values", ["Headers"] = "Further headers", ["NumberFormat"] = "Numbers are written",
        ["KeyHeader"] = "Header for the idempotency key", ["StatusFrom"] = "Taken from status", ["StatusTo"] = "Taken to status", ["SuccessPath"] = "Field of the answer to look at",
        ["SuccessPattern"] = "What it must match", ["IdPath"] = "Where the gateway's number stands",
        ["Name"] = "Name", ["Phone"] = "Telephone", ["Address"] = "Address", ["Website"] = "Web site", ["BaseUrl"] = "Address of this application",
    };

    public async Task<IReadOnlyDictionary<HistoryValue, string>> NamesAsync(IReadOnlyCollection<HistoryValue> values, CancellationToken ct)
    {
        var names = new Dictionary<HistoryValue, string>();
        await HistoryValue.NameAsync(
            names, HistoryValue.Records(values, ["messaging.MessageTemplate"], "templateId"),
            ids => db.Templates.IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(t => ids.Contains(t.Id)).Select(t => new NamedRecord(t.Id, t.Name)).AsAsyncEnumerable(), ct);
        await HistoryValue.NameAsync(
            names, HistoryValue.Records(values, ["messaging.OutgoingMessage"]),
            ids => db.Messages.AsNoTracking().Where(m => ids.Contains(m.Id)).Select(m => new NamedRecord(m.Id, Called(m.RecipientName, m.Subject))).AsAsyncEnumerable(), ct);
        await HistoryValue.NameAsync(
            names, HistoryValue.Records(values, ["messaging.Gateway"]),
            ids => db.Gateways.AsNoTracking().Where(g => ids.Contains(g.Id)).Select(g => new NamedRecord(g.Id, EnumTitles.Of(g.Channel))).AsAsyncEnumerable(), ct);
        await HistoryValue.NameAsync(
            names, HistoryValue.Records(values, ["messaging.AllowedHost"]),
            ids => db.Set<AllowedHost>().AsNoTracking().Where(h => ids.Contains(h.Id)).Select(h => new NamedRecord(h.Id, h.Host)).AsAsyncEnumerable(), ct);

        foreach (var value in values)
        {
            if (value is { Entity: "messaging.OutgoingMessage", Property: "reason" } && Texts.Knows(value.Value)) names[value] = Texts.Get(value.Value);
            else if (value is { Entity: "messaging.Gateway", Property: "settings" } && Settings(value.Value) is { } settings) names[value] = settings;
            else if (value is { Entity: "platform.Setting", Property: "value" } && s_titles.TryGetValue(value.Value, out var title)) names[value] = Texts.Get(title);
            else if (value is { Entity: "platform.Setting", Property: "key", Value: CompanyData.Key }) names[value] = Texts.Get("Our company");
        }

        return names;
    }

    private static string Called(string recipient, string subject) => string.Join(" – ", new[] { recipient, subject }.Where(w => !string.IsNullOrEmpty(w)));

    // By the settings' own type: its choices are kept as numbers.
    private static string? Settings(string json)
    {
        try
        {
            using var parsed = JsonDocument.Parse(json);
            var type = parsed.RootElement.TryGetProperty("host", out _) ? typeof(SmtpSettings) : typeof(SmsSettings);
            var settings = JsonSerializer.Deserialize(json, type, JsonSerializerOptions.Web)!;
            return Texts.List(type.GetProperties().Select(p => (p.Name, Value: Shown(p.GetValue(settings)))).Where(p => p.Value.Length > 0).Select(p => $"{Texts.Get(s_titles.GetValueOrDefault(p.Name, p.Name))}: {p.Value}"));
        }
        catch (JsonException)
        {
            return null;
        }

        static string Shown(object? value) => value switch
        {
            null => "",
            Enum e => EnumTitles.Of(e),
            bool yes => Texts.Get(yes ? "Yes" : "No"),
            int number => PersianText.Digits(number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            _ => value.ToString() ?? "",
        };
    }
}
