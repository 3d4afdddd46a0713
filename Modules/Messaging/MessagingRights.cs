using Crm.Core;

namespace Crm.Messaging;

/// <summary>What roles can say about messages. Who may write them changes, cancels and tries again those within his reach.</summary>
internal sealed class MessagingRights : IRecordRightsSource
{
    public const string Messages = "messages";

    public IEnumerable<RecordRights> Records { get; } =
    [
        new()
        {
            Key = Messages, Title = "Messages", Order = 30, Own = "The user wrote it, it goes to him, or he is the expert of the customer it goes to.",
            Permissions = new Dictionary<Operation, string> { [Operation.See] = MessagingPermissions.See, [Operation.Change] = MessagingPermissions.Send, [Operation.Export] = MessagingPermissions.Export },
        },
    ];
}
