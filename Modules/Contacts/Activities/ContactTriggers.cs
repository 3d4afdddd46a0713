using System.Text.Json.Nodes;
using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Contacts.Activities;

internal sealed record ContactCreatedInput
{
    [Input("Kind of contact", Description = "Empty for both.", UiHint = "dropdown", Options = "contact-kind")]
    public string? Kind { get; set; }

    [Input("Type", Description = "Empty for every type.", UiHint = "dropdown", Options = BaseLists.Type)]
    public string? Type { get; set; }

    [Input("Role", Description = "Empty for every role.", UiHint = "dropdown", Options = BaseLists.Role)]
    public string? Role { get; set; }

    [Input("Status", Description = "Empty for every status.", UiHint = "dropdown", Options = BaseLists.Status)]
    public string? Status { get; set; }

    [Input("Source", Description = "Empty for every source.", UiHint = "dropdown", Options = BaseLists.Source)]
    public string? Source { get; set; }

    [Input("Custom field has", Description = "Empty for any value.", UiHint = "dropdown", Options = "contact-custom-values")]
    public string? CustomValue { get; set; }
}

internal sealed class ContactCreatedTrigger : ITriggerDeclaration
{
    public string Type => Triggers.ContactCreated;

    public string Title => "Contact created";

    public string Description => "A person or company was added.";

    public Type? InputType => typeof(ContactCreatedInput);

    public bool Matches(JsonObject inputs, JsonObject payload) => TriggerMatch.Narrow(inputs, payload);
}

internal sealed record ContactChangedInput
{
    [Input("Field", Description = "Empty for any change.", UiHint = "dropdown", Options = "contact-fields")]
    public string? Field { get; set; }

    [Input("Kind of contact", Description = "Empty for both.", UiHint = "dropdown", Options = "contact-kind")]
    public string? Kind { get; set; }

    [Input("New type", Description = "Empty for every type.", UiHint = "dropdown", Options = BaseLists.Type)]
    public string? Type { get; set; }

    [Input("Role given", Description = "Empty for every role.", UiHint = "dropdown", Options = BaseLists.Role)]
    public string? Role { get; set; }

    [Input("New status", Description = "Empty for every status.", UiHint = "dropdown", Options = BaseLists.Status)]
    public string? Status { get; set; }

    [Input("New rank", Description = "Empty for every rank.", UiHint = "dropdown", Options = BaseLists.Rank)]
    public string? Rank { get; set; }

    [Input("Custom field becomes", Description = "Empty for any value.", UiHint = "dropdown", Options = "contact-custom-values")]
    public string? CustomValue { get; set; }
}

internal sealed class ContactChangedTrigger : ITriggerDeclaration
{
    public string Type => Triggers.ContactChanged;

    public string Title => "Contact changed";

    public string Description => "A field of a person or company got another value.";

    public Type? InputType => typeof(ContactChangedInput);

    public bool Matches(JsonObject inputs, JsonObject payload)
    {
        var changed = (payload["changed"] as JsonArray)?.Select(c => (string?)c).ToHashSet(StringComparer.Ordinal) ?? [];
        if (TriggerMatch.Value(inputs, "field") is { } field && !changed.Contains(field)) return false;
        if (TriggerMatch.Custom(inputs) is var (key, _) && !changed.Contains("custom." + key)) return false;
        // «New status X» means that the status became X now, not that the contact had it when its telephone changed.
        foreach (var (input, told) in (ReadOnlySpan<(string, string)>)[("status", "statusId"), ("rank", "rankId"), ("type", "typeId"), ("role", "roles")])
        {
            if (TriggerMatch.Value(inputs, input) is not null && !changed.Contains(told)) return false;
        }

        return TriggerMatch.Narrow(inputs, payload);
    }
}

internal static class TriggerMatch
{
    /// <summary>Value of an input however its first letter is written; null where nothing was chosen.</summary>
    public static string? Value(JsonObject inputs, string name)
    {
        var value = inputs.FirstOrDefault(i => string.Equals(i.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
        return value is JsonValue v && v.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
    }

    /// <summary>The custom field and value that were chosen; null for none.</summary>
    public static (string Key, string Value)? Custom(JsonObject inputs) => Value(inputs, "customValue") is { } chosen && chosen.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (chosen[..at], chosen[(at + 1)..]) : null;

    public static bool Narrow(JsonObject inputs, JsonObject payload)
    {
        foreach (var (input, field) in (ReadOnlySpan<(string, string)>)[("kind", "kind"), ("type", "typeId"), ("status", "statusId"), ("rank", "rankId"), ("source", "sourceId")])
        {
            if (Value(inputs, input) is { } wanted && !string.Equals(wanted, (string?)payload[field], StringComparison.OrdinalIgnoreCase)) return false;
        }

        if (Custom(inputs) is var (key, value))
        {
            var stands = (payload["custom"] as JsonObject)?[key];
            if (!(stands is JsonArray several ? several.Any(v => v?.ToString() == value) : string.Equals(stands?.ToString(), value, StringComparison.OrdinalIgnoreCase))) return false;
        }

        return Value(inputs, "role") is not { } role
            || payload["roles"] is JsonArray roles && roles.Any(r => string.Equals((string?)r, role, StringComparison.OrdinalIgnoreCase));
    }
}
