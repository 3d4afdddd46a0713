using System.Text.Json.Nodes;
using Crm.Core;

namespace Crm.Routines.Activities.Triggers;

internal sealed record ButtonPressedInput
{
    [Input("Button", Description = "What stands on it on the customer's page.", Required = true)]
    public string Button { get; set; } = "";

    [Input("Who may press it", Description = "A role; empty for everybody who may start routines.", Options = "routines.roles", UiHint = "dropdown")]
    public string? Role { get; set; }
}

/// <summary>Somebody pressed a button on the customer's page. Starts a routine, or lets a job go on that waits for it.</summary>
internal sealed class ButtonPressed : ITriggerDeclaration
{
    public const string TypeName = "Crm.ButtonPressed";

    public string Type => TypeName;

    public string Title => "Button pressed";

    public string Description => "Somebody pressed a button on the customer's page.";

    public Type? InputType => typeof(ButtonPressedInput);

    public bool Matches(JsonObject inputs, JsonObject payload) => NameOf(inputs) is { Length: > 0 } name && name == payload["button"]?.ToString();

    public static string NameOf(JsonObject inputs) => WebhookCalled.Text(inputs, "button");

    public static Guid? RoleOf(JsonObject inputs) => Guid.TryParse(WebhookCalled.Text(inputs, "role"), out var role) ? role : null;
}
