namespace Crm.Contacts.Domain;

/// <summary>Type names of the triggers that contacts fire.</summary>
internal static class Triggers
{
    public const string ContactCreated = "Crm.ContactCreated";
    public const string ContactChanged = "Crm.ContactChanged";
    public const string CommunicationLogged = "Crm.CommunicationLogged";
    public const string FollowUpMissed = "Crm.FollowUpMissed";
    public const string DateReached = "Crm.DateReached";
}
