using Crm.Core;
using Crm.Messaging.Domain;

namespace Crm.Messaging.Records;

/// <summary>Where a message to a customer goes is a telephone number or an e-mail address of the customer: who does not see those there does not see them here.</summary>
internal static class Addresses
{
    private const string Contacts = "contacts";

    /// <summary>The fields of customers that addresses tell.</summary>
    public static IReadOnlyList<string> Fields { get; } = [Contacts + ".phones", Contacts + ".emails"];

    public static bool AnyHidden(ICurrentUser me) => me.Hides(Contacts, "phones") || me.Hides(Contacts, "emails");

    /// <summary>Whether this message's address is hidden from the user.</summary>
    public static bool IsHidden(OutgoingMessage m, ICurrentUser me) => m.ContactId is not null && me.Hides(Contacts, m.Channel == MessageChannel.Sms ? "phones" : "emails");

    /// <summary>The address as the user may see it; null where it is hidden.</summary>
    public static string? Of(OutgoingMessage m, ICurrentUser me) => IsHidden(m, me) ? null : m.Address;
}
