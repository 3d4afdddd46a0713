using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Domain;

namespace Crm.Messaging.Panels;

/// <summary>The latest messages of a contact, and what it does not want.</summary>
internal sealed class MessagesPanel(MessagesOfContact known) : IContactPanel
{
    public string Key => "messages";

    public string Title => "Messages";

    public int Order => 60;

    public string Place => "side";

    public string? Permission => MessagingPermissions.See;

    public async Task<object?> LoadAsync(Guid contactId, CancellationToken ct) => new Model(contactId, await known.LatestAsync(contactId, ct), await known.OffAsync(contactId, ct));

    public IEnumerable<GlanceFact> Glance(Guid contactId, object model)
    {
        if (((Model)model).Rows is not [var last, ..]) return [];
        return [new("Last message", last.Text.Length > 0 ? last.Text : Texts.Get(Kinds.Title(last.Channel)), $"/messages/{last.Id}", last.State == MessageState.Failed ? "red" : null, last.At)];
    }

    internal sealed record Model(Guid ContactId, IReadOnlyList<Row> Rows, IReadOnlyList<MessageChannel> Off);

    internal sealed record Row(Guid Id, MessageChannel Channel, MessageState State, string Text, DateTimeOffset At, string? Reason);
}
