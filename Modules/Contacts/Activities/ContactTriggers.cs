using System.Text.Json.Nodes;
using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Contacts.Activities;

internal sealed record ContactCreatedInput
{
    [Input("Kind of contact", Description = "Empty for both.", UiHint = "dropdown", Options = "contact-kind")]
    public string? Kind { get; set; }

    [Input("Type", Description = "Empty for every type.", UiHint = "dropdown", Options = BaseLists.Type)]
    public string? ContactType { get; set; }

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
    public string? ContactType { get; set; }

    [Input("Role given", Description = "Empty for every role.", UiHint = "dropdown", Options = BaseLists.Role)]
    public string? Role { get; set; }

    [Input("New status", Description = "Empty for every status.", UiHint = "dropdown", Options = BaseLists.Status)]
    public string? Status { get; set; }

    [Input("New rank", Description = "Empty for every rank.", UiHint = "dropdown", Options = BaseLists.Rank)]
    public string? Rank { get; set; }

    [Input("Old status", Description = "Empty for every status.", UiHint = "dropdown", Options = BaseLists.Status)]
    public string? OldStatus { get; set; }

    [Input("Old type", Description = "Empty for every type.", UiHint = "dropdown", Options = BaseLists.Type)]
    public string? OldType { get; set; }

    [Input("Old rank", Description = "Empty for every rank.", UiHint = "dropdown", Options = BaseLists.Rank)]
    public string? OldRank { get; set; }

    [Input("Old value of the field", Description = "With “Field”: as it is stored, or “empty”. Nothing for any value.")]
    public string? OldValue { get; set; }

    [Input("New value of the field", Description = "With “Field”: as it is stored, or “empty”. Nothing for any value.")]
    public string? NewValue { get; set; }

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
        foreach (var (input, told) in (ReadOnlySpan<(string, string)>)[("status", "statusId"), ("rank", "rankId"), ("contactType", "typeId"), ("role", "roles")])
        {
            if (TriggerMatch.Value(inputs, input) is not null && !changed.Contains(told)) return false;
        }

        var (was, now) = (payload["was"] as JsonObject, payload["now"] as JsonObject);
        foreach (var (input, told) in (ReadOnlySpan<(string, string)>)[("oldStatus", "statusId"), ("oldRank", "rankId"), ("oldType", "typeId")])
        {
            if (TriggerMatch.Value(inputs, input) is { } old && (!changed.Contains(told) || !TriggerMatch.Is(was?[told], old))) return false;
        }

        if (TriggerMatch.Value(inputs, "field") is { } which)
        {
            if (TriggerMatch.Value(inputs, "oldValue") is { } old && !TriggerMatch.Is(TriggerMatch.Of(was, which), old)) return false;
            if (TriggerMatch.Value(inputs, "newValue") is { } wanted && !TriggerMatch.Is(TriggerMatch.Of(now, which), wanted)) return false;
        }

        return TriggerMatch.Narrow(inputs, payload);
    }
}

internal static class TriggerMatch
{
    /// <summary>Value of an input however its first letter is written; null where nothing was chosen.</summary>
    public static string? Value(JsonObject inputs, string name)
    {
        var value = inputs.Named(name);
        // Bindings of earlier releases call it «Type».
        if (value is null && name == "contactType" && inputs.Named("type") is { } old && Guid.TryParse(old.ToString(), out _)) value = old;
        return value is JsonValue v && v.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
    }

    /// <summary>The value of a field among marks; custom fields stand in <c>custom</c>.</summary>
    public static JsonNode? Of(JsonObject? marks, string field) => field.StartsWith("custom.", StringComparison.Ordinal) ? (marks?["custom"] as JsonObject)?[field["custom.".Length..]] : marks?[field];

    /// <summary>Whether a value is the one that was written: text, number and truth by what they say, several by any of them, nothing by «empty».</summary>
    public static bool Is(JsonNode? value, string wanted) => value switch
    {
        null => wanted.Trim() is "empty" or "خالی",
        JsonArray several => several.Any(v => Is(v, wanted)),
        _ => string.Equals(PersianText.Fold(value.ToString()), PersianText.Fold(wanted), StringComparison.OrdinalIgnoreCase),
    };

    /// <summary>The custom field and value that were chosen; null for none.</summary>
    public static (string Key, string Value)? Custom(JsonObject inputs) => Value(inputs, "customValue") is { } chosen && chosen.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (chosen[..at], chosen[(at + 1)..]) : null;

    public static bool Narrow(JsonObject inputs, JsonObject payload)
    {
        foreach (var (input, field) in (ReadOnlySpan<(string, string)>)[("kind", "kind"), ("contactType", "typeId"), ("status", "statusId"), ("rank", "rankId"), ("source", "sourceId")])
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

internal sealed record CommunicationLoggedInput
{
    [Input("Kind", Description = "Empty for every kind.", UiHint = "dropdown", Options = BaseLists.CommunicationKind)]
    public string? Kind { get; set; }

    [Input("Result", Description = "Empty for every result.", UiHint = "dropdown", Options = BaseLists.CommunicationResult)]
    public string? Result { get; set; }
}

internal sealed class CommunicationLoggedTrigger : ITriggerDeclaration
{
    public string Type => Triggers.CommunicationLogged;

    public string Title => "Communication logged";

    public string Description => "Somebody wrote down a call, visit or message.";

    public Type? InputType => typeof(CommunicationLoggedInput);

    public bool Matches(JsonObject inputs, JsonObject payload) =>
        (TriggerMatch.Value(inputs, "kind") is not { } kind || TriggerMatch.Is(payload["kindId"], kind)) && (TriggerMatch.Value(inputs, "result") is not { } result || TriggerMatch.Is(payload["resultId"], result));
}

internal sealed record FollowUpMissedInput
{
    [Input("Kind", Description = "Empty for every kind.", UiHint = "dropdown", Options = BaseLists.CommunicationKind)]
    public string? Kind { get; set; }
}

internal sealed class FollowUpMissedTrigger : ITriggerDeclaration
{
    public string Type => Triggers.FollowUpMissed;

    public string Title => "Follow-up missed";

    public string Description => "An hour after its time nobody has done a follow-up.";

    public Type? InputType => typeof(FollowUpMissedInput);

    public bool Matches(JsonObject inputs, JsonObject payload) => TriggerMatch.Value(inputs, "kind") is not { } kind || TriggerMatch.Is(payload["kindId"], kind);
}
