using System.Text.Json.Nodes;
using Crm.Core;

namespace Crm.Messaging.Activities;

internal sealed record MessageFailedInput
{
    [Input("Channel", UiHint = "dropdown", Options = "message-channel", Description = "Empty for every channel.")]
    public string? Channel { get; set; }
}

/// <summary>A message to a customer could not be sent and will not be tried again by itself.</summary>
internal sealed class MessageFailedTrigger : ITriggerDeclaration
{
    public const string TypeName = "Crm.MessageFailed";

    public string Type => TypeName;

    public string Title => "Message failed";

    public string Description => "A message to the customer could not be sent.";

    public Type? InputType => typeof(MessageFailedInput);

    public bool Matches(JsonObject inputs, JsonObject payload) =>
        inputs.Named("channel")?.ToString() is not { Length: > 0 } channel || channel == payload["channel"]?.ToString();

    /// <summary>What routines hear of it; null for a message to staff.</summary>
    public static TriggerFired? Of(Guid messageId, string channel, Guid? contactId, Guid? jobId, string reason) => contactId is not { } contact ? null
        : new TriggerFired(TypeName, contact, new JsonObject { ["messageId"] = messageId, ["contactId"] = contact, ["channel"] = channel, ["jobId"] = jobId, ["reason"] = reason }.ToJsonString());
}
