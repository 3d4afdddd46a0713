using System.Text.Json.Nodes;
using Crm.Core;

namespace Crm.Routines.Activities.Triggers;

internal sealed record WebhookCalledInput
{
    [Input("Shared secret", Description = "At least 16 characters. The caller sends it in the header X-Crm-Secret, or signs the body with it (X-Crm-Signature: sha256=…).", Required = true)]
    public string Secret { get; set; } = "";

    [Input("Where the customer stands", Description = "Field of the JSON body with the customer’s id or number, for example order.customerId. Empty for a job without a customer.")]
    public string CustomerField { get; set; } = "";
}

/// <summary>Another system called the routine's own address: <c>/hooks/</c> and the id of the routine.</summary>
internal sealed class WebhookCalled : ITriggerDeclaration
{
    public const string TypeName = "Crm.WebhookCalled";
    public const int ShortestSecret = 16;

    public string Type => TypeName;

    public string Title => "Webhook called";

    public string Description => "Another system called this routine's own address with a JSON body.";

    public Type? InputType => typeof(WebhookCalledInput);

    // The address means one routine; who calls it has shown the secret.
    public bool Matches(JsonObject inputs, JsonObject payload) => true;

    public static string Text(JsonObject inputs, string name) => inputs.Named(name)?.ToString().Trim() ?? "";
}
